internal import Broker
internal import Core

/// Orders as a program is told them; what the plugin does not declare, and what no venue may be asked, ends here.
struct OrderWriting {
  let spec: PluginSpec
  let operation: String
  let now: Timestamp

  func json(_ order: OrderRequest, _ instrument: Instrument) throws(BrokerError) -> JSONValue {
    try check(order, instrument)
    var members: [(key: String, value: JSONValue)] = [
      ("client_id", .string(spec.clientOrderIDs.render(order.clientOrderID))), ("market", .string(instrument.venueID)),
      ("side", .string(order.side.rawValue)), ("deadline", .string(order.deadline.description)),
      ("post_only", .boolean(order.isPostOnly)),
    ]
    switch order.amount {
    case .base(let quantity): members.append(("quantity", .string(quantity.description)))
    case .quote(let notional): members.append(("notional", .string(notional.description)))
    }
    members += [
      ("kind", .string(order.kind.word)), ("limit", .optional(order.kind.limit?.description)),
      ("trigger", .optional(order.kind.trigger?.description)), ("time_in_force", .string(order.timeInForce.word)),
    ]
    if case .goodTillDate(let end) = order.timeInForce { members.append(("expires_at", .string(end.description))) }
    return .object(members)
  }

  private func check(_ order: OrderRequest, _ instrument: Instrument) throws(BrokerError) {
    for need in needs(order) where !spec.capabilities.contains(need) {
      throw refused(.unsupported, "the plugin does not declare \(need.rawValue)")
    }
    try checkWaiting(order)
    if let quantity = order.quantity { try check(quantity.value, instrument.lotStep, "quantity") }
    if case .quote(let notional) = order.amount { try check(notional.value, nil, "amount") }
    for price in [order.kind.limit, order.kind.trigger] {
      if let price { try check(price.value, instrument.tickSize, "price") }
    }
    guard order.deadline > now else { throw refused(.deadlineElapsed, "the order's deadline has passed") }
  }

  private func check(_ number: ExactDecimal, _ step: ExactDecimal?, _ name: String) throws(BrokerError) {
    guard number.isPositive else { throw refused(.invalidAmount, "the \(name) \(number) is not above zero") }
    guard let step else { return }
    guard (try? number.isMultiple(of: step)) == true else {
      throw refused(.invalidAmount, "the \(name) \(number) is no multiple of \(step)")
    }
  }

  private func needs(_ order: OrderRequest) -> [Capability] {
    var needs: [Capability] = []
    if order.isPostOnly { needs.append(.postOnly) }
    if case .quote = order.amount { needs.append(.quoteAmounts) }
    switch order.timeInForce {
    case .fillOrKill: needs.append(.fillOrKill)
    case .goodTillDate: needs.append(.goodTillDate)
    case .immediateOrCancel, .goodTillCancelled: break
    }
    switch order.kind {
    case .limit: break
    case .market: needs.append(.marketOrders)
    case .stopLoss(_, let limit): needs.append(limit == nil ? .stopLossMarket : .stopLossLimit)
    case .takeProfit(_, let limit): needs.append(limit == nil ? .takeProfitMarket : .takeProfitLimit)
    case .bracket: needs.append(.brackets)
    }
    return needs
  }

  private func checkWaiting(_ order: OrderRequest) throws(BrokerError) {
    let endsAtOnce = order.timeInForce == .immediateOrCancel || order.timeInForce == .fillOrKill
    if case .quote = order.amount, order.kind != .market || order.side != .buy {
      throw refused(.unsupported, "an amount of money is for market orders that buy")
    }
    switch order.kind {
    case .limit:
      if order.isPostOnly, endsAtOnce { throw refused(.unsupported, "an order that may only rest cannot end at once") }
    case .market:
      if order.isPostOnly { throw refused(.unsupported, "a market order cannot be post-only") }
      if case .goodTillDate = order.timeInForce { throw refused(.unsupported, "a market order ends at once") }
      if order.timeInForce == .fillOrKill { throw refused(.unsupported, "a market order has no other time in force") }
    case .stopLoss, .takeProfit, .bracket:
      if order.isPostOnly || endsAtOnce {
        throw refused(.unsupported, "an order that waits for a price is neither post-only nor ends at once")
      }
    }
  }

  private func refused(_ code: BrokerError.Code, _ message: String) -> BrokerError {
    BrokerError(code, scope: .order, recovery: .never, operation: operation, message: message)
  }
}

extension OrderKind {
  fileprivate var word: String {
    switch self {
    case .limit: "limit"
    case .market: "market"
    case .stopLoss: "stop_loss"
    case .takeProfit: "take_profit"
    case .bracket: "bracket"
    }
  }
}

extension TimeInForce {
  fileprivate var word: String {
    switch self {
    case .immediateOrCancel: "immediate_or_cancel"
    case .fillOrKill: "fill_or_kill"
    case .goodTillCancelled: "good_till_cancelled"
    case .goodTillDate: "good_till_date"
    }
  }
}
