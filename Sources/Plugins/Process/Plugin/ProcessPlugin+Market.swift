public import Broker
public import Core

extension ProcessPlugin: ReportsVenueStatus {
  /// `server_time`
  public func fetchServerTime() async throws(BrokerError) -> Timestamp {
    try await client.call(.open("server_time")) { (json) throws(JSONError) in try json.timestamp("time") }
  }

  /// `instruments`
  public func fetchInstruments() async throws(BrokerError) -> [Instrument] {
    try await client.call(.open("instruments")) { (json) throws(JSONError) in
      try json.rows("instruments") { (row) throws(JSONError) in try MarketReading.instrument(row) }
    }
  }

  /// `tickers`; those of markets that were not learnt are left out.
  public func fetchTickers() async throws(BrokerError) -> [Ticker] {
    let names = names
    return try await client.call(.open("tickers")) { (json) throws(JSONError) in
      let now = clock.now
      var tickers: [Ticker] = []
      for row in try json.array("tickers") {
        if let ticker = try MarketReading.ticker(row, names, at: now) { tickers.append(ticker) }
      }
      return tickers
    }
  }

  /// `ticker`
  public func fetchQuote(_ symbol: Symbol) async throws(BrokerError) -> Quote {
    try await client.call(.open("ticker", try market(symbol, "ticker"), about: symbol)) { (json) throws(JSONError) in
      Quote(
        symbol: symbol, bid: Price(try json.positive("bid")), ask: Price(try json.positive("ask")), asOf: clock.now)
    }
  }

  /// `order_book`
  public func fetchOrderBook(_ symbol: Symbol, depth: Int) async throws(BrokerError) -> OrderBook {
    let arguments = try market(symbol, "order_book", [("depth", .integer(max(1, depth)))])
    return try await client.call(.open("order_book", arguments, about: symbol)) { (json) throws(JSONError) in
      try MarketReading.book(json, symbol, at: clock.now)
    }
  }

  /// `candles`
  public func fetchCandles(
    _ symbol: Symbol, interval: Duration, limit: Int, marketNow: Timestamp
  ) async throws(BrokerError) -> [Candle] {
    let lengths = spec.declaration.candles
    guard lengths.isEmpty || lengths.contains(interval) else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, operation: "candles",
        message: "the plugin declares no candles of \(interval)")
    }
    let arguments = try market(
      symbol, "candles",
      [
        ("interval_seconds", .integer(Int(interval.components.seconds))),
        ("limit", .integer(min(max(0, limit), spec.candleLimit))), ("now", .string(marketNow.description)),
      ])
    return try await client.call(.open("candles", arguments, about: symbol)) { (json) throws(JSONError) in
      try MarketReading.candles(json, interval: interval, limit: limit, marketNow: marketNow)
    }
  }

  /// `venue_status`
  public func fetchVenueStatus() async throws(BrokerError) -> VenueStatus {
    try require(.venueStatus, "venue_status")
    return try await client.call(.open("venue_status")) { (json) throws(JSONError) in
      try json.word("status", VenueStatus.self)
    }
  }

  private func market(
    _ symbol: Symbol, _ operation: String, _ more: [(key: String, value: JSONValue)] = []
  ) throws(BrokerError) -> JSONValue {
    .object([("market", .string(try names.instrument(symbol, operation).venueID))] + more)
  }
}
