internal import Core

/// An order as the venue takes it: one of its configurations (reference §5).
struct CoinbaseOrderForm {
  /// What the venue, or this plugin, does not take; said before anything is sent.
  struct Unsupported: Error {
    let what: String
  }

  private typealias Fields = [(key: String, value: JSONValue)]

  private let product: String
  private let side: JSONValue
  private let configuration: JSONValue

  init(_ order: OrderRequest, product: String) throws(Unsupported) {
    self.product = product
    self.side = order.side == .buy ? "BUY" : "SELL"
    let (name, fields) =
      switch order.kind {
      case .market: try Self.market(order)
      case .limit(let limit): try Self.limit(order, limit)
      case .stopLoss(let trigger, let limit):
        try Self.stop(order, trigger, limit, direction: order.side == .sell ? Self.down : Self.up)
      case .takeProfit(let trigger, let limit):
        try Self.stop(order, trigger, limit, direction: order.side == .sell ? Self.up : Self.down)
      case .bracket(let limit, let stop): try Self.bracket(order, limit, stop)
      }
    self.configuration = .object([(name, .object(fields))])
  }

  /// The body of `POST /orders`; without a client id that of `POST /orders/preview`.
  func body(clientOrderID: String? = nil) -> JSONValue {
    let order: Fields = [("product_id", .string(product)), ("side", side), ("order_configuration", configuration)]
    return .object((clientOrderID.map { [("client_order_id", .string($0))] } ?? []) + order)
  }

  /// The words for the way in which the price must move to wake an order.
  static let up: JSONValue = "STOP_DIRECTION_STOP_UP", down: JSONValue = "STOP_DIRECTION_STOP_DOWN"

  private static func market(_ order: OrderRequest) throws(Unsupported) -> (String, Fields) {
    guard order.timeInForce == .immediateOrCancel else {
      throw Unsupported(what: "a market order that is not immediate-or-cancel")
    }
    guard !order.isPostOnly else { throw Unsupported(what: "a market order that must not take") }
    switch order.amount {
    case .base(let quantity): return ("market_market_ioc", [("base_size", .string(quantity.description))])
    case .quote(let notional):
      guard order.side == .buy else { throw Unsupported(what: "a sell order sized in the quote currency") }
      return ("market_market_ioc", [("quote_size", .string(notional.description))])
    }
  }

  private static func limit(_ order: OrderRequest, _ limit: Price) throws(Unsupported) -> (String, Fields) {
    let amounts = try size(order) + [("limit_price", .string(limit.description))]
    let postOnly: Fields = [("post_only", .boolean(order.isPostOnly))]
    switch order.timeInForce {
    case .goodTillCancelled: return ("limit_limit_gtc", amounts + postOnly)
    case .goodTillDate(let end): return ("limit_limit_gtd", amounts + endTime(end) + postOnly)
    case .immediateOrCancel, .fillOrKill:
      guard !order.isPostOnly else { throw Unsupported(what: "an order that must fill at once and must not take") }
      return (order.timeInForce == .fillOrKill ? "limit_limit_fok" : "sor_limit_ioc", amounts)
    }
  }

  private static func stop(
    _ order: OrderRequest, _ trigger: Price, _ limit: Price?, direction: JSONValue
  ) throws(Unsupported) -> (String, Fields) {
    guard let limit else { throw Unsupported(what: "a stop-loss or take-profit order without a limit") }
    let fields =
      try size(order) + [
        ("limit_price", .string(limit.description)), ("stop_price", .string(trigger.description)),
        ("stop_direction", direction),
      ]
    return try resting("stop_limit_stop_limit", order, fields)
  }

  private static func bracket(
    _ order: OrderRequest, _ limit: Price, _ stop: Price
  ) throws(Unsupported) -> (String, Fields) {
    let fields =
      try size(order) + [
        ("limit_price", .string(limit.description)), ("stop_trigger_price", .string(stop.description)),
      ]
    return try resting("trigger_bracket", order, fields)
  }

  /// Orders that wait for a price can only rest, and say nothing about taking.
  private static func resting(
    _ name: String, _ order: OrderRequest, _ fields: Fields
  ) throws(Unsupported) -> (String, Fields) {
    guard !order.isPostOnly else { throw Unsupported(what: "an order that waits for a price and must not take") }
    switch order.timeInForce {
    case .goodTillCancelled: return (name + "_gtc", fields)
    case .goodTillDate(let end): return (name + "_gtd", fields + endTime(end))
    case .immediateOrCancel, .fillOrKill:
      throw Unsupported(what: "an order that waits for a price and must fill at once")
    }
  }

  private static func size(_ order: OrderRequest) throws(Unsupported) -> Fields {
    guard let quantity = order.quantity else {
      throw Unsupported(what: "an order sized in the quote currency that is not a market order")
    }
    return [("base_size", .string(quantity.description))]
  }

  private static func endTime(_ end: Timestamp) -> Fields { [("end_time", .string(end.description))] }
}
