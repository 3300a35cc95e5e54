import Broker
import Core

/// A plugin that does as another does but for what a test alters. Like one that is made from a file it has every
/// ability's protocol, and says `unsupported` where the other has none.
final class Altered: BrokerPlugin {
  /// What is otherwise.
  struct Changes: Sendable {
    var balances: (@Sendable (any BrokerPlugin) async throws(BrokerError) -> [Balance])?
    var openOrders: (@Sendable (any BrokerPlugin) async throws(BrokerError) -> [Order])?
    var orders: (@Sendable (any BrokerPlugin, OrderReference) async throws(BrokerError) -> [Order])?
    var fills: (@Sendable (any BrokerPlugin, Timestamp) async throws(BrokerError) -> [Fill])?
    var place: (@Sendable (any BrokerPlugin, OrderRequest) async throws(BrokerError) -> Acknowledgement)?
    var cancel: (@Sendable (any BrokerPlugin, VenueOrderID) async throws(BrokerError) -> CancelOutcome)?
    /// Between the plugin and the wire.
    var transport: @Sendable (any Transport) -> any Transport = { $0 }
  }

  var spec: PluginSpec { inner.spec }

  private let inner: any BrokerPlugin
  private let changes: Changes

  init(_ inner: any BrokerPlugin, _ changes: Changes) {
    self.inner = inner
    self.changes = changes
  }

  func learn(_ instruments: [Instrument]) { inner.learn(instruments) }
  func fetchServerTime() async throws(BrokerError) -> Timestamp { try await inner.fetchServerTime() }
  func fetchInstruments() async throws(BrokerError) -> [Instrument] { try await inner.fetchInstruments() }
  func fetchTickers() async throws(BrokerError) -> [Ticker] { try await inner.fetchTickers() }
  func fetchQuote(_ symbol: Symbol) async throws(BrokerError) -> Quote { try await inner.fetchQuote(symbol) }
  func fetchOrderBook(_ symbol: Symbol, depth: Int) async throws(BrokerError) -> OrderBook {
    try await inner.fetchOrderBook(symbol, depth: depth)
  }
  func fetchCandles(
    _ symbol: Symbol, interval: Duration, limit: Int, marketNow: Timestamp
  ) async throws(BrokerError) -> [Candle] {
    try await inner.fetchCandles(symbol, interval: interval, limit: limit, marketNow: marketNow)
  }
  func fetchPermissions() async throws(BrokerError) -> Permissions { try await inner.fetchPermissions() }
  func fetchBalances() async throws(BrokerError) -> [Balance] {
    if let balances = changes.balances { return try await balances(inner) }
    return try await inner.fetchBalances()
  }
  func fetchFees(_ symbol: Symbol) async throws(BrokerError) -> FeeRates { try await inner.fetchFees(symbol) }
  func fetchOpenOrders() async throws(BrokerError) -> [Order] {
    if let openOrders = changes.openOrders { return try await openOrders(inner) }
    return try await inner.fetchOpenOrders()
  }
  func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order] {
    if let orders = changes.orders { return try await orders(inner, reference) }
    return try await inner.fetchOrders(reference)
  }
  func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order] {
    try await inner.fetchClosedOrders(since: since)
  }
  func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill] {
    if let fills = changes.fills { return try await fills(inner, since) }
    return try await inner.fetchFills(since: since)
  }
  func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill] { try await inner.fetchFills(of: order) }
  func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    if let place = changes.place { return try await place(inner, order) }
    return try await inner.place(order)
  }
  func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    if let cancel = changes.cancel { return try await cancel(inner, order) }
    return try await inner.cancel(order)
  }

  private func able<Ability>(_ type: Ability.Type) throws(BrokerError) -> Ability {
    guard let ability = inner as? Ability else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, message: "the wrapped plugin has no such ability")
    }
    return ability
  }
}

extension Altered: AmendsOrders, PlacesBatches, CancelsBatches, CancelsByClientID, CancelsAll {
  static var placeBatchLimit: Int { 3 }
  static var cancelBatchLimit: Int { 3 }
  func amend(_ amendment: OrderAmendment) async throws(BrokerError) {
    try await able((any AmendsOrders).self).amend(amendment)
  }
  func place(_ orders: [OrderRequest]) async throws(BrokerError) -> [Result<Acknowledgement, BrokerError>] {
    try await able((any PlacesBatches).self).place(orders)
  }
  func cancel(_ orders: [VenueOrderID]) async throws(BrokerError) -> [Result<CancelOutcome, BrokerError>] {
    try await able((any CancelsBatches).self).cancel(orders)
  }
  func cancel(_ order: ClientOrderID) async throws(BrokerError) -> CancelOutcome {
    try await able((any CancelsByClientID).self).cancel(order)
  }
  func cancelAll() async throws(BrokerError) -> Int { try await able((any CancelsAll).self).cancelAll() }
}

extension Altered: ArmsDeadManSwitch, PreviewsOrders, ReportsVenueStatus, ReadsLedger {
  func armDeadManSwitch(_ timeout: Duration) async throws(BrokerError) -> Timestamp? {
    try await able((any ArmsDeadManSwitch).self).armDeadManSwitch(timeout)
  }
  func disarmDeadManSwitch() async throws(BrokerError) {
    try await able((any ArmsDeadManSwitch).self).disarmDeadManSwitch()
  }
  func preview(_ order: OrderRequest) async throws(BrokerError) -> [String] {
    try await able((any PreviewsOrders).self).preview(order)
  }
  func fetchVenueStatus() async throws(BrokerError) -> VenueStatus {
    try await able((any ReportsVenueStatus).self).fetchVenueStatus()
  }
  func fetchLedger(since: Timestamp) async throws(BrokerError) -> [LedgerEntry] {
    try await able((any ReadsLedger).self).fetchLedger(since: since)
  }
}
