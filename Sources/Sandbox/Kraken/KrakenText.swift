import Core

/// How Kraken writes what it tells.
enum KrakenText {
  /// Seconds with six digits behind the point, as a JSON number.
  static func time(_ time: Timestamp) -> JSONValue {
    let micros = time.nanoseconds / 1_000
    let digits = String(micros % 1_000_000)
    return .number("\(micros / 1_000_000).\(String(repeating: "0", count: 6 - digits.utf8.count))\(digits)")
  }

  /// An amount of an asset, with all the digits the venue keeps.
  static func amount(_ amount: ExactDecimal, _ asset: VenueAsset) -> JSONValue {
    .string(amount.text(minimumPlaces: asset.decimals))
  }

  /// A cost, a fee or an executed price: five digits at least.
  static func money(_ amount: ExactDecimal) -> JSONValue { .string(amount.text(minimumPlaces: 5)) }

  /// A volume: eight digits.
  static func volume(_ amount: ExactDecimal) -> JSONValue { .string(amount.text(minimumPlaces: 8)) }

  /// A price as the market writes it.
  static func price(_ price: ExactDecimal, _ listing: Listing) -> String {
    price.text(minimumPlaces: listing.priceDecimals)
  }

  /// The short name of a market: `XBTUSD`.
  static func altName(_ listing: Listing) -> String {
    listing.instrument.venueAliases.first ?? listing.instrument.venueID
  }

  /// `buy 0.50000000 XBTUSD @ limit 29500.0`, `… @ stop loss 25000.0 -> limit 24000.0`
  static func description(_ ticket: OrderTicket, _ listing: Listing) -> String {
    let size: ExactDecimal
    switch ticket.size {
    case .base(let quantity): size = quantity
    case .quote(let amount, _): size = amount
    }
    let price = price(KrakenOrderKind(ticket.detail, limit: ticket.limit), ticket.limit, ticket.trigger, listing)
    return "\(ticket.side.rawValue) \(size.text(minimumPlaces: 8)) \(altName(listing)) @ \(price)"
  }

  /// `close position @ stop loss 22000.0 -> limit 21000.0`; empty without a closing order.
  static func close(_ ticket: OrderTicket, _ listing: Listing) -> String {
    guard let close = ticket.close else { return "" }
    let kind = KrakenOrderKind(close.detail, limit: close.limit)
    return "close position @ " + price(kind, close.limit, close.trigger, listing)
  }

  /// What an order tells of itself when it is placed.
  static func described(_ ticket: OrderTicket, _ listing: Listing) -> JSONValue {
    let close = close(ticket, listing)
    let order: [(key: String, value: JSONValue)] = [("order", .string(description(ticket, listing)))]
    return .object(order + (close.isEmpty ? [] : [("close", .string(close))]))
  }

  private static func price(
    _ kind: KrakenOrderKind, _ limit: ExactDecimal?, _ trigger: OrderTrigger?, _ listing: Listing
  ) -> String {
    let limit = limit.map { "limit \(Self.price($0, listing))" }
    guard let trigger else { return limit ?? "market" }
    return "\(kind.words) \(Self.price(trigger.price, listing))" + (limit.map { " -> \($0)" } ?? "")
  }

  static func status(_ status: VenueOrder.Status) -> String {
    switch status {
    case .open: "open"
    case .filled: "closed"
    case .cancelled, .failed: "canceled"
    case .expired: "expired"
    }
  }
}
