/// A value as a field's type reads it.
public indirect enum FieldValue: Hashable, Sendable {
  /// Text, a choice, or a word.
  case text(String)
  /// `true` or `false`.
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// A decimal number.
  case decimal(ExactDecimal)
  /// A part of a whole as a fraction: `5%` is 0.05.
  case share(ExactDecimal)
  /// Money.
  case amount(ExactDecimal)
  /// A length of time.
  case duration(Duration)
  /// Where a secret is.
  case secret(SecretReference)
  /// Several, in the order written.
  case list([FieldValue])
  /// Settings by name.
  case block([String: FieldValue])

  /// The text, where it is text.
  public var text: String? { if case .text(let text) = self { text } else { nil } }
  /// The truth, where it is one.
  public var boolean: Bool? { if case .boolean(let truth) = self { truth } else { nil } }
  /// The number, where it is a whole one.
  public var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  /// The number, where it is a whole number, a decimal, a share (as a fraction) or an amount.
  public var number: ExactDecimal? {
    switch self {
    case .integer(let number): ExactDecimal(integer: number)
    case .decimal(let number), .share(let number), .amount(let number): number
    default: nil
    }
  }
  /// The fraction, where it is a share.
  public var share: ExactDecimal? { if case .share(let fraction) = self { fraction } else { nil } }
  /// The money, where it is an amount.
  public var amount: ExactDecimal? { if case .amount(let amount) = self { amount } else { nil } }
  /// The time, where it is a duration.
  public var duration: Duration? { if case .duration(let duration) = self { duration } else { nil } }
  /// The reference, where it is one to a secret.
  public var secret: SecretReference? { if case .secret(let reference) = self { reference } else { nil } }
  /// The elements, where it is a list.
  public var list: [FieldValue]? { if case .list(let elements) = self { elements } else { nil } }

  /// Whether this is below `other`; `nil` when the two cannot be compared.
  public func isLess(than other: FieldValue) -> Bool? {
    switch (self, other) {
    case (.integer(let a), .integer(let b)): a < b
    case (.decimal(let a), .decimal(let b)), (.share(let a), .share(let b)), (.amount(let a), .amount(let b)): a < b
    case (.duration(let a), .duration(let b)): a < b
    default: nil
    }
  }

  /// As JSON: decimals, shares and durations as text, so that no reader rounds them.
  public var json: JSONValue {
    switch self {
    case .text(let text): .string(text)
    case .boolean(let truth): .boolean(truth)
    case .integer(let number): .integer(number)
    case .list(let elements): .array(elements.map(\.json))
    case .secret(let reference): .object([(key: reference.kind, value: .string(reference.name))])
    case .block(let values):
      .object(values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.json) })
    case .decimal, .share, .amount, .duration: .string(description)
    }
  }
}

extension FieldValue: CustomStringConvertible {
  /// In the one form that a value has: `5%`, `250`, `150s`, `5m`.
  public var description: String {
    switch self {
    case .text(let text): text
    case .boolean(let truth): truth ? "true" : "false"
    case .integer(let number): String(number)
    case .decimal(let number), .amount(let number): number.description
    case .share(let fraction): ShareText.text(fraction)
    case .duration(let duration): DurationText.text(duration)
    case .secret(let reference): reference.description
    case .list, .block: json.encoded
    }
  }
}

/// Shares as they are written.
public enum ShareText {
  /// Reads `5%` or `0.3%` as the fraction; `nil` when it is not one from 0% to 100%.
  public static func parse(_ text: String) -> ExactDecimal? {
    guard text.hasSuffix("%"), let percent = PlainDecimal.parse(text.dropLast()) else { return nil }
    guard !percent.isNegative, percent <= ExactDecimal(integer: 100) else { return nil }
    return try? ExactDecimal(coefficient: percent.coefficient, scale: Int(percent.scale) + 2)
  }

  /// `5%` for 0.05.
  public static func text(_ fraction: ExactDecimal) -> String {
    let percent = try? ExactDecimal(coefficient: fraction.coefficient, scale: Int(fraction.scale) - 2)
    // Only a fraction of 10^36 and more has no percents that fit; it is shown as it stands.
    return percent.map { "\($0)%" } ?? fraction.description
  }
}

/// Decimals as a person writes them: digits, at most one point, a sign; no exponent.
enum PlainDecimal {
  static func parse(_ text: some StringProtocol) -> ExactDecimal? {
    let utf8 = Substring(text).utf8
    guard let first = utf8.first, let last = utf8.last, last.isDigit, first.isDigit || first == UInt8(ascii: "-")
    else { return nil }
    guard utf8.dropFirst().allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") }) else { return nil }
    return try? ExactDecimal(parsing: text)
  }
}

/// Durations as they are written.
public enum DurationText {
  private static let units: [(letter: UInt8, seconds: Int)] = [
    (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3_600), (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1),
  ]

  /// Reads `150s`, `5m`, `2h`, `1d`; `nil` when it is none, or longer than 9 digits.
  public static func parse(_ text: String) -> Duration? {
    let digits = text.utf8.dropLast()
    guard let letter = text.utf8.last, let unit = units.first(where: { $0.letter == letter }) else { return nil }
    guard (1...9).contains(digits.count), digits.allSatisfy(\.isDigit) else { return nil }
    return .seconds(digits.reduce(0) { $0 * 10 + Int($1 - 48) } * unit.seconds)
  }

  /// In the one form that each duration has: in the largest unit that divides it.
  public static func text(_ duration: Duration) -> String {
    let seconds = Int(duration.components.seconds)
    guard seconds != 0 else { return "0s" }
    let unit = units.first { seconds.isMultiple(of: $0.seconds) } ?? (UInt8(ascii: "s"), 1)
    return "\(seconds / unit.seconds)\(Character(UnicodeScalar(unit.letter)))"
  }
}
