package import Core

extension Node {
  /// Whether a text is a number as JSON writes it.
  package static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func digits() -> Int {
      let count = rest.prefix { $0 >= 48 && $0 <= 57 }.count
      rest = rest.dropFirst(count)
      return count
    }
    func take(_ letters: String) -> Bool {
      guard let byte = rest.first, letters.utf8.contains(byte) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = take("-")
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    guard whole > 0, !(startsWithZero && whole > 1) else { return false }
    if take("."), digits() == 0 { return false }
    if take("eE") {
      _ = take("+-")
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty && text.utf8.count <= 100
  }

  /// As a JSON document: what stands in quotes is text; bare numbers, `true`, `false` and `null` are themselves.
  package var json: JSONValue {
    switch content {
    case .scalar(let text, isQuoted: true): .string(text)
    case .scalar("true", isQuoted: false): .boolean(true)
    case .scalar("false", isQuoted: false): .boolean(false)
    case .scalar("null", isQuoted: false): .null
    case .scalar(let text, isQuoted: false): Self.isNumber(text) ? .number(text) : .string(text)
    case .sequence(let nodes): .array(nodes.map(\.json))
    case .mapping(let entries): .object(entries.map { (key: $0.key, value: $0.value.json) })
    }
  }
}
