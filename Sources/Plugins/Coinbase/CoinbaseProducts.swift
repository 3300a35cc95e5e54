internal import Core

/// `GET /market/products`: markets with their rules, and the day's figures.
enum CoinbaseProducts {
  /// All spot products whose rules are stated. A product without increments cannot be ordered and is left out.
  static func instruments(_ answer: JSON) throws(JSONError) -> [Instrument] {
    var instruments: [Instrument] = []
    for product in try answer.array("products") {
      guard try product.string("product_type") == "SPOT" else { continue }
      if let instrument = try instrument(product) { instruments.append(instrument) }
    }
    return instruments
  }

  static func instrument(_ product: JSON) throws(JSONError) -> Instrument? {
    let base = try product.string("base_currency_id"), quote = try product.string("quote_currency_id")
    let priceIncrement = try product.filledDecimal("price_increment")
    let quoteIncrement = try product.filledDecimal("quote_increment")
    guard let tick = priceIncrement ?? quoteIncrement, let step = try product.filledDecimal("base_increment"),
      tick.isPositive, step.isPositive
    else {
      return nil
    }
    return Instrument(
      symbol: Symbol(base: base, quote: quote), venueID: try product.string("product_id"), venueBase: base,
      venueQuote: quote, status: try status(product), tickSize: tick, lotStep: step,
      minimumQuantity: try product.filledDecimal("base_min_size").map(Quantity.init),
      maximumQuantity: try product.filledDecimal("base_max_size").map(Quantity.init),
      minimumNotional: try product.filledDecimal("quote_min_size").map(Notional.init),
      maximumNotional: try product.filledDecimal("quote_max_size").map(Notional.init))
  }

  /// The narrowest of what the flags say. A status word that is not `online` takes no orders.
  static func status(_ product: JSON) throws(JSONError) -> Instrument.Status {
    var set: Set<String> = []
    for flag in requiredFlags where try product.boolean(flag) { set.insert(flag) }
    for flag in optionalFlags where product[flag] != nil {
      if try product.boolean(flag) { set.insert(flag) }
    }
    if try product.string("status").lowercased() != "online" { return .offline }
    if !set.isDisjoint(with: ["is_disabled", "trading_disabled", "view_only"]) { return .offline }
    if set.contains("cancel_only") { return .cancelOnly }
    // An auction collects limit orders and matches none of them yet: an order that must fill at once cannot.
    if set.contains("post_only") || set.contains("auction_mode") { return .postOnly }
    return set.contains("limit_only") ? .limitOnly : .online
  }

  private static let requiredFlags = ["is_disabled", "trading_disabled", "cancel_only", "post_only", "limit_only"]
  private static let optionalFlags = ["view_only", "auction_mode"]

  /// One side of a price book.
  static func levels(_ book: JSON, _ side: String) throws(JSONError) -> [OrderBook.Level] {
    var levels: [OrderBook.Level] = []
    for level in try book.array(side) {
      levels.append(
        OrderBook.Level(price: Price(try level.decimal("price")), quantity: Quantity(try level.decimal("size"))))
    }
    return levels
  }

  /// A row for each product that `symbol` knows and that has traded.
  static func tickers(
    _ answer: JSON, asOf: Timestamp, symbol: (String) -> Symbol?
  ) throws(JSONError) -> [Ticker] {
    var tickers: [Ticker] = []
    for product in try answer.array("products") {
      guard let symbol = symbol(try product.string("product_id")),
        let price = try product.filledDecimal("price"), let volume = try product.filledDecimal("volume_24h")
      else { continue }
      tickers.append(
        Ticker(symbol: symbol, bid: nil, ask: nil, last: Price(price), volume24h: Quantity(volume), asOf: asOf))
    }
    return tickers
  }
}
