/// JSON to be written: members keep their order, numbers their literal text.
public enum JSONValue: Hashable, Sendable {
  /// `null`
  case null
  /// `true` or `false`
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// A number by its literal text, written as it stands.
  case number(String)
  /// A string, escaped when written.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object whose members keep this order.
  case object([(key: String, value: JSONValue)])

  /// A string or `null`.
  public static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
  /// A decimal as a string or `null`: amounts are strings in everything we write.
  public static func optional(_ number: ExactDecimal?) -> JSONValue { .optional(number?.description) }
  /// A whole number or `null`.
  public static func optional(_ number: Int?) -> JSONValue { number.map(JSONValue.integer) ?? .null }

  /// The document on one line.
  public var encoded: String {
    var bytes: [UInt8] = []
    write(to: &bytes, indent: nil, depth: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The document with two spaces of indentation a level.
  public var prettyEncoded: String {
    var bytes: [UInt8] = []
    write(to: &bytes, indent: 2, depth: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(to out: inout [UInt8], indent: Int?, depth: Int) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .boolean(let truth): out.append(contentsOf: (truth ? "true" : "false").utf8)
    case .integer(let number): out.append(contentsOf: String(number).utf8)
    case .number(let literal): out.append(contentsOf: literal.utf8)
    case .string(let text): Self.write(text, to: &out)
    case .array(let elements):
      Self.writeContainer(elements, "[", "]", &out, indent, depth) { element, out in
        element.write(to: &out, indent: indent, depth: depth + 1)
      }
    case .object(let members):
      Self.writeContainer(members, "{", "}", &out, indent, depth) { member, out in
        Self.write(member.key, to: &out)
        out.append(contentsOf: (indent == nil ? ":" : ": ").utf8)
        member.value.write(to: &out, indent: indent, depth: depth + 1)
      }
    }
  }

  private static func writeContainer<Child>(
    _ children: [Child], _ open: String, _ close: String, _ out: inout [UInt8], _ indent: Int?, _ depth: Int,
    _ each: (Child, inout [UInt8]) -> Void
  ) {
    func newLine(_ level: Int, _ out: inout [UInt8]) {
      guard let indent else { return }
      out.append(10)
      out.append(contentsOf: repeatElement(32, count: indent * level))
    }
    out.append(contentsOf: open.utf8)
    for (index, child) in children.enumerated() {
      if index > 0 { out.append(44) }
      newLine(depth + 1, &out)
      each(child, &out)
    }
    if !children.isEmpty { newLine(depth, &out) }
    out.append(contentsOf: close.utf8)
  }

  private static func write(_ text: String, to out: inout [UInt8]) {
    out.append(34)
    defer { out.append(34) }
    guard text.utf8.contains(where: { $0 < 32 || $0 == 34 || $0 == 92 }) else {
      return out.append(contentsOf: text.utf8)
    }
    for byte in text.utf8 {
      switch byte {
      case 34, 92: out.append(contentsOf: [92, byte])
      case 10: out.append(contentsOf: "\\n".utf8)
      case 13: out.append(contentsOf: "\\r".utf8)
      case 9: out.append(contentsOf: "\\t".utf8)
      case 0..<32:
        let hex = Array("0123456789abcdef".utf8)
        out.append(contentsOf: "\\u00".utf8)
        out.append(hex[Int(byte >> 4)])
        out.append(hex[Int(byte & 15)])
      default: out.append(byte)
      }
    }
  }
}

extension JSONValue {
  /// Equal when they encode alike.
  public static func == (a: JSONValue, b: JSONValue) -> Bool { a.encoded == b.encoded }
  /// Hashes what is compared.
  public func hash(into hasher: inout Hasher) { hasher.combine(encoded) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An object in the order written.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { (key: $0.0, value: $0.1) })
  }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}
