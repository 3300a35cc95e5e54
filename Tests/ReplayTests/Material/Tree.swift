import Core

/// The material as values: what files hold, what we send and what we read are compared in this one form.
extension JSON {
  var value: JSONValue {
    switch kind {
    case .null: .null
    case .boolean: .boolean(boolean ?? false)
    case .number: .number(text ?? "0")
    case .string: .string(text ?? "")
    case .array: .array((elements ?? []).map(\.value))
    case .object: .object((members ?? []).map { ($0.key, $0.value.value) })
    }
  }
}

extension JSONValue {
  subscript(key: String) -> JSONValue? {
    get { members?.first { $0.key == key }?.value }
    set {
      guard var members else { return }
      guard let index = members.firstIndex(where: { $0.key == key }) else {
        if let newValue { self = .object(members + [(key, newValue)]) }
        return
      }
      if let newValue { members[index].value = newValue } else { members.remove(at: index) }
      self = .object(members)
    }
  }

  /// The member, unless it is absent or `null`.
  func filled(_ key: String) -> JSONValue? {
    guard let value = self[key], !value.isNull else { return nil }
    return value
  }

  var isNull: Bool {
    if case .null = self { return true }
    return false
  }
  var members: [(key: String, value: JSONValue)]? {
    if case .object(let members) = self { return members }
    return nil
  }
  var list: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }
  /// A string, or the literal of a number.
  var text: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .integer(let number): String(number)
    default: nil
    }
  }
  var truth: Bool? {
    if case .boolean(let truth) = self { return truth }
    return nil
  }
  /// A number, written as one or as a string.
  var decimal: ExactDecimal? { text.flatMap { try? ExactDecimal(parsing: $0) } }
  var isNumber: Bool {
    switch self {
    case .number, .integer: true
    default: false
    }
  }

  /// All strings and numbers in it, keys left out.
  var leaves: [String] {
    if let members { return members.flatMap { $0.value.leaves } }
    if let list { return list.flatMap(\.leaves) }
    return text.map { [$0] } ?? []
  }

  /// The same with every string under one of `keys` put through `change`.
  func replacing(under keys: Set<String>, _ change: (String) -> String) -> JSONValue {
    switch self {
    case .object(let members):
      .object(
        members.map { key, value in
          if keys.contains(key), case .string(let text) = value { return (key, .string(change(text))) }
          return (key, value.replacing(under: keys, change))
        })
    case .array(let elements): .array(elements.map { $0.replacing(under: keys, change) })
    default: self
    }
  }
}
