import Core
import Descriptor

/// Reads an answer that is being made, as whoever gets it will: so that the stand-in knows what it has said.
///
/// Written for the sandbox alone: what it reads is compared with what the plugin's own reader makes of the same bytes.
struct AnswerReader {
  let spot: AnswerSpot

  init(_ spot: AnswerSpot) { self.spot = spot }

  /// What stands at a path; `nil` where nothing does.
  func text(_ path: Path) -> String? {
    if case .header(let name) = path.origin { return spot.draft.header(name) }
    guard path.steps.last != .key else { return spot.key }
    return node(path)?.text
  }

  /// The first place a path leads to, where it is there.
  func node(_ path: Path) -> AnswerNode? { nodes(path).first }

  /// Every place a path leads to.
  private func nodes(_ path: Path) -> [AnswerNode] {
    var nodes = [path.origin == .root ? spot.draft.root : spot.row]
    for step in path.steps {
      nodes = nodes.flatMap { node -> [AnswerNode] in
        switch step {
        case .member(let name): return [node.existingMember(name)].compactMap { $0 }
        case .named(let name): return [name.text(spot.market).flatMap(node.existingMember)].compactMap { $0 }
        case .element(let index): return [node.existingElement(index)].compactMap { $0 }
        case .matching(let key, let value): return [node.existingElement(where: key, is: value)].compactMap { $0 }
        case .elements, .values: return node.children
        case .key: return [node]
        }
      }
    }
    return nodes
  }

  /// Every text a path leads to.
  private func texts(_ path: Path) -> [String] {
    if case .row = path.origin, path.steps.last != .key { return nodes(path).compactMap(\.text) }
    if case .root = path.origin { return nodes(path).compactMap(\.text) }
    return [text(path)].compactMap { $0 }
  }

  /// What a field is; `nil` where it cannot be read.
  func text(_ reading: Reading) -> String? {
    switch reading {
    case .path(let path): return text(path)
    case .literal(let text): return text
    case .first(let choices):
      for choice in choices { if let text = text(choice) { return text } }
      return nil
    case .cases(let cases):
      guard let item = cases.first(where: { $0.conditions.allSatisfy(holds) }) else { return nil }
      return item.reading.map(text) ?? item.then
    case .apply(.total, let arguments):
      guard case .path(let path) = arguments.first else { return nil }
      if let list = path.list, node(list.path) == nil { return nil }
      return texts(path).reduce("0") { sum, next in
        Self.combined(sum, next) { (a, b) throws(DecimalError) in try a + b } ?? sum
      }
    case .apply(let function, let arguments):
      let texts = arguments.compactMap(text)
      return texts.count == arguments.count ? Self.apply(function, texts) : nil
    }
  }

  // MARK: Conditions

  /// Whether it is so. Nothing matches what is absent, not even something else; of several things one is enough, and
  /// none may look like what they must not look like.
  func holds(_ condition: Condition) -> Bool {
    let seen: [String]
    switch condition.subject {
    case .status: seen = [String(spot.draft.status)]
    case .path(let path): seen = texts(path)
    }
    guard !seen.isEmpty else { return false }
    return seen.contains { Self.matches($0, condition.pattern) } != condition.isNegated
  }

  private static func matches(_ text: String, _ pattern: Condition.Pattern) -> Bool {
    switch pattern {
    case .range(let range): return Int(text).map(range.contains) ?? false
    case .text(let wanted, let before, let after):
      return switch (before, after) {
      case (true, true): text.contains(wanted) || wanted.isEmpty
      case (true, false): text.hasSuffix(wanted)
      case (false, true): text.hasPrefix(wanted)
      case (false, false): AnswerWriter.same(text, wanted)
      }
    }
  }

  // MARK: Functions

  /// A number of the wire.
  static func number(_ text: String) -> ExactDecimal? { try? ExactDecimal(parsing: text) }

  private static func apply(_ function: Reading.Function, _ texts: [String]) -> String? {
    guard let first = texts.first, let last = texts.last else { return nil }
    switch function {
    // What a time is does not matter here; that it is there does.
    case .s, .ms, .us, .ns, .iso, .httpDate: return first
    case .abs: return number(first).flatMap { try? $0.magnitude() }?.description
    case .sum: return combined(first, last) { (a, b) throws(DecimalError) in try a + b }
    case .minus: return combined(first, last) { (a, b) throws(DecimalError) in try a - b }
    case .times: return combined(first, last) { (a, b) throws(DecimalError) in try a * b }
    case .over: return quotient(first, last)
    case .percent: return quotient(first, "100")
    case .step:
      guard let places = Int(first), (0...30).contains(places) else { return nil }
      return ExactDecimal.unit(places: places).description
    case .sign:
      guard let number = number(first) else { return nil }
      return number.isZero ? "0" : number.isNegative ? "-" : "+"
    case .before: return split(first, last)?.before
    case .after: return split(first, last)?.after
    case .upper: return first.uppercased()
    case .lower: return first.lowercased()
    case .word: return String(first.prefix { $0 != " " })
    case .head, .tail: return Int(last).map { end(first, $0, isHead: function == .head) }
    case .total: return nil
    case .join: return first + last
    }
  }

  /// So many characters at an end, or all but those at the other.
  static func end(_ text: String, _ count: Int, isHead: Bool) -> String {
    guard count >= 0 else {
      let rest = min(text.count, -count)
      return String(isHead ? text.dropLast(rest) : text.dropFirst(rest))
    }
    return String(isHead ? text.prefix(count) : text.suffix(count))
  }

  static func combined(
    _ a: String, _ b: String, _ operation: (ExactDecimal, ExactDecimal) throws(DecimalError) -> ExactDecimal
  ) -> String? {
    guard let a = number(a), let b = number(b), let result = try? operation(a, b) else { return nil }
    return result.description
  }

  /// The exact quotient, where there is one.
  static func quotient(_ a: String, _ b: String) -> String? {
    guard let a = number(a), let b = number(b), !b.isZero,
      let result = try? a.divided(by: b, places: 12, .down), let product = try? result * b, product == a
    else { return nil }
    return result.description
  }

  /// What stands before and after the first separator.
  static func split(_ text: String, _ separator: String) -> (before: String, after: String)? {
    guard !separator.isEmpty, let range = text.firstRange(of: separator) else { return nil }
    return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
  }
}

extension Path {
  /// What its first `[]` or `*` goes through, and whether that is a list.
  var list: (path: Path, isList: Bool)? {
    guard let many = steps.firstIndex(where: { $0 == .elements || $0 == .values }) else { return nil }
    var path = self
    path.steps = Array(steps[..<many])
    return (path, steps[many] == .elements)
  }
}
