internal import Broker
internal import Core

extension FailureTable {
  /// What a failure means, and its words.
  struct Verdict {
    var meaning: Meaning
    /// Whether a rule named it by more than its status.
    var isTelling: Bool
    var words: String?
  }

  /// Which rule an answer falls under; `nil` for none of them.
  func rule(of answer: AnswerView) -> Int? {
    let reader = RowReader(answer)
    return rules.firstIndex { reader.holds($0.conditions) }
  }

  /// What an answer means when it is a failure; `nil` when it is none.
  func verdict(_ answer: AnswerView) -> Verdict? {
    let reader = RowReader(answer)
    let isRefused = !(200...299).contains(answer.status)
    guard isRefused || failed.contains(where: reader.holds) else { return nil }
    let words = message.flatMap { reading in (try? reader.value(reading))?.text }
    guard let rule = rules.first(where: { reader.holds($0.conditions) }) else {
      return Verdict(meaning: otherwise, isTelling: false, words: words)
    }
    let isTelling = rule.conditions.contains { if case .path = $0.subject { true } else { false } }
    return Verdict(meaning: rule.meaning, isTelling: isTelling, words: words)
  }
}

/// What a call does at the venue, for errors.
struct CallNature: Sendable {
  var operation: OperationName
  var effect: Effect
  /// The order that it places.
  var placing: ClientOrderID?

  /// An error that leaves nothing open.
  func error(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, retry: Duration? = nil, _ message: String,
    words: String? = nil, nextStep: String? = nil
  ) -> BrokerError {
    BrokerError(
      code, scope: scope, recovery: retry.map { .retry(after: $0) } ?? .never, operation: operation.rawValue,
      message: message, venueText: words, nextStep: nextStep)
  }

  /// An error after which nobody knows whether the call was carried out: look first for an order, ask again otherwise.
  func doubtful(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, retry: Duration, _ message: String, words: String? = nil,
    nextStep: String? = nil
  ) -> BrokerError {
    BrokerError(
      code, scope: scope, recovery: placing.map { .reconcile($0) } ?? .retry(after: retry),
      mayHaveExecuted: effect != .safe, operation: operation.rawValue, message: message, venueText: words,
      nextStep: nextStep)
  }

  /// The error for a request without a complete answer.
  func error(_ failure: TransportError) -> BrokerError {
    let code: BrokerError.Code =
      switch failure.phase {
      case .tls: .untrustedVenue
      case .tooLarge: .malformedAnswer
      case .cancelled: .notSent
      case .resolve, .connect, .send, .receive: .network
      }
    let message = "\(failure.phase.rawValue): \(failure.detail)"
    if failure.mayHaveArrived { return doubtful(code, .broker, retry: .seconds(2), message) }
    return error(code, .broker, retry: .seconds(failure.phase == .tls ? 60 : 2), message)
  }

  /// The error for an answer that is not what the descriptor says.
  func malformed(_ problem: JSONError, words: String?) -> BrokerError {
    doubtful(
      .malformedAnswer, .broker, retry: .seconds(10), problem.description, words: words,
      nextStep: "hold the answer against the descriptor: what it reads is not there")
  }

  /// The error that a failure means.
  func error(_ verdict: FailureTable.Verdict, _ answer: AnswerView, words: String) -> BrokerError {
    let meaning = verdict.meaning
    let retry = meaning.retryHeader.flatMap(answer.wait)
    let said = verdict.words ?? words
    let message = "the venue refused it (HTTP \(answer.status)) as \(meaning.code.rawValue)"
    let isServerTrouble = answer.status >= 500 && !verdict.isTelling
    let isRepetition = meaning.code == .duplicateOrder && placing != nil
    if meaning.mayHaveExecuted || isServerTrouble || isRepetition {
      return doubtful(
        meaning.code, meaning.scope, retry: retry ?? meaning.retry ?? .seconds(5), message, words: said,
        nextStep: verdict.isTelling ? nil : nextStep(meaning))
    }
    let isPassing = [.rateLimited, .lockedOut, .venueUnavailable].contains(meaning.code)
    return error(
      meaning.code, meaning.scope, retry: retry ?? meaning.retry ?? (isPassing ? .seconds(10) : nil), message,
      words: said, nextStep: nextStep(meaning))
  }

  private func nextStep(_ meaning: FailureTable.Meaning) -> String? {
    meaning.code == .unknown ? "look for the venue's words in its documentation, and give them a rule" : nil
  }
}
