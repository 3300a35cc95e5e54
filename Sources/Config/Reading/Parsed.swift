package import Core

/// A value that was read, and where it stands.
package struct Parsed: Sendable {
  package indirect enum Value: Sendable {
    case scalar(FieldValue)
    case list([Parsed])
    case block(ParsedBlock)
    /// As it is written.
    case tree(Node)
  }

  /// Where it begins.
  package let mark: Mark
  /// What it is.
  package let value: Value

  package var scalar: FieldValue? { if case .scalar(let value) = value { value } else { nil } }
  package var list: [Parsed]? { if case .list(let elements) = value { elements } else { nil } }
  package var tree: Node? { if case .tree(let node) = value { node } else { nil } }
  package var block: ParsedBlock? { if case .block(let block) = value { block } else { nil } }

  /// Without the marks.
  var plain: FieldValue {
    switch value {
    case .scalar(let value): value
    case .list(let elements): .list(elements.map(\.plain))
    case .block(let block):
      .block(Dictionary(block.entries.map { ($0.name, $0.parsed.plain) }, uniquingKeysWith: { first, _ in first }))
    case .tree(let node): .text(node.json.encoded)
    }
  }

  /// As a file would say it in the one form that each value has: JSON that is itself a manifest.
  var normalForm: JSONValue {
    switch value {
    case .scalar(let value):
      switch value {
      case .decimal(let number), .amount(let number): .number(number.description)
      default: value.json
      }
    case .list(let elements): .array(elements.map(\.normalForm))
    case .block(let block): block.normalForm
    case .tree(let node): node.json
    }
  }
}

/// Settings that were read: what was written, in the order written, each key once.
package struct ParsedBlock: Sendable {
  /// A key and its value.
  package struct Entry: Sendable {
    package let name: String
    package let mark: Mark
    package let parsed: Parsed
  }

  /// Where it begins.
  package let mark: Mark
  /// Whether the writer chose the names, and with them the order.
  package internal(set) var isTable = false
  package internal(set) var entries: [Entry] = []
  /// Keys that stand there with a value that was refused: they are wrong, but not missing.
  package internal(set) var refused: [String] = []

  package subscript(name: String) -> Parsed? { entries.first { $0.name == name }?.parsed }

  subscript<Value>(key: Key<Value>) -> Value? { self[key.spec.name]?.scalar.flatMap(key.value) }

  func block(_ spec: FieldSpec) -> ParsedBlock? { self[spec.name]?.block }

  func mark<Value>(of key: Key<Value>) -> Mark { self[key.spec.name]?.mark ?? mark }

  var normalForm: JSONValue {
    .object(
      (isTable ? entries : entries.sorted { $0.name < $1.name }).map { (key: $0.name, value: $0.parsed.normalForm) })
  }
}

/// A declared key together with the type that its value has in code.
struct Key<Value: Sendable>: Sendable {
  let spec: FieldSpec
  let value: @Sendable (FieldValue) -> Value?

  init(_ spec: FieldSpec, _ value: @escaping @Sendable (FieldValue) -> Value?) {
    self.spec = spec
    self.value = value
  }

  /// What holds when nobody says anything.
  var `default`: Value? { spec.default.flatMap(value) }
}
