internal import Broker
internal import Core

/// One call: where it goes, what it costs, and what it does at the venue.
struct KrakenCall: Sendable {
  /// The operation of ours that makes it, for errors.
  let operation: String
  /// `BalanceEx`, …
  let method: String
  var form = KrakenForm()
  /// The parameters as JSON instead, for what a form cannot hold: lists of orders.
  var json: [(key: String, value: JSONValue)]?
  /// Added to the key's REST counter: history costs 4 (the documents disagree on 2 or 4), orders have a counter of their
  /// own.
  var cost = 1
  /// What it does to the counters of the matching engine; `nil` for calls that reach no engine.
  var engine: KrakenEngineEvent?
  /// Whether it may use what is kept for looking after orders.
  var isUrgent = false
  var priority = HTTPRequest.Priority.query
  var effect = KrakenErrors.Effect.none
  var timeout: Duration = .seconds(10)
  /// The longest wait for the call budget.
  var patience: Duration = .seconds(60)
  /// Checked when it is about to leave; an order that is late by then is not sent.
  var check: (@Sendable (Timestamp) throws(BrokerError) -> Void)?

  init(_ operation: String, _ method: String, _ form: KrakenForm = KrakenForm()) {
    self.operation = operation
    self.method = method
    self.form = form
  }

  /// The exact bytes of a private call, and what they are.
  func body(nonce: String) -> (bytes: [UInt8], type: String) {
    guard let json else {
      return (form.prefixed("nonce", nonce).encoded, "application/x-www-form-urlencoded; charset=utf-8")
    }
    // As text: beyond 2^53 not every reader keeps a number's last digits.
    return (Array(JSONValue.object([("nonce", .string(nonce))] + json).encoded.utf8), "application/json")
  }

  /// A doubtful failure of this call.
  func doubtful(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, retry: Duration, message: String, venueText: String? = nil,
    nextStep: String? = nil
  ) -> BrokerError {
    KrakenErrors.doubtful(
      code, scope, effect, retry: retry, operation: operation, message: message, venueText: venueText,
      nextStep: nextStep)
  }
}

/// What became of a call at the level of HTTP.
enum KrakenAnswer {
  /// The error for a request without a complete answer.
  static func error(_ failure: TransportError, _ call: KrakenCall) -> BrokerError {
    let code: BrokerError.Code =
      switch failure.phase {
      case .tls: .untrustedVenue
      case .tooLarge: .malformedAnswer
      case .cancelled: .notSent
      case .resolve, .connect, .send, .receive: .network
      }
    let message = "\(failure.phase.rawValue): \(failure.detail)"
    if failure.mayHaveArrived { return call.doubtful(code, .broker, retry: .seconds(2), message: message) }
    return BrokerError(
      code, scope: .broker, recovery: .retry(after: .seconds(failure.phase == .tls ? 60 : 2)),
      operation: call.operation, message: message)
  }

  /// The texts of `error` that are no warnings, and `result`.
  /// - Throws: when it is not Kraken's envelope.
  static func open(_ body: [UInt8]) throws(JSONError) -> (errors: [String], result: JSON?) {
    let json = try JSON(parsing: body)
    var errors: [String] = []
    for element in try json.array("error") {
      guard element.kind == .string, let text = element.text else { throw .wrongType("error", expected: "texts") }
      if !text.hasPrefix("W") { errors.append(text) }
    }
    return (errors, json["result"])
  }

  /// The error for an answer with another status than 200: it comes from the edge in front of Kraken.
  static func error(status: Int, _ answer: HTTPAnswer, _ call: KrakenCall) -> BrokerError {
    let text = String(decoding: answer.body.prefix(BrokerError.venueTextLimit), as: UTF8.self)
    switch status {
    case 403, 429:
      return BrokerError(
        .rateLimited, scope: .broker, recovery: .retry(after: silence(answer)), operation: call.operation,
        message: "blocked before Kraken, HTTP \(status)", venueText: text,
        nextStep: "wait; if it repeats, find what else calls Kraken from this address")
    case 500...599:
      return call.doubtful(
        .venueUnavailable, .broker, retry: .seconds(5), message: "trouble before Kraken, HTTP \(status)",
        venueText: text, nextStep: "see status.kraken.com if it lasts")
    default:
      return call.doubtful(
        .malformedAnswer, .broker, retry: .seconds(30), message: "unexpected HTTP \(status)", venueText: text,
        nextStep: "check the account's endpoint: Kraken itself answers with 200")
    }
  }

  /// How long a block asks for, within a minute and an hour.
  static func silence(_ answer: HTTPAnswer) -> Duration {
    let seconds = answer.headers["retry-after"].flatMap { Int($0) } ?? 60
    return .seconds(min(max(seconds, 60), 3_600))
  }
}
