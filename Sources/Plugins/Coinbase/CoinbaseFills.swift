internal import Core

/// `GET /orders/historical/fills`: executions, whose `entry_id` is unique.
struct CoinbaseFills {
  private var rows: [(fill: Fill, sequence: Timestamp)] = []

  /// All fills, oldest first. The venue lists the newest first.
  var sorted: [Fill] {
    rows.reversed().enumerated().sorted { a, b in
      let (x, y) = (a.element, b.element)
      if x.fill.time != y.fill.time { return x.fill.time < y.fill.time }
      return x.sequence == y.sequence ? a.offset < b.offset : x.sequence < y.sequence
    }.map(\.element.fill)
  }

  private var seen: Set<String> = []

  /// Takes one page in; rows that a page repeats count once.
  /// - Returns: how many rows the page had.
  mutating func add(_ answer: JSON, symbol: (String) throws(JSONError) -> Symbol) throws(JSONError) -> Int {
    let page = try answer.array("fills")
    for json in page {
      let fill = try Self.fill(json, symbol: symbol)
      guard seen.insert(fill.id).inserted else { continue }
      let sequence =
        try json.optionalString("sequence_timestamp") == nil ? fill.time : json.instant("sequence_timestamp")
      rows.append((fill, sequence))
    }
    return page.count
  }

  static func fill(_ json: JSON, symbol: (String) throws(JSONError) -> Symbol) throws(JSONError) -> Fill {
    let symbol = try symbol(try json.string("product_id"))
    // A reversal or correction undoes what was booked; booking it like a fill would be wrong, leaving it out too.
    guard try json.optionalString("trade_type") ?? "FILL" == "FILL" else {
      throw .wrongType("trade_type", expected: "FILL; reversals and corrections need a person")
    }
    let price = try json.decimal("price")
    return Fill(
      id: try json.string("entry_id"), venueOrderID: VenueOrderID(try json.string("order_id")), symbol: symbol,
      side: try CoinbaseOrderWire.side(json), price: Price(price),
      quantity: Quantity(try quantity(json, price: price)), fee: try json.decimal("commission"),
      feeCurrency: symbol.quote, time: try json.instant("trade_time"))
  }

  /// In base units. A size in quote is divided by the price, when that has an exact result; nothing is rounded.
  private static func quantity(_ json: JSON, price: ExactDecimal) throws(JSONError) -> ExactDecimal {
    let size = try json.decimal("size")
    guard json["size_in_quote"] != nil, try json.boolean("size_in_quote") else { return size }
    for places in [8, 12, 16, 18] {
      if let quotient = try? size.divided(by: price, places: places, .down),
        let product = try? quotient * price, product == size
      {
        return quotient
      }
    }
    throw .wrongType("size", expected: "a size in quote that the price divides exactly")
  }
}
