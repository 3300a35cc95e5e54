public import Core

/// Takes secrets out of what others say before anybody sees it: a venue that echoes our request, a program's log.
public struct Redactor: Sendable {
  private let secrets: [Secret]

  private static let least = 6
  private static let mark = "••••"

  /// For these credentials.
  public init(_ credentials: [String: Secret] = [:]) { secrets = Array(credentials.values) }

  /// The text without any secret, any line of one, or one in another spelling: Base64, hexadecimal, percent-encoded, or
  /// with the escapes of JSON.
  /// - Parameter further: texts that go with them, such as a signature.
  public func clean(_ text: String, _ further: [String] = []) -> String {
    var text = text
    for secret in secrets {
      for spelling in secret.withExposedBytes(Self.spellings) { text = text.replacing(spelling, with: Self.mark) }
    }
    for part in further where part.utf8.count >= Self.least {
      for spelling in Self.escaped(part) { text = text.replacing(spelling, with: Self.mark) }
    }
    return text
  }

  /// One line of at most so many characters.
  public func line(_ text: String, limit: Int) -> String {
    let cleaned = String(
      String.UnicodeScalarView(clean(text).unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    return cleaned.count <= limit ? cleaned : cleaned.prefix(limit) + "…"
  }

  /// The longest first: a part of another spelling would leave its rest.
  private static func spellings(_ bytes: [UInt8]) -> [String] {
    let value = String(decoding: bytes, as: UTF8.self)
    let lines = value.split(whereSeparator: \.isNewline).map(String.init)
    var spellings: Set<String> = []
    for part in [value] + lines where part.utf8.count >= least && !part.hasPrefix("-----") {
      let bytes = Array(part.utf8)
      let base64 = Base64.encode(bytes)
      spellings.formUnion(escaped(part) + escaped(base64) + escaped(String(base64.prefix { $0 != "=" })))
      spellings.insert(Base64.encodeURLSafe(bytes))
      let hex = Hex.encode(bytes)
      spellings.formUnion([hex, hex.uppercased()])
    }
    return spellings.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  /// As it is, in an address, and in a JSON text.
  private static func escaped(_ text: String) -> [String] {
    let digits = Array("0123456789ABCDEF")
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126: encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default: encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    let slashed = text.replacing("\n", with: "\\n").replacing("/", with: "\\/")
    return [text, encoded, encoded.replacing(#/%[0-9A-F]{2}/#) { $0.output.lowercased() }, slashed]
  }
}
