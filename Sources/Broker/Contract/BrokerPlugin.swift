public import Core

/// A brokerage: everything that differs from venue to venue.
///
/// One value serves one account (or, without credentials, the public feed of a brokerage). Answers are domain types;
/// wire models never leave the plugin. An answer that failed is an error, never an empty list. Every call is bounded in
/// time by its transport. Amounts are exact; an instrument the plugin has not learnt is ``BrokerError/Code/notSent``.
public protocol BrokerPlugin: Sendable {
  /// Name, credential slots, options, capabilities, limits: all that the manifest, `plugins` and the docs need.
  var spec: PluginSpec { get }

  /// Makes the instruments known by which later calls and answers are named. Replaces what was learnt before.
  func learn(_ instruments: [Instrument])

  /// The markets in which the account has orders, positions, intents or balances. A venue that lists by market is asked
  /// about these only; one that lists everything needs none. Replaces what was told before.
  func follow(_ symbols: Set<Symbol>)

  // MARK: Public

  /// The venue's clock.
  func fetchServerTime() async throws(BrokerError) -> Timestamp
  /// All spot instruments, also those that take no orders now.
  func fetchInstruments() async throws(BrokerError) -> [Instrument]
  /// One row for every learnt instrument the venue reports, in one or few calls.
  func fetchTickers() async throws(BrokerError) -> [Ticker]
  /// Best bid and ask of one instrument.
  func fetchQuote(_ symbol: Symbol) async throws(BrokerError) -> Quote
  /// The best offers of one instrument, at most `depth` a side (or as many as the venue gives in one call).
  func fetchOrderBook(_ symbol: Symbol, depth: Int) async throws(BrokerError) -> OrderBook
  /// Completed candles, oldest first, at most `limit` (the newest ones) or as many as the venue gives in one call.
  /// - Parameter interval: one of `spec.declaration.candles`.
  func fetchCandles(
    _ symbol: Symbol, interval: Duration, limit: Int, marketNow: Timestamp
  ) async throws(BrokerError) -> [Candle]

  // MARK: Private, safe to repeat

  /// What the key may do.
  func fetchPermissions() async throws(BrokerError) -> Permissions
  /// Every currency the account has, with what is held back.
  func fetchBalances() async throws(BrokerError) -> [Balance]
  /// The account's own fee rates for one instrument.
  func fetchFees(_ symbol: Symbol) async throws(BrokerError) -> FeeRates
  /// All open orders of the account, foreign ones too.
  func fetchOpenOrders() async throws(BrokerError) -> [Order]
  /// Looks one order up by whichever name the venue can.
  /// - Returns: every order that bears the name (Kraken's client ids are unique among open orders only); empty only
  ///   when the venue answered that it knows none *now*. That alone does not prove that a request never arrives.
  func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order]
  /// Orders that ended, or were made, since an instant, foreign ones too, newest first, read to the last page.
  func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order]
  /// Executions since an instant, oldest first, read to the last page.
  func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill]
  /// Executions of one order, oldest first.
  func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill]

  // MARK: Private, moves money

  /// Sends one order, once. Never repeated by the plugin or its transport. A kind, amount or time in force that the
  /// plugin does not declare among its capabilities is ``BrokerError/Code/unsupported``, before a byte is sent.
  func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement
  /// Asks to cancel one order. An order that is gone already is ``BrokerError/Code/unknownOrder``, to be looked up.
  func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome
}

extension BrokerPlugin {
  /// Does nothing: the venue lists all markets at once.
  public func follow(_ symbols: Set<Symbol>) {}
}

/// The venue took an order.
public struct Acknowledgement: Hashable, Sendable {
  /// The venue's name of it.
  public let venueOrderID: VenueOrderID
  /// The order got this name.
  public init(venueOrderID: VenueOrderID) { self.venueOrderID = venueOrderID }
}

/// What became of a request to cancel.
public enum CancelOutcome: Hashable, Sendable {
  /// Cancelled.
  case cancelled
  /// Taken; whether it comes in time is for the order's next report to tell.
  case pending
}

/// How to find an order.
public enum OrderReference: Hashable, Sendable {
  /// By the venue's name.
  case venue(VenueOrderID)
  /// By ours; `since` bounds how far back a venue that can only list has to read.
  case client(ClientOrderID, since: Timestamp)
}

/// What a key may do, as the venue says.
public struct Permissions: Hashable, Sendable {
  /// May read balances, orders and fills.
  public var canQuery: Bool
  /// May place and cancel orders.
  public var canTrade: Bool
  /// May move money out: such a key is refused. `nil` when the venue does not answer the question.
  public var canWithdraw: Bool?
  /// The names of the permissions that make it so, in the venue's words.
  public var withdrawing: [String]
  /// The names of needed permissions that are missing, in the venue's words.
  public var missing: [String]
  /// What names this key's account at the venue, where it tells: binds the journal. Never the key itself.
  public var accountIdentity: String?

  /// Permissions as reported.
  public init(
    canQuery: Bool, canTrade: Bool, canWithdraw: Bool?, withdrawing: [String] = [], missing: [String] = [],
    accountIdentity: String? = nil
  ) {
    self.canQuery = canQuery
    self.canTrade = canTrade
    self.canWithdraw = canWithdraw
    self.withdrawing = withdrawing
    self.missing = missing
    self.accountIdentity = accountIdentity
  }
}

/// Shares of the notional that the venue takes: `0.004` is 0.4 %.
public struct FeeRates: Hashable, Sendable {
  /// For orders that rest first.
  public var maker: ExactDecimal
  /// For orders that take.
  public var taker: ExactDecimal

  /// Rates as shares.
  public init(maker: ExactDecimal, taker: ExactDecimal) {
    self.maker = maker
    self.taker = taker
  }
}
