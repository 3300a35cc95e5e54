public import Broker
public import Core

extension DescriptorPlugin {
  /// `server_time`.
  public func fetchServerTime() async throws(BrokerError) -> Timestamp {
    if let carrier = carriers[.serverTime] { return try await carrier.fetchServerTime() }
    return try await client.one(outgoing(try operation(.serverTime))) { (row) throws(JSONError) in try row.time("time")
    }
  }

  /// `instruments`; of two rows of one name the one that takes orders.
  public func fetchInstruments() async throws(BrokerError) -> [Instrument] {
    if let carrier = carriers[.instruments] { return try await carrier.fetchInstruments() }
    let operation = try operation(.instruments)
    let reports = reports
    var call = outgoing(operation)
    call.timeout = .seconds(30)
    let rows = try await client.rows(operation, call) { (row, _) throws(JSONError) in try reports.instrument(row) }
    var places: [Symbol: Int] = [:]
    var instruments: [Instrument] = []
    for instrument in rows {
      guard let place = places[instrument.symbol] else {
        places[instrument.symbol] = instruments.count
        instruments.append(instrument)
        continue
      }
      if instruments[place].status != .online, instrument.status == .online { instruments[place] = instrument }
    }
    return instruments
  }

  /// `tickers`, or `ticker` of every learnt market; those that were not learnt are left out.
  public func fetchTickers() async throws(BrokerError) -> [Ticker] {
    if let carrier = carriers[.tickers] { return try await carrier.fetchTickers() }
    let reports = reports
    guard let operation = descriptor[.tickers] else { return try await singleTickers() }
    var call = outgoing(operation)
    call.timeout = .seconds(30)
    let tickers = try await client.rows(operation, call) { (row, _) throws(JSONError) in
      try reports.ticker(row, asked: nil)
    }
    var seen: Set<Symbol> = []
    return tickers.filter { seen.insert($0.symbol).inserted }
  }

  private func singleTickers() async throws(BrokerError) -> [Ticker] {
    let operation = try operation(.ticker)
    var tickers: [Ticker] = []
    for instrument in names.all where instrument.status != .offline {
      let reports = reports
      let ticker = try await client.one(outgoing(operation).about(instrument)) { (row) throws(JSONError) in
        try reports.ticker(row, asked: instrument.symbol)
      }
      if let ticker { tickers.append(ticker) }
    }
    return tickers
  }

  /// `ticker`, or its row of `tickers`.
  public func fetchQuote(_ symbol: Symbol) async throws(BrokerError) -> Quote {
    if let carrier = carriers[.ticker] { return try await carrier.fetchQuote(symbol) }
    guard let operation = descriptor[.ticker] else { return try await quoteOfTickers(symbol) }
    let instrument = try names.instrument(symbol, .ticker)
    let reports = reports
    return try await client.one(outgoing(operation).about(instrument)) { (row) throws(JSONError) in
      try reports.quote(row, of: symbol)
    }
  }

  private func quoteOfTickers(_ symbol: Symbol) async throws(BrokerError) -> Quote {
    _ = try names.instrument(symbol, .tickers)
    guard let ticker = try await fetchTickers().first(where: { $0.symbol == symbol }), let quote = ticker.quote else {
      throw BrokerError(
        .instrumentUnavailable, scope: .instrument, recovery: .retry(after: .seconds(30)), operation: "tickers",
        message: "the venue tells no bid and ask of \(symbol)")
    }
    return quote
  }

  /// `order_book`.
  public func fetchOrderBook(_ symbol: Symbol, depth: Int) async throws(BrokerError) -> OrderBook {
    if let carrier = carriers[.orderBook] { return try await carrier.fetchOrderBook(symbol, depth: depth) }
    let operation = try operation(.orderBook)
    let reports = reports
    let count = max(depth, 1)
    var call = outgoing(operation).about(try names.instrument(symbol, .orderBook))
    call.variables["depth"] = .integer(count)
    let (fields, bidPath, askPath) = (call.call.levelFields, call.call.bids, call.call.asks)
    return try await client.send(call) { (view) throws(JSONError) in
      func levels(_ path: Path?) throws(JSONError) -> [OrderBook.Level] {
        guard let path else { throw .missing("bids and asks") }
        var levels: [OrderBook.Level] = []
        for row in try path.rows(of: view) {
          levels.append(try reports.level(FieldValues(fields, RowReader(view, row))))
        }
        return levels
      }
      let bids = try levels(bidPath).sorted { $0.price > $1.price }
      let asks = try levels(askPath).sorted { $0.price < $1.price }
      return OrderBook(
        symbol: symbol, bids: Array(bids.prefix(count)), asks: Array(asks.prefix(count)), asOf: reports.now)
    }
  }

  /// `candles`, those that have ended.
  public func fetchCandles(
    _ symbol: Symbol, interval: Duration, limit: Int, marketNow: Timestamp
  ) async throws(BrokerError) -> [Candle] {
    if let carrier = carriers[.candles] {
      return try await carrier.fetchCandles(symbol, interval: interval, limit: limit, marketNow: marketNow)
    }
    let operation = try operation(.candles)
    guard let word = descriptor.words.intervals[interval] else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, operation: "candles",
        message: "\(descriptor.title) has no candles of \(interval)")
    }
    let reports = reports
    // One more than wanted: the newest has not ended.
    let count = min(max(limit, 1) + 1, operation.call.most ?? DescriptorSpec.candleLimit)
    let end = marketNow.floored(to: interval)
    var call = outgoing(operation).about(try names.instrument(symbol, .candles))
    call.timeout = .seconds(20)
    call.variables["interval"] = .string(word)
    call.variables["limit"] = .integer(count)
    call.variables.set("since", end - interval * (count - 1))
    call.variables.set("until", end)
    let candles = try await client.rows(operation, call) { (row, _) throws(JSONError) in try reports.candle(row) }
    var starts: Set<Timestamp> = []
    let ended = candles.filter { $0.start + interval <= marketNow && starts.insert($0.start).inserted }
    return ended.sorted { $0.start < $1.start }.suffix(max(limit, 0))
  }
}
