public import Broker
public import Core

extension Kraken {
  /// `GetApiKeyInfo`; a venue that does not know the method leaves open whether the key can withdraw.
  public func fetchPermissions() async throws(BrokerError) -> Permissions {
    do throws(BrokerError) {
      return try await client.post(KrakenCall("fetchPermissions", "GetApiKeyInfo")) { (result) throws(JSONError) in
        try KrakenAccountData.permissions(result)
      }
    } catch {
      guard error.code == .unsupported else { throw error }
      return Permissions(canQuery: true, canTrade: true, canWithdraw: nil)
    }
  }

  /// `BalanceEx`.
  public func fetchBalances() async throws(BrokerError) -> [Balance] {
    let names = names
    return try await client.post(KrakenCall("fetchBalances", "BalanceEx")) { (result) throws(JSONError) in
      try KrakenAccountData.balances(result, names)
    }
  }

  /// `TradeVolume` of one market.
  public func fetchFees(_ symbol: Symbol) async throws(BrokerError) -> FeeRates {
    let pair = try names.instrument(symbol).venueID
    let call = KrakenCall("fetchFees", "TradeVolume", KrakenForm([("pair", pair)]))
    return try await client.post(call) { (result) throws(JSONError) in try KrakenAccountData.fees(result, pair) }
  }

  /// `OpenOrders`.
  public func fetchOpenOrders() async throws(BrokerError) -> [Order] {
    let names = names
    return try await client.post(KrakenCall("fetchOpenOrders", "OpenOrders")) { (result) throws(JSONError) in
      try KrakenOrders.orders(try result.object("open"), names)
    }
  }

  /// By Kraken's id through `QueryOrders`; by ours through `OpenOrders`, then `ClosedOrders`: an order that ends in
  /// between is in the second.
  public func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order] {
    switch reference {
    case .venue(let id): return try await order(id)
    case .client(let id, let since):
      let open = try await openOrders(of: id)
      let closed = try await closedOrders(of: id, since: since)
      let ended = Set(closed.map(\.venueOrderID))
      return closed + open.filter { !ended.contains($0.venueOrderID) }
    }
  }

  private func order(_ id: VenueOrderID) async throws(BrokerError) -> [Order] {
    let names = names
    var call = KrakenCall("fetchOrders", "QueryOrders", KrakenForm([("txid", id.rawValue)]))
    call.isUrgent = true
    do throws(BrokerError) {
      return try await client.post(call) { (result) throws(JSONError) in
        try KrakenOrders.orders(result, names).filter { $0.venueOrderID == id }
      }
    } catch {
      // It answered, and knows none.
      guard error.code == .unknownOrder else { throw error }
      return []
    }
  }

  private func openOrders(of id: ClientOrderID) async throws(BrokerError) -> [Order] {
    let names = names
    let name = Self.spec.clientOrderIDs.render(id)
    var call = KrakenCall("fetchOrders", "OpenOrders", KrakenForm([("cl_ord_id", name)]))
    call.isUrgent = true
    return try await client.post(call) { (result) throws(JSONError) in
      try KrakenOrders.orders(try result.object("open"), names).filter { $0.clientOrderID == id }
    }
  }

  private func closedOrders(of id: ClientOrderID, since: Timestamp) async throws(BrokerError) -> [Order] {
    let names = names
    let name = Self.spec.clientOrderIDs.render(id)
    var call = KrakenCall("fetchOrders", "ClosedOrders", KrakenForm([("cl_ord_id", name), Self.start(since)]))
    call.isUrgent = true
    return try await pages(call, "closed") { (id, row) throws(JSONError) in try KrakenOrders.order(id, row, names) }
      .filter { $0.clientOrderID == id }
  }

  /// `ClosedOrders`, to its last page.
  public func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order] {
    let names = names
    let call = KrakenCall("fetchClosedOrders", "ClosedOrders", KrakenForm([Self.start(since)]))
    return try await pages(call, "closed") { (id, row) throws(JSONError) in try KrakenOrders.order(id, row, names) }
  }

  // MARK: Fills

  /// `TradesHistory`, to its last page.
  public func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill] {
    try await fills(KrakenCall("fetchFills", "TradesHistory", KrakenForm([Self.start(since)])))
      .filter { $0.time >= since }
  }

  /// `TradesHistory` from the order's birth on. An order that Kraken does not know, or that has no fills, costs no look
  /// into the history.
  public func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill] {
    guard let found = try await self.order(order).first, found.filledQuantity > .zero else { return [] }
    let start = Self.start(found.createdAt ?? Timestamp(nanoseconds: 0))
    var call = KrakenCall("fetchFills", "TradesHistory", KrakenForm([start]))
    call.isUrgent = true
    return try await fills(call).filter { $0.venueOrderID == order }
  }

  private func fills(_ call: KrakenCall) async throws(BrokerError) -> [Fill] {
    let names = names
    var call = call
    call.cost = 4
    let fills = try await pages(call, "trades") { (id, row) throws(JSONError) in
      try KrakenOrders.fill(id, row, names)
    }
    return fills.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
  }

  /// Exclusive and in whole seconds: the second before, so that nothing of the first second is missed.
  private static func start(_ since: Timestamp) -> (name: String, value: String) {
    ("start", String(max(0, since.seconds - 1)))
  }

  // MARK: Pages

  private static var mostPages: Int { 1_000 }

  /// All rows of a list that comes in pages, newest first. Rows that arrive meanwhile push others to the next page:
  /// those come twice and are taken once, and none is missed.
  private func pages<Row>(
    _ call: KrakenCall, _ key: String, _ read: (String, JSON) throws(JSONError) -> Row
  ) async throws(BrokerError) -> [Row] {
    var rows: [Row] = []
    var seen: Set<String> = []
    var offset = 0
    for _ in 0..<Self.mostPages {
      var page = call
      if offset > 0 { page.form.add("ofs", String(offset)) }
      let (entries, count) = try await client.post(page) { (result) throws(JSONError) in
        let entries = try (try result.object(key)).entries(key)
        let count = try result.integer("count")
        guard offset + entries.count >= count || !entries.isEmpty else { throw .missing("rows of \(key)") }
        for (id, row) in entries where seen.insert(id).inserted { rows.append(try read(id, row)) }
        return (entries.count, count)
      }
      offset += entries
      if offset >= count { return rows }
    }
    throw BrokerError(
      .unsupported, scope: .account, recovery: .never, operation: call.operation,
      message: "more than \(Self.mostPages) pages of \(key): ask from a later time on")
  }
}
