public import Broker
public import Core

extension ProcessPlugin: ReadsLedger {
  /// `permissions`, where it is declared; else nobody knows whether the key can withdraw, and that it reads is seen from
  /// its balances.
  public func fetchPermissions() async throws(BrokerError) -> Permissions {
    guard spec.capabilities.contains(.permissions) else {
      _ = try await fetchBalances()
      return Permissions(canQuery: true, canTrade: true, canWithdraw: nil)
    }
    return try await client.call(ProgramCall("permissions")) { (json) throws(JSONError) in
      try AccountReading.permissions(json)
    }
  }

  /// `balances`
  public func fetchBalances() async throws(BrokerError) -> [Balance] {
    let names = names
    return try await client.call(ProgramCall("balances")) { (json) throws(JSONError) in
      try AccountReading.balances(json, names)
    }
  }

  /// `fees`
  public func fetchFees(_ symbol: Symbol) async throws(BrokerError) -> FeeRates {
    let arguments: JSONValue = ["market": .string(try names.instrument(symbol, "fees").venueID)]
    var call = ProgramCall("fees", arguments)
    call.market = symbol
    return try await client.call(call) { (json) throws(JSONError) in
      try AccountReading.fees(json)
    }
  }

  /// `open_orders`
  public func fetchOpenOrders() async throws(BrokerError) -> [Order] {
    try await orders(ProgramCall("open_orders", listing()))
  }

  /// `order` or `order_by_client_id`; what bears another name than the one asked for is not it.
  public func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order] {
    switch reference {
    case .venue(let id):
      var call = ProgramCall("order", listing([("id", .string(id.rawValue))]))
      call.isUrgent = true
      return try await orders(call).filter { $0.venueOrderID == id }
    case .client(let id, let since):
      try require(.orderByClientID, "order_by_client_id")
      let arguments = listing([
        ("client_id", .string(spec.clientOrderIDs.render(id))), ("since", .string(since.description)),
      ])
      var call = ProgramCall("order_by_client_id", arguments)
      call.isUrgent = true
      let found = try await orders(call)
      // A number does not lead back to its id: there the program's word is all there is.
      return spec.clientOrderIDs.rendering == .number ? found : found.filter { $0.clientOrderID == id }
    }
  }

  /// `closed_orders`
  public func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order] {
    try await orders(ProgramCall("closed_orders", listing([("since", .string(since.description))])))
  }

  private func orders(_ call: ProgramCall) async throws(BrokerError) -> [Order] {
    let reading = reading
    return try await client.call(call) { (json) throws(JSONError) in try reading.orders(json) }
  }

  /// `fills`
  public func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill] {
    let call = ProgramCall("fills", listing([("since", .string(since.description))]))
    return try await fills(call).filter { $0.time >= since }
  }

  /// `fills_of_order`
  public func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill] {
    var call = ProgramCall("fills_of_order", listing([("id", .string(order.rawValue))]))
    call.isUrgent = true
    return try await fills(call).filter { $0.venueOrderID == order }
  }

  private func fills(_ call: ProgramCall) async throws(BrokerError) -> [Fill] {
    let reading = reading
    return try await client.call(call) { (json) throws(JSONError) in try reading.fills(json) }
  }

  /// `ledger`
  public func fetchLedger(since: Timestamp) async throws(BrokerError) -> [LedgerEntry] {
    try require(.ledger, "ledger")
    let names = names
    let call = ProgramCall("ledger", ["since": .string(since.description)])
    let entries = try await client.call(call) { (json) throws(JSONError) in
      try json.rows("entries") { (row) throws(JSONError) in try AccountReading.ledgerEntry(row, names) }
    }
    return entries.filter { $0.time >= since }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
  }
}
