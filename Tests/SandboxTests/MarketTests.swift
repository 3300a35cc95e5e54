import Core
import Testing

@testable import Sandbox

@Suite struct MarketTests {
  private static func start() throws -> Timestamp { try #require(Timestamp(rfc3339: "2026-01-16T12:00:00Z")) }

  private static let online = ["BTC/USD", "ETH/USD", "SOL/USD", "DOGE/USD"]

  @Test(arguments: [KrakenVenue.rules.name, CoinbaseVenue.rules.name], 1...24)
  func `on every venue the strategy finds an entry within every 150 market minutes`(_ venue: String, _ number: Int)
    throws
  {
    let rules = venue == "kraken" ? KrakenVenue.rules : CoinbaseVenue.rules
    // Starts all round the day, since VWAP begins at midnight.
    let start = try Self.start() + .seconds(number * 7_919)
    let data = MarketData(model: MarketModel(seed: UInt64(number), anchor: start))
    let end = start + .seconds(30 * 3_600)
    var isSignalled: [Bool] = []
    for symbol in Self.online {
      let listing = try #require(Symbol(parsing: symbol).flatMap { rules.listing($0) })
      let bars = data.candles(
        listing, interval: 300, from: start.seconds - 720 * 300, to: end.seconds - 300, now: end)
      let roundTrip = rules.fees.taker.approximation * 2
      let signals = TrendPullbackRule(bars, roundTrip: roundTrip).signals().suffix(360)
      if isSignalled.isEmpty { isSignalled = [Bool](repeating: false, count: signals.count) }
      isSignalled = zip(isSignalled, signals).map { $0 || $1 }
    }
    #expect(isSignalled.count == 360)
    let gaps = isSignalled.split(separator: true, omittingEmptySubsequences: false).map(\.count)
    #expect((gaps.max() ?? .max) < 30, "seed \(number): \(gaps.max() ?? -1) candles without an entry")
    #expect(isSignalled.contains(false), "seed \(number): a market that is always an entry tests nothing")
  }

  @Test(arguments: 1...5)
  func `the range of five minutes is such that a trade can pay its fees`(_ number: Int) throws {
    let start = try Self.start()
    let data = MarketData(model: MarketModel(seed: UInt64(number), anchor: start))
    for symbol in Self.online {
      let listing = try #require(KrakenVenue.rules.listing(named: symbol))
      let bars = data.candles(
        listing, interval: 300, from: start.seconds - 216_000, to: start.seconds - 300, now: start)
      let ranges = bars.map { ($0.high.approximation - $0.low.approximation) / $0.close.approximation }
      let mean = ranges.reduce(0, +) / Double(ranges.count)
      #expect((0.004...0.009).contains(mean), "seed \(number) \(symbol): \(mean)")
    }
  }

  @Test(arguments: 1...4)
  func `a trend also falls`(_ number: Int) throws {
    let start = try Self.start()
    let model = MarketModel(seed: UInt64(number), anchor: start)
    for asset in ["BTC", "DOGE"] {
      let hours = (0..<24).compactMap { model.midpoint(of: asset, at: start + .seconds($0 * 3_600)) }
      let change = zip(hours.dropFirst(2), hours).map { $0 / $1 - 1 }
      #expect((change.min() ?? 0) < -0.03, "seed \(number) \(asset)")
      #expect((change.max() ?? 0) > 0.015, "seed \(number) \(asset)")
    }
  }

  @Test func `longer candles are exactly the sum of shorter ones`() throws {
    let start = try Self.start()
    let now = start + .seconds(1_234)
    let data = MarketData(model: MarketModel(seed: 3, anchor: start))
    for listing in KrakenVenue.rules.listings + CoinbaseVenue.rules.listings {
      for (interval, part) in [(300, 60), (900, 300), (3_600, 900), (86_400, 3_600)] {
        let from = now.seconds.floored(to: interval) - 2 * interval
        let long = data.candles(listing, interval: interval, from: from, to: now.seconds, now: now)
        #expect(long.count == 3)
        for bar in long {
          let parts = data.candles(
            listing, interval: part, from: bar.start, to: min(bar.start + interval - part, now.seconds), now: now)
          #expect(bar.open == parts.first?.open)
          #expect(bar.close == parts.last?.close)
          #expect(bar.high == parts.map(\.high).max())
          #expect(bar.low == parts.map(\.low).min())
          var volume = ExactDecimal.zero
          for part in parts { volume = try volume + part.volume }
          #expect(bar.volume == volume)
        }
      }
    }
  }

  @Test func `a candle only grows, and its finished form holds every price shown before`() throws {
    let start = try Self.start()
    let data = MarketData(model: MarketModel(seed: 3, anchor: start))
    let listing = try #require(KrakenVenue.rules.listing(named: "BTC/USD"))
    func bar(at now: Timestamp) throws -> MarketBar {
      try #require(data.candles(listing, interval: 300, from: start.seconds, to: start.seconds, now: now).first)
    }
    let finished = try bar(at: start + .seconds(300))
    var volume = ExactDecimal.zero
    for second in stride(from: 0, to: 300, by: 7) {
      let now = start + .seconds(second)
      let bar = try bar(at: now)
      let last = try #require(data.book(listing, depth: 1, now: now)).last
      #expect(bar.close == last)
      #expect(bar.low >= finished.low && bar.high <= finished.high)
      #expect(bar.open == finished.open)
      #expect(bar.volume >= volume)
      volume = bar.volume
    }
    #expect(finished.volume >= volume)
  }

  @Test func `the same seed and time give the same market, another seed another`() throws {
    let start = try Self.start()
    func price(_ seed: UInt64) -> Double? { MarketModel(seed: seed, anchor: start).midpoint(of: "ETH", at: start) }
    #expect(price(1) == price(1))
    #expect(price(1) != price(2))
  }

  @Test func `a book's prices are on the tick, ordered and apart`() throws {
    let start = try Self.start()
    let data = MarketData(model: MarketModel(seed: 9, anchor: start))
    for listing in KrakenVenue.rules.listings + CoinbaseVenue.rules.listings {
      for second in 0..<50 {
        let book = try #require(data.book(listing, depth: 20, now: start + .seconds(second * 61)))
        #expect(book.asks.map(\.price) == book.asks.map(\.price).sorted())
        #expect(book.bids.map(\.price) == book.bids.map(\.price).sorted().reversed())
        let bid = try #require(book.bids.first?.price), ask = try #require(book.asks.first?.price)
        #expect(bid < ask && bid <= book.last && book.last <= ask)
        for level in book.bids + book.asks {
          #expect(try level.price.isMultiple(of: listing.instrument.tickSize))
          #expect(try level.quantity.isMultiple(of: listing.instrument.lotStep))
        }
      }
    }
  }
}

@Suite struct MarketTimeTests {
  @Test func `the market's time goes on after a restart and never back`() throws {
    let wall = SteppedClock(try #require(Timestamp(rfc3339: "2026-01-16T12:00:00Z")))
    let store = MarketTimeMemory()
    var shown = Timestamp(nanoseconds: 0)
    for round in 0..<20 {
      // Each round is a process that dies without a word.
      let time = MarketTime(wall: wall, speed: [60, 1, 1_000][round % 3], store: store)
      #expect(time.now - shown < .seconds(600) || round == 0)
      for _ in 0..<10 {
        let now = time.now
        #expect(now >= shown)
        shown = now
        wall.advance(by: .milliseconds(37))
      }
      wall.advance(by: .seconds(3_600))
    }
  }

  @Test func `a wall stepped back does not take the market back`() throws {
    let wall = SteppedClock(try #require(Timestamp(rfc3339: "2026-01-16T12:00:00Z")))
    let time = MarketTime(wall: wall, speed: 60, store: MarketTimeMemory())
    wall.advance(by: .seconds(10))
    let shown = time.now
    wall.advance(by: .seconds(-5))
    #expect(time.now == shown)
    wall.advance(by: .seconds(6))
    #expect(time.now == shown + .seconds(60))
  }

  @Test func `a time that cannot be stored is not shown`() throws {
    struct FullDisk: MarketTimeStore {
      func load() -> Timestamp? { nil }
      func save(_ time: Timestamp) -> Bool { false }
    }
    let wall = SteppedClock(Timestamp(nanoseconds: 1_000_000_000))
    let time = MarketTime(wall: wall, speed: 60, store: FullDisk())
    wall.advance(by: .seconds(10))
    #expect(time.now == Timestamp(nanoseconds: 1_000_000_000))
  }
}
