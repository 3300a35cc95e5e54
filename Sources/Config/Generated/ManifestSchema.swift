public import Core

/// JSON Schemas (2020-12) of the manifest and of a user's file, from the same declarations that files are read by.
public enum ManifestSchema {
  /// The schema of `brokers.yaml`.
  public static func manifest(_ vocabulary: ManifestVocabulary) -> JSONValue {
    document("nija-host manifest", ManifestFields(vocabulary).top)
  }

  /// The schema of a user's file. Which credentials it needs depends on its broker, so any plugin's slots are taken.
  public static func user(_ vocabulary: ManifestVocabulary) -> JSONValue {
    document("nija-host user", ManifestFields(vocabulary).user(of: nil))
  }

  /// The schema of a file with these fields.
  package static func document(_ title: String, _ fields: [FieldSpec]) -> JSONValue {
    let head: [(key: String, value: JSONValue)] = [
      (key: "$schema", value: "https://json-schema.org/draft/2020-12/schema"), (key: "title", value: .string(title)),
    ]
    return .object(head + FieldSchema.members(of: fields))
  }
}

/// The schema of fields and their types.
enum FieldSchema {
  typealias Members = [(key: String, value: JSONValue)]

  /// `properties`, `required` and the refusal of every other key.
  static func members(of fields: [FieldSpec], fixing key: String? = nil, to value: JSONValue? = nil) -> Members {
    let properties = fields.map { field in
      (key: field.name, value: field.name == key ? value ?? schema(of: field) : schema(of: field))
    }
    let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
    return [
      (key: "type", value: "object"), (key: "additionalProperties", value: .boolean(false)),
      (key: "properties", value: .object(properties)),
    ] + (required.isEmpty ? [] : [(key: "required", value: .array(required))])
  }

  private static func schema(of field: FieldSpec) -> JSONValue {
    let unit = field.unit.map { " Unit: \($0)." } ?? ""
    var members: Members = [(key: "description", value: .string(field.doc + unit))]
    if let value = field.default { members.append((key: "default", value: literal(value))) }
    members += schema(of: field.type)
    members += limits(of: field)
    return .object(members)
  }

  /// Bounds, for the kinds of values that a schema can compare.
  private static func limits(of field: FieldSpec) -> Members {
    switch field.type {
    case .integer, .decimal, .amount:
      let bounds = field.bounds
      return [
        bounds.isMoreThanZero ? (key: "exclusiveMinimum", value: .integer(0)) : nil,
        bounds.minimum.map { (key: "minimum", value: literal($0)) },
        bounds.maximum.map { (key: "maximum", value: literal($0)) },
      ].compactMap(\.self)
    case .list: return [(key: "maxItems", value: .integer(field.maximumCount))]
    default: return []
    }
  }

  private static func literal(_ value: FieldValue) -> JSONValue {
    switch value {
    case .decimal(let number), .amount(let number): .number(number.description)
    default: value.json
    }
  }

  private static func text(_ pattern: String) -> Members {
    [(key: "type", value: "string"), (key: "pattern", value: .string(pattern))]
  }

  private static func schema(of type: FieldType) -> Members {
    switch type {
    case .text: [(key: "type", value: "string"), (key: "minLength", value: .integer(1))]
    case .boolean: [(key: "type", value: "boolean")]
    case .integer: [(key: "type", value: "integer")]
    case .decimal, .amount: [(key: "type", value: "number")]
    case .share: text("^(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)%$")
    case .duration: text("^[0-9]{1,9}[smhd]$")
    case .choice(let names): [(key: "enum", value: .array(names.map(JSONValue.string)))]
    case .word(let word): text(word.pattern)
    case .format(let format): text("^\(format)(\\.[0-9]{1,5})?$")
    case .secret: secret
    case .list(let element): [(key: "type", value: "array"), (key: "items", value: .object(schema(of: element)))]
    case .either(let types): [(key: "anyOf", value: .array(types.map { .object(schema(of: $0)) }))]
    case .block(let fields): members(of: fields)
    case .table(let element):
      [
        (key: "type", value: "object"), (key: "propertyNames", value: .object(text(FieldWord.identifier.pattern))),
        (key: "additionalProperties", value: .object(schema(of: element))),
      ]
    case .map(let element, let fields):
      // Declared names first; every other name has the element's type.
      members(of: fields).map { member in
        member.key == "additionalProperties" ? (key: member.key, value: .object(schema(of: element))) : member
      }
    case .variant(let variant): [(key: "anyOf", value: .array(cases(of: variant)))]
    case .tree: []
    }
  }

  /// One way to write a secret, and one only.
  private static var secret: Members {
    [
      (key: "type", value: "object"), (key: "additionalProperties", value: .boolean(false)),
      (key: "minProperties", value: .integer(1)), (key: "maxProperties", value: .integer(1)),
      (
        key: "properties",
        value: .object([
          (key: "env", value: .object(text(FieldWord.variable.pattern))),
          (key: "env_file", value: .object(text(FieldWord.variable.pattern))),
          (key: "file", value: .object(text(FieldWord.path.pattern))),
        ])
      ),
    ]
  }

  private static func cases(of variant: FieldVariant) -> [JSONValue] {
    let known = variant.cases.map { JSONValue.string($0.name) }
    var result = zip(variant.cases, known).map { item, name in
      JSONValue.object(members(of: item.fields, fixing: variant.key, to: ["const": name]))
    }
    if variant.other.count > variant.common.count {
      let others: JSONValue = .object(
        text(FieldWord.identifier.pattern) + [(key: "not", value: ["enum": .array(known)])])
      result.append(.object(members(of: variant.other, fixing: variant.key, to: others)))
    }
    return result
  }
}
