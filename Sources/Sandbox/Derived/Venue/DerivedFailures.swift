import Broker
import Core
import Descriptor

/// Failures as a descriptor's `errors` knows them, made from its own table: an answer that the table reads as this class.
struct DerivedFailures {
  let table: FailureTable

  /// Statuses tried for a rule that names none, in this order.
  private static let statuses = [400, 401, 403, 404, 409, 422, 429, 500, 503, 200]

  /// The answer that says a refusal; one that no rule knows where the table has none for it.
  func response(_ refusal: DerivedRefusal) -> VenueResponse {
    for code in refusal.classes {
      if let draft = draft(code, preferring: refusal.status, refusal.message) { return draft.response }
    }
    return unknown(refusal.message, status: refusal.status)
  }

  /// An answer of that class, where the table has one.
  func draft(_ code: BrokerError.Code, preferring status: Int, _ message: String) -> AnswerDraft? {
    let rules = table.rules.filter { $0.meaning.code == code }
    // What was refused was not done: rules that leave it open come last.
    for rule in rules.filter({ !$0.meaning.mayHaveExecuted }) + rules.filter({ $0.meaning.mayHaveExecuted }) {
      for candidate in [status] + Self.statuses {
        if let draft = draft(rule, status: candidate, message) { return draft }
      }
    }
    return nil
  }

  /// Whether the table knows a class.
  func knows(_ code: BrokerError.Code) -> Bool { draft(code, preferring: 400, "") != nil }

  /// Whether the table knows a class, and that nothing was done then.
  func knowsForCertain(_ code: BrokerError.Code) -> Bool {
    table.rules.contains { $0.meaning.code == code && !$0.meaning.mayHaveExecuted } && knows(code)
  }

  private func draft(_ rule: FailureTable.Rule, status: Int, _ message: String) -> AnswerDraft? {
    // Where the rule alone is no failure yet, one of the signs of a failure is added.
    for sign in [[]] + table.failed {
      let draft = AnswerDraft()
      draft.status = Self.status(rule.conditions + sign) ?? status
      let writer = AnswerWriter(AnswerSpot(draft))
      guard (rule.conditions + sign).allSatisfy(writer.fulfil), isFailed(draft), meaning(draft) == rule.meaning else {
        continue
      }
      tell(message, draft)
      guard isFailed(draft), meaning(draft) == rule.meaning else { continue }
      return draft
    }
    return nil
  }

  /// The status that conditions want; `nil` where any will do.
  private static func status(_ conditions: [Condition]) -> Int? {
    for condition in conditions where condition.subject == .status && !condition.isNegated {
      switch condition.pattern {
      case .range(let range): return range.lowerBound
      case .text(let text, _, _): return Int(text)
      }
    }
    return nil
  }

  /// Writes our words where the venue's are.
  private func tell(_ message: String, _ draft: AnswerDraft) {
    let spot = AnswerSpot(draft)
    guard !message.isEmpty, let reading = table.message, AnswerReader(spot).text(reading) == nil else { return }
    AnswerWriter(spot).write(.text(message), by: reading)
  }

  // MARK: Reading the table

  func isFailed(_ draft: AnswerDraft) -> Bool {
    let reader = AnswerReader(AnswerSpot(draft))
    return !(200...299).contains(draft.status) || table.failed.contains { $0.allSatisfy(reader.holds) }
  }

  private func meaning(_ draft: AnswerDraft) -> FailureTable.Meaning? {
    let reader = AnswerReader(AnswerSpot(draft))
    return table.rules.first { $0.conditions.allSatisfy(reader.holds) }?.meaning
  }

  // MARK: What no rule knows

  /// A failure in the venue's form that says these words.
  func unknown(_ message: String, status: Int) -> VenueResponse {
    for sign in table.failed {
      let draft = AnswerDraft()
      draft.status = status
      let writer = AnswerWriter(AnswerSpot(draft))
      guard sign.allSatisfy(writer.fulfil), isFailed(draft) else { continue }
      tell(message, draft)
      if draft.root.isEmpty { draft.root.member("message")?.put(.string(message)) }
      return draft.response
    }
    return .json(["message": .string(message)], status: status)
  }

  // MARK: Success

  /// Says of an answer that it is none of the failures, where that is said in words.
  func succeed(_ draft: AnswerDraft) {
    let spot = AnswerSpot(draft)
    for sign in table.failed where sign.count == 1 {
      guard let condition = sign.first, condition.isNegated, case .path(let path) = condition.subject,
        case .text(let text, false, false) = condition.pattern,
        path.steps.allSatisfy({ if case .member = $0 { true } else { false } }),
        AnswerReader(spot).text(path) == nil
      else { continue }
      _ = AnswerWriter(spot).put(.text(text), at: path)
    }
  }
}
