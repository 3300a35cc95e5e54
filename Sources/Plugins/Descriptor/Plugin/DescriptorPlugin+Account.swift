public import Broker
public import Core

extension DescriptorPlugin {
  /// `permissions`; where the descriptor has none, an answer to a private question shows that the key reads, and what
  /// else it may do is not known.
  public func fetchPermissions() async throws(BrokerError) -> Permissions {
    if let carrier = carriers[.permissions] { return try await carrier.fetchPermissions() }
    guard let operation = descriptor[.permissions] else {
      _ = try await fetchBalances()
      return Permissions(canQuery: true, canTrade: true, canWithdraw: nil)
    }
    return try await client.one(outgoing(operation)) { (row) throws(JSONError) in
      // What is read and not answered is not known: nothing may be taken as granted.
      func right(_ name: String) throws(JSONError) -> Bool? {
        guard row.reads(name) else { return nil }
        guard let answer = try row.optionalBoolean(name) else { throw .missing(name) }
        return answer
      }
      let query = try right(DescriptorSpec.query)
      let trade = try right(DescriptorSpec.trade)
      let withdraw = try row.optionalBoolean(DescriptorSpec.withdraw)
      var missing: [String] = []
      if query == false { missing.append(DescriptorSpec.query) }
      if trade == false { missing.append(DescriptorSpec.trade) }
      return Permissions(
        canQuery: query ?? true, canTrade: trade ?? true, canWithdraw: withdraw,
        withdrawing: withdraw == true ? [DescriptorSpec.withdraw] : [], missing: missing,
        accountIdentity: try row.optionalText("identity"))
    }
  }

  /// `balances`; rows of one currency are added up.
  public func fetchBalances() async throws(BrokerError) -> [Balance] {
    if let carrier = carriers[.balances] { return try await carrier.fetchBalances() }
    let operation = try operation(.balances)
    let reports = reports
    let rows = try await client.rows(operation, outgoing(operation)) { (row, _) throws(JSONError) in
      try reports.balance(row)
    }
    var sums: [String: Balance] = [:]
    var order: [String] = []
    for row in rows {
      guard let sum = sums[row.currency] else {
        sums[row.currency] = row
        order.append(row.currency)
        continue
      }
      guard let total = try? sum.total + row.total, let held = try? sum.held + row.held,
        let available = try? sum.available + row.available
      else {
        throw BrokerError(
          .malformedAnswer, scope: .broker, recovery: .retry(after: .seconds(10)), operation: "balances",
          message: "balances of \(row.currency) that cannot be added up")
      }
      sums[row.currency] = Balance(currency: row.currency, total: total, held: held, available: available)
    }
    return order.compactMap { sums[$0] }
  }

  /// `fees`, or what the descriptor states.
  public func fetchFees(_ symbol: Symbol) async throws(BrokerError) -> FeeRates {
    if let carrier = carriers[.fees] { return try await carrier.fetchFees(symbol) }
    let instrument = try names.instrument(symbol, .fees)
    if let fixed = descriptor.fixedFees { return fixed }
    return try await client.one(outgoing(try operation(.fees)).about(instrument)) { (row) throws(JSONError) in
      FeeRates(maker: try row.decimal("maker"), taker: try row.decimal("taker"))
    }
  }

  // MARK: Lists

  /// `open_orders`.
  public func fetchOpenOrders() async throws(BrokerError) -> [Order] {
    try await orders(.openOrders, since: nil)
  }

  /// `closed_orders`, those that have ended, newest first.
  public func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order] {
    let listed = try await orders(.closedOrders, since: since)
    let ended = listed.filter { $0.status.isFinal || $0.status == .unknown }
    return ended.enumerated().sorted { a, b in
      guard let x = a.element.createdAt, let y = b.element.createdAt, x != y else { return a.offset < b.offset }
      return x > y
    }.map(\.element)
  }

  /// All orders of a list, each once, the last that was said of each.
  func orders(
    _ name: OperationName, since: Timestamp?, isUrgent: Bool = false
  ) async throws(BrokerError) -> [Order] {
    let rows = try await rows(name, since: since, isUrgent: isUrgent)
    var places: [VenueOrderID: Int] = [:]
    var orders: [Order] = []
    for order in rows {
      if let place = places[order.venueOrderID] {
        orders[place] = order
      } else {
        places[order.venueOrderID] = orders.count
        orders.append(order)
      }
    }
    markets.note(orders)
    return orders
  }

  private func rows(
    _ name: OperationName, since: Timestamp?, isUrgent: Bool
  ) async throws(BrokerError) -> [Order] {
    if let lister = lister(name) {
      guard let since else { return try await lister.fetchOpenOrders() }
      return try await lister.fetchClosedOrders(since: since)
    }
    let operation = try operation(name)
    let reports = reports
    var call = outgoing(operation)
    call.isUrgent = isUrgent
    let start = listed(&call, since)
    return try await client.rows(operation, call, since: start, markets: try markets(of: operation)) {
      (row, asked) throws(JSONError) in try reports.order(row, asked: asked)
    }
  }

  /// Asks from a second earlier on: some venues' beginnings are exclusive and in whole seconds.
  private func listed(_ call: inout OutgoingCall, _ since: Timestamp?) -> Timestamp? {
    guard let since else { return nil }
    let start = max(since - .seconds(1), Timestamp(nanoseconds: 0))
    call.variables.set("since", start)
    call.variables.set("until", clock.now + .seconds(60))
    return start
  }

  // MARK: Fills

  /// `fills` since an instant, oldest first.
  public func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill] {
    if let lister = lister(.fills) { return try await lister.fetchFills(since: since) }
    let operation = try operation(.fills)
    var call = outgoing(operation)
    let start = listed(&call, since)
    return try await fills(operation, call, since: start, try markets(of: operation)).filter { $0.time >= since }
  }

  /// `fills_of_order`, or those among `fills` since the order was made.
  public func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill] {
    if let lister = lister(.fillsOfOrder) { return try await lister.fetchFills(of: order) }
    guard let operation = descriptor[.fillsOfOrder] else {
      let known = try await fetchOrders(.venue(order)).first
      let made = known?.createdAt ?? clock.now - Self.farBack
      return try await fetchFills(since: made - Self.clockMargin).filter { $0.venueOrderID == order }
    }
    var fills: [Fill] = []
    for market in try await candidates(operation, order: order.rawValue) {
      var call = outgoing(operation)
      if let market { call = call.about(market) }
      call.variables["order_id"] = .string(order.rawValue)
      call.isUrgent = true
      let start = listed(&call, operation.call.mentions(Self.sinceNames) ? clock.now - Self.farBack : nil)
      do throws(BrokerError) {
        fills += try await self.fills(operation, call, since: start, [])
      } catch {
        guard error.code == .unknownOrder else { throw error }
      }
    }
    return fills.filter { $0.venueOrderID == order }
  }

  private static var sinceNames: Set<String> { ["since_s", "since_ms", "since_ns", "since_iso"] }
  /// How far back an order is looked for of which nobody knows when it was made.
  static var farBack: Duration { .seconds(7 * 86_400) }
  /// How far apart two clocks may be.
  static var clockMargin: Duration { .seconds(60) }

  private func fills(
    _ operation: Operation, _ call: OutgoingCall, since: Timestamp?, _ markets: [Instrument]
  ) async throws(BrokerError) -> [Fill] {
    let reports = reports
    let rows = try await client.rows(operation, call, since: since, markets: markets) {
      (row, asked) throws(JSONError) in try reports.fill(row, asked: asked)
    }
    var seen: Set<String> = []
    return rows.filter { seen.insert($0.id).inserted }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
  }
}
