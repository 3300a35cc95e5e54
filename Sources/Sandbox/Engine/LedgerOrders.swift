import Core

/// Orders and fills in the ledger's file.
extension LedgerCodec {
  static func orderValue(_ order: VenueOrder) -> JSONValue {
    let ticket = order.ticket
    var members: [(key: String, value: JSONValue)] = [
      ("event", "order"), ("number", .integer(order.number)), ("id", .string(order.id)),
      ("account", .string(order.account)), ("symbol", .string(ticket.symbol.description)),
      ("side", .string(ticket.side.rawValue)), ("limit", .optional(ticket.limit)),
      ("client_order_id", .optional(ticket.clientOrderID)), ("post_only", .boolean(ticket.postOnly)),
      ("fee_in_base", .boolean(ticket.feeInBase)),
      ("detail", value(ticket.detail)),
      ("created_at", .string(String(order.createdAt.nanoseconds))),
    ]
    if let trigger = ticket.trigger { members.append(("trigger", value(trigger))) }
    if let close = ticket.close {
      let trigger = close.trigger.map(value) ?? .null
      members.append(
        ("close", ["limit": .optional(close.limit), "trigger": trigger, "detail": value(close.detail)]))
    }
    switch ticket.size {
    case .base(let quantity): members.append(("quantity", .optional(quantity)))
    case .quote(let amount, let includingFee):
      members.append(("amount", .optional(amount)))
      members.append(("amount_includes_fee", .boolean(includingFee)))
    }
    members.append(("time_in_force", .string(word(ticket.timeInForce))))
    if case .goodTillDate(let end) = ticket.timeInForce {
      members.append(("expires_at", .string(String(end.nanoseconds))))
    }
    return .object(members)
  }

  static func value(_ detail: [String: String]) -> JSONValue {
    .object(detail.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
  }

  private static func value(_ trigger: OrderTrigger) -> JSONValue {
    [
      "price": .optional(trigger.price), "direction": .string(trigger.direction.rawValue),
      "bracket": .boolean(trigger.isBracket),
    ]
  }

  private static func trigger(_ json: JSON) throws(JSONError) -> OrderTrigger? {
    guard let trigger = json["trigger"], !trigger.isNull else { return nil }
    return OrderTrigger(
      price: try trigger.decimal("price"), direction: try trigger.word("direction", OrderTrigger.Direction.init),
      isBracket: try trigger.boolean("bracket"))
  }

  private static func close(_ json: JSON) throws(JSONError) -> ClosingOrder? {
    guard let close = json["close"], !close.isNull else { return nil }
    return ClosingOrder(
      limit: try close.optionalDecimal("limit"), trigger: try trigger(close), detail: try detail(close))
  }

  static func detail(_ json: JSON) throws(JSONError) -> [String: String] {
    var detail: [String: String] = [:]
    for (key, value) in try json.object("detail").members ?? [] { detail[key] = value.text }
    return detail
  }

  private static func word(_ timeInForce: TimeInForce) -> String {
    switch timeInForce {
    case .immediateOrCancel: "ioc"
    case .fillOrKill: "fok"
    case .goodTillCancelled: "gtc"
    case .goodTillDate: "gtd"
    }
  }

  static func order(_ json: JSON) throws(JSONError) -> VenueOrder {
    var quantity = ExactDecimal.zero
    let size: OrderTicket.Size
    if let amount = try json.optionalDecimal("amount") {
      size = .quote(amount, includingFee: try json.boolean("amount_includes_fee"))
    } else {
      quantity = try json.decimal("quantity")
      size = .base(quantity)
    }
    let ticket = OrderTicket(
      symbol: try json.word("symbol") { Symbol(parsing: $0) }, side: try json.word("side", Side.init), size: size,
      limit: try json.optionalDecimal("limit"), timeInForce: try timeInForce(json), trigger: try trigger(json),
      close: try close(json),
      postOnly: try json.boolean("post_only"), feeInBase: try json.boolean("fee_in_base"),
      clientOrderID: try json.optionalString("client_order_id"), detail: try detail(json))
    return VenueOrder(
      number: try json.integer("number"), id: try json.string("id"), account: try json.string("account"),
      ticket: ticket, createdAt: try json.timestamp("created_at"), quantity: quantity)
  }

  private static func timeInForce(_ json: JSON) throws(JSONError) -> TimeInForce {
    switch try json.string("time_in_force") {
    case "ioc": return .immediateOrCancel
    case "fok": return .fillOrKill
    case "gtc": return .goodTillCancelled
    case "gtd": return .goodTillDate(try json.timestamp("expires_at"))
    default: throw .wrongType("time_in_force", expected: "ioc, fok, gtc or gtd")
    }
  }

  static func fillValue(_ fill: VenueFill) -> JSONValue {
    [
      "event": "fill", "number": .integer(fill.number), "id": .string(fill.id), "order": .integer(fill.order),
      "account": .string(fill.account), "symbol": .string(fill.symbol.description),
      "side": .string(fill.side.rawValue), "price": .optional(fill.price), "quantity": .optional(fill.quantity),
      "cost": .optional(fill.cost), "fee": .optional(fill.fee), "fee_currency": .string(fill.feeCurrency),
      "maker": .boolean(fill.isMaker), "time": .string(String(fill.time.nanoseconds)),
    ]
  }

  static func fill(_ json: JSON) throws(JSONError) -> VenueFill {
    VenueFill(
      number: try json.integer("number"), id: try json.string("id"), order: try json.integer("order"),
      account: try json.string("account"), symbol: try json.word("symbol") { Symbol(parsing: $0) },
      side: try json.word("side", Side.init), price: try json.decimal("price"),
      quantity: try json.decimal("quantity"), cost: try json.decimal("cost"), fee: try json.decimal("fee"),
      feeCurrency: try json.string("fee_currency"), isMaker: try json.boolean("maker"),
      time: try json.timestamp("time"))
  }
}
