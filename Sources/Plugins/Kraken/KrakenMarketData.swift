internal import Core

/// `Ticker` and `OHLC` into quotes, tickers and candles.
enum KrakenMarketData {
  static func ticker(_ row: JSON, _ symbol: Symbol, asOf: Timestamp) throws(JSONError) -> Ticker {
    Ticker(
      symbol: symbol, bid: try side(row, "b"), ask: try side(row, "a"), last: Price(try row.element("c", 0)),
      volume24h: Quantity(try row.element("v", 1)), asOf: asOf)
  }

  /// A side of the book that is empty is written as zero.
  private static func side(_ row: JSON, _ key: String) throws(JSONError) -> Price? {
    let price = try row.element(key, 0)
    return price.isPositive ? Price(price) : nil
  }

  /// One side of a `Depth` answer: price, volume, time.
  static func levels(_ row: JSON, _ key: String) throws(JSONError) -> [OrderBook.Level] {
    var levels: [OrderBook.Level] = []
    for level in try row.array(key) {
      guard let fields = level.elements, fields.count >= 2 else { throw .wrongType(key, expected: "price and volume") }
      levels.append(
        OrderBook.Level(price: Price(try fields[0].exact("price")), quantity: Quantity(try fields[1].exact("volume"))))
    }
    return levels
  }

  /// The completed candles of an `OHLC` answer, oldest first. The last row is the one that is not finished, always;
  /// whatever else has not ended by `now` is left out as well.
  static func candles(_ result: JSON, interval: Duration, now: Timestamp) throws(JSONError) -> [Candle] {
    guard let rows = try result.onlyEntry("OHLC").elements else { throw .wrongType("OHLC", expected: "an array") }
    var candles: [Candle] = []
    candles.reserveCapacity(rows.count)
    for row in rows.dropLast() {
      let candle = try candle(row)
      if let last = candles.last, last.start >= candle.start {
        throw .wrongType("OHLC", expected: "rows in the order of their times")
      }
      if candle.start + interval <= now { candles.append(candle) }
    }
    return candles
  }

  private static func candle(_ row: JSON) throws(JSONError) -> Candle {
    guard let fields = row.elements, fields.count >= 7 else { throw .wrongType("OHLC row", expected: "8 fields") }
    guard let start = Timestamp(seconds: try fields[0].exact("time")) else {
      throw .wrongType("time", expected: "a time")
    }
    return Candle(
      start: start, open: Price(try fields[1].exact("open")), high: Price(try fields[2].exact("high")),
      low: Price(try fields[3].exact("low")), close: Price(try fields[4].exact("close")),
      volume: Quantity(try fields[6].exact("volume")))
  }
}
