public import Core

/// What orders reach.
public enum Mode: String, Hashable, Sendable, CaseIterable {
  /// The embedded venues.
  case sandbox
  /// Live data, fills from a durable paper ledger.
  case paper
  /// The venue; needs `--live` too.
  case live
}

/// Who decides about a user's account.
public enum Control: String, Hashable, Sendable, CaseIterable {
  /// It runs the strategy itself.
  case independent
  /// It copies the master's orders in proportion.
  case mirror
  /// It only exits.
  case exitOnly = "exit_only"
  /// It stands still; stops at the venue stay.
  case paused
}

/// Whose account it is.
public enum Role: String, Hashable, Sendable, CaseIterable {
  /// The broker's own.
  case master
  /// One of the broker's users.
  case user
}

/// How much one entry buys for, as one level says it.
public enum SizeLimit: Hashable, Sendable {
  /// A fraction of equity.
  case share(ExactDecimal)
  /// Quote currency.
  case amount(ExactDecimal)
}

/// The ceilings that one level sets; what it leaves open is `nil`.
public struct RiskLimits: Hashable, Sendable {
  /// How much one entry buys for.
  public var orderSize: SizeLimit?
  /// The most that one order may be worth, in quote currency.
  public var maxOrder: ExactDecimal?
  /// How many positions may be open.
  public var maxPositions: Int?
  /// How much of the equity may be in positions, as a fraction.
  public var maxExposure: ExactDecimal?
  /// The loss of one UTC day, as a fraction.
  public var maxDailyLoss: ExactDecimal?
  /// The fall from the highest equity, as a fraction.
  public var maxDrawdown: ExactDecimal?

  /// No ceilings.
  public init() {}
}

/// The narrowest of all levels.
public struct EffectiveRisk: Hashable, Sendable {
  /// One entry buys for at most this fraction of equity …
  public let orderShare: ExactDecimal?
  /// … and at most this amount of quote currency; at least one of the two is set, and the smaller holds at any time.
  public let orderAmount: ExactDecimal?
  /// The most that one order may be worth, in quote currency.
  public let maxOrder: ExactDecimal
  /// How many positions may be open.
  public let maxPositions: Int
  /// How much of the equity may be in positions, as a fraction.
  public let maxExposure: ExactDecimal
  /// The loss of one UTC day, as a fraction.
  public let maxDailyLoss: ExactDecimal
  /// The fall from the highest equity, as a fraction.
  public let maxDrawdown: ExactDecimal
}

/// The ceilings of every level and what follows from them.
public struct RiskPlan: Hashable, Sendable {
  /// What `defaults` says, and the declared default where it says nothing.
  public let host: RiskLimits
  /// What the broker says.
  public let master: RiskLimits
  /// What the user's file says.
  public let user: RiskLimits
  /// The narrowest.
  public let effective: EffectiveRisk
}

/// The strategy of an account and its parameters, defaults filled in.
public struct StrategyPlan: Hashable, Sendable {
  /// Its registered name.
  public let name: String
  /// Every declared parameter that has a value.
  public let parameters: [String: FieldValue]
}

/// Which markets an account trades.
public struct MarketPlan: Hashable, Sendable {
  /// The currency that markets are paid in.
  public let quote: String
  /// What the levels leave.
  public let filter: MarketFilter
  /// How many, by turnover.
  public let top: Int
}

/// When a dying worker is given up.
public struct RestartPlan: Hashable, Sendable {
  /// More deaths than this …
  public let limit: Int
  /// … within this park the account.
  public let within: Duration
}

/// How orders are placed and guarded.
public struct OrderPlan: Hashable, Sendable {
  /// How far behind the touch a limit may lie, as a fraction.
  public let maxSlippage: ExactDecimal
  /// Whether a stop rests at the venue for every position, where the plugin can.
  public let restsProtectiveStops: Bool
  /// After how long without a word the venue cancels everything; `nil` for never.
  public let deadManSwitch: Duration?
  /// Whether holdings unknown to the journal are managed.
  public let adoptsHoldings: Bool
}
