public import Broker
public import Core

extension DescriptorPlugin: CancelsByClientID, CancelsAll, ArmsDeadManSwitch {
  /// `place`, sent once. Where nobody knows what became of it, the error says so, and the order is looked up.
  public func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    let instrument = try names.instrument(order.symbol, .place)
    let variables = try OrderForm(descriptor: descriptor, ids: ids).variables(order, instrument)
    markets.expect(order.symbol, order: order.clientOrderID)
    do throws(BrokerError) {
      return try await send(order, instrument, variables)
    } catch {
      if !error.mayHaveExecuted { markets.forget(order.clientOrderID) }
      throw error
    }
  }

  private func send(
    _ order: OrderRequest, _ instrument: Instrument, _ variables: CallVariables
  ) async throws(BrokerError) -> Acknowledgement {
    if let carrier = carriers[.place] {
      let acknowledgement = try await carrier.place(order)
      markets.note(order.symbol, order: acknowledgement.venueOrderID.rawValue)
      return acknowledgement
    }
    var call = outgoing(try operation(.place), variables)
    call.market = instrument
    call.nature.placing = order.clientOrderID
    call.priority = order.side == .sell ? .reduce : .enter
    call.deadline = order.deadline
    let id = try await client.one(call) { (row) throws(JSONError) in try row.text("order_id") }
    markets.note(order.symbol, order: id)
    return Acknowledgement(venueOrderID: VenueOrderID(id))
  }

  // MARK: Cancelling

  /// `cancel`.
  public func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    if let carrier = carriers[.cancel] { return try await carrier.cancel(order) }
    return try await cancel(try operation(.cancel), "order_id", .string(order.rawValue), key: order.rawValue)
  }

  /// `cancel_by_client_id`.
  public func cancel(_ order: ClientOrderID) async throws(BrokerError) -> CancelOutcome {
    if let carrier = carriers[.cancelByClientID] {
      return try await able(carrier, (any CancelsByClientID).self, .cancelByClientID).cancel(order)
    }
    return try await cancel(try operation(.cancelByClientID), "client_id", ids.value(order), key: order.hex)
  }

  private func cancel(
    _ operation: Operation, _ name: String, _ value: JSONValue, key: String
  ) async throws(BrokerError) -> CancelOutcome {
    var call = outgoing(operation)
    call.variables[name] = value
    call.priority = .cancel
    if operation.call.isOfMarket { call = call.about(try await market(of: key, name, operation)) }
    return try await client.one(call) { (row) throws(JSONError) in
      switch try row.optionalText("outcome") {
      case nil, "pending": return .pending
      case "cancelled": return .cancelled
      default: throw .wrongType("outcome", expected: "cancelled or pending")
      }
    }
  }

  /// The market of an order that is to be cancelled: remembered, or seen among the open ones.
  private func market(
    of key: String, _ name: String, _ operation: Operation
  ) async throws(BrokerError) -> Instrument {
    if markets.market(of: key) == nil {
      let open = try await fetchOpenOrders()
      for order in open {
        guard let symbol = order.symbol, let ours = order.clientOrderID else { continue }
        markets.note(symbol, order: ours.hex)
      }
    }
    guard let symbol = markets.market(of: key) else {
      throw BrokerError(
        .unknownOrder, scope: .order, recovery: .never, operation: operation.name.rawValue,
        message: "the order is not among the open ones", nextStep: "look the order up: it has filled or ended already")
    }
    return try names.instrument(symbol, operation.name)
  }

  /// `cancel_all`; where the venue does not count, how many were open.
  public func cancelAll() async throws(BrokerError) -> Int {
    if let carrier = carriers[.cancelAll] {
      return try await able(carrier, (any CancelsAll).self, .cancelAll).cancelAll()
    }
    let operation = try operation(.cancelAll)
    let counts = operation.call.fields["count"] != nil
    let open = counts || operation.call.rows != nil ? 0 : try await fetchOpenOrders().count
    var call = outgoing(operation)
    call.priority = .cancel
    let rows = try await client.rows(operation, call, markets: try markets(of: operation)) {
      (row, _) throws(JSONError) -> Int? in
      guard counts else { return 1 }
      guard let count = try row.optionalInteger("count"), count >= 0 else { throw .missing("count") }
      return count
    }
    if !counts && operation.call.rows == nil { return open }
    return rows.reduce(0) { $0 &+ $1 }
  }

  // MARK: Dead-man switch

  /// `dead_man_switch` with a time-out.
  public func armDeadManSwitch(_ timeout: Duration) async throws(BrokerError) -> Timestamp? {
    try await deadManSwitch(timeout)
  }

  /// `dead_man_switch` with none.
  public func disarmDeadManSwitch() async throws(BrokerError) { _ = try await deadManSwitch(.zero) }

  private func deadManSwitch(_ timeout: Duration) async throws(BrokerError) -> Timestamp? {
    if let carrier = carriers[.deadManSwitch] {
      let able = try able(carrier, (any ArmsDeadManSwitch).self, .deadManSwitch)
      guard timeout == .zero else { return try await able.armDeadManSwitch(timeout) }
      try await able.disarmDeadManSwitch()
      return nil
    }
    var call = outgoing(try operation(.deadManSwitch))
    call.variables["timeout_s"] = .integer(Int(timeout.components.seconds))
    call.variables["timeout_ms"] = .integer(Int(timeout.wholeMilliseconds))
    call.priority = .cancel
    let isDisarmed = timeout == .zero
    // An answer that should tell when it acts, and does not, arms nothing that could be relied on.
    let mustTell = call.call.fields["time"].map { !$0.mayBeAbsent } ?? false
    return try await client.one(call) { (row) throws(JSONError) in
      guard !isDisarmed else { return nil }
      let time = try row.optionalTime("time")
      guard time != nil || !mustTell else { throw .missing("time") }
      return time
    }
  }
}
