public import Broker
public import Core

extension ProcessPlugin: CancelsByClientID, CancelsAll, AmendsOrders, ArmsDeadManSwitch, PreviewsOrders {
  /// `place`, once.
  public func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    var call = ProgramCall("place", try arguments(order, "place"))
    call.effect = .places(order.clientOrderID)
    call.priority = order.side == .sell ? .reduce : .enter
    call.deadline = order.deadline
    // What a venue allows counts from the time that is signed: never later than when the order was made.
    call.made = order.deadline - spec.orderLifetime
    call.market = order.symbol
    return try await client.call(call) { (json) throws(JSONError) in
      let id = try json.string("id")
      guard !id.isEmpty else { throw .wrongType("id", expected: "the venue's name of the order") }
      return Acknowledgement(venueOrderID: VenueOrderID(id))
    }
  }

  /// `preview`
  public func preview(_ order: OrderRequest) async throws(BrokerError) -> [String] {
    try require(.preview, "preview")
    let call = ProgramCall("preview", try arguments(order, "preview"))
    return try await client.call(call) { (json) throws(JSONError) in try json.texts("refusals") }
  }

  private func arguments(_ order: OrderRequest, _ operation: String) throws(BrokerError) -> JSONValue {
    let instrument = try names.instrument(order.symbol, operation)
    return try OrderWriting(spec: spec, operation: operation, now: clock.now).json(order, instrument)
  }

  /// `amend`
  public func amend(_ amendment: OrderAmendment) async throws(BrokerError) {
    try require(amendment.trigger == nil ? .amend : .amendStops, "amend")
    let market = try names.instrument(amendment.symbol, "amend").venueID
    let arguments: JSONValue = [
      "id": .string(amendment.venueOrderID.rawValue), "market": .string(market),
      "quantity": .optional(amendment.quantity?.description), "limit": .optional(amendment.limit?.description),
      "trigger": .optional(amendment.trigger?.description), "deadline": .string(amendment.deadline.description),
    ]
    var call = ProgramCall.change("amend", arguments)
    call.priority = .reduce
    call.deadline = amendment.deadline
    call.market = amendment.symbol
    try await client.call(call) { (_) throws(JSONError) in }
  }

  // MARK: Cancelling

  /// `cancel`
  public func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    try await cancel(.change("cancel", ["id": .string(order.rawValue)]))
  }

  /// `cancel_by_client_id`
  public func cancel(_ order: ClientOrderID) async throws(BrokerError) -> CancelOutcome {
    try require(.cancelByClientID, "cancel_by_client_id")
    let arguments: JSONValue = ["client_id": .string(spec.clientOrderIDs.render(order))]
    return try await cancel(.change("cancel_by_client_id", arguments))
  }

  private func cancel(_ call: ProgramCall) async throws(BrokerError) -> CancelOutcome {
    try await client.call(call) { (json) throws(JSONError) in
      switch try json.string("outcome") {
      case "cancelled": return .cancelled
      case "pending": return .pending
      default: throw .wrongType("outcome", expected: "cancelled or pending")
      }
    }
  }

  /// `cancel_all`
  public func cancelAll() async throws(BrokerError) -> Int {
    try require(.cancelAll, "cancel_all")
    return try await client.call(.change("cancel_all", .object([]))) { (json) throws(JSONError) in
      try json.bounded("count", 0...1_000_000)
    }
  }

  // MARK: Dead-man switch

  /// `dead_man_switch`
  public func armDeadManSwitch(_ timeout: Duration) async throws(BrokerError) -> Timestamp? {
    try require(.deadManSwitch, "dead_man_switch")
    let arguments: JSONValue = ["timeout_ms": .integer(Int(clamping: timeout.wholeMilliseconds))]
    return try await client.call(.change("dead_man_switch", arguments)) { (json) throws(JSONError) in
      try json.optionalTimestamp("fires_at")
    }
  }

  /// `dead_man_switch` without a time.
  public func disarmDeadManSwitch() async throws(BrokerError) {
    try require(.deadManSwitch, "dead_man_switch")
    try await client.call(.change("dead_man_switch", ["timeout_ms": .null])) { (_) throws(JSONError) in }
  }
}
