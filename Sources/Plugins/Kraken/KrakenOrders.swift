internal import Broker
internal import Core

/// Orders and trades.
enum KrakenOrders {
  static func order(_ id: String, _ row: JSON, _ names: KrakenNames) throws(JSONError) -> Order {
    let description = try row.object("descr")
    let flags = try flags(row)
    let filled = try row.amount("vol_exec")
    let volume = try row.amount("vol")
    // With `viqc` the volume counts the quote currency.
    let isInQuote = flags?.contains("viqc") == true
    let kind = try KrakenOrderKind.read(description)
    let reason = try row.optionalString("reason")
    return Order(
      venueOrderID: VenueOrderID(id),
      clientOrderID: try row.optionalString("cl_ord_id").flatMap(ClientOrderID.init(parsing:)),
      symbol: names.symbol(try description.string("pair")), side: try description.side("type"),
      status: status(try row.string("status"), reason: reason, filled: filled),
      quantity: isInQuote ? nil : Quantity(volume), filledQuantity: Quantity(filled),
      limit: kind?.limit, averagePrice: filled.isPositive ? Price(try row.positive("price")) : nil,
      fees: flags?.contains("fcib") == true ? nil : Notional(try row.decimal("fee")), createdAt: try row.time("opentm"),
      reason: reason, kind: kind, timeInForce: try timeInForce(row), isPostOnly: flags.map { $0.contains("post") },
      filledNotional: try row.optionalAmount("cost").map(Notional.init), notional: isInQuote ? Notional(volume) : nil)
  }

  private static func flags(_ row: JSON) throws(JSONError) -> Set<Substring>? {
    try row.optionalString("oflags").map { Set($0.split(separator: ",")) }
  }

  /// Why Kraken's engine ends a post-only order that would take: the call that placed it had been a success.
  private static let postOnly = "post only order"

  private static func status(_ text: String, reason: String?, filled: ExactDecimal) -> Order.Status {
    switch text {
    case "pending": .pending
    case "open": .open
    case "closed": .filled
    case "canceled": reason?.lowercased() == postOnly && filled.isZero ? .rejected : .cancelled
    case "expired": .expired
    default: .unknown
    }
  }

  /// Orders tell of a date only; the word where there is one.
  private static func timeInForce(_ row: JSON) throws(JSONError) -> TimeInForce? {
    if let end = try row.optionalDecimal("expiretm"), end.isPositive {
      return .goodTillDate(try row.time("expiretm"))
    }
    switch try row.optionalString("timeinforce") {
    case "GTC": return .goodTillCancelled
    case "IOC": return .immediateOrCancel
    case "FOK": return .fillOrKill
    default: return nil
    }
  }

  /// A trade. Fees are in the quote currency: every order of ours asks for that (`fciq`), and a trade does not tell.
  static func fill(_ id: String, _ row: JSON, _ names: KrakenNames) throws(JSONError) -> Fill {
    let pair = try row.string("pair")
    // A market that was not learnt keeps Kraken's name: its fills are foreign, and still none is hidden.
    let symbol = names.symbol(pair) ?? Symbol(base: pair, quote: "")
    return Fill(
      id: id, venueOrderID: VenueOrderID(try row.string("ordertxid")), symbol: symbol, side: try row.side("type"),
      price: Price(try row.positive("price")), quantity: Quantity(try row.positive("vol")),
      fee: try row.decimal("fee"), feeCurrency: symbol.quote, time: try row.time("time"),
      isMaker: try row.optionalBoolean("maker"), kind: try isMargin(row) ? .other : .trade)
  }

  /// A trade with borrowed money moves a position at the venue and no coins of the account: no order of ours makes one.
  private static func isMargin(_ row: JSON) throws(JSONError) -> Bool {
    if try row.optionalString("posstatus") != nil { return true }
    return try row.optionalDecimal("margin").map { !$0.isZero } ?? false
  }

  /// All orders of a map by id.
  static func orders(_ rows: JSON, _ names: KrakenNames) throws(JSONError) -> [Order] {
    var orders: [Order] = []
    for (id, row) in try rows.entries("orders") { orders.append(try order(id, row, names)) }
    return orders
  }

  /// How many a cancel says it cancelled, and whether that is still under way.
  static func cancelled(_ result: JSON) throws(JSONError) -> (count: Int, isPending: Bool) {
    let count = try result.integer("count")
    guard count >= 0 else { throw .wrongType("count", expected: "zero or more") }
    return (count, try result.optionalBoolean("pending") ?? false)
  }
}

/// What an order does, from its description: there `price` is the limit or the trigger, and `price2` the limit behind a
/// trigger, while `price` of the order itself is the average of its fills.
enum KrakenOrderKind {
  /// `nil` for what this version does not know, prices that are relative to the market among it.
  static func read(_ description: JSON) throws(JSONError) -> OrderKind? {
    switch try description.string("ordertype") {
    case "limit": try price(description, "price").map(OrderKind.limit)
    case "market": .market
    case "stop-loss": try price(description, "price").map { .stopLoss(trigger: $0, limit: nil) }
    case "take-profit": try price(description, "price").map { .takeProfit(trigger: $0, limit: nil) }
    case "stop-loss-limit": try pair(description).map { .stopLoss(trigger: $0.trigger, limit: $0.limit) }
    case "take-profit-limit": try pair(description).map { .takeProfit(trigger: $0.trigger, limit: $0.limit) }
    default: nil
    }
  }

  private static func pair(_ description: JSON) throws(JSONError) -> (trigger: Price, limit: Price)? {
    guard let trigger = try price(description, "price"), let limit = try price(description, "price2") else {
      return nil
    }
    return (trigger, limit)
  }

  private static func price(_ description: JSON, _ key: String) throws(JSONError) -> Price? {
    let text = try description.member(key).text ?? ""
    if let first = text.first, "+-#".contains(first) || text.hasSuffix("%") { return nil }
    let price = try description.decimal(key)
    return price.isPositive ? Price(price) : nil
  }
}
