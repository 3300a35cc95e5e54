internal import Core

/// Orders and trades.
enum KrakenOrders {
  static func order(_ id: String, _ row: JSON, _ names: KrakenNames) throws(JSONError) -> Order {
    let description = try row.object("descr")
    let flags = Set((try row.optionalString("oflags") ?? "").split(separator: ",").map(String.init))
    let filled = try row.amount("vol_exec")
    return Order(
      venueOrderID: VenueOrderID(id),
      clientOrderID: try row.optionalString("cl_ord_id").flatMap(ClientOrderID.init(parsing:)),
      symbol: names.symbol(try description.string("pair")), side: try description.side("type"),
      status: status(try row.string("status")),
      // With `viqc` the volume counts the quote currency.
      quantity: flags.contains("viqc") ? nil : Quantity(try row.amount("vol")), filledQuantity: Quantity(filled),
      limit: try limit(description), averagePrice: filled.isPositive ? Price(try row.positive("price")) : nil,
      fees: flags.contains("fcib") ? nil : Notional(try row.decimal("fee")), createdAt: try row.time("opentm"),
      reason: try row.optionalString("reason"))
  }

  private static func status(_ text: String) -> Order.Status {
    switch text {
    case "pending": .pending
    case "open": .open
    case "closed": .filled
    case "canceled": .cancelled
    case "expired": .expired
    default: .unknown
    }
  }

  /// The limit stands in the description: `price` of the order itself is the average of its fills.
  private static func limit(_ description: JSON) throws(JSONError) -> Price? {
    guard try description.string("ordertype") == "limit" else { return nil }
    let price = try description.decimal("price")
    return price.isPositive ? Price(price) : nil
  }

  /// A trade. Fees are in the quote currency: every order of ours asks for that (`fciq`), and a trade does not tell.
  static func fill(_ id: String, _ row: JSON, _ names: KrakenNames) throws(JSONError) -> Fill {
    let pair = try row.string("pair")
    // A market that was not learnt keeps Kraken's name: its fills are foreign, and still none is hidden.
    let symbol = names.symbol(pair) ?? Symbol(base: pair, quote: "")
    return Fill(
      id: id, venueOrderID: VenueOrderID(try row.string("ordertxid")), symbol: symbol, side: try row.side("type"),
      price: Price(try row.positive("price")), quantity: Quantity(try row.positive("vol")),
      fee: try row.decimal("fee"), feeCurrency: symbol.quote, time: try row.time("time"))
  }

  /// All orders of a map by id.
  static func orders(_ rows: JSON, _ names: KrakenNames) throws(JSONError) -> [Order] {
    var orders: [Order] = []
    for (id, row) in try rows.entries("orders") { orders.append(try order(id, row, names)) }
    return orders
  }
}
