internal import Core

extension JSONValue {
  /// A parsed document as one to be written.
  init(_ json: JSON) {
    switch json.kind {
    case .null: self = .null
    case .boolean: self = .boolean(json.boolean ?? false)
    case .number: self = .number(json.text ?? "0")
    case .string: self = .string(json.text ?? "")
    case .array: self = .array((json.elements ?? []).map(JSONValue.init))
    case .object: self = .object((json.members ?? []).map { ($0.key, JSONValue($0.value)) })
    }
  }

  /// The member of an object.
  func member(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == name }?.value
  }

  /// The members of an object.
  var objectMembers: [(key: String, value: JSONValue)] {
    if case .object(let members) = self { members } else { [] }
  }

  /// A text as it stands, a number by its digits.
  var scalar: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .integer(let number): String(number)
    case .boolean(let truth): truth ? "true" : "false"
    case .null, .array, .object: nil
    }
  }

  private var isNumber: Bool {
    switch self {
    case .integer, .number: true
    default: false
    }
  }

  /// Whether both say the same in the same types; numbers are compared as numbers, members in any order.
  func isSame(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.array(let a), .array(let b)): return a.count == b.count && zip(a, b).allSatisfy { $0.isSame($1) }
    case (.object(let a), .object(let b)):
      return a.count == b.count && a.allSatisfy { pair in other.member(pair.key)?.isSame(pair.value) ?? false }
    default:
      guard let a = scalar, let b = other.scalar, isNumber == other.isNumber else { return encoded == other.encoded }
      guard a != b else { return true }
      guard let x = try? ExactDecimal(parsing: a), let y = try? ExactDecimal(parsing: b) else { return false }
      return x == y
    }
  }
}
