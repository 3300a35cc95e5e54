public import Core

/// Whether to buy.
public enum EntryDecision: Hashable, Sendable {
  /// Buy, with this plan.
  case enter(EntryPlan)
  /// Do not, for the first reason that was met.
  case reject(RejectReason)
}

/// Why a market is not entered: an open set of stable names, which cycles tally.
public struct RejectReason: RawRepresentable, Error, Hashable, Sendable, CustomStringConvertible {
  /// The name: lower case, underscores.
  public let rawValue: String
  /// A reason.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The name.
  public var description: String { rawValue }

  /// Fewer completed candles than the strategy needs.
  public static let notEnoughCandles = RejectReason(rawValue: "not_enough_candles")
  /// The newest candle is too long ago: the feed has missed some.
  public static let staleCandles = RejectReason(rawValue: "stale_candles")
  /// The candles contradict themselves or are no series.
  public static let unusableCandles = RejectReason(rawValue: "unusable_candles")
  /// Bid or ask is not above zero, or the bid is above the ask.
  public static let unusableQuote = RejectReason(rawValue: "unusable_quote")
  /// ADX(14) is below its floor: no trend.
  public static let adxBelowFloor = RejectReason(rawValue: "adx_below_floor")
  /// The last candle's volume is too small a part of the mean.
  public static let volumeTooLow = RejectReason(rawValue: "volume_too_low")
  /// Too few of the market filter's conditions hold.
  public static let marketFilter = RejectReason(rawValue: "market_filter")
  /// Too few of the entry's conditions hold.
  public static let entryConditions = RejectReason(rawValue: "entry_conditions")
  /// The stop would not lie below the bid.
  public static let spreadTooWide = RejectReason(rawValue: "spread_too_wide")
  /// The first target is not above both fees, the spread and the least edge.
  public static let edgeBelowCosts = RejectReason(rawValue: "edge_below_costs")
  /// A price is beyond what can be held exactly.
  public static let numbersOutOfRange = RejectReason(rawValue: "numbers_out_of_range")
  /// The strategy never enters.
  public static let neverEnters = RejectReason(rawValue: "never_enters")
}

/// Whether to sell, and the plan as it stands now: to be kept with the position even when nothing is sold.
public struct ExitDecision: Hashable, Sendable {
  /// What to do.
  public enum Action: Hashable, Sendable {
    /// Nothing.
    case hold
    /// Sell.
    case exit(Exit)
  }

  /// What to do.
  public var action: Action
  /// The plan with what this look at the market added: the highest bid, the trailing stop.
  public var plan: PositionPlan

  /// A decision.
  public init(_ action: Action, plan: PositionPlan) {
    self.action = action
    self.plan = plan
  }
}

/// A sale that a strategy decided.
public struct Exit: Hashable, Sendable {
  /// How much of the position.
  public enum Fraction: String, Hashable, Sendable {
    /// What is left to sell of one half of what was bought.
    case half
    /// All that is held.
    case all
  }

  /// How much of the position.
  public var fraction: Fraction
  /// The same in base units; of `all`, everything held, whether or not it is a whole number of steps.
  public var quantity: Quantity
  /// Why.
  public var reason: ExitReason

  /// A sale.
  public init(_ fraction: Fraction, _ quantity: Quantity, _ reason: ExitReason) {
    self.fraction = fraction
    self.quantity = quantity
    self.reason = reason
  }
}

/// Why a position is sold: an open set of stable names.
public struct ExitReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The name: lower case, underscores.
  public let rawValue: String
  /// A reason.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The name.
  public var description: String { rawValue }

  /// The bid fell to the stop planned at the entry.
  public static let stop = ExitReason(rawValue: "stop")
  /// The bid fell to a stop that had been drawn up behind the price.
  public static let trailingStop = ExitReason(rawValue: "trailing_stop")
  /// The bid reached the first target.
  public static let firstTarget = ExitReason(rawValue: "first_target")
  /// It was held too long for what it had gained.
  public static let timeStop = ExitReason(rawValue: "time_stop")
  /// The trend has turned.
  public static let trendExit = ExitReason(rawValue: "trend_exit")
}
