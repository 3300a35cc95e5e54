internal import Broker
internal import Core

/// Why something that a program asked for is not there, in the form of its own errors: it may hand it on as it is.
struct ProgramFailure: Sendable {
  var code: BrokerError.Code
  var scope: BrokerError.Scope
  var retry: Duration?
  var mayHaveArrived: Bool
  var message: String

  init(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, retry: Duration? = nil, mayHaveArrived: Bool = false,
    _ message: String
  ) {
    self.code = code
    self.scope = scope
    self.retry = retry
    self.mayHaveArrived = mayHaveArrived
    self.message = message
  }

  /// What a gate, a line or a source of numbers refused.
  init(_ error: BrokerError) {
    var retry: Duration?
    if case .retry(let after) = error.recovery { retry = after }
    self.init(error.code, error.scope, retry: retry, error.message)
  }

  /// No complete answer came.
  init(_ error: TransportError) {
    let code: BrokerError.Code =
      switch error.phase {
      case .tls: .untrustedVenue
      case .tooLarge: .malformedAnswer
      case .cancelled: .notSent
      case .resolve, .connect, .send, .receive: .network
      }
    self.init(
      code, .broker, retry: .seconds(error.phase == .tls ? 60 : 2), mayHaveArrived: error.mayHaveArrived,
      "\(error.phase.rawValue): \(error.detail)")
  }

  static let nobodyWaits = ProgramFailure(.notSent, .order, "nobody waits for this call any more")

  var json: JSONValue {
    [
      "class": .string(code.rawValue), "scope": .string(scope.rawValue),
      "retry_after_ms": .optional(retry.map { Int(clamping: $0.wholeMilliseconds) }),
      "may_have_arrived": .boolean(mayHaveArrived), "message": .string(message),
    ]
  }
}
