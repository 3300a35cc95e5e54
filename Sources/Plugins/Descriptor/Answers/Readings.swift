internal import Core

/// What was read: numbers stay text until somebody needs the number.
enum ReadValue {
  /// As it stands in the document.
  case json(JSON)
  /// Text, or a number's digits.
  case text(String)
  /// An instant.
  case time(Timestamp)
  /// A word of ours: of a case, or written in the descriptor itself.
  case ours(String)

  /// The text, or a number's digits.
  var text: String? {
    switch self {
    case .json(let value): value.plainText
    case .text(let text), .ours(let text): text
    case .time: nil
    }
  }

  /// The number.
  var decimal: ExactDecimal? {
    switch self {
    case .json(let value): return value.decimal
    case .text(let text), .ours(let text): return try? ExactDecimal(parsing: text)
    case .time: return nil
    }
  }

  var isBlank: Bool { text?.isEmpty == true }
}

/// Reads the fields of one row.
struct RowReader {
  let answer: AnswerView
  let row: AnswerRow

  init(_ answer: AnswerView, _ row: AnswerRow) {
    self.answer = answer
    self.row = row
  }

  /// The whole answer as one row.
  init(_ answer: AnswerView) { self.init(answer, AnswerRow(answer.root)) }

  /// What a reading comes to; `nil` when it may be absent and is.
  func value(_ reading: Reading) throws(JSONError) -> ReadValue? {
    switch reading {
    case .literal(let text): return .ours(text)
    case .path(let path): return try value(path)
    case .first(let options): return try first(options)
    case .cases(let cases):
      guard let match = cases.first(where: { holds($0.conditions) }) else { return nil }
      if let reading = match.reading { return try value(reading) }
      return .ours(match.then)
    case .apply(.total, let arguments): return try total(arguments)
    case .apply(let function, let arguments):
      var values: [ReadValue] = []
      for argument in arguments {
        guard let value = try value(argument) else { return nil }
        values.append(value)
      }
      return try ReadingFunctions.apply(function, values)
    }
  }

  /// A member that is named by the market cannot be looked for without one: absent would be a guess.
  private func checkMarket(_ path: Path) throws(JSONError) {
    guard path.namesMarket, answer.market["symbol"] == nil else { return }
    throw .wrongType("\(path)", expected: "in an answer about one market")
  }

  /// The sum of whatever a path leads to: an empty list's is zero, a list that is not there is an error.
  private func total(_ arguments: [Reading]) throws(JSONError) -> ReadValue {
    guard case .path(let path)? = arguments.first else { throw .wrongType("total", expected: "the sum of a path") }
    if let problem = answer.problem { throw problem }
    try checkMarket(path)
    // Of nothing the sum is zero; of what is not there nobody knows it.
    guard path.isOptional || path.hasList(in: row, of: answer) else { throw .missing("\(path)") }
    var sum = ExactDecimal.zero
    for find in path.findAll(in: row, of: answer) {
      let value: ReadValue = if case .value(let value, _) = find { .json(value) } else { .text("") }
      guard let number = value.decimal, let next = try? sum + number else {
        throw .wrongType("\(path)", expected: "decimals")
      }
      sum = next
    }
    return .text(sum.description)
  }

  private func value(_ path: Path) throws(JSONError) -> ReadValue? {
    try checkMarket(path)
    let found: ReadValue? =
      switch path.find(in: row, of: answer) {
      case .value(let value, _): .json(value)
      case .text(let text): .text(text)
      case nil: nil
      }
    if let found {
      if path.isOptional && found.isBlank { return nil }
      return found
    }
    guard path.isOptional else { throw answer.problem ?? .missing("\(path)") }
    return nil
  }

  /// The first that is there; an error when none is and none may be absent.
  private func first(_ options: [Reading]) throws(JSONError) -> ReadValue? {
    var problem: JSONError?
    var mayBeAbsent = false
    for option in options {
      do throws(JSONError) {
        if let value = try value(option), !value.isBlank { return value }
        mayBeAbsent = true
      } catch {
        guard case .missing = error else { throw error }
        problem = problem ?? error
      }
    }
    if let problem, !mayBeAbsent { throw problem }
    return nil
  }

  // MARK: Conditions

  /// Whether the row is one of those that count.
  /// - Throws: when it does not say what that hangs on: left out it would seem not to exist.
  func counts(_ filter: [Condition]) throws(JSONError) -> Bool {
    for condition in filter {
      guard case .path(let path) = condition.subject, !path.isOptional else { continue }
      guard path.find(in: row, of: answer) != nil else { throw answer.problem ?? .missing("\(path)") }
    }
    return holds(filter)
  }

  /// Whether all of them hold.
  func holds(_ conditions: [Condition]) -> Bool { conditions.allSatisfy(holds) }

  /// Whether it holds for one of the things that its path leads to, or, when it is negated, for all of them; nothing
  /// holds for what is absent.
  func holds(_ condition: Condition) -> Bool {
    switch condition.subject {
    case .status: return condition.matches(String(answer.status))
    case .path(let path):
      let texts = path.findAll(in: row, of: answer).compactMap { find in
        switch find {
        case .text(let text): text
        case .value(let value, _): value.plainText
        }
      }
      guard !texts.isEmpty else { return false }
      return condition.isNegated ? texts.allSatisfy(condition.matches) : texts.contains(where: condition.matches)
    }
  }
}

extension Condition {
  /// Whether a text that is there is as it must be.
  func matches(_ text: String) -> Bool { looksAlike(text) != isNegated }

  private func looksAlike(_ text: String) -> Bool {
    switch pattern {
    case .range(let range): return Int(text).map(range.contains) ?? false
    case .text(let wanted, let anyBefore, let anyAfter):
      switch (anyBefore, anyAfter) {
      case (false, false): return text == wanted || Self.isSameNumber(text, wanted)
      case (true, false): return text.hasSuffix(wanted)
      case (false, true): return text.hasPrefix(wanted)
      case (true, true): return wanted.isEmpty || text.contains(wanted)
      }
    }
  }

  /// `0` is `0.000`.
  private static func isSameNumber(_ text: String, _ wanted: String) -> Bool {
    guard let first = wanted.utf8.first, first == UInt8(ascii: "-") || (48...57).contains(first),
      let wanted = try? ExactDecimal(parsing: wanted), let number = try? ExactDecimal(parsing: text)
    else { return false }
    return number == wanted
  }
}
