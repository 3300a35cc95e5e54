public import Core

// What not every brokerage can do. A plugin adds the protocol and declares the capability of the same name; the
// conformance suite fails where one stands without the other.

/// Changes an open order in place: ``Capability/amend``.
public protocol AmendsOrders: BrokerPlugin {
  /// Sends one change, once. The order keeps the venue's name and ours.
  /// - Throws: ``BrokerError/Code/unknownOrder`` when the order is gone; an error with `mayHaveExecuted` when nobody knows.
  func amend(_ amendment: OrderAmendment) async throws(BrokerError)
}

/// What is to change about an open order; what is `nil` stays.
public struct OrderAmendment: Hashable, Sendable {
  /// Which order.
  public var venueOrderID: VenueOrderID
  /// Its market.
  public var symbol: Symbol
  /// All of it, what has filled included, in base units.
  public var quantity: Quantity?
  /// The worst price accepted.
  public var limit: Price?
  /// The price that wakes it.
  public var trigger: Price?
  /// When the order was made or last changed: young orders cost more of a venue's limits.
  public var lastChangedAt: Timestamp?
  /// The instant after which the venue must not change it any more.
  public var deadline: Timestamp

  /// A change.
  public init(
    venueOrderID: VenueOrderID, symbol: Symbol, quantity: Quantity? = nil, limit: Price? = nil, trigger: Price? = nil,
    lastChangedAt: Timestamp? = nil, deadline: Timestamp
  ) {
    self.venueOrderID = venueOrderID
    self.symbol = symbol
    self.quantity = quantity
    self.limit = limit
    self.trigger = trigger
    self.lastChangedAt = lastChangedAt
    self.deadline = deadline
  }
}

/// Places several orders of one market in one call: ``Capability/batchPlace``.
public protocol PlacesBatches: BrokerPlugin {
  /// The most orders of one call.
  static var placeBatchLimit: Int { get }
  /// Sends them once, together.
  /// - Returns: one outcome an order, in their order.
  /// - Throws: when the call as a whole failed; with `mayHaveExecuted` the outcome of every one of them is unknown.
  func place(_ orders: [OrderRequest]) async throws(BrokerError) -> [Result<Acknowledgement, BrokerError>]
}

/// Cancels several orders in one call: ``Capability/batchCancel``.
public protocol CancelsBatches: BrokerPlugin {
  /// The most orders of one call.
  static var cancelBatchLimit: Int { get }
  /// Asks to cancel them.
  /// - Returns: one outcome an order, in their order; ``CancelOutcome/pending`` where the venue only counts them.
  func cancel(_ orders: [VenueOrderID]) async throws(BrokerError) -> [Result<CancelOutcome, BrokerError>]
}

/// Cancels by our own name of an order: ``Capability/cancelByClientID``.
public protocol CancelsByClientID: BrokerPlugin {
  /// Asks to cancel the open order that bears our id.
  func cancel(_ order: ClientOrderID) async throws(BrokerError) -> CancelOutcome
}

/// Cancels everything in one call: ``Capability/cancelAll``.
public protocol CancelsAll: BrokerPlugin {
  /// Cancels all open orders of the whole account: every market, and those that others made.
  /// - Returns: how many the venue says.
  func cancelAll() async throws(BrokerError) -> Int
}

/// Makes the venue cancel everything unless it hears from us: ``Capability/deadManSwitch``.
public protocol ArmsDeadManSwitch: BrokerPlugin {
  /// Arms it, or puts it off: all orders of the account are cancelled unless it is called again within `timeout`.
  /// - Returns: when it will fire by the venue's clock, where the venue tells.
  func armDeadManSwitch(_ timeout: Duration) async throws(BrokerError) -> Timestamp?
  /// Takes it back.
  func disarmDeadManSwitch() async throws(BrokerError)
}

/// Lets the venue check an order without placing it: ``Capability/preview``.
public protocol PreviewsOrders: BrokerPlugin {
  /// Asks what would become of the order; nothing is placed.
  /// - Returns: what the venue would refuse it for, in its words; empty when it would take it.
  func preview(_ order: OrderRequest) async throws(BrokerError) -> [String]
}

/// Tells how the venue itself is: ``Capability/venueStatus``.
public protocol ReportsVenueStatus: BrokerPlugin {
  /// Whether it takes orders now.
  func fetchVenueStatus() async throws(BrokerError) -> VenueStatus
}

/// What a venue takes now.
public enum VenueStatus: String, Hashable, Sendable {
  /// Everything.
  case online
  /// Only cancels.
  case cancelOnly = "cancel_only"
  /// Only resting limit orders.
  case postOnly = "post_only"
  /// Only limit orders.
  case limitOnly = "limit_only"
  /// Nothing.
  case maintenance
  /// A word this version does not know.
  case unknown
}

/// Tells what moved balances besides trades: ``Capability/ledger``.
public protocol ReadsLedger: BrokerPlugin {
  /// Changes of balances since an instant, oldest first, read to the last page.
  func fetchLedger(since: Timestamp) async throws(BrokerError) -> [LedgerEntry]
}

/// One change of one balance, as the venue books it.
public struct LedgerEntry: Hashable, Sendable {
  /// What changed the balance.
  public enum Cause: String, Hashable, Sendable {
    /// An execution of an order.
    case trade
    /// Money or coins came in.
    case deposit
    /// Money or coins went out.
    case withdrawal
    /// Between accounts of the same owner at the venue.
    case transfer
    /// Paid for holding or staking.
    case reward
    /// A correction by the venue.
    case adjustment
    /// A word this version does not know.
    case other
  }

  /// The venue's unique name of it.
  public var id: String
  /// What it belongs to in the venue's words: a trade's or a deposit's id.
  public var reference: String?
  /// Why.
  public var cause: Cause
  /// The usual name of the currency.
  public var currency: String
  /// Added (or, negative, taken), the fee not included.
  public var amount: ExactDecimal
  /// Taken on top.
  public var fee: ExactDecimal
  /// When the venue booked it.
  public var time: Timestamp

  /// A change as booked.
  public init(
    id: String, reference: String?, cause: Cause, currency: String, amount: ExactDecimal, fee: ExactDecimal,
    time: Timestamp
  ) {
    self.id = id
    self.reference = reference
    self.cause = cause
    self.currency = currency
    self.amount = amount
    self.fee = fee
    self.time = time
  }
}
