import Core

/// An asset as a venue keeps it.
struct VenueAsset: Hashable, Sendable {
  /// The usual name: `BTC`.
  let name: String
  /// The venue's own: `XXBT`.
  let venueName: String
  /// A shorter one where the venue has it: `XBT`.
  let altName: String
  /// Digits behind the point in which the venue keeps amounts of it: costs and fees are cut to them.
  let decimals: Int
}

/// A market that a venue lists.
struct Listing: Hashable, Sendable {
  /// Its names and rules. `venueAliases` are further names under which requests may mention it.
  let instrument: Instrument
  /// Digits behind the point that a price may have.
  let priceDecimals: Int
  /// Digits behind the point that a quantity may have.
  let quantityDecimals: Int
  /// The tick as a number, for the market's arithmetic.
  let tick: Double
  /// The step as a number, for the market's arithmetic.
  let step: Double

  /// A market with these rules.
  init(instrument: Instrument, priceDecimals: Int, quantityDecimals: Int) {
    self.instrument = instrument
    self.priceDecimals = priceDecimals
    self.quantityDecimals = quantityDecimals
    self.tick = instrument.tickSize.approximation
    self.step = instrument.lotStep.approximation
  }

  /// The usual name.
  var symbol: Symbol { instrument.symbol }
}

/// What a venue takes for a trade, as a share of its cost.
struct FeeRates: Hashable, Sendable {
  /// From orders that rested.
  let maker: ExactDecimal
  /// From orders that took what rested.
  let taker: ExactDecimal

  /// The share for an execution.
  func rate(isMaker: Bool) -> ExactDecimal { isMaker ? maker : taker }
}

/// Everything in which one venue's trading differs from another's.
struct VenueRules: Sendable {
  /// How far a client order id must be unique.
  enum ClientOrderIDScope: Sendable {
    /// Nowhere: a repeated one is an order like any other.
    case none
    /// Among the account's open orders.
    case openOrders
    /// Among all orders the account ever had.
    case allOrders
  }

  /// What becomes of a post-only order that would take.
  enum PostOnlyCrossing: Sendable {
    /// Taken, then cancelled.
    case acceptedThenCancelled
    /// Refused.
    case refused
  }

  /// What becomes of an order whose price has come already.
  enum ReachedTrigger: Sendable {
    /// It is in the market at once.
    case fires
    /// Refused.
    case refused
  }

  /// The venue's name: `kraken`.
  let name: String
  /// Its assets.
  let assets: [VenueAsset]
  /// Its markets.
  let listings: [Listing]
  /// Its fees.
  let fees: FeeRates
  /// How far a client order id must be unique.
  let clientOrderIDScope: ClientOrderIDScope
  /// What becomes of a post-only order that would take.
  let postOnlyCrossing: PostOnlyCrossing
  /// What becomes of an order whose price has come already.
  let reachedTrigger: ReachedTrigger
  /// Writes an order's id from 64 bits that no other order has.
  let orderID: @Sendable (UInt64) -> String
  /// Writes a fill's id from 64 bits that no other fill has.
  let fillID: @Sendable (UInt64) -> String
  /// Writes an account's identity, stable for its life, from 64 random bits.
  let identity: @Sendable (UInt64) -> String

  /// The listing of a market by its usual name.
  func listing(_ symbol: Symbol) -> Listing? { listings.first { $0.symbol == symbol } }

  /// The listing of a market by any name that the venue takes.
  func listing(named name: String) -> Listing? {
    listings.first { $0.instrument.venueID == name || $0.instrument.venueAliases.contains(name) }
  }

  /// An asset by its usual name.
  func asset(_ name: String) -> VenueAsset? { assets.first { $0.name == name } }
}
