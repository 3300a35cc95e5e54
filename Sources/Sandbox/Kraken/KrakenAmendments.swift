import Core

/// Changes of orders that rest or wait.
extension KrakenOrders {
  /// `AmendOrder`: in place, id and own name stay. A quantity that has filled already cancels the rest.
  func amend(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let now = now
    let order = try order(call, now, .amend)
    let deadline = try KrakenTicket.deadline(call.parameters, now: now)
    if let deadline, deadline < now { throw KrakenError("EService:Deadline elapsed") }
    guard order.ticket.close == nil else { throw .invalidArguments }
    var change = OrderChange()
    change.quantity = try number(call, "order_qty")
    change.limit = try number(call, "limit_price")
    change.trigger = try number(call, "trigger_price")
    change.postOnly = call.parameters["post_only"] == "true"
    guard change.quantity != nil || change.limit != nil || change.trigger != nil else { throw .invalidArguments }
    do throws(AmendRefusal) {
      _ = try exchange.amend(order.id, account: call.key.account, to: change)
    } catch {
      guard case .belowFilled = error else { throw Self.error(error) }
      try cancel(order.id, call)
    }
    charge(.amend, order, call, now)
    let bits = Noise(seed: UInt64(order.amendments.count), name: "amend/\(order.id)").key
    return ["amend_id": .string(IDText.kraken("T", bits))]
  }

  /// `EditOrder`: the old order is cancelled, a new one takes its place without the old one's own name.
  func edit(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let now = now
    let order = try order(call, now, .edit)
    let deadline = try KrakenTicket.deadline(call.parameters, now: now)
    let (ticket, listing) = try edited(order, call)
    try check(ticket, call)
    do throws(OrderRefusal) {
      try exchange.check(ticket, account: call.key.account)
    } catch {
      // What the old order holds is free for the new one.
      guard error == .insufficientFunds else { throw Self.error(error) }
    }
    if let deadline, deadline < now { throw KrakenError("EService:Deadline elapsed") }
    let described = KrakenText.described(ticket, listing)
    var members: [(key: String, value: JSONValue)] = [("status", "ok")]
    if call.parameters["validate"] != "true" {
      do throws(CancelRefusal) {
        _ = try exchange.cancel(order.id, account: call.key.account, reason: "Order replaced")
      } catch {
        throw Self.error(error)
      }
      charge(.edit, order, call, now)
      members.append(("txid", .string(try place(ticket, call, nil).id)))
    }
    let first = ticket.trigger?.price ?? ticket.limit
    members += [
      ("originaltxid", .string(order.id)), ("orders_cancelled", .integer(members.count == 2 ? 1 : 0)),
      ("volume", KrakenText.volume(Placement.quantity(ticket))),
      ("price", .string(first.map { KrakenText.price($0, listing) } ?? "0")),
    ]
    if ticket.trigger != nil, let limit = ticket.limit {
      members.append(("price2", .string(KrakenText.price(limit, listing))))
    }
    return .object(members + [("descr", described)])
  }

  /// The new order of an edit: what is not told is as it was, but for its own name; of the volume what is left.
  private func edited(
    _ order: VenueOrder, _ call: KrakenCall
  ) throws(KrakenError) -> (ticket: OrderTicket, listing: Listing) {
    guard let listing = KrakenVenue.rules.listing(order.ticket.symbol), case .base = order.ticket.size else {
      throw .invalidArguments
    }
    if let pair = call.parameters["pair"] {
      guard KrakenVenue.rules.listing(named: pair)?.symbol == listing.symbol else { throw .unknownPair }
    }
    let price = try number(call, "price")
    var change = OrderChange()
    change.quantity = try number(call, "volume") ?? order.remaining
    if order.ticket.trigger != nil {
      change.trigger = price
      change.limit = try number(call, "price2")
    } else {
      change.limit = price
    }
    var ticket = order.ticket.changed(by: change)
    ticket.clientOrderID = nil
    ticket.detail["refid"] = nil
    if let userref = call.parameters["userref"] { ticket.detail["userref"] = userref }
    if let flags = call.parameters["oflags"] { ticket.postOnly = flags.split(separator: ",").contains("post") }
    return (ticket, listing)
  }

  // MARK: What both need

  /// The open order that a call names; the engine counts the attempt.
  private func order(
    _ call: KrakenCall, _ now: Timestamp, _ cost: KrakenEngineCost
  ) throws(KrakenError) -> VenueOrder {
    let ids = try target(call.parameters, call.key.account)
    guard let id = ids.first, ids.count == 1 else { throw .invalidArguments }
    guard let order = exchange.order(id, account: call.key.account) else { throw KrakenError("EOrder:Invalid order") }
    guard order.status == .open else { throw KrakenError("EOrder:Unknown order") }
    guard let listing = KrakenVenue.rules.listing(order.ticket.symbol) else { throw .unknownPair }
    try count(cost.fixed, call, listing, now)
    return order
  }

  /// A change that was made costs more the younger the order was.
  private func charge(_ cost: KrakenEngineCost, _ order: VenueOrder, _ call: KrakenCall, _ now: Timestamp) {
    let penalty = cost.penalty(age: now - order.changedAt)
    counters.charge(penalty, call.key.account, order.ticket.symbol, call.tier, now)
  }

  private func number(_ call: KrakenCall, _ name: String) throws(KrakenError) -> ExactDecimal? {
    guard let text = call.parameters[name] else { return nil }
    guard let number = KrakenTicket.number(text) else { throw .invalidArgument(name) }
    return number
  }

  private static func error(_ refusal: AmendRefusal) -> KrakenError {
    switch refusal {
    case .neverExisted: KrakenError("EOrder:Invalid order")
    case .ended: KrakenError("EOrder:Unknown order")
    case .unsupported, .belowFilled: .invalidArguments
    case .order(.quantityPrecision), .order(.quantityTooLarge): .invalidArgument("order_qty")
    case .order(.pricePrecision): .invalidArgument("limit_price")
    case .order(let refusal): error(refusal)
    }
  }
}
