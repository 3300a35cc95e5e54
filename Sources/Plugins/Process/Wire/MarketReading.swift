internal import Core

/// Markets, prices and candles as a program answers them.
enum MarketReading {
  static func instrument(_ row: JSON) throws(JSONError) -> Instrument {
    guard let symbol = Symbol(parsing: try row.string("symbol")) else {
      throw .wrongType("symbol", expected: "BASE/QUOTE")
    }
    return Instrument(
      symbol: symbol, venueID: try row.string("id"), venueAliases: row.has("aliases") ? try row.texts("aliases") : [],
      venueBase: try row.string("base"), venueQuote: try row.string("quote"),
      status: try row.word("status", Instrument.Status.self), tickSize: try row.positive("tick"),
      lotStep: try row.positive("step"), minimumQuantity: try row.optionalAmount("minimum_quantity").map(Quantity.init),
      maximumQuantity: try row.optionalAmount("maximum_quantity").map(Quantity.init),
      minimumNotional: try row.optionalAmount("minimum_cost").map(Notional.init),
      maximumNotional: try row.optionalAmount("maximum_cost").map(Notional.init))
  }

  /// - Returns: `nil` for a market that was not learnt.
  static func ticker(_ row: JSON, _ names: Names, at now: Timestamp) throws(JSONError) -> Ticker? {
    guard let symbol = names.symbol(try row.string("market")) else { return nil }
    return Ticker(
      symbol: symbol, bid: try row.optionalPositive("bid").map(Price.init),
      ask: try row.optionalPositive("ask").map(Price.init), last: Price(try row.positive("last")),
      volume24h: Quantity(try row.amount("volume_24h")), asOf: now)
  }

  static func book(_ json: JSON, _ symbol: Symbol, at now: Timestamp) throws(JSONError) -> OrderBook {
    let level = { (row: JSON) throws(JSONError) -> OrderBook.Level in
      OrderBook.Level(price: Price(try row.positive("price")), quantity: Quantity(try row.positive("quantity")))
    }
    return OrderBook(symbol: symbol, bids: try json.rows("bids", level), asks: try json.rows("asks", level), asOf: now)
  }

  /// The completed ones, at most `limit` of the newest.
  static func candles(
    _ json: JSON, interval: Duration, limit: Int, marketNow: Timestamp
  ) throws(JSONError) -> [Candle] {
    let candles = try json.rows("candles") { (row) throws(JSONError) in
      Candle(
        start: try row.timestamp("start"), open: Price(try row.positive("open")), high: Price(try row.positive("high")),
        low: Price(try row.positive("low")), close: Price(try row.positive("close")),
        volume: Quantity(try row.amount("volume")))
    }
    for (earlier, later) in zip(candles, candles.dropFirst()) where earlier.start >= later.start {
      throw .wrongType("candles", expected: "the oldest first, each once")
    }
    return candles.filter { $0.start + interval <= marketNow }.suffix(max(0, limit))
  }
}
