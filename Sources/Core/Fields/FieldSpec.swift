/// One key, declared once: reading, messages, did-you-mean, the JSON Schema and the reference page derive from it.
public struct FieldSpec: Hashable, Sendable {
  /// The key.
  public let name: String
  /// What may stand behind it.
  public let type: FieldType
  /// What a bare number counts, for people: `of the account's equity`, `quote currency`.
  public let unit: String?
  /// What holds when the key is left out, if anything does.
  public let `default`: FieldValue?
  /// How small and how large it may be.
  public let bounds: FieldBounds
  /// How many values a list may have.
  public let maximumCount: Int
  /// One sentence that says what it does.
  public let doc: String
  /// The version that brought it.
  public let since: String
  /// Whether it must be written.
  public let isRequired: Bool

  /// A field. `default` and the bounds are written as in a file (`"5%"`); one that the type cannot read is our own
  /// mistake and stops the program.
  public init(
    _ name: String, _ type: FieldType, unit: String? = nil, default text: String? = nil, moreThanZero: Bool = false,
    minimum: String? = nil, maximum: String? = nil, maximumCount: Int = 1_000, required: Bool = false,
    since: String = "0.1.0", doc: String
  ) {
    self.name = name
    self.type = type
    self.unit = unit
    self.default = text.map { Self.read($0, as: type, of: name) }
    self.bounds = FieldBounds(
      isMoreThanZero: moreThanZero, minimum: minimum.map { Self.read($0, as: type, of: name) },
      maximum: maximum.map { Self.read($0, as: type, of: name) })
    self.maximumCount = maximumCount
    self.doc = doc
    self.since = since
    self.isRequired = required
  }

  private static func read(_ text: String, as type: FieldType, of name: String) -> FieldValue {
    guard let value = try? type.value(of: text) else {
      preconditionFailure("the declaration of \(name) has a text that its own type refuses")
    }
    return value
  }

  /// Reads one scalar and holds it against the bounds.
  /// - Parameter isQuoted: whether it stood in quotes, which makes numbers and truths text.
  public func value(of text: String, isQuoted: Bool = false) throws(FieldProblem) -> FieldValue {
    let value = try type.value(of: text, isQuoted: isQuoted)
    try bounds.check(value)
    return value
  }
}

/// How small and how large a value may be; what cannot be compared with a bound is not bounded by it.
public struct FieldBounds: Hashable, Sendable {
  /// Whether nothing and less is refused, whatever the kind of number.
  public let isMoreThanZero: Bool
  /// The least that is taken.
  public let minimum: FieldValue?
  /// The most that is taken.
  public let maximum: FieldValue?

  /// Refuses what lies outside.
  public func check(_ value: FieldValue) throws(FieldProblem) {
    if isMoreThanZero, value.number?.isPositive == false || (value.duration.map { $0 <= .zero } ?? false) {
      throw .tooSmall("must be more than 0")
    }
    if let minimum, value.isLess(than: minimum) == true { throw .tooSmall("must be at least \(minimum)") }
    if let maximum, maximum.isLess(than: value) == true { throw .tooLarge("must be at most \(maximum)") }
  }
}

/// Why a text is no value of a field. None of them holds the text: it may be a secret in the wrong place.
public enum FieldProblem: Error, Hashable, Sendable {
  /// Another type is wanted; the phrase says which.
  case expected(String)
  /// It is none of the names; the nearest, if one is near.
  case notAChoice(expected: String, suggestion: String?)
  /// Below the least.
  case tooSmall(String)
  /// Above the most.
  case tooLarge(String)
  /// `${…}` stands in it.
  case interpolation

  /// Whether `${` stands in a text.
  public static func isInterpolated(_ text: String) -> Bool {
    text.utf8.contains(UInt8(ascii: "$")) && text.contains("${")
  }

  /// The message.
  public var message: String {
    switch self {
    case .expected(let phrase): "expected \(phrase)"
    case .notAChoice(let phrase, let suggestion):
      "expected \(phrase)" + (suggestion.map { "; did you mean \"\($0)\"?" } ?? "")
    case .tooSmall(let text), .tooLarge(let text): text
    case .interpolation: "there is no ${…} interpolation: write the value itself, or {env: NAME} for a secret"
    }
  }
}
