import Core

/// Orders and trades as Kraken writes them.
enum KrakenOrderText {
  static func order(_ order: VenueOrder, trades: [String]?) -> JSONValue {
    let ticket = order.ticket
    guard let listing = KrakenVenue.rules.listing(ticket.symbol) else { return .null }
    let isClosed = order.status != .open
    var members: [(key: String, value: JSONValue)] = [
      ("refid", .optional(ticket.detail["refid"])), ("userref", ticket.detail["userref"].map { .number($0) } ?? .null),
      ("status", .string(KrakenText.status(order.status))),
    ]
    if let name = ticket.clientOrderID { members.insert(("cl_ord_id", .string(name)), at: 2) }
    if isClosed { members.append(("reason", .optional(order.reason))) }
    members.append(("opentm", KrakenText.time(order.createdAt)))
    if isClosed { members.append(("closetm", KrakenText.time(order.endedAt ?? order.createdAt))) }
    members += [
      ("starttm", .integer(0)), ("expiretm", expiry(ticket)), ("descr", description(ticket, listing)),
      ("vol", KrakenText.volume(volume(order))), ("vol_exec", KrakenText.volume(order.filled)),
      ("cost", KrakenText.money(order.cost)), ("fee", KrakenText.money(order.fees)),
      ("price", KrakenText.money(order.averagePrice(places: max(8, listing.priceDecimals)) ?? .zero)),
      ("stopprice", KrakenText.money(ticket.trigger?.price ?? .zero)),
      ("limitprice", KrakenText.money(order.triggeredAt == nil ? .zero : ticket.limit ?? .zero)),
      ("misc", .string(misc(order))),
      ("oflags", .string(flags(ticket))), ("trigger", "last"),
    ]
    if let trades { members.append(("trades", .array(trades.map { .string($0) }))) }
    return .object(members)
  }

  private static func misc(_ order: VenueOrder) -> String {
    var words: [String] = []
    if order.triggeredAt != nil {
      let kind = KrakenOrderKind(order.ticket.detail, limit: order.ticket.limit)
      words.append(kind == .stopLoss || kind == .stopLossLimit ? "stopped" : "touched")
    }
    if order.filled.isPositive, order.status != .filled { words.append("partial") }
    if !order.amendments.isEmpty { words.append("amended") }
    return words.joined(separator: ",")
  }

  private static func volume(_ order: VenueOrder) -> ExactDecimal {
    if case .quote(let amount, _) = order.ticket.size { return amount }
    return order.quantity
  }

  private static func expiry(_ ticket: OrderTicket) -> JSONValue {
    guard case .goodTillDate(let end) = ticket.timeInForce else { return .integer(0) }
    return .integer(end.seconds)
  }

  private static func flags(_ ticket: OrderTicket) -> String {
    var flags = [ticket.feeInBase ? "fcib" : "fciq"]
    if ticket.postOnly { flags.append("post") }
    if case .quote = ticket.size { flags.append("viqc") }
    return flags.joined(separator: ",")
  }

  private static func description(_ ticket: OrderTicket, _ listing: Listing) -> JSONValue {
    let first = ticket.trigger?.price ?? ticket.limit
    let second = ticket.trigger == nil ? nil : ticket.limit
    return [
      "pair": .string(KrakenText.altName(listing)), "type": .string(ticket.side.rawValue),
      "ordertype": .string(KrakenOrderKind(ticket.detail, limit: ticket.limit).rawValue),
      "price": .string(first.map { KrakenText.price($0, listing) } ?? "0"),
      "price2": .string(second.map { KrakenText.price($0, listing) } ?? "0"), "leverage": "none",
      "order": .string(KrakenText.description(ticket, listing)), "close": .string(KrakenText.close(ticket, listing)),
    ]
  }

  static func trade(_ fill: VenueFill, _ order: VenueOrder) -> JSONValue {
    let listing = KrakenVenue.rules.listing(fill.symbol)
    return [
      "ordertxid": .string(order.id), "postxid": .string("TKH2SE-M7IF5-CFI7LT"),
      "pair": .string(listing?.instrument.venueID ?? fill.symbol.description), "time": KrakenText.time(fill.time),
      "type": .string(fill.side.rawValue),
      "ordertype": .string(KrakenOrderKind(order.ticket.detail, limit: order.ticket.limit).rawValue),
      "price": KrakenText.money(fill.price), "cost": KrakenText.money(fill.cost), "fee": KrakenText.money(fill.fee),
      "vol": KrakenText.volume(fill.quantity), "margin": "0.00000", "misc": "",
      "trade_id": .integer(fill.number + 1), "maker": .boolean(fill.isMaker),
    ]
  }
}
