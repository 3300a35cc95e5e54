import Core
import Descriptor

/// What a field is to say.
enum AnswerValue: Hashable, Sendable {
  /// A word, a name, a number as text, `true` or `false`.
  case text(String)
  /// An instant.
  case time(Timestamp)

  /// As text, where it is one.
  var text: String? { if case .text(let text) = self { text } else { nil } }
}

/// Writes an answer so that reading it by the descriptor gives what it is to say: the inverse of `read`.
struct AnswerWriter {
  let spot: AnswerSpot
  private var reader: AnswerReader { AnswerReader(spot) }

  init(_ spot: AnswerSpot) { self.spot = spot }

  /// Writes fields, those that stand somewhere by themselves first, then what is computed from them.
  /// - Returns: the names of those that the answer cannot say.
  func write(_ fields: [String: AnswerValue], by readings: [String: Reading]) -> [String] {
    var failed: [String] = []
    let names = fields.keys.filter { readings[$0] != nil }.sorted { a, b in
      // A further name of a market is said where there is room for one.
      let (first, second) = (a == "alias" ? 9 : Self.rank(readings[a]), b == "alias" ? 9 : Self.rank(readings[b]))
      return first == second ? a < b : first < second
    }
    for name in names {
      guard let reading = readings[name], let value = fields[name] else { continue }
      if !write(value, by: reading) { failed.append(name) }
    }
    for name in readings.keys.sorted() where fields[name] == nil {
      if let reading = readings[name] { writeNothing(reading) }
    }
    return failed
  }

  /// What is written first settles what later ones are computed from.
  private static func rank(_ reading: Reading?) -> Int {
    switch reading {
    case .path(let path): path.isOptional ? 1 : 0
    case .first: 2
    case .apply(.sign, _): 3
    case .apply(.abs, _), .apply(.upper, _), .apply(.lower, _), .apply(.word, _): 4
    case .apply(.before, _): 5
    case .apply(.minus, _), .apply(.sum, _), .apply(.times, _), .apply(.over, _): 7
    case .apply: 4
    case .cases: 6
    case .literal, nil: 8
    }
  }

  // MARK: One field

  /// Writes a field; whether reading it then gives this.
  @discardableResult func write(_ value: AnswerValue, by reading: Reading) -> Bool {
    if case .text(let wanted) = value, let there = reader.text(reading), Self.same(there, wanted) { return true }
    switch reading {
    case .path(let path): return put(value, at: path)
    case .literal(let text): return value == .text(text)
    case .first(let choices): return choices.contains { write(value, by: $0) }
    case .cases(let cases): return write(value, by: cases)
    case .apply(let function, let arguments): return write(value, function, arguments)
    }
  }

  /// Equal as text, or as numbers.
  static func same(_ a: String, _ b: String) -> Bool {
    if a == b { return true }
    guard let first = AnswerReader.number(a), let second = AnswerReader.number(b) else { return false }
    return first == second
  }

  /// The place a path leads to, made on the way.
  func node(_ path: Path) -> AnswerNode? {
    var node = path.origin == .root ? spot.draft.root : spot.row
    for step in path.steps {
      let next: AnswerNode? =
        switch step {
        case .member(let name): node.member(name)
        case .named(let name): name.text(spot.market).flatMap(node.member)
        case .element(let index): node.element(index)
        case .matching(let key, let value): node.element(where: key, is: value)
        case .elements: node.element(0)
        case .values: node.firstValue ?? node.member("0")
        case .key: nil
        }
      guard let next else { return nil }
      node = next
    }
    return node
  }

  /// Puts a value at a path; `false` where something else stands there.
  func put(_ value: AnswerValue, at path: Path, replacing: Bool = false) -> Bool {
    guard case .text(let text) = value else { return false }
    if case .header(let name) = path.origin {
      spot.draft.headers.removeAll { $0.name == name }
      spot.draft.headers.append((name, text))
      return true
    }
    if path.steps.last == .key { return spot.key == text }
    guard let node = node(path) else { return false }
    if !node.isEmpty, node.text != "" {
      if let there = node.text, Self.same(there, text) { return true }
      guard replacing, node.text != nil else { return false }
    }
    node.put(Self.json(text))
    return true
  }

  /// Truth values as such, everything else as text.
  private static func json(_ text: String) -> JSONValue {
    text == "true" || text == "false" ? .boolean(text == "true") : .string(text)
  }

  // MARK: Cases and conditions

  /// Writes what makes a case the first that holds.
  private func write(_ value: AnswerValue, by cases: [Reading.Case]) -> Bool {
    for (index, item) in cases.enumerated() {
      if let reading = item.reading {
        guard write(value, by: reading), item.conditions.allSatisfy(fulfil) else { continue }
      } else {
        guard value == .text(item.then), item.conditions.allSatisfy(fulfil) else { continue }
      }
      for earlier in cases[..<index] { deny(earlier) }
      if cases.firstIndex(where: { $0.conditions.allSatisfy(reader.holds) }) == index { return true }
    }
    return false
  }

  /// Makes a condition true, where that is still open.
  func fulfil(_ condition: Condition) -> Bool {
    if reader.holds(condition) { return true }
    guard case .path(let path) = condition.subject else { return false }
    if path.steps.last == .elements { return appendExample(of: condition, to: path) }
    if let there = reader.text(path), extend(there, at: path, for: condition) { return true }
    for text in Self.examples(of: condition) where put(.text(text), at: path) && reader.holds(condition) { return true }
    return reader.holds(condition)
  }

  /// One more element of a list for which a condition holds.
  private func appendExample(of condition: Condition, to path: Path) -> Bool {
    guard let text = Self.examples(of: condition).first else { return false }
    append(text, to: path)
    return reader.holds(condition)
  }

  private func append(_ text: String, to path: Path) {
    var list = path
    list.steps.removeLast()
    node(list)?.appended()?.put(Self.json(text))
  }

  /// Adds what is missing to a text that stands there: a sign to a number, a word to a list of words.
  private func extend(_ there: String, at path: Path, for condition: Condition) -> Bool {
    guard !condition.isNegated, case .text(let wanted, let before, true) = condition.pattern else { return false }
    if !before, wanted == "-", AnswerReader.number(there) != nil {
      return put(.text("-" + there), at: path, replacing: true)
    }
    guard before, !wanted.isEmpty else { return false }
    return put(.text(there + "," + wanted), at: path, replacing: true)
  }

  /// Makes a case not hold, as far as that can be said: truth values are otherwise, a list has what it must not lack.
  private func deny(_ item: Reading.Case) {
    for condition in item.conditions {
      if condition.isNegated, case .path(let path) = condition.subject, path.steps.last == .elements,
        case .text(let text, _, _) = condition.pattern, item.conditions.allSatisfy(reader.holds)
      {
        append(text, to: path)
      }
      guard case .path(let path) = condition.subject, case .text(let text, false, false) = condition.pattern,
        text == "true" || text == "false", reader.text(path) == nil
      else { continue }
      _ = put(.text((text == "true") == condition.isNegated ? "true" : "false"), at: path)
    }
  }

  /// Texts for which a condition holds.
  static func examples(of condition: Condition) -> [String] {
    switch (condition.pattern, condition.isNegated) {
    case (.range(let range), false): [String(range.lowerBound)]
    case (.range(let range), true): [String(range.upperBound + 1), "0"]
    case (.text("", _, _), false): ["1"]
    case (.text(let text, _, _), false): [text]
    case (.text("true", _, _), true): ["false"]
    case (.text("false", _, _), true): ["true"]
    case (.text(let text, _, _), true): [text == "1" ? "2" : "1", "other"]
    }
  }

  // MARK: Nothing

  /// A field that has no value: what must be there all the same is nothing, or no text.
  private func writeNothing(_ reading: Reading) {
    switch reading {
    case .path(let path):
      guard !path.isOptional, reader.node(path)?.isEmpty ?? true else { return }
      _ = put(.text("0"), at: path)
    case .first(let choices):
      if reader.text(reading) == nil, let first = choices.first { writeNothing(first) }
    case .apply(.total, _): break
    case .apply(_, let arguments): arguments.forEach(writeNothing)
    case .literal, .cases: break
    }
  }
}
