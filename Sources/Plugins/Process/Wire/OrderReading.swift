internal import Broker
internal import Core

/// Orders and fills as a program answers them.
struct OrderReading {
  let names: Names
  /// Our id for one that the venue names.
  let clientOrderID: @Sendable (String) -> ClientOrderID?

  func orders(_ json: JSON) throws(JSONError) -> [Order] {
    try json.rows("orders") { (row) throws(JSONError) in try order(row) }
  }

  private func order(_ row: JSON) throws(JSONError) -> Order {
    let kind = try kind(row)
    let filled = try row.amount("filled")
    return Order(
      venueOrderID: VenueOrderID(try id(row, "id")),
      clientOrderID: try row.optionalString("client_id").flatMap(clientOrderID),
      symbol: names.symbol(try row.string("market")), side: try row.word("side", Side.self),
      status: try row.word("status", Order.Status.self),
      quantity: try row.optionalAmount("quantity").map(Quantity.init), filledQuantity: Quantity(filled),
      limit: kind?.limit, averagePrice: try row.optionalPositive("average_price").map(Price.init),
      fees: try row.optionalExact("fees").map(Notional.init), createdAt: try row.optionalTimestamp("created_at"),
      reason: try row.optionalString("reason"), kind: kind, timeInForce: try timeInForce(row),
      isPostOnly: try row.optionalBoolean("post_only"),
      filledNotional: try row.optionalAmount("cost").map(Notional.init),
      notional: try row.optionalAmount("notional").map(Notional.init))
  }

  private func id(_ row: JSON, _ key: String) throws(JSONError) -> String {
    let text = try row.string(key)
    guard !text.isEmpty, text.utf8.count <= 200 else { throw .wrongType(key, expected: "a name") }
    return text
  }

  private func kind(_ row: JSON) throws(JSONError) -> OrderKind? {
    guard let word = try row.optionalString("kind") else { return nil }
    let limit = try row.optionalPositive("limit").map(Price.init)
    let trigger = try row.optionalPositive("trigger").map(Price.init)
    switch word {
    case "market": return .market
    case "limit": if let limit { return .limit(limit) }
    case "stop_loss": if let trigger { return .stopLoss(trigger: trigger, limit: limit) }
    case "take_profit": if let trigger { return .takeProfit(trigger: trigger, limit: limit) }
    case "bracket": if let limit, let trigger { return .bracket(limit: limit, stop: trigger) }
    default: break
    }
    throw .wrongType("kind", expected: "limit, market, stop_loss, take_profit or bracket, with its prices")
  }

  private func timeInForce(_ row: JSON) throws(JSONError) -> TimeInForce? {
    switch try row.optionalString("time_in_force") {
    case nil: return nil
    case "good_till_cancelled": return .goodTillCancelled
    case "immediate_or_cancel": return .immediateOrCancel
    case "fill_or_kill": return .fillOrKill
    case "good_till_date": return .goodTillDate(try row.timestamp("expires_at"))
    default: throw .wrongType("time_in_force", expected: "a word that is known")
    }
  }

  /// Oldest first.
  func fills(_ json: JSON) throws(JSONError) -> [Fill] {
    let fills = try json.rows("fills") { (row) throws(JSONError) in try fill(row) }
    return fills.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
  }

  private func fill(_ row: JSON) throws(JSONError) -> Fill {
    let market = try row.string("market")
    // A market that was not learnt keeps the venue's name: its fills are foreign, and still none is hidden.
    let symbol = names.symbol(market) ?? Symbol(base: market, quote: "")
    return Fill(
      id: try id(row, "id"), venueOrderID: VenueOrderID(try id(row, "order")), symbol: symbol,
      side: try row.word("side", Side.self), price: Price(try row.positive("price")),
      quantity: Quantity(try row.positive("quantity")), fee: try row.exact("fee"),
      feeCurrency: try row.optionalString("fee_currency").map(names.currency) ?? symbol.quote,
      time: try row.timestamp("time"),
      isMaker: try row.optionalBoolean("is_maker"),
      kind: row.has("kind") ? try row.word("kind", Fill.Kind.self) : .trade)
  }
}
