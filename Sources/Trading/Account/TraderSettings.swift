package import Broker
package import Core
package import Journal
package import Market

/// What one account's trader is told: its share of the manifest.
package struct TraderSettings: Sendable {
  /// What the operator wants of the account.
  package enum Control: String, Hashable, Sendable {
    /// Runs its strategy itself.
    case independent
    /// No entries.
    case exitOnly = "exit_only"
    /// Nothing but reconciliation.
    case paused
  }

  /// The account's id.
  package var account: String
  /// The currency markets are paid in, and equity is counted in.
  package var quoteCurrency: String
  /// Which markets.
  package var filter: MarketFilter
  /// So many of the busiest.
  package var topMarkets: Int
  /// The strategy's name: the cause of its orders.
  package var strategyName: String
  /// Candle length (market clock).
  package var candles: Duration
  /// What the operator wants.
  package var control: Control
  /// Share of equity or amount for one order, and the other ceilings.
  package var limits: SizingLimits
  /// Whether a stop rests at the venue for every position, where the plugin can.
  package var restsProtectiveStops: Bool
  /// After how long without a word from us the venue cancels all our orders; `nil` for never.
  package var deadManSwitch: Duration?
  /// What binds the journal when the venue does not tell whose key it is: a fingerprint, never the key.
  package var keyFingerprint: String

  /// Everything named.
  package init(
    account: String, quoteCurrency: String, filter: MarketFilter, topMarkets: Int, strategyName: String,
    candles: Duration, control: Control, limits: SizingLimits, restsProtectiveStops: Bool,
    deadManSwitch: Duration?, keyFingerprint: String
  ) {
    self.account = account
    self.quoteCurrency = quoteCurrency
    self.filter = filter
    self.topMarkets = topMarkets
    self.strategyName = strategyName
    self.candles = candles
    self.control = control
    self.limits = limits
    self.restsProtectiveStops = restsProtectiveStops
    self.deadManSwitch = deadManSwitch
    self.keyFingerprint = keyFingerprint
  }
}

/// Why an account cannot go on; retrying does not heal it.
package struct TraderRefusal: Error, Hashable, Sendable {
  /// What has to be mended.
  package enum Kind: Hashable, Sendable {
    /// The key or its permissions.
    case credentials
    /// The manifest, the state directory or the machine.
    case configuration
  }

  /// What has to be mended.
  package let kind: Kind
  /// The cause, one line.
  package let reason: String
  /// What would change it.
  package let nextStep: String

  /// A refusal.
  package init(_ kind: Kind, _ reason: String, nextStep: String) {
    self.kind = kind
    self.reason = reason
    self.nextStep = nextStep
  }
}

/// Why something of a cycle did not work. A cycle that failed says so, with the cause.
package enum TraderError: Error, CustomStringConvertible {
  /// The venue did not do what was asked.
  case broker(BrokerError)
  /// The journal did not take or give a row.
  case journal(JournalError)
  /// The feed's book could not be read.
  case book(FeedBookError)
  /// Numbers beyond what can be held exactly.
  case arithmetic(DecimalError)
  /// The account cannot go on.
  case refused(TraderRefusal)

  /// How long to wait before the same is tried again, where the thrower knows.
  package var pause: Duration? {
    if case .broker(let error) = self, case .retry(let pause) = error.recovery { return min(pause, .seconds(30)) }
    return nil
  }

  /// The cause in one line.
  package var description: String {
    switch self {
    case .broker(let error): error.mayHaveExecuted ? "\(error): outcome unknown" : "\(error)"
    case .journal(let error): "\(error)"
    case .book(let error): "\(error)"
    case .arithmetic(let error): "amounts cannot be computed exactly: \(error)"
    case .refused(let refusal): refusal.reason
    }
  }
}
