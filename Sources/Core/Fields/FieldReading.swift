extension FieldType {
  /// The longest text that a field takes.
  public static let maximumTextLength = 4_096

  /// Reads one scalar. Numbers and truths in quotes are text and are refused; shares and durations may be quoted.
  public func value(of text: String, isQuoted: Bool = false) throws(FieldProblem) -> FieldValue {
    guard !FieldProblem.isInterpolated(text) else { throw .interpolation }
    if let value = scalar(text, isQuoted: isQuoted) { return value }
    let names = choices
    if !names.isEmpty {
      throw .notAChoice(expected: phrase, suggestion: Suggestion.closest(to: text, among: names))
    }
    throw .expected(phrase)
  }

  /// The names among which a mistyped one may be meant.
  private var choices: [String] {
    switch self {
    case .choice(let names): names
    case .either(let types): types.flatMap(\.choices)
    default: []
    }
  }

  private func scalar(_ text: String, isQuoted: Bool) -> FieldValue? {
    switch self {
    case .text: Self.isOneLine(text) ? .text(text) : nil
    case .boolean: isQuoted ? nil : Self.truth(text).map(FieldValue.boolean)
    case .integer: isQuoted ? nil : Self.wholeNumber(text).map(FieldValue.integer)
    case .decimal: isQuoted ? nil : PlainDecimal.parse(text).map(FieldValue.decimal)
    case .amount: isQuoted ? nil : Self.amount(text)
    case .share: ShareText.parse(text).map(FieldValue.share)
    case .duration: DurationText.parse(text).map(FieldValue.duration)
    case .choice(let names): names.contains(text) ? .text(text) : nil
    case .word(let word): word.accepts(text) ? .text(text) : nil
    case .format(let format): Self.isVersion(text, of: format) ? .text(text) : nil
    case .either(let types): Self.first(of: types, text, isQuoted)
    case .secret, .list, .block, .table, .map, .variant, .tree: nil
    }
  }

  private static func first(of types: [FieldType], _ text: String, _ isQuoted: Bool) -> FieldValue? {
    for type in types {
      if let value = type.scalar(text, isQuoted: isQuoted) { return value }
    }
    return nil
  }

  private static func isVersion(_ text: String, of format: String) -> Bool {
    guard text.hasPrefix(format) else { return false }
    let minor = text.dropFirst(format.count)
    return minor.isEmpty
      || (minor.first == "." && (2...6).contains(minor.utf8.count) && minor.utf8.dropFirst().allSatisfy(\.isDigit))
  }

  private static func isOneLine(_ text: String) -> Bool {
    let utf8 = text.utf8
    return !utf8.isEmpty && utf8.count <= maximumTextLength && !utf8.contains { $0 < 32 || $0 == 127 }
  }

  private static func truth(_ text: String) -> Bool? {
    switch text {
    case "true": true
    case "false": false
    default: nil
    }
  }

  private static func wholeNumber(_ text: String) -> Int? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.count <= 18, digits.utf8.allSatisfy(\.isDigit) else { return nil }
    return Int(text)
  }

  private static func amount(_ text: String) -> FieldValue? {
    guard let number = PlainDecimal.parse(text), !number.isNegative else { return nil }
    return .amount(number)
  }
}

/// Did-you-mean.
public enum Suggestion {
  /// The name nearest to a mistyped one, if one is near enough to be meant: at most a third of its letters differ.
  public static func closest(to text: String, among names: [String]) -> String? {
    let typed = Array(text.lowercased().utf8)
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for name in names {
      let letters = Array(name.utf8)
      let limit = max(1, max(letters.count, typed.count) / 3)
      guard abs(letters.count - typed.count) <= limit else { continue }
      let distance = editDistance(typed, letters)
      if distance <= limit, distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
  }

  /// Letters to change, add, drop or swap with their neighbour (optimal string alignment).
  static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var before: [Int] = []
    var previous = Array(0...b.count)
    for i in 0..<a.count {
      var current = [i + 1]
      current.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        let cost = a[i] == b[j] ? 0 : 1
        var least = min(previous[j + 1] + 1, current[j] + 1, previous[j] + cost)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
        current.append(least)
      }
      (before, previous) = (previous, current)
    }
    return previous[b.count]
  }
}
