internal import Broker
internal import Core

/// What is read without a key.
enum MarketCases {
  static let all = [instruments, quote, book, candles, tickers, tickerQuotes, serverTime, serverStep, names]

  private static let instruments = ConformanceCase("every instrument has a name of its own and rules that make sense") {
    trial in
    let all = trial.survey.instruments
    try expect("instruments by symbol", Set(all.map(\.symbol)).count, is: all.count)
    try expect("instruments by the venue's name", Set(all.map(\.venueID)).count, is: all.count)
    for instrument in all { try check(instrument) }
  }

  private static func check(_ instrument: Instrument) throws {
    let name = instrument.symbol.description
    try expect(instrument.tickSize.isPositive, "\(name) to have a tick", seen: "\(instrument.tickSize)")
    try expect(instrument.lotStep.isPositive, "\(name) to have a step", seen: "\(instrument.lotStep)")
    try expect(
      Symbol(parsing: name) == instrument.symbol, "a symbol that can be read back", seen: name)
    try expect(
      !instrument.venueBase.isEmpty && !instrument.venueQuote.isEmpty, "\(name) to name its assets", seen: "nothing")
    if let least = instrument.minimumQuantity, let most = instrument.maximumQuantity {
      try expect(least <= most, "\(name): least ≤ most", seen: "\(least), \(most)")
    }
    if let least = instrument.minimumNotional, let most = instrument.maximumNotional {
      try expect(least <= most, "\(name): least ≤ most notional", seen: "\(least), \(most)")
    }
    if let least = instrument.minimumQuantity {
      try expect(!least.value.isNegative, "\(name) to have a least quantity", seen: "\(least)")
    }
  }

  private static let quote = ConformanceCase("a quote has a bid below its ask, both on the tick") { trial in
    let quote = try await trial.feed().plugin.fetchQuote(trial.market.symbol)
    try expect("its market", quote.symbol, is: trial.market.symbol)
    try expect(quote.bid < quote.ask && quote.bid.value.isPositive, "bid < ask", seen: "\(quote.bid), \(quote.ask)")
    for price in [quote.bid, quote.ask] {
      try expect(try price.value.isMultiple(of: trial.market.tickSize), "a price on the tick", seen: "\(price)")
    }
    try expect(abs((quote.asOf - trial.now).components.seconds) < 60, "a time near now", seen: "\(quote.asOf)")
  }

  private static let book = ConformanceCase("an order book has its best prices first on both sides") { trial in
    let book: OrderBook
    do {
      book = try await trial.feed().plugin.fetchOrderBook(trial.market.symbol, depth: 10)
    } catch let error as BrokerError {
      // A description need not have one.
      guard trial.venue.isDerived, error.code == .unsupported else { throw error }
      return
    }
    try expect("its market", book.symbol, is: trial.market.symbol)
    try expect(!book.bids.isEmpty && !book.asks.isEmpty, "offers on both sides", seen: "\(book)")
    try expect(
      zip(book.bids, book.bids.dropFirst()).allSatisfy { $0.price > $1.price }, "falling bids",
      seen: "\(book.bids.map(\.price))")
    try expect(
      zip(book.asks, book.asks.dropFirst()).allSatisfy { $0.price < $1.price }, "rising asks",
      seen: "\(book.asks.map(\.price))")
    if let bid = book.bids.first, let ask = book.asks.first {
      try expect(bid.price < ask.price, "bid < ask", seen: "\(bid.price), \(ask.price)")
    }
    try expect(
      (book.bids + book.asks).allSatisfy { $0.quantity.value.isPositive }, "something at every price", seen: "\(book)")
  }

  // Venues count public calls by address: those that make many have a venue of their own.
  private static let candles = ConformanceCase(
    "candles are completed, oldest first and aligned, at every length", at: .own(speed: 1)
  ) { trial in
    let (plugin, _) = try trial.feed()
    let declared = trial.spec.declaration.candles
    let lengths = declared.isEmpty ? [Duration.seconds(60), .seconds(300), .seconds(3_600)] : declared
    for length in lengths {
      let now = trial.venue.marketClock.time(atWall: trial.now)
      let candles = try await plugin.fetchCandles(trial.market.symbol, interval: length, limit: 20, marketNow: now)
      try check(candles, length, now)
    }
  }

  private static func check(_ candles: [Candle], _ length: Duration, _ now: Timestamp) throws {
    try expect((1...20).contains(candles.count), "1 to 20 candles of \(length)", seen: "\(candles.count)")
    for (earlier, later) in zip(candles, candles.dropFirst()) {
      let apart = (later.start - earlier.start).wholeNanoseconds
      try expect(
        apart > 0 && apart % length.wholeNanoseconds == 0, "starts whole lengths of \(length) apart, oldest first",
        seen: "\(earlier.start), \(later.start)")
    }
    for candle in candles {
      try expect(candle.start + length <= now, "completed candles", seen: "one from \(candle.start) at \(now)")
      let prices = [candle.open, candle.close]
      try expect(
        candle.low.value.isPositive && prices.allSatisfy { candle.low <= $0 && $0 <= candle.high }
          && !candle.volume.value.isNegative, "low ≤ open, close ≤ high", seen: "\(candle)")
    }
    if let last = candles.last {
      try expect(last.start + length * 4 > now, "the newest ones", seen: "the last from \(last.start) at \(now)")
    }
  }

  private static let tickers = ConformanceCase("tickers are of learnt instruments, with prices") { trial in
    let (plugin, _) = try trial.feed()
    let tickers = try await plugin.fetchTickers()
    let known = Set(trial.survey.instruments.map(\.symbol))
    try expect(
      tickers.contains { $0.symbol == trial.market.symbol }, "\(trial.market.symbol) among them",
      seen: "\(tickers.map(\.symbol))")
    try expect("tickers by symbol", Set(tickers.map(\.symbol)).count, is: tickers.count)
    for ticker in tickers {
      try expect(known.contains(ticker.symbol), "learnt instruments only", seen: "\(ticker.symbol)")
      try expect(
        ticker.last.value.isPositive && !ticker.volume24h.value.isNegative, "a last price", seen: "\(ticker)")
    }
    plugin.learn([trial.market])
    let fewer = try await plugin.fetchTickers()
    try expect("tickers when one is learnt", fewer.map(\.symbol), is: [trial.market.symbol])
  }

  private static let tickerQuotes = ConformanceCase("every ticker has bid and ask", .quotesInTickers) { trial in
    for ticker in try await trial.feed().plugin.fetchTickers() {
      guard let quote = ticker.quote else { throw Mismatch(expected: "bid and ask", seen: "\(ticker)") }
      try expect(quote.bid < quote.ask, "bid < ask", seen: "\(quote)")
    }
  }

  private static let serverTime = ConformanceCase("the venue's clock is told, so that an offset can be seen") { trial in
    let (plugin, _) = try trial.feed()
    let before = trial.now
    let told = try await plugin.fetchServerTime()
    let (low, high) = (before - .seconds(3), trial.now + .seconds(3))
    try expect(low <= told && told <= high, "about \(before)", seen: "\(told)")
  }

  private static let serverStep = ConformanceCase("a step of the venue's clock is seen", at: .own(speed: 1)) { trial in
    let (plugin, _) = try trial.feed()
    let before = try await plugin.fetchServerTime()
    try await trial.venue.stepClock(by: .seconds(600))
    let step = (try await plugin.fetchServerTime() - before).components.seconds
    try expect((598...630).contains(step), "600 seconds later", seen: "\(step) seconds later")
  }

  private static let names = ConformanceCase(
    "each market's name leads to it and back, in orders as in quotes", at: .own(speed: 1)
  ) { trial in
    let markets = trial.survey.instruments.filter { $0.status == .online }.sorted { $0.symbol < $1.symbol }.prefix(6)
    var funds: [String: ExactDecimal] = [:]
    for market in markets { funds[market.symbol.quote] = ExactDecimal(integer: 10_000) }
    let account = try await trial.account(funds: funds)
    var placed: [VenueOrderID: Symbol] = [:]
    for market in markets {
      let bid = try await account.plugin.fetchQuote(market.symbol).bid.value
      let half = try bid.divided(by: ExactDecimal(integer: 2), places: 20, .down)
      let price = try half.rounded(toMultipleOf: market.tickSize, .up)
      let coins = try ExactDecimal(integer: 50).divided(by: price, places: 20, .down)
      let order = OrderRequest(
        clientOrderID: account.newID(), symbol: market.symbol, side: .buy,
        quantity: Quantity(try coins.rounded(toMultipleOf: market.lotStep, .down)), limit: Price(price),
        timeInForce: .goodTillCancelled, deadline: trial.now + trial.spec.orderLifetime)
      placed[try await account.place(order)] = market.symbol
    }
    let open = try await account.plugin.fetchOpenOrders()
    try expect("open orders", Set(open.map(\.venueOrderID)), is: Set(placed.keys))
    for order in open { try expect("the market of an order", order.symbol, is: placed[order.venueOrderID]) }
  }
}
