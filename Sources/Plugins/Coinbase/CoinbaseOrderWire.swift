internal import Core

/// Orders as the venue reports them.
enum CoinbaseOrderWire {
  /// An order of `historical/…`; `symbol` knows the products that were learnt.
  static func order(_ json: JSON, symbol: (String) -> Symbol?) throws(JSONError) -> Order {
    let side = try side(json)
    let configuration = try CoinbaseConfiguration(json, side: side)
    let average = try json.filledDecimal("average_filled_price")
    let filled = try json.decimal("filled_size")
    return Order(
      venueOrderID: VenueOrderID(try json.string("order_id")),
      clientOrderID: try json.optionalString("client_order_id").flatMap(ClientOrderID.init(parsing:)),
      symbol: symbol(try json.string("product_id")), side: side, status: status(try json.string("status")),
      quantity: configuration.quantity, filledQuantity: Quantity(filled), limit: configuration.limit,
      averagePrice: filled.isPositive ? average.flatMap { $0.isPositive ? Price($0) : nil } : nil,
      fees: try json.filledDecimal("total_fees").map(Notional.init), createdAt: try json.filledInstant("created_time"),
      reason: try reason(json), kind: configuration.kind, timeInForce: configuration.timeInForce,
      isPostOnly: configuration.isPostOnly,
      filledNotional: try json.filledDecimal("filled_value").map(Notional.init), notional: configuration.notional)
  }

  static func side(_ json: JSON) throws(JSONError) -> Side {
    switch try json.string("side") {
    case "BUY": .buy
    case "SELL": .sell
    default: throw .wrongType("side", expected: "BUY or SELL")
    }
  }

  static func status(_ word: String) -> Order.Status {
    switch word {
    case "PENDING", "QUEUED": .pending
    case "OPEN", "CANCEL_QUEUED", "EDIT_QUEUED": .open
    case "FILLED": .filled
    case "CANCELLED": .cancelled
    case "EXPIRED": .expired
    case "FAILED": .rejected
    default: .unknown
    }
  }

  private static func reason(_ json: JSON) throws(JSONError) -> String? {
    for key in ["reject_reason", "reject_message", "cancel_message"] {
      if let text = try json.optionalString(key), !text.isEmpty, text != "REJECT_REASON_UNSPECIFIED" { return text }
    }
    return nil
  }
}
