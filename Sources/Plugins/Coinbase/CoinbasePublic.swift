public import Broker
public import Core

/// What needs no key.
extension Coinbase {
  /// `GET /time`.
  public func fetchServerTime() async throws(BrokerError) -> Timestamp {
    let operation = CoinbaseOperation("server_time")
    let answer = try await call.send(CoinbaseCall.Request(path: "/time", isPublic: true), operation)
    return try call.read(operation) { () throws(JSONError) in
      let milliseconds = try answer.integer("epochMillis")
      let (nanoseconds, overflow) = Int64(milliseconds).multipliedReportingOverflow(by: 1_000_000)
      guard !overflow else { throw .wrongType("epochMillis", expected: "a time in milliseconds") }
      return Timestamp(nanoseconds: nanoseconds)
    }
  }

  /// `GET /market/products`: all spot products whose increments are stated.
  public func fetchInstruments() async throws(BrokerError) -> [Instrument] {
    let operation = CoinbaseOperation("instruments")
    let answer = try await products(operation)
    return try call.read(operation) { () throws(JSONError) in try CoinbaseProducts.instruments(answer) }
  }

  /// `GET /market/products` again: last price and volume; a bid and ask are not in it.
  public func fetchTickers() async throws(BrokerError) -> [Ticker] {
    let operation = CoinbaseOperation("tickers")
    let answer = try await products(operation)
    let now = call.clock.now
    return try call.read(operation) { () throws(JSONError) in
      try CoinbaseProducts.tickers(answer, asOf: now, symbol: book.symbol(ofProduct:))
    }
  }

  private func products(_ operation: CoinbaseOperation) async throws(BrokerError) -> JSON {
    try await call.send(
      CoinbaseCall.Request(path: "/market/products", query: [("product_type", "SPOT")], isPublic: true), operation)
  }

  /// `GET /market/products/{id}/ticker`.
  public func fetchQuote(_ symbol: Symbol) async throws(BrokerError) -> Quote {
    let operation = ofProduct("quote")
    let product = CoinbaseURL.encode(try book.instrument(symbol, operation).venueID)
    let answer = try await call.send(
      CoinbaseCall.Request(path: "/market/products/\(product)/ticker", query: [("limit", "1")], isPublic: true),
      operation)
    let now = call.clock.now
    let (bid, ask) = try call.read(operation) { () throws(JSONError) in
      (try answer.filledDecimal("best_bid"), try answer.filledDecimal("best_ask"))
    }
    guard let bid, let ask else {
      throw operation.failure(
        CoinbaseReason(
          .instrumentUnavailable, .instrument, retry: CoinbaseReason.later, "the book of \(symbol) lacks a side"),
        text: nil)
    }
    return Quote(symbol: symbol, bid: Price(bid), ask: Price(ask), asOf: now)
  }

  /// `GET /market/product_book`.
  public func fetchOrderBook(_ symbol: Symbol, depth: Int) async throws(BrokerError) -> OrderBook {
    let operation = ofProduct("order_book")
    let product = try book.instrument(symbol, operation).venueID
    let answer = try await call.send(
      CoinbaseCall.Request(
        path: "/market/product_book", query: [("product_id", product), ("limit", String(max(depth, 1)))],
        isPublic: true), operation)
    let now = call.clock.now
    return try call.read(operation) { () throws(JSONError) in
      let book = try answer.object("pricebook")
      return OrderBook(
        symbol: symbol, bids: Array(try CoinbaseProducts.levels(book, "bids").prefix(max(depth, 1))),
        asks: Array(try CoinbaseProducts.levels(book, "asks").prefix(max(depth, 1))), asOf: now)
    }
  }

  /// `GET /market/products/{id}/candles`, as many pages as `limit` needs. Intervals without a trade have no candle.
  public func fetchCandles(
    _ symbol: Symbol, interval: Duration, limit: Int, marketNow: Timestamp
  ) async throws(BrokerError) -> [Candle] {
    let operation = ofProduct("candles")
    let product = CoinbaseURL.encode(try book.instrument(symbol, operation).venueID)
    guard let plan = CoinbaseCandles(interval: interval, limit: limit, marketNow: marketNow) else {
      throw operation.failure(
        CoinbaseReason(.unsupported, .order, "the venue has no candles of \(DurationText.text(interval))"), text: nil)
    }
    var candles: [Candle] = []
    for page in plan.pages {
      let answer = try await call.send(
        CoinbaseCall.Request(
          path: "/market/products/\(product)/candles",
          query: [
            ("start", String(page.start.seconds)), ("end", String(page.end.seconds)),
            ("granularity", plan.granularity), ("limit", String(CoinbaseCandles.perPage)),
          ], isPublic: true), operation)
      candles += try call.read(operation) { () throws(JSONError) in try CoinbaseCandles.parse(answer) }
    }
    return plan.sorted(candles)
  }

  private func ofProduct(_ name: String) -> CoinbaseOperation {
    var operation = CoinbaseOperation(name)
    operation.missing = CoinbaseReasons.noProduct
    return operation
  }
}
