/// What may stand behind a key: of the manifest, of a plugin's options, of a strategy's parameters.
///
/// One closed list, so that reading, messages, the JSON Schema and the reference page agree on each.
public indirect enum FieldType: Hashable, Sendable {
  /// Any text of one line.
  case text
  /// `true` or `false`.
  case boolean
  /// A whole number.
  case integer
  /// A decimal number, with a sign where it needs one.
  case decimal
  /// A part of a whole in percent, `5%`, from 0% to 100%.
  case share
  /// A plain decimal of money, not below zero.
  case amount
  /// A length of time: `150s`, `5m`, `2h`, `1d`.
  case duration
  /// One of these names.
  case choice([String])
  /// Text of a known form, such as a symbol or a path.
  case word(FieldWord)
  /// The name and major version of a file's format: `nija/1`; a minor version, `nija/1.2`, is taken too.
  case format(String)
  /// Where a secret is found; never the secret.
  case secret
  /// Any number of values of one type.
  case list(of: FieldType)
  /// Any of these, tried in this order.
  case either([FieldType])
  /// Settings under declared names.
  case block([FieldSpec])
  /// Values of one type under names the writer chooses, which are ``FieldWord/identifier``s.
  case table(of: FieldType)
  /// Values of one type under names the writer chooses freely, in the order written, among settings under declared names:
  /// the parameters of a request, a condition with its `then`.
  case map(of: FieldType, fields: [FieldSpec] = [])
  /// Settings of which one, the key, decides which others there are.
  case variant(FieldVariant)
  /// Whatever the writer likes: the shape of another program's documents.
  case tree

  /// A share or an amount, as in `order_size: 5%` or `order_size: 100`.
  public static let shareOrAmount = FieldType.either([.share, .amount])

  /// What to write, as a message puts it: `expected …`.
  public var phrase: String {
    switch self {
    case .text: "text on one line"
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .decimal: "a number such as 0.5"
    case .share: "a share from 0% to 100%, such as 5%"
    case .amount: "an amount as a plain decimal, such as 250 or 12.50"
    case .duration: "a duration such as 150s, 5m or 2h"
    case .choice(let names): names.count == 1 ? names.joined() : "one of \(names.joined(separator: ", "))"
    case .word(let word): word.phrase
    case .format(let format): "\(format), the only version that this program reads"
    case .secret: "where the secret is: {env: NAME}, {file: PATH} or {env_file: NAME}"
    case .list: "a list"
    case .either(let types): types.map(\.phrase).joined(separator: ", or ")
    case .block, .table, .map, .variant: "settings as `key: value`"
    case .tree: "any value"
    }
  }

  /// A short name for tables and generated pages.
  public var title: String {
    switch self {
    case .text: "text"
    case .boolean: "true/false"
    case .integer: "whole number"
    case .decimal: "number"
    case .share: "share"
    case .amount: "amount"
    case .duration: "duration"
    case .choice(let names): names.joined(separator: " \\| ")
    case .word(let word): word.rawValue
    case .format(let format): format
    case .secret: "secret reference"
    case .list(let element): "list of \(element.title)"
    case .either(let types): types.map(\.title).joined(separator: " or ")
    case .block, .variant: "settings"
    case .table(let element), .map(let element, _): "\(element.title) by name"
    case .tree: "anything"
    }
  }
}

/// Settings whose other keys depend on what stands behind one of them: the parameters of a strategy on its `name`.
public struct FieldVariant: Hashable, Sendable {
  /// The key that decides; also declared in ``common``.
  public let key: String
  /// What every case has.
  public let common: [FieldSpec]
  /// What each case has besides; the last where a name is listed twice.
  public let cases: [FieldCase]
  /// What a name that is not listed has besides.
  public let other: [FieldSpec]

  /// A variant; `common` must declare `key`.
  public init(key: String, common: [FieldSpec], cases: [FieldCase], other: [FieldSpec] = []) {
    self.key = key
    self.common = common
    self.cases = cases.map { FieldCase(name: $0.name, fields: common + $0.fields) }
    self.other = common + other
  }

  /// Every field of the case called `name`, the common ones first.
  public func fields(for name: String?) -> [FieldSpec] {
    cases.first { $0.name == name }?.fields ?? other
  }
}

/// The fields that one choice of a variant's key brings.
public struct FieldCase: Hashable, Sendable {
  /// The choice.
  public let name: String
  /// Its fields.
  public let fields: [FieldSpec]

  /// A case.
  public init(name: String, fields: [FieldSpec]) {
    self.name = name
    self.fields = fields
  }
}
