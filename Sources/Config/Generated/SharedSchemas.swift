package import Core

/// Moves what stands in a schema several times to `$defs`, each once, under the name of the key where it is met first.
package struct SharedSchemas {
  private typealias Members = [(key: String, value: JSONValue)]

  /// Shorter ones stay where they are: a reference is hardly shorter, and harder to read.
  private static let least = 80

  private var counts: [String: Int] = [:]
  private var names: [String: String] = [:]
  private var taken: Set<String> = []
  private var definitions: Members = []

  /// The same schema, short.
  package static func shared(_ schema: JSONValue) -> JSONValue {
    guard case .object(let members) = schema else { return schema }
    var shared = SharedSchemas()
    for member in members { shared.count(member.value) }
    let short = members.map { (key: $0.key, value: shared.replaced($0.value, key: $0.key, isSchema: false)) }
    let definitions = shared.definitions
    return .object(definitions.isEmpty ? short : short + [(key: "$defs", value: .object(definitions))])
  }

  /// What it is apart from what is said of it where it stands.
  private static func core(_ members: Members) -> Members {
    members.filter { $0.key != "description" && $0.key != "default" }
  }

  private static func isSchema(_ members: Members) -> Bool {
    members.contains { ["type", "anyOf", "enum"].contains($0.key) }
  }

  private mutating func count(_ value: JSONValue) {
    switch value {
    case .array(let elements): for element in elements { count(element) }
    case .object(let members):
      if Self.isSchema(members) {
        let text = JSONValue.object(Self.core(members)).encoded
        counts[text, default: 0] += 1
        // What stands in one that was met already is counted with it.
        if counts[text] != 1 { return }
      }
      for member in members { count(member.value) }
    default: break
    }
  }

  private mutating func replaced(_ value: JSONValue, key: String, isSchema: Bool = true) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { replaced($0, key: key) })
    case .object(let members):
      let core = Self.core(members)
      guard isSchema, Self.isSchema(members) else { return .object(inside(members, key: key)) }
      let text = JSONValue.object(core).encoded
      guard text.utf8.count >= Self.least, counts[text, default: 0] > 1 else {
        return .object(inside(members, key: key))
      }
      let said = members.filter { $0.key == "description" || $0.key == "default" }
      return .object(said + [(key: "$ref", value: .string("#/$defs/\(name(text, core, key))"))])
    default: return value
    }
  }

  private mutating func inside(_ members: Members, key: String) -> Members {
    members.map { member in
      let isPlain = ["properties", "items", "additionalProperties", "propertyNames", "anyOf", "not"].contains(
        member.key)
      return (key: member.key, value: replaced(member.value, key: isPlain ? key : member.key))
    }
  }

  /// The definition's name; it is written when it is met first.
  private mutating func name(_ text: String, _ core: Members, _ key: String) -> String {
    if let name = names[text] { return name }
    var name = key
    var number = 2
    while !taken.insert(name).inserted {
      name = "\(key)_\(number)"
      number += 1
    }
    names[text] = name
    let place = definitions.count
    definitions.append((key: name, value: .null))
    definitions[place].value = .object(inside(core, key: key))
    return name
  }
}
