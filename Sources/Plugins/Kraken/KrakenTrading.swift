public import Broker
public import Core

extension Kraken {
  /// `AddOrder`: a limit order, sent once, with our id and a deadline after which Kraken's engine refuses it.
  public func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    var call = KrakenCall("place", "AddOrder", try form(order))
    call.cost = 0
    call.engine = .add(order.symbol, named: Self.spec.clientOrderIDs.render(order.clientOrderID))
    call.priority = order.side == .sell ? .reduce : .enter
    call.effect = .places(order.clientOrderID)
    call.check = { (now) throws(BrokerError) in try Self.check(order.deadline, now) }
    let id = try await client.post(call) { (result) throws(JSONError) in
      guard let id = try result.array("txid").first, id.kind == .string, let text = id.text else {
        throw .missing("txid")
      }
      return VenueOrderID(text)
    }
    client.remember(id, of: Self.spec.clientOrderIDs.render(order.clientOrderID))
    return Acknowledgement(venueOrderID: id)
  }

  /// What Kraken takes: from 2 to 60 seconds ahead.
  /// https://docs.kraken.com/api/docs/rest-api/add-order
  private static var shortestDeadline: Duration { .seconds(2) }
  private static var longestDeadline: Duration { .seconds(60) }

  private static func check(_ deadline: Timestamp, _ now: Timestamp) throws(BrokerError) {
    guard deadline - now >= shortestDeadline else {
      throw BrokerError(
        .notSent, scope: .order, recovery: .never, message: "less than 2 s are left of the order's deadline")
    }
  }

  private func form(_ order: OrderRequest) throws(BrokerError) -> KrakenForm {
    let pair = try names.instrument(order.symbol).venueID
    guard case .limit(let limit) = order.kind, let quantity = order.quantity, !order.isPostOnly else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, operation: "place",
        message: "this plugin sends limit orders for a base quantity only")
    }
    var form = KrakenForm([
      ("pair", pair), ("type", order.side.rawValue), ("ordertype", "limit"),
      ("volume", quantity.description), ("price", limit.description),
      ("cl_ord_id", Self.spec.clientOrderIDs.render(order.clientOrderID)),
      // Without it the side of the order would decide in which currency the fee is taken.
      ("oflags", "fciq"),
    ])
    switch order.timeInForce {
    case .goodTillCancelled: break
    case .immediateOrCancel: form.add("timeinforce", "IOC")
    case .fillOrKill: form.add("timeinforce", "FOK")
    case .goodTillDate(let end):
      form.add("timeinforce", "GTD")
      form.add("expiretm", String(end.seconds))
    }
    // Earlier than asked is safe, later is not: cut to milliseconds and to what Kraken takes.
    let deadline = min(order.deadline, clock.now + Self.longestDeadline)
    form.add("deadline", deadline.text(fractionDigits: 3))
    return form
  }

  /// `CancelOrder`.
  public func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    var call = KrakenCall("cancel", "CancelOrder", KrakenForm([("txid", order.rawValue)]))
    call.cost = 0
    call.engine = .cancel(order.rawValue)
    call.priority = .cancel
    call.effect = .cancels
    let (count, isPending) = try await client.post(call) { (result) throws(JSONError) in
      (try result.integer("count"), result["pending"]?.boolean ?? false)
    }
    if isPending { return .pending }
    guard count > 0 else {
      throw BrokerError(
        .unknownOrder, scope: .order, recovery: .never, operation: "cancel", message: "Kraken cancelled no order")
    }
    return .cancelled
  }
}
