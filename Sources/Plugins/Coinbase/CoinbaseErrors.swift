internal import Broker
internal import Core

/// What was being done when something failed: decides what a failure may have left behind.
struct CoinbaseOperation: Sendable {
  /// Its name in errors, as the contract calls it.
  let name: String
  /// The order being placed, if one is.
  var placing: ClientOrderID?
  /// Whether the request changes something at the venue that may be asked for again: a cancel.
  var isRepeatableChange = false
  /// What a 404 means here.
  var missing: CoinbaseReason?
  /// Whether the request has nothing but a name that the venue could refuse.
  var namesOnly = false

  init(_ name: String) { self.name = name }
}

/// From statuses, bodies and broken connections to ``BrokerError``.
extension CoinbaseOperation {
  /// A failure by a row of the table.
  func failure(_ reason: CoinbaseReason, text: String?, retryAfter: Duration? = nil) -> BrokerError {
    let maybe = reason.executed == .verify && (placing != nil || isRepeatableChange)
    return BrokerError(
      reason.code, scope: reason.scope,
      recovery: recovery(mayHaveExecuted: maybe, retry: reason.retry.map { max($0, retryAfter ?? $0) }),
      mayHaveExecuted: maybe, operation: name, message: reason.message, venueText: text, nextStep: reason.nextStep)
  }

  /// A failure after which an order may exist has one next step only: to look.
  private func recovery(mayHaveExecuted: Bool, retry: Duration?) -> BrokerError.Recovery {
    if mayHaveExecuted, let placing { return .reconcile(placing) }
    return retry.map { .retry(after: $0) } ?? .never
  }

  /// An answer with status 200 that is not what the venue documents.
  func malformed(_ cause: String, text: String? = nil) -> BrokerError {
    failure(
      CoinbaseReason(.malformedAnswer, .order, retry: CoinbaseReason.shortly, executed: .verify, cause), text: text)
  }

  /// No complete answer came.
  func failure(_ error: TransportError) -> BrokerError {
    let executed: CoinbaseReason.Executed = error.mayHaveArrived ? .verify : .no
    let reason =
      switch error.phase {
      case .tls:
        CoinbaseReason(
          .untrustedVenue, .broker, executed: executed, "the venue's certificate does not hold",
          next: "check this machine's clock and certificates, and what stands between it and the venue")
      case .cancelled:
        CoinbaseReason(.notSent, .order, executed: executed, "given up before an answer came")
      case .tooLarge:
        CoinbaseReason(
          .malformedAnswer, .broker, retry: CoinbaseReason.later, executed: executed, "the answer is too large")
      case .resolve, .connect, .send, .receive:
        CoinbaseReason(
          .network, .broker, retry: CoinbaseReason.shortly, executed: executed,
          "no answer (\(error.phase.rawValue): \(error.detail))", next: "check this machine's network should it last")
      }
    return failure(reason, text: nil)
  }

  /// An answer whose status is not 200.
  func failure(status answer: HTTPAnswer) -> BrokerError {
    let words = CoinbaseWords(answer.body)
    return failure(reason(status: answer.status, words), text: words.text, retryAfter: Self.retryAfter(answer))
  }

  /// How long the venue wants to be left alone: whole seconds up to a day; anything else is no hint.
  static func retryAfter(_ answer: HTTPAnswer) -> Duration? {
    guard let seconds = answer.headers["retry-after"].flatMap({ Int($0) }), (1...86_400).contains(seconds) else {
      return nil
    }
    return .seconds(seconds)
  }

  private func reason(status: Int, _ words: CoinbaseWords) -> CoinbaseReason {
    if let reason = CoinbaseReasons.ofStatus(status) { return reason }
    if words.isBlock(status: status) { return CoinbaseReasons.blocked }
    if let missing, saysMissing(status, words) { return missing }
    for word in [words.id, words.message].compactMap({ $0 }) {
      if let reason = CoinbaseReasons.calls[word] { return reason }
      if placing != nil, let reason = CoinbaseReasons.ofOrder(word) { return reason }
    }
    // A refusal by status alone was not carried out; any other status says nothing.
    return CoinbaseReason(
      .unknown, .order, executed: (400...499).contains(status) && status != 408 ? .no : .verify,
      "status \(status) with words that no table knows", next: "see the venue's words")
  }

  /// Whether the venue says that it has no such thing. A call with nothing but a name in it says so by 400 too.
  private func saysMissing(_ status: Int, _ words: CoinbaseWords) -> Bool {
    if status == 404 { return words.id == "NOT_FOUND" }
    return status == 400 && namesOnly && ["NOT_FOUND", "INVALID_ARGUMENT", "unknown"].contains(words.id)
  }
}

/// The words of a failed answer, in whichever of the venue's shapes: `{"error","message","error_details"}`,
/// `{"errors":[{"id","message"}]}`, or plain text.
struct CoinbaseWords {
  /// Whether the edge before the venue blocks this address: its page in place of the venue's JSON.
  func isBlock(status: Int) -> Bool { status == 403 && id == nil && text?.hasPrefix("<") == true }

  var id: String?
  var message: String?
  /// All of it, for people.
  var text: String?

  init(_ body: [UInt8]) {
    guard let json = try? JSON(parsing: body), json.kind == .object else {
      let plain = String(decoding: body.prefix(BrokerError.venueTextLimit), as: UTF8.self)
      text = plain.isEmpty ? nil : plain
      message = text
      return
    }
    let first = json["errors"]?.elements?.first
    id = Self.word(json["error"]) ?? Self.word(first?["id"])
    message = Self.word(json["message"]) ?? Self.word(json["error_details"]) ?? Self.word(first?["message"])
    let words = [id, message].compactMap { $0 }
    text = words.isEmpty ? nil : words.joined(separator: ": ")
  }

  private static func word(_ json: JSON?) -> String? {
    guard let json, json.kind == .string, let text = json.text, !text.isEmpty else { return nil }
    return text
  }
}
