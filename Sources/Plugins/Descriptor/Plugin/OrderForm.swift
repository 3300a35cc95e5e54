internal import Broker
internal import Core

/// An order as variables of `place`; what the descriptor has no entry for is refused here, before anything is sent.
struct OrderForm {
  let descriptor: Descriptor
  let ids: ClientIDs

  /// - Throws: ``BrokerError/Code/unsupported`` for a kind, amount or time in force without an entry.
  func variables(_ order: OrderRequest, _ instrument: Instrument) throws(BrokerError) -> CallVariables {
    let kind = try kind(order)
    guard
      let form = descriptor.orderKinds[OrderKindKey(kind: kind, side: order.side)]
        ?? descriptor.orderKinds[OrderKindKey(kind: kind)]
    else { throw unsupported("\(descriptor.title)'s descriptor has no entry for \(kind.rawValue)") }
    guard let side = descriptor.words.sides[order.side] else { throw unsupported("no word for \(order.side.rawValue)") }
    var variables = DescriptorNames.variables(instrument)
    variables["client_id"] = ids.value(order.clientOrderID)
    variables["side"] = .string(side)
    switch order.amount {
    case .base(let quantity): variables["quantity"] = try positive(quantity.value, "quantity")
    case .quote(let notional): variables["notional"] = try positive(notional.value, "amount")
    }
    if let limit = order.kind.limit { variables["price"] = try positive(limit.value, "price") }
    if let trigger = order.kind.trigger { variables["trigger"] = try positive(trigger.value, "trigger") }
    if case .goodTillDate(let end) = order.timeInForce { variables.set("expires", end) }
    variables.set("deadline", order.deadline)
    variables.add(form)
    return variables
  }

  private func positive(_ number: ExactDecimal, _ name: String) throws(BrokerError) -> JSONValue {
    guard number.isPositive else { throw refused(.invalidAmount, "the \(name) \(number) is not above zero") }
    return .string(number.description)
  }

  private func kind(_ order: OrderRequest) throws(BrokerError) -> OrderKindKey.Kind {
    if case .quote = order.amount, order.kind != .market || order.side != .buy {
      throw unsupported("only market orders that buy are sized in money")
    }
    switch order.kind {
    case .limit: return try limit(order)
    case .market:
      guard !order.isPostOnly, [.immediateOrCancel, .goodTillCancelled].contains(order.timeInForce) else {
        throw unsupported("a market order ends at once: it has no other time in force")
      }
      return order.amount.quantity == nil ? .marketQuote : .market
    case .stopLoss(_, let limit):
      try checkWaiting(order)
      return limit == nil ? .stopLoss : .stopLossLimit
    case .takeProfit(_, let limit):
      try checkWaiting(order)
      return limit == nil ? .takeProfit : .takeProfitLimit
    case .bracket: throw unsupported("descriptors have no brackets")
    }
  }

  private func limit(_ order: OrderRequest) throws(BrokerError) -> OrderKindKey.Kind {
    if order.isPostOnly {
      guard order.timeInForce == .goodTillCancelled else {
        throw unsupported("an order that may only rest is good till it is cancelled")
      }
      return .limitPostOnly
    }
    switch order.timeInForce {
    case .goodTillCancelled: return .limit
    case .immediateOrCancel: return .limitImmediateOrCancel
    case .fillOrKill: return .limitFillOrKill
    case .goodTillDate: return .limitGoodTillDate
    }
  }

  private func checkWaiting(_ order: OrderRequest) throws(BrokerError) {
    guard !order.isPostOnly, order.timeInForce == .goodTillCancelled else {
      throw unsupported("an order that waits for a price is good till it is cancelled")
    }
  }

  private func unsupported(_ message: String) -> BrokerError { refused(.unsupported, message) }

  private func refused(_ code: BrokerError.Code, _ message: String) -> BrokerError {
    BrokerError(code, scope: .order, recovery: .never, operation: "place", message: message)
  }
}
