internal import Broker
internal import Core

/// A request taken apart: where it goes, and what it says.
struct WireParts {
  /// `https://host/path`, percent-decoded.
  var address: String
  /// Behind the `?`, as sent.
  var query: String
  var body: [UInt8]
  /// By name; what stands in the query has a `?` in front.
  var parameters: [(name: String, value: JSONValue)]

  init(url: String, body: [UInt8], payload: JSONValue? = nil) {
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    address = Self.decoded(parts.first.map(String.init) ?? "")
    query = parts.count > 1 ? String(parts[1]) : ""
    self.body = body
    parameters = Self.pairs(query).map { ("?" + $0.name, .string($0.value)) }
    if let payload {
      parameters += payload.objectMembers.map { ($0.key, $0.value) }
    } else if let json = try? JSON(parsing: body) {
      parameters += Self.flattened(JSONValue(json))
    } else {
      parameters += Self.pairs(String(decoding: body, as: UTF8.self)).map { ($0.name, .string($0.value)) }
    }
  }

  /// A list of one object is named by its members too: some venues take one order in a list.
  private static func flattened(_ value: JSONValue) -> [(name: String, value: JSONValue)] {
    switch value {
    case .object(let members): return members.map { ($0.key, $0.value) }
    case .array(let elements):
      return elements.enumerated().flatMap { index, element in
        flattened(element).map { ("[\(index)].\($0.name)", $0.value) }
      }
    default: return [("", value)]
    }
  }

  static func pairs(_ text: String) -> [(name: String, value: String)] {
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (decoded(String(parts[0])), parts.count > 1 ? decoded(String(parts[1])) : "")
    }
  }

  /// Percent-decoded, a plus for a space.
  static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let decoded = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self))
      {
        bytes += decoded
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? 32 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
