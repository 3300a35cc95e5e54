internal import Broker
internal import Core

/// An order in the words of `AddOrder`. What Kraken does not take, or takes for something else, is refused here: a
/// price below zero would be read as one relative to the market.
/// https://docs.kraken.com/api/docs/rest-api/add-order
struct KrakenOrderForm {
  /// The operation of ours it is made for, for errors.
  let operation: String
  let now: Timestamp

  /// All parameters but market, deadline and nonce.
  func fields(_ order: OrderRequest) throws(BrokerError) -> [(name: String, value: String)] {
    try checkAmount(order)
    try checkWaiting(order)
    var fields = [("type", order.side.rawValue), ("ordertype", try type(order.kind)), ("volume", try volume(order))]
    switch order.kind {
    case .limit(let limit): fields.append(("price", try price(limit)))
    case .stopLoss(let trigger, let limit), .takeProfit(let trigger, let limit):
      fields.append(("price", try price(trigger)))
      if let limit { fields.append(("price2", try price(limit))) }
      fields.append(("trigger", "last"))
    case .market, .bracket: break
    }
    fields.append(("cl_ord_id", Kraken.spec.clientOrderIDs.render(order.clientOrderID)))
    fields.append(("oflags", flags(order)))
    return fields + (try waiting(order))
  }

  // MARK: What is not taken

  private func checkAmount(_ order: OrderRequest) throws(BrokerError) {
    guard case .quote = order.amount else { return }
    guard order.kind == .market, order.side == .buy else {
      throw unsupported("Kraken takes an amount of the quote currency for market orders that buy, and for no others")
    }
  }

  private func checkWaiting(_ order: OrderRequest) throws(BrokerError) {
    switch order.kind {
    case .limit:
      guard order.isPostOnly, !order.timeInForce.rests else { return }
      throw unsupported("an order that may only rest cannot be one that ends at once")
    case .market:
      guard !order.isPostOnly else { throw unsupported("a market order cannot be post-only") }
      guard order.timeInForce == .immediateOrCancel || order.timeInForce == .goodTillCancelled else {
        throw unsupported("a market order ends at once: it has no other time in force")
      }
    case .stopLoss, .takeProfit:
      guard !order.isPostOnly else { throw unsupported("an order that waits for a price cannot be post-only") }
      guard order.timeInForce.rests else {
        throw unsupported("an order that waits for a price cannot be one that ends at once")
      }
    case .bracket: throw unsupported("Kraken has no order of two prices that cancel each other")
    }
  }

  // MARK: Parameters

  private func type(_ kind: OrderKind) throws(BrokerError) -> String {
    switch kind {
    case .limit: return "limit"
    case .market: return "market"
    case .stopLoss(_, let limit): return limit == nil ? "stop-loss" : "stop-loss-limit"
    case .takeProfit(_, let limit): return limit == nil ? "take-profit" : "take-profit-limit"
    case .bracket: throw unsupported("Kraken has no order of two prices that cancel each other")
    }
  }

  private func volume(_ order: OrderRequest) throws(BrokerError) -> String {
    switch order.amount {
    case .base(let quantity): try positive(quantity.value, "quantity")
    case .quote(let notional): try positive(notional.value, "amount")
    }
  }

  private func price(_ price: Price) throws(BrokerError) -> String { try positive(price.value, "price") }

  func positive(_ number: ExactDecimal, _ name: String) throws(BrokerError) -> String {
    guard number.isPositive else { throw refused(.invalidAmount, "the \(name) \(number) is not above zero") }
    return number.description
  }

  /// Without `fciq` the side of the order would decide in which currency the fee is taken.
  private func flags(_ order: OrderRequest) -> String {
    var flags: [String] = []
    if order.isPostOnly { flags.append("post") }
    if case .quote = order.amount { flags.append("viqc") }
    return (flags + ["fciq"]).joined(separator: ",")
  }

  /// Nothing for what is Kraken's own default, and for market orders.
  private func waiting(_ order: OrderRequest) throws(BrokerError) -> [(name: String, value: String)] {
    guard order.kind != .market else { return [] }
    switch order.timeInForce {
    case .goodTillCancelled: return []
    case .immediateOrCancel: return [("timeinforce", "IOC")]
    case .fillOrKill: return [("timeinforce", "FOK")]
    case .goodTillDate(let end):
      // Zero would mean for ever.
      guard end.seconds > now.seconds else { throw refused(.invalidRequest, "the order's end has passed already") }
      return [("timeinforce", "GTD"), ("expiretm", String(end.seconds))]
    }
  }

  // MARK: Refusals of ours

  func unsupported(_ message: String) -> BrokerError { refused(.unsupported, message) }

  func refused(_ code: BrokerError.Code, _ message: String) -> BrokerError {
    BrokerError(code, scope: .order, recovery: .never, operation: operation, message: message)
  }
}

extension TimeInForce {
  /// Whether the order may wait for others to come.
  fileprivate var rests: Bool {
    switch self {
    case .goodTillCancelled, .goodTillDate: true
    case .immediateOrCancel, .fillOrKill: false
    }
  }
}
