internal import Core

/// `GET /orders/historical/fills`: executions, whose `entry_id` is unique.
struct CoinbaseFills {
  private var rows: [(fill: Fill, sequence: Timestamp)] = []
  private var seen: Set<String> = []

  /// All fills, oldest first. The venue lists the newest first.
  var sorted: [Fill] {
    rows.reversed().enumerated().sorted { a, b in
      let (x, y) = (a.element, b.element)
      if x.fill.time != y.fill.time { return x.fill.time < y.fill.time }
      return x.sequence == y.sequence ? a.offset < b.offset : x.sequence < y.sequence
    }.map(\.element.fill)
  }

  /// Takes one page in; rows that a page repeats count once.
  /// - Returns: how many rows the page had.
  mutating func add(_ answer: JSON, _ book: CoinbaseBook) throws(JSONError) -> Int {
    let page = try answer.array("fills")
    for json in page {
      let fill = try Self.fill(json, book)
      guard seen.insert(fill.id).inserted else { continue }
      rows.append((fill, try json.filledInstant("sequence_timestamp") ?? fill.time))
    }
    return page.count
  }

  static func fill(_ json: JSON, _ book: CoinbaseBook) throws(JSONError) -> Fill {
    let market = book.traded(try json.string("product_id"))
    let kind = market.isSpot ? Self.kind(try json.optionalString("trade_type")) : .other
    let amounts = try Amounts(json, lotStep: market.lotStep, isTrade: kind == .trade)
    return Fill(
      id: try json.string("entry_id"), venueOrderID: VenueOrderID(try json.string("order_id")), symbol: market.symbol,
      side: try CoinbaseOrderWire.side(json), price: Price(amounts.price), quantity: Quantity(amounts.quantity),
      fee: amounts.fee, feeCurrency: market.symbol.quote, time: try json.instant("trade_time"),
      isMaker: isMaker(try json.optionalString("liquidity_indicator")),
      kind: kind == .trade && !amounts.isExact ? .sizedInMoney : kind)
  }

  /// Only a trade is booked; a reversal or correction is told as what it is, since neither booking it like a trade nor
  /// leaving it out would be right.
  private static func kind(_ word: String?) -> Fill.Kind {
    switch word {
    case nil, "FILL": .trade
    case "REVERSAL": .reversal
    case "CORRECTION": .correction
    case "SYNTHETIC": .synthetic
    default: .other
    }
  }

  private static func isMaker(_ word: String?) -> Bool? {
    switch word {
    case "MAKER": true
    case "TAKER": false
    default: nil
    }
  }
}

/// The numbers of a fill.
private struct Amounts {
  let price: ExactDecimal
  let fee: ExactDecimal
  private(set) var quantity: ExactDecimal
  /// Whether the quantity is what the venue says, and not rounded here.
  private(set) var isExact = true

  /// A trade has all numbers; of anything else, one that the venue leaves out is zero.
  init(_ json: JSON, lotStep: ExactDecimal?, isTrade: Bool) throws(JSONError) {
    func number(_ key: String) throws(JSONError) -> ExactDecimal {
      isTrade ? try json.decimal(key) : try json.filledDecimal(key) ?? .zero
    }
    price = try number("price")
    fee = try number("commission")
    quantity = try number("size")
    guard json["size_in_quote"]?.isNull == false, try json.boolean("size_in_quote") else { return }
    let money = quantity
    (quantity, isExact) = Self.coins(money, price)
    if !isExact { quantity = Self.nearest(money, price, lotStep) }
  }

  /// How many coins the money is, when a decimal of at most 18 places says it exactly.
  private static func coins(_ money: ExactDecimal, _ price: ExactDecimal) -> (ExactDecimal, isExact: Bool) {
    for places in [8, 12, 16, 18] {
      if let quotient = try? money.divided(by: price, places: places, .down),
        let product = try? quotient * price, product == money
      {
        return (quotient, true)
      }
    }
    return (.zero, false)
  }

  /// About how many coins the money is: so many steps of the product, or what the first eight places say.
  private static func nearest(
    _ money: ExactDecimal, _ price: ExactDecimal, _ lotStep: ExactDecimal?
  ) -> ExactDecimal {
    guard let coins = try? money.divided(by: price, places: 18, .nearest) else { return .zero }
    if let lotStep, let steps = try? coins.rounded(toMultipleOf: lotStep, .nearest) { return steps }
    return (try? coins.rounded(places: 8, .nearest)) ?? coins
  }
}
