import Core

/// A request taken apart: what its path, query and body say.
struct RequestParts {
  let method: String
  /// As sent.
  let rawPath: String
  /// Percent-decoded.
  let path: String
  let query: [(name: String, value: String)]
  let body: [UInt8]
  /// The body as `a=1&b=2`; `nil` where it is none.
  let form: [(name: String, value: String)]?
  /// The body as JSON.
  let json: JSON?
  /// What signing placed, as JSON.
  let payload: JSON?
  private let headers: [(name: String, value: String)]

  init(_ request: VenueRequest, payload: String?) {
    method = request.method
    rawPath = request.path
    path = Percent.decoded(request.path)
    query = Percent.pairs(request.query)
    body = request.body
    json = try? JSON(parsing: request.body)
    let type = request.header("Content-Type") ?? ""
    form =
      json != nil && !type.hasPrefix("application/x-www-form-urlencoded")
      ? nil : Percent.pairs(String(decoding: request.body, as: UTF8.self))
    headers = request.headers
    self.payload = payload.flatMap { try? JSON(parsing: $0) }
  }

  /// The first header of that name.
  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// Whether the body says nothing: `{}`.
  var isEmptyObject: Bool { json?.members?.isEmpty ?? false }

  /// The value of a parameter, wherever it stands.
  func parameter(_ name: String) -> String? {
    query.first { $0.name == name }?.value ?? form?.first { $0.name == name }?.value ?? payload?[name]?.text
      ?? json?[name]?.text
  }
}

/// Percent-encoding.
enum Percent {
  /// The text that an encoded one stands for; what is not rightly encoded stands for itself.
  static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 37, rest.count >= 2, let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self)) {
        bytes += value
        rest = rest.dropFirst(2)
      } else {
        bytes.append(plusIsSpace && byte == 43 ? 32 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Unreserved characters stay, everything else is encoded.
  static func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      let isPlain =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || [45, 46, 95, 126].contains(byte)
      out += isPlain ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte]).uppercased()
    }
    return out
  }

  /// `a=1&b=2` in order.
  static func pairs(_ text: String) -> [(name: String, value: String)] {
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        decoded(parts.first ?? "", plusIsSpace: true), decoded(parts.count == 2 ? parts[1] : "", plusIsSpace: true)
      )
    }
  }
}
