import Core

/// Candles and the last trades: the market clock's view.
extension CoinbaseProductPages {
  /// Seconds by the venue's words.
  static let granularities = [
    "ONE_MINUTE": 60, "FIVE_MINUTE": 300, "FIFTEEN_MINUTE": 900, "THIRTY_MINUTE": 1_800, "ONE_HOUR": 3_600,
    "TWO_HOUR": 7_200, "FOUR_HOUR": 14_400, "SIX_HOUR": 21_600, "ONE_DAY": 86_400,
  ]
  /// The most candles that one call may ask for.
  static let maximumCandles = 350
  /// The most trades that a ticker shows.
  static let maximumTrades = 100

  /// `GET /products/{id}/candles`: newest first, the unfinished one included; an interval without trades is not there.
  func candles(_ listing: Listing, _ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    guard let interval = query.first("granularity").flatMap({ Self.granularities[$0] }) else {
      throw .invalidArgument("granularity is required")
    }
    guard let start = try query.count("start"), let end = try query.count("end"), start <= end,
      end <= Int(Int32.max)
    else { throw .invalidArgument("start and end are required") }
    let asked = (end - start + interval - 1) / interval
    guard asked <= Self.maximumCandles else {
      throw .invalidArgument("number of candles requested should be less than 350 ")
    }
    let limit = try query.count("limit") ?? Self.maximumCandles
    let bars = exchange.candles(listing, interval: interval, from: start, to: end)
    return ["candles": .array(bars.filter { $0.trades > 0 }.reversed().prefix(limit).map(Self.candle))]
  }

  private static func candle(_ bar: MarketBar) -> JSONValue {
    [
      "start": .string("\(bar.start)"), "low": .string("\(bar.low)"), "high": .string("\(bar.high)"),
      "open": .string("\(bar.open)"), "close": .string("\(bar.close)"), "volume": .string("\(bar.volume)"),
    ]
  }

  /// `GET /products/{id}/ticker`: a trade a second of the market's clock, newest first.
  func ticker(_ listing: Listing, _ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    let limit = min(Self.maximumTrades, try query.count("limit") ?? 1)
    let now = exchange.marketNow
    var trades: [JSONValue] = []
    for age in 0..<limit {
      if let trade = trade(listing, at: now - .seconds(age)) { trades.append(trade) }
    }
    let book = try book(listing, depth: 1)
    return [
      "trades": .array(trades), "best_bid": .string(book.bids.first?.price.description ?? ""),
      "best_ask": .string(book.asks.first?.price.description ?? ""),
    ]
  }

  /// The last trade of a market second; `side` is the maker's.
  private func trade(_ listing: Listing, at time: Timestamp) -> JSONValue? {
    guard let book = exchange.market.book(listing, depth: 1, now: time), let size = book.bids.first?.quantity else {
      return nil
    }
    return [
      "trade_id": .string("\(book.time.seconds)"), "product_id": .string(listing.instrument.venueID),
      "price": .string("\(book.last)"), "size": .string("\(size)"), "time": CoinbaseText.time(book.time),
      "side": book.time.seconds.isMultiple(of: 2) ? "BUY" : "SELL", "exchange": "coinbase",
    ]
  }
}
