/// The usual name of a market, `BASE/QUOTE`, whatever a venue calls it: `BTC/USD`, `DOGE/USD`.
public struct Symbol: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The asset bought and sold.
  public let base: String
  /// The currency it is paid in.
  public let quote: String

  /// The market of `base` against `quote`.
  public init(base: String, quote: String) {
    self.base = base
    self.quote = quote
  }

  /// Reads `BTC/USD`; `nil` when there is not exactly one slash with text on both sides.
  public init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let base = parts.first, let quote = parts.last, !base.isEmpty, !quote.isEmpty else {
      return nil
    }
    self.init(base: String(base), quote: String(quote))
  }

  /// `BASE/QUOTE`
  public var description: String { "\(base)/\(quote)" }
  /// In the order of the text.
  public static func < (a: Symbol, b: Symbol) -> Bool { a.description < b.description }
}

/// A spot market and its rules, as the venue states them.
public struct Instrument: Hashable, Sendable {
  /// Whether the venue takes orders for it.
  public enum Status: String, Hashable, Sendable {
    /// All orders.
    case online
    /// Only cancels.
    case cancelOnly = "cancel_only"
    /// Only resting limit orders.
    case postOnly = "post_only"
    /// Only limit orders.
    case limitOnly = "limit_only"
    /// Only orders that reduce what is held.
    case reduceOnly = "reduce_only"
    /// None.
    case offline
  }

  /// The usual name.
  public var symbol: Symbol
  /// What requests call it: `XXBTZUSD`, `BTC-USD`.
  public var venueID: String
  /// Other names under which answers mention it: `XBTUSD`, `XBT/USD`.
  public var venueAliases: [String]
  /// What the venue calls the base asset in balances: `XXBT`.
  public var venueBase: String
  /// What the venue calls the quote asset in balances: `ZUSD`.
  public var venueQuote: String
  /// Whether it takes orders.
  public var status: Status
  /// Prices are whole multiples of this.
  public var tickSize: ExactDecimal
  /// Quantities are whole multiples of this.
  public var lotStep: ExactDecimal
  /// The least quantity of an order, if there is one.
  public var minimumQuantity: Quantity?
  /// The greatest quantity of an order, if there is one.
  public var maximumQuantity: Quantity?
  /// The least price × quantity of an order, if there is one.
  public var minimumNotional: Notional?
  /// The greatest price × quantity of an order, if there is one.
  public var maximumNotional: Notional?

  /// An instrument with every rule named.
  public init(
    symbol: Symbol, venueID: String, venueAliases: [String] = [], venueBase: String, venueQuote: String,
    status: Status, tickSize: ExactDecimal, lotStep: ExactDecimal, minimumQuantity: Quantity? = nil,
    maximumQuantity: Quantity? = nil, minimumNotional: Notional? = nil, maximumNotional: Notional? = nil
  ) {
    self.symbol = symbol
    self.venueID = venueID
    self.venueAliases = venueAliases
    self.venueBase = venueBase
    self.venueQuote = venueQuote
    self.status = status
    self.tickSize = tickSize
    self.lotStep = lotStep
    self.minimumQuantity = minimumQuantity
    self.maximumQuantity = maximumQuantity
    self.minimumNotional = minimumNotional
    self.maximumNotional = maximumNotional
  }
}
