import Core
import Messages

/// What a feed fetches next: a pure decision, so that the public budget is spent on what is most stale.
///
/// Instruments rarely; tickers (one call for all markets) every ``tickerInterval``, which also rank the markets; then a
/// quote for the markets whose ticker has none, and candles whenever a market's next one is complete.
struct FeedSchedule {
  /// One call to the venue.
  enum Fetch: Hashable {
    case instruments
    case tickers
    case quote(Symbol)
    case candles(Symbol)
  }

  private struct Watched {
    var candlesUpTo: Timestamp?
    var candlesTriedAt: Timestamp?
    var quotedAt: Timestamp?
  }

  static let instrumentsInterval = Duration.seconds(3_600)
  static let tickerInterval = Duration.seconds(5)
  /// A market without quotes in the tickers is asked for one this often at most; many markets wait their turn.
  static let quoteInterval = Duration.seconds(5)
  /// A venue may publish a candle a little after its end: asked again no sooner than this.
  static let candleRetry = Duration.seconds(1)

  private let candles: Duration
  private let selection: MarketSelection
  private let tickersHaveQuotes: Bool
  private var instruments: [Symbol: Instrument] = [:]
  private var watched: [Symbol: Watched] = [:]
  private var instrumentsAt: Timestamp?
  private var tickersAt: Timestamp?

  init(candles: Duration, selection: MarketSelection, tickersHaveQuotes: Bool) {
    self.candles = candles
    self.selection = selection
    self.tickersHaveQuotes = tickersHaveQuotes
  }

  /// Whether instruments, tickers and the candles of every watched market are there.
  var isComplete: Bool {
    !watched.isEmpty && watched.values.allSatisfy { $0.candlesUpTo != nil }
  }

  /// The most urgent call at `wall`; `nil` when nothing is due.
  func next(wall: Timestamp, market: Timestamp) -> Fetch? {
    if Self.isDue(instrumentsAt, Self.instrumentsInterval, wall) { return .instruments }
    if Self.isDue(tickersAt, Self.tickerInterval, wall) { return .tickers }
    if let symbol = mostUrgentCandles(wall: wall, market: market) { return .candles(symbol) }
    return staleQuote(wall: wall).map(Fetch.quote)
  }

  private static func isDue(_ last: Timestamp?, _ interval: Duration, _ now: Timestamp) -> Bool {
    guard let last else { return true }
    return now - last >= interval || now < last
  }

  private func mostUrgentCandles(wall: Timestamp, market: Timestamp) -> Symbol? {
    let newest = market.floored(to: candles) - candles
    return watched.filter { _, entry in
      let hasNewest = entry.candlesUpTo.map { $0 >= newest } ?? false
      return !hasNewest && Self.isDue(entry.candlesTriedAt, Self.candleRetry, wall)
    }.min { Self.urgency($0.value.candlesTriedAt, $0.key) < Self.urgency($1.value.candlesTriedAt, $1.key) }?.key
  }

  private func staleQuote(wall: Timestamp) -> Symbol? {
    guard !tickersHaveQuotes else { return nil }
    return watched.filter { Self.isDue($0.value.quotedAt, Self.quoteInterval, wall) }
      .min { Self.urgency($0.value.quotedAt, $0.key) < Self.urgency($1.value.quotedAt, $1.key) }?.key
  }

  private static func urgency(_ last: Timestamp?, _ symbol: Symbol) -> (Int64, String) {
    (last?.nanoseconds ?? .min, symbol.description)
  }

  // MARK: What happened

  mutating func received(instruments list: [Instrument], at wall: Timestamp) {
    instruments = Dictionary(list.map { ($0.symbol, $0) }) { first, _ in first }
    instrumentsAt = wall
    tickersAt = nil
  }

  /// Ranks by what was traded in 24 hours, in the quote currency, and watches the busiest.
  mutating func received(tickers: [Ticker], at wall: Timestamp) {
    tickersAt = wall
    let ranked = tickers.filter { ticker in
      instruments[ticker.symbol]?.status == .online && selection.takes(ticker.symbol)
    }.map { (symbol: $0.symbol, turnover: $0.last.value.approximation * $0.volume24h.value.approximation) }
      .sorted { ($1.turnover, $0.symbol) < ($0.turnover, $1.symbol) }
    let busiest = Set(ranked.prefix(selection.top).map(\.symbol))
    watched = watched.filter { busiest.contains($0.key) }
    for symbol in busiest where watched[symbol] == nil { watched[symbol] = Watched() }
  }

  mutating func received(quoteOf symbol: Symbol, at wall: Timestamp) { watched[symbol]?.quotedAt = wall }

  mutating func received(candlesOf symbol: Symbol, newest: Timestamp?, at wall: Timestamp) {
    watched[symbol]?.candlesTriedAt = wall
    if let newest { watched[symbol]?.candlesUpTo = newest }
  }

  /// A call that failed is tried again only when its turn comes.
  mutating func failed(_ fetch: Fetch, at wall: Timestamp) {
    switch fetch {
    case .instruments: instrumentsAt = wall - Self.instrumentsInterval + Self.tickerInterval
    case .tickers: tickersAt = wall
    case .quote(let symbol): watched[symbol]?.quotedAt = wall
    case .candles(let symbol): watched[symbol]?.candlesTriedAt = wall
    }
  }
}
