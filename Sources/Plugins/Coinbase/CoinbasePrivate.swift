public import Broker
public import Core

/// What only asks, with a key.
extension Coinbase {
  /// `GET /key_permissions`. The portfolio, to which a key is bound for life, names the account.
  public func fetchPermissions() async throws(BrokerError) -> Permissions {
    let operation = CoinbaseOperation("permissions")
    let answer = try await call.send(CoinbaseCall.Request(path: "/key_permissions"), operation)
    return try call.read(operation) { () throws(JSONError) in try CoinbaseAccounts.permissions(answer) }
  }

  /// `GET /accounts`, all pages, one row a currency.
  public func fetchBalances() async throws(BrokerError) -> [Balance] {
    let operation = CoinbaseOperation("balances")
    var balances: [String: Balance] = [:]
    try await call.readPages(CoinbaseCall.Request(path: "/accounts"), operation, limit: 250) {
      page throws(JSONError) in
      try CoinbaseAccounts.add(page, to: &balances)
      return true
    }
    return balances.values.sorted { $0.currency < $1.currency }
  }

  /// `GET /transaction_summary`: the venue has one rate for all spot products of an account.
  public func fetchFees(_ symbol: Symbol) async throws(BrokerError) -> FeeRates {
    let operation = CoinbaseOperation("fees")
    let answer = try await call.send(
      CoinbaseCall.Request(path: "/transaction_summary", query: [("product_type", "SPOT")]), operation)
    return try call.read(operation) { () throws(JSONError) in try CoinbaseAccounts.fees(answer) }
  }

  /// `GET /orders/historical/batch?order_status=OPEN`. An order that is still `PENDING` is not among them.
  public func fetchOpenOrders() async throws(BrokerError) -> [Order] {
    try await orders([("order_status", "OPEN")], CoinbaseOperation("open_orders")) { _ in true }
  }

  /// By the venue's id directly; by ours through the list since `since`, until found: client ids are unique for ever.
  public func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order] {
    switch reference {
    case .venue(let id): return try await order(id, CoinbaseOperation("order")).map { [$0] } ?? []
    case .client(let id, let since):
      // The list is by the venue's clock, `since` by ours.
      let start = (since - .seconds(Self.clockMargin)).text(fractionDigits: 0)
      let listed = try await orders([("start_date", start)], CoinbaseOperation("orders")) { $0.clientOrderID != id }
      return listed.filter { $0.clientOrderID == id }
    }
  }

  /// `GET /orders/historical/batch` since an instant, open ones left out, to the last page. The venue lists by when an
  /// order was made: one that was made before and ended since is not among them.
  public func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order] {
    let start = (since - .seconds(Self.clockMargin)).text(fractionDigits: 0)
    let listed = try await orders([("start_date", start)], CoinbaseOperation("closed_orders")) { _ in true }
    // One whose status nobody knows may have ended: it is told, and not as ended.
    let ended = listed.filter { $0.status.isFinal || $0.status == .unknown }
    return ended.enumerated().sorted { a, b in
      guard let x = a.element.createdAt, let y = b.element.createdAt, x != y else { return a.offset < b.offset }
      return x > y
    }.map(\.element)
  }

  /// How much further back than asked a list is read, in seconds, since two clocks are in play.
  private static let clockMargin = 60

  /// One order, by the venue's id; `nil` when the venue knows none.
  func order(_ id: VenueOrderID, _ asking: CoinbaseOperation) async throws(BrokerError) -> Order? {
    var operation = CoinbaseOperation(asking.name)
    operation.missing = CoinbaseReasons.noOrder
    operation.namesOnly = true
    let path = "/orders/historical/\(CoinbaseURL.encode(id.rawValue))"
    do {
      let answer = try await call.send(CoinbaseCall.Request(path: path), operation)
      return try call.read(operation) { () throws(JSONError) in
        try CoinbaseOrderWire.order(try answer.object("order"), symbol: book.symbol(ofProduct:))
      }
    } catch  where error.code == .unknownOrder {
      return nil
    }
  }

  /// A list of orders, read until `goesOn` is false for one or to the last page.
  private func orders(
    _ query: [(name: String, value: String)], _ operation: CoinbaseOperation, while goesOn: (Order) -> Bool
  ) async throws(BrokerError) -> [Order] {
    var orders: [Order] = []
    var seen: Set<VenueOrderID> = []
    try await call.readPages(CoinbaseCall.Request(path: "/orders/historical/batch", query: query), operation) {
      page throws(JSONError) in
      var wantsMore = true
      for json in try page.array("orders") {
        let order = try CoinbaseOrderWire.order(json, symbol: book.symbol(ofProduct:))
        if seen.insert(order.venueOrderID).inserted { orders.append(order) }
        if !goesOn(order) { wantsMore = false }
      }
      return wantsMore
    }
    return orders
  }

  /// `GET /orders/historical/fills` since an instant, to the last page.
  public func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill] {
    let fills = try await fills([("start_sequence_timestamp", since.description)])
    return fills.filter { $0.time >= since }
  }

  /// `GET /orders/historical/fills` of one order.
  public func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill] {
    try await fills([("order_ids", order.rawValue)]).filter { $0.venueOrderID == order }
  }

  private func fills(_ query: [(name: String, value: String)]) async throws(BrokerError) -> [Fill] {
    let operation = CoinbaseOperation("fills")
    var fills = CoinbaseFills()
    try await call.readPages(CoinbaseCall.Request(path: "/orders/historical/fills", query: query), operation) {
      page throws(JSONError) in
      // The last page may bear a cursor too: the one behind it is empty.
      try fills.add(page, book) > 0
    }
    return fills.sorted
  }
}
