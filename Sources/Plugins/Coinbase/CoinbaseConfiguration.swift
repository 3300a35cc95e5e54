internal import Core

/// An order's configuration as the venue shows it again: what kind of order, and its numbers.
struct CoinbaseConfiguration {
  var kind: OrderKind?
  var timeInForce: TimeInForce?
  var isPostOnly: Bool?
  var quantity: Quantity?
  var notional: Notional?
  var limit: Price?

  /// Nothing is known of an order that shows no configuration, or several; of one whose kind is unknown, its numbers.
  init(_ order: JSON, side: Side) throws(JSONError) {
    guard order["order_configuration"]?.isNull == false else { return }
    let members = try order.object("order_configuration").members ?? []
    guard members.count == 1, let (name, fields) = members.first, fields.kind == .object else { return }
    quantity = try fields.filledDecimal("base_size").map(Quantity.init)
    notional = try fields.filledDecimal("quote_size").map(Notional.init)
    limit = try fields.filledDecimal("limit_price").map(Price.init)
    timeInForce = try Self.timeInForce(name, fields)
    kind = try kind(name, fields, side)
    if let flag = fields["post_only"], !flag.isNull { isPostOnly = try fields.boolean("post_only") }
  }

  /// Every name of a configuration ends with its time in force.
  private static func timeInForce(_ name: String, _ fields: JSON) throws(JSONError) -> TimeInForce? {
    switch name.split(separator: "_").last {
    case "ioc": .immediateOrCancel
    case "fok": .fillOrKill
    case "gtc": .goodTillCancelled
    case "gtd": try fields.filledInstant("end_time").map(TimeInForce.goodTillDate)
    default: nil
    }
  }

  private func kind(_ name: String, _ fields: JSON, _ side: Side) throws(JSONError) -> OrderKind? {
    switch name {
    case "market_market_ioc", "market_market_fok": return .market
    case "sor_limit_ioc", "limit_limit_gtc", "limit_limit_gtd", "limit_limit_fok": return limit.map(OrderKind.limit)
    case "stop_limit_stop_limit_gtc", "stop_limit_stop_limit_gtd":
      guard let limit, let trigger = try fields.filledDecimal("stop_price").map(Price.init) else { return nil }
      switch (side, try fields.optionalString("stop_direction").map(JSONValue.string)) {
      case (.sell, CoinbaseOrderForm.down), (.buy, CoinbaseOrderForm.up):
        return .stopLoss(trigger: trigger, limit: limit)
      case (.sell, CoinbaseOrderForm.up), (.buy, CoinbaseOrderForm.down):
        return .takeProfit(trigger: trigger, limit: limit)
      default: return nil
      }
    case "trigger_bracket_gtc", "trigger_bracket_gtd":
      guard let limit, let stop = try fields.filledDecimal("stop_trigger_price").map(Price.init) else { return nil }
      return .bracket(limit: limit, stop: stop)
    default: return nil
    }
  }
}
