public import Broker
public import Core

extension Kraken: ReportsVenueStatus {
  /// `Time`: whole seconds.
  public func fetchServerTime() async throws(BrokerError) -> Timestamp {
    try await client.get(KrakenCall("fetchServerTime", "Time")) { (result) throws(JSONError) in
      try result.time("unixtime")
    }
  }

  /// `SystemStatus`.
  public func fetchVenueStatus() async throws(BrokerError) -> VenueStatus {
    try await client.get(KrakenCall("fetchVenueStatus", "SystemStatus")) { (result) throws(JSONError) in
      VenueStatus(rawValue: try result.string("status")) ?? .unknown
    }
  }

  /// `Assets` and `AssetPairs`, every market of them.
  public func fetchInstruments() async throws(BrokerError) -> [Instrument] {
    var assets = KrakenCall("fetchInstruments", "Assets")
    assets.timeout = .seconds(30)
    let altNames = try await client.get(assets) { (result) throws(JSONError) in
      try KrakenInstruments.altNames(result)
    }
    var pairs = KrakenCall("fetchInstruments", "AssetPairs")
    pairs.timeout = .seconds(30)
    return try await client.get(pairs) { (result) throws(JSONError) in
      try KrakenInstruments.read(result, altNames: altNames)
    }
  }

  /// `Ticker` of all markets in one call; those that were not learnt are left out.
  public func fetchTickers() async throws(BrokerError) -> [Ticker] {
    let names = names
    var call = KrakenCall("fetchTickers", "Ticker")
    call.timeout = .seconds(30)
    return try await client.get(call) { (result) throws(JSONError) in
      let asOf = clock.now
      var tickers: [Ticker] = []
      for (pair, row) in try result.entries("Ticker") {
        guard let symbol = names.symbol(pair) else { continue }
        tickers.append(try KrakenMarketData.ticker(row, symbol, asOf: asOf))
      }
      return tickers
    }
  }

  /// `Ticker` of one market.
  public func fetchQuote(_ symbol: Symbol) async throws(BrokerError) -> Quote {
    let call = KrakenCall(
      "fetchQuote", "Ticker", KrakenForm([("pair", try names.instrument(symbol, "fetchQuote").venueID)]))
    return try await client.get(call) { (result) throws(JSONError) in
      let row = try result.onlyEntry("Ticker")
      guard let quote = try KrakenMarketData.ticker(row, symbol, asOf: clock.now).quote else {
        throw .missing("a bid and an ask")
      }
      return quote
    }
  }

  /// `Depth`.
  public func fetchOrderBook(_ symbol: Symbol, depth: Int) async throws(BrokerError) -> OrderBook {
    let count = min(max(depth, 1), 500)
    let form = KrakenForm([("pair", try names.instrument(symbol, "fetchOrderBook").venueID), ("count", String(count))])
    return try await client.get(KrakenCall("fetchOrderBook", "Depth", form)) { (result) throws(JSONError) in
      let row = try result.onlyEntry("Depth")
      return OrderBook(
        symbol: symbol, bids: try KrakenMarketData.levels(row, "bids"), asks: try KrakenMarketData.levels(row, "asks"),
        asOf: clock.now)
    }
  }

  /// `OHLC` without its unfinished last row.
  public func fetchCandles(
    _ symbol: Symbol, interval: Duration, limit: Int, marketNow: Timestamp
  ) async throws(BrokerError) -> [Candle] {
    let minutes = Int(interval.components.seconds / 60)
    guard KrakenSpec.candleMinutes.contains(minutes), interval == .seconds(minutes * 60) else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, operation: "fetchCandles",
        message: "Kraken has no candles of \(interval)")
    }
    var form = KrakenForm([
      ("pair", try names.instrument(symbol, "fetchCandles").venueID), ("interval", String(minutes)),
    ])
    if limit < KrakenSpec.value.candleLimit {
      // Exclusive: the candle before the first wanted. Beyond what there is, Kraken answers its newest 720 rows anyway.
      let since = marketNow.floored(to: interval) - interval * (max(0, limit) + 1)
      form.add("since", String(max(0, since.seconds)))
    }
    var call = KrakenCall("fetchCandles", "OHLC", form)
    call.timeout = .seconds(20)
    let candles = try await client.get(call) { (result) throws(JSONError) in
      try KrakenMarketData.candles(result, interval: interval, now: marketNow)
    }
    return candles.suffix(max(0, limit))
  }
}
