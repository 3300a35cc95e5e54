public import Broker
public import Core

extension DescriptorPlugin {
  /// By the venue's name with `order`; by ours with `order_by_client_id`; else, and where the operation says so, among
  /// the lists. A question that failed is an error: only answers prove that there is no such order.
  public func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order] {
    switch reference {
    case .venue(let id):
      let isIt: (Order) -> Bool = { $0.venueOrderID == id }
      if let lister = lister(.order) { return try await carried(lister, reference, isIt) }
      guard let operation = descriptor[.order] else {
        return try await listed([.openOrders, .closedOrders], since: clock.now - Self.farBack, isIt)
      }
      let found = try await asked(operation, [("order_id", .string(id.rawValue))], id.rawValue, nil, isIt)
      guard found.isEmpty else { return found }
      return try await listed(operation.then, since: clock.now - Self.farBack, isIt)
    case .client(let id, let since):
      let name = ids.value(id)
      let isIt: (Order) -> Bool = { $0.clientOrderID == id }
      try checkNames()
      if let lister = lister(.orderByClientID) {
        let found = try await carried(lister, reference, isIt)
        guard found.isEmpty else { return found }
        return try await listed(descriptor.delegations[.orderByClientID]?.then ?? [], since: since, isIt)
      }
      guard let operation = descriptor[.orderByClientID] else {
        return try await listed([.openOrders, .closedOrders], since: since, isIt)
      }
      let found = try await asked(operation, [("client_id", name)], id.hex, since, isIt)
      guard found.isEmpty else { return found }
      return try await listed(operation.then, since: since, isIt)
    }
  }

  /// What a program answers about one order; what it answers of another is not it.
  private func carried(
    _ lister: any BrokerPlugin, _ reference: OrderReference, _ isIt: (Order) -> Bool
  ) async throws(BrokerError) -> [Order] {
    let found = try await lister.fetchOrders(reference).filter(isIt)
    markets.note(found)
    return found
  }

  /// Orders that do not tell our name would all seem to be absent: nothing may be concluded from them.
  private func checkNames() throws(BrokerError) {
    let then = descriptor.delegations[.orderByClientID]?.then ?? descriptor[.orderByClientID]?.then
    let asked = then.map { [.orderByClientID] + $0 } ?? [.openOrders, .closedOrders]
    // A program's orders tell it or it says that it does not know whose they are.
    for name in asked where carriers[name] == nil {
      let operation = try operation(name)
      let calls = [operation.call] + operation.also
      guard calls.allSatisfy({ $0.fields["client_id"] != nil }) else {
        throw BrokerError(
          .unsupported, scope: .account, recovery: .never, operation: name.rawValue,
          message: "the descriptor's \(name.rawValue) reads no client_id")
      }
    }
  }

  /// What the venue answers about one name, in the market that the order is in.
  private func asked(
    _ operation: Operation, _ names: [(String, JSONValue)], _ key: String, _ since: Timestamp?,
    _ isIt: (Order) -> Bool
  ) async throws(BrokerError) -> [Order] {
    let reports = reports
    for market in try await candidates(operation, order: key) {
      var call = outgoing(operation)
      if let market { call = call.about(market) }
      for (name, value) in names { call.variables[name] = value }
      let start = since ?? clock.now - Self.farBack
      call.variables.set("since", start)
      call.variables.set("until", clock.now + Self.clockMargin)
      call.isUrgent = true
      do throws(BrokerError) {
        let rows = try await client.rows(operation, call, since: start) { (row, asked) throws(JSONError) in
          try reports.order(row, asked: asked)
        }
        let found = rows.filter(isIt)
        // Read by the names of another market than its own, an order is not read at all.
        let own = found.filter { !operation.call.readsMarket || $0.symbol == market?.symbol }
        markets.note(own)
        if !own.isEmpty { return own }
        guard found.isEmpty else { continue }
        guard rows.isEmpty || operation.call.rows?.isMany == true else {
          throw call.nature.malformed(.wrongType("the order", expected: "the one that was asked about"), words: nil)
        }
      } catch {
        // It answered, and knows none.
        guard error.code == .unknownOrder else { throw error }
      }
    }
    return []
  }

  /// Where to ask about one order: its market where it is remembered, else every market of the account; nowhere in
  /// particular where the call names none.
  func candidates(_ operation: Operation, order key: String) async throws(BrokerError) -> [Instrument?] {
    guard operation.call.isOfMarket else { return [nil] }
    if let symbol = markets.market(of: key) { return [try names.instrument(symbol, operation.name)] }
    return try followed(operation.name)
  }

  /// Those among lists that are it; an order that ends meanwhile is in the later one.
  private func listed(
    _ lists: [OperationName], since: Timestamp, _ isIt: (Order) -> Bool
  ) async throws(BrokerError) -> [Order] {
    var found: [VenueOrderID: Order] = [:]
    for name in lists {
      let since: Timestamp? = name == .openOrders ? nil : since
      for order in try await orders(name, since: since, isUrgent: true) where isIt(order) {
        found[order.venueOrderID] = order
      }
    }
    return found.values.sorted { $0.venueOrderID.rawValue < $1.venueOrderID.rawValue }
  }
}
