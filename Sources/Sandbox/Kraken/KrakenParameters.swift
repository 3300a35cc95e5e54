import Core

/// The parameters of a call, from a query or from a body of either form.
struct KrakenParameters: Sendable {
  private var values: [String: String] = [:]

  /// Reads `a=b&c=d`: `%2B` is a plus, a plus is a space. Of a name given twice the last one counts.
  init(form text: String) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = parts.first else { continue }
      values[Self.decoded(name)] = parts.count == 2 ? Self.decoded(parts[1]) : ""
    }
  }

  /// Reads a JSON object; numbers keep their text, a nested `close` object becomes `close[…]`, lists are joined by commas.
  init(json bytes: [UInt8]) throws(JSONError) {
    let json = try JSON(parsing: bytes)
    guard let members = json.members else { throw .wrongType("the body", expected: "an object") }
    for (key, value) in members { add(key, value) }
  }

  private mutating func add(_ key: String, _ value: JSON) {
    switch value.kind {
    case .string, .number: values[key] = value.text
    case .boolean: values[key] = value.boolean == true ? "true" : "false"
    case .array: values[key] = (value.elements ?? []).compactMap(\.text).joined(separator: ",")
    case .object:
      for (inner, value) in value.members ?? [] { add("\(key)[\(inner)]", value) }
    case .null: break
    }
  }

  /// What was given, if it was and is not empty.
  subscript(name: String) -> String? {
    guard let value = values[name], !value.isEmpty else { return nil }
    return value
  }

  /// Whether the name starts any given parameter.
  func hasPrefix(_ prefix: String) -> Bool { values.keys.contains { $0.hasPrefix(prefix) } }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var utf8 = Array(text.utf8)[...]
    while let byte = utf8.popFirst() {
      if byte == UInt8(ascii: "%"), let value = hexValue(utf8.prefix(2)) {
        bytes.append(value)
        utf8 = utf8.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexValue(_ digits: ArraySlice<UInt8>) -> UInt8? {
    digits.count == 2 ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }
}

/// What Kraken says is wrong: an entry of `error`.
struct KrakenError: Error, Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static let invalidArguments = KrakenError("EGeneral:Invalid arguments")
  static let unknownMethod = KrakenError("EGeneral:Unknown method")
  static let unknownPair = KrakenError("EQuery:Unknown asset pair")
  static let unavailable = KrakenError("EService:Unavailable")

  static func invalidArgument(_ name: String) -> KrakenError { KrakenError("EGeneral:Invalid arguments:\(name)") }
}
