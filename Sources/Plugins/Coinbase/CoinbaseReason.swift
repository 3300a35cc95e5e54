internal import Broker

/// What one of the venue's refusals means: a row of ``CoinbaseReasons``.
struct CoinbaseReason: Sendable {
  /// Whether the venue may have done what was asked all the same.
  enum Executed { case no, verify }

  let code: BrokerError.Code
  let scope: BrokerError.Scope
  /// When the same may be sent again; `nil` never.
  let retry: Duration?
  let executed: Executed
  /// The cause in our words.
  let message: String
  /// What a person can do; `nil` where there is nothing.
  var nextStep: String?

  init(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, retry: Duration? = nil, executed: Executed = .no,
    _ message: String, next nextStep: String? = nil
  ) {
    self.code = code
    self.scope = scope
    self.retry = retry
    self.executed = executed
    self.message = message
    self.nextStep = nextStep
  }

  /// The first wait before the same is sent again; how it grows with failures in a row is the caller's.
  static let shortly = Duration.seconds(1)
  /// For states that last: a halted product, a dry book.
  static let later = Duration.seconds(60)
}
