public import Core

/// What a plugin declares about itself.
///
/// `declaration` is the part the manifest needs; the rest is for the host, the limiter and the conformance suite.
public struct PluginSpec: Sendable {
  /// Name, title, credential slots, options, capabilities, default endpoint, candle lengths: what `brokers.yaml` may say of it.
  public var declaration: PluginDeclaration
  /// How the venue wants our order ids written, and what it does with one it has seen.
  public var clientOrderIDs: ClientOrderIDRule
  /// The most candles one call answers.
  public var candleLimit: Int
  /// The permissions a key needs, in the venue's words.
  public var neededPermissions: [String]
  /// How soon a lost order is sure to show in the venue's lists.
  public var visibilityBound: Duration
  /// How long an order request may be under way: the venue's own means bounds it (Kraken `deadline`, Coinbase JWT `exp`).
  public var orderLifetime: Duration

  /// A plugin's declaration.
  public init(
    declaration: PluginDeclaration, clientOrderIDs: ClientOrderIDRule, candleLimit: Int,
    neededPermissions: [String], visibilityBound: Duration, orderLifetime: Duration
  ) {
    self.declaration = declaration
    self.clientOrderIDs = clientOrderIDs
    self.candleLimit = candleLimit
    self.neededPermissions = neededPermissions
    self.visibilityBound = visibilityBound
    self.orderLifetime = orderLifetime
  }

  /// What it can do beyond the protocol's own operations; each is proven by the conformance suite.
  public var capabilities: Set<Capability> {
    Set(declaration.capabilities.compactMap(Capability.init(rawValue:)))
  }
}

/// Something not every brokerage can do.
public enum Capability: String, Hashable, Sendable, CaseIterable {
  /// Finds an order by our id.
  case orderByClientID = "order_by_client_id"
  /// Takes a deadline with each order.
  case orderDeadline = "order_deadline"
  /// Its all-markets ticker has bid and ask.
  case quotesInTickers = "quotes_in_tickers"
  /// Tells what a key may do.
  case permissions
  /// Takes ``OrderRequest/isPostOnly``.
  case postOnly = "post_only"
  /// Takes ``TimeInForce/fillOrKill``.
  case fillOrKill = "fill_or_kill"
  /// Takes ``TimeInForce/goodTillDate(_:)``.
  case goodTillDate = "good_till_date"
  /// Takes ``OrderKind/market``.
  case marketOrders = "market_orders"
  /// Takes ``OrderAmount/quote(_:)`` for market orders that buy.
  case quoteAmounts = "quote_amounts"
  /// Takes ``OrderKind/stopLoss(trigger:limit:)`` with a limit.
  case stopLossLimit = "stop_loss_limit"
  /// Takes ``OrderKind/stopLoss(trigger:limit:)`` without a limit.
  case stopLossMarket = "stop_loss_market"
  /// Takes ``OrderKind/takeProfit(trigger:limit:)`` with a limit.
  case takeProfitLimit = "take_profit_limit"
  /// Takes ``OrderKind/takeProfit(trigger:limit:)`` without a limit.
  case takeProfitMarket = "take_profit_market"
  /// Takes ``OrderKind/bracket(limit:stop:)``.
  case brackets
  /// ``AmendsOrders``
  case amend
  /// ``AmendsOrders`` changes the trigger of a resting stop, too.
  case amendStops = "amend_stops"
  /// ``PlacesBatches``
  case batchPlace = "batch_place"
  /// ``CancelsBatches``
  case batchCancel = "batch_cancel"
  /// ``CancelsByClientID``
  case cancelByClientID = "cancel_by_client_id"
  /// ``CancelsAll``
  case cancelAll = "cancel_all"
  /// ``ArmsDeadManSwitch``
  case deadManSwitch = "dead_man_switch"
  /// ``PreviewsOrders``
  case preview
  /// ``ReportsVenueStatus``
  case venueStatus = "venue_status"
  /// ``ReadsLedger``
  case ledger
}
