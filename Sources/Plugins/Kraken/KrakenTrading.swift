public import Broker
public import Core

extension Kraken: CancelsByClientID, PreviewsOrders {
  /// `AddOrder`, sent once, with our id and a deadline after which Kraken's engine refuses it.
  ///
  /// A post-only order that would have taken is a success here too: Kraken's engine refuses it afterwards, and its
  /// look-up says so.
  public func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    var call = try addOrder(order, "place")
    call.priority = order.side == .sell ? .reduce : .enter
    call.effect = .places(order.clientOrderID)
    let id = try await client.post(call) { (result) throws(JSONError) in
      guard let id = try result.array("txid").first, id.kind == .string, let text = id.text, !text.isEmpty else {
        throw .missing("txid")
      }
      return VenueOrderID(text)
    }
    client.remember(id, of: Self.spec.clientOrderIDs.render(order.clientOrderID))
    return Acknowledgement(venueOrderID: id)
  }

  private func addOrder(_ order: OrderRequest, _ operation: String) throws(BrokerError) -> KrakenCall {
    let now = clock.now
    let fields = try KrakenOrderForm(operation: operation, now: now).fields(order)
    var form = KrakenForm([("pair", try names.instrument(order.symbol, operation).venueID)] + fields)
    form.add("deadline", KrakenDeadline.text(order.deadline, now: now))
    var call = KrakenCall(operation, "AddOrder", form)
    call.cost = 0
    // Charged whether it is taken or not; that a check is charged too is not documented, and assumed.
    call.engine = .add(order.symbol, named: Self.spec.clientOrderIDs.render(order.clientOrderID))
    call.check = KrakenDeadline.check(order.deadline)
    return call
  }

  /// `AddOrder` with `validate`: Kraken checks the parameters and places nothing.
  public func preview(_ order: OrderRequest) async throws(BrokerError) -> [String] {
    var call = try addOrder(order, "preview")
    call.form.add("validate", "true")
    do throws(BrokerError) {
      return try await client.post(call) { (result) throws(JSONError) in
        _ = try result.object("descr")
        guard result["txid"] == nil else { throw .wrongType("txid", expected: "absent: this was a check only") }
        return []
      }
    } catch {
      guard KrakenErrors.isRefusalOfOrder(error), let text = error.venueText else { throw error }
      return KrakenErrors.texts(of: text)
    }
  }

  // MARK: Cancelling

  /// `CancelOrder` by Kraken's id.
  public func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    try await cancelOne(("txid", order.rawValue))
  }

  /// `CancelOrder` by ours.
  public func cancel(_ order: ClientOrderID) async throws(BrokerError) -> CancelOutcome {
    try await cancelOne(("cl_ord_id", Self.spec.clientOrderIDs.render(order)))
  }

  private func cancelOne(_ name: (name: String, value: String)) async throws(BrokerError) -> CancelOutcome {
    var call = KrakenCall("cancel", "CancelOrder", KrakenForm([name]))
    call.cost = 0
    call.engine = .cancel(name.value)
    call.priority = .cancel
    call.effect = .changes
    let (count, isPending) = try await client.post(call) { (result) throws(JSONError) in
      try KrakenOrders.cancelled(result)
    }
    if isPending { return .pending }
    guard count > 0 else { throw KrakenErrors.nothingCancelled }
    return .cancelled
  }
}
