import Broker
package import Core
import Journal

/// Up the ladder: each step observed, each failure with its cause.
extension Trader {
  /// Credentials are in hand and the key is held by nobody else: both are so by the time there is a trader.
  package func bound() {
    reached(.declared)
    reached(.bound)
    reached(.locked)
  }

  /// Authenticates, then reconciles everything. May be called again after a failure.
  /// - Parameter processStarted: when this process began: the report tells how long the first answer took.
  package func start(processStarted: Timestamp) async throws(TraderError) {
    if report.ladder[.authenticated] == nil {
      try await authenticate()
      report.startMilliseconds = Int((clock.now - processStarted).wholeMilliseconds)
    }
    // The feed may still be on its first round: nothing can be named before it, so the start waits with its reason.
    try learnInstruments()
    guard !instruments.isEmpty else {
      throw .broker(
        BrokerError(
          .notSent, scope: .broker, recovery: .retry(after: .milliseconds(100)), operation: "start",
          message: feedFault() ?? "the feed has no instruments yet"))
    }
    // A start that is tried again does not read history again: that is what a venue counts dearest.
    try await reconcile(full: reconciledAt == nil)
    if let balanceFailure { throw balanceFailure }
    // From here on it may enter: the first cycle, which may have orders to follow, need not end before that is said.
    settle(nil, markets: instruments.values.count(where: takes))
  }

  /// Says why the account does not get on; it is asked again.
  package func stalled(_ error: TraderError) {
    let isStarting = report.ladder[.reconciled] == nil
    enter(isStarting ? .starting : .degraded, after: error, nextStep: "tried again by itself")
  }
}
