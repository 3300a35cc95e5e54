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
    let pair = try names.instrument(symbol, "fetchFees").venueID
    let call = KrakenCall("fetchFees", "TradeVolume", KrakenForm([("pair", pair)]))
    return try await client.post(call) { (result) throws(JSONError) in try KrakenAccountData.fees(result) }
  }

  /// `OpenOrders`.
  public func fetchOpenOrders() async throws(BrokerError) -> [Order] {
    let names = names
    let orders = try await client.post(KrakenCall("fetchOpenOrders", "OpenOrders")) { (result) throws(JSONError) in
      try KrakenOrders.orders(try result.object("open"), names)
    }
    client.remember(orders)
    return orders
  }

  /// By Kraken's id through `QueryOrders`; by ours through `OpenOrders`, then `ClosedOrders`: an order that ends in
  /// between is in the second.
  public func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order] {
    switch reference {
    case .venue(let id): return try await fetchOrders([id])
    case .client(let id, let since):
      let open = try await openOrders(of: id)
      let closed = try await closedOrders(of: id, since: since)
      let ended = Set(closed.map(\.venueOrderID))
      let orders = closed + open.filter { !ended.contains($0.venueOrderID) }
      client.remember(orders)
      return orders
    }
  }

  /// The most ids of one `QueryOrders`.
  private static var lookUpLimit: Int { 50 }

  /// `QueryOrders`, as many at once as it takes; those that Kraken does not know are left out.
  package func fetchOrders(_ ids: [VenueOrderID]) async throws(BrokerError) -> [Order] {
    var orders: [Order] = []
    var rest = ids[...]
    while !rest.isEmpty {
      orders += try await lookUp(rest.prefix(Self.lookUpLimit))
      rest = rest.dropFirst(Self.lookUpLimit)
    }
    client.remember(orders)
    return orders
  }

  /// One unknown id fails the call for all that were asked with it: halves are asked until it stands alone.
  private func lookUp(_ ids: ArraySlice<VenueOrderID>) async throws(BrokerError) -> [Order] {
    let names = names
    let list = ids.map(\.rawValue).joined(separator: ",")
    var call = KrakenCall("fetchOrders", "QueryOrders", KrakenForm([("txid", list)]))
    call.isUrgent = true
    do throws(BrokerError) {
      return try await client.post(call) { (result) throws(JSONError) in
        try KrakenOrders.orders(result, names).filter { ids.contains($0.venueOrderID) }
      }
    } catch {
      // It answered, and knows none.
      guard error.code == .unknownOrder else { throw error }
      guard ids.count > 1 else { return [] }
      let middle = ids.startIndex + ids.count / 2
      return try await lookUp(ids[..<middle]) + (try await lookUp(ids[middle...]))
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
}
