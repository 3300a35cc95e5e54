import Broker
import Core
import Testing
import Trading

@testable import Sandbox

/// The default strategy itself on the sandbox's market: what a newcomer sees in the first minutes.
@Suite struct StrategyOnMarketTests {
  private struct Floor {
    let rules: VenueRules
    let data: MarketData
    let strategy: TrendPullback

    init(_ rules: VenueRules, seed: UInt64, start: Timestamp) throws {
      self.rules = rules
      data = MarketData(model: MarketModel(seed: seed, anchor: start))
      strategy = try TrendPullback(parameters: [:])
    }

    func view(_ listing: Listing, at now: Timestamp) throws -> MarketView {
      let end = now.seconds.floored(to: 300)
      let bars = data.candles(listing, interval: 300, from: end - 300 * 300, to: end - 300, now: now)
      let candles = try bars.map { bar in
        Candle(
          start: try #require(Timestamp(seconds: bar.start)), open: Price(bar.open), high: Price(bar.high),
          low: Price(bar.low), close: Price(bar.close), volume: Quantity(bar.volume))
      }
      let book = try #require(data.book(listing, depth: 1, now: now))
      let bid = try #require(book.bids.first?.price), ask = try #require(book.asks.first?.price)
      return MarketView(
        instrument: listing.instrument, candles: candles, interval: .seconds(300), candlesAsOf: now,
        quote: Quote(symbol: listing.symbol, bid: Price(bid), ask: Price(ask), asOf: now),
        fees: Broker.FeeRates(maker: rules.fees.maker, taker: rules.fees.taker), time: now)
    }

    /// The first entry after `start` on any dollar market, looked for every 150 s.
    func firstEntry(after start: Timestamp, within span: Int) throws -> (listing: Listing, plan: EntryPlan)? {
      let listings = rules.listings.filter { $0.symbol.quote == "USD" && $0.instrument.status == .online }
      for second in stride(from: 0, to: span, by: 150) {
        for listing in listings {
          if case .enter(let plan) = strategy.evaluateEntry(try view(listing, at: start + .seconds(second))) {
            return (listing, plan)
          }
        }
      }
      return nil
    }
  }

  private static func start(_ number: Int) throws -> Timestamp {
    try #require(Timestamp(rfc3339: "2026-01-16T12:00:00Z")) + .seconds(number * 7_919)
  }

  @Test(arguments: [KrakenVenue.rules.name, CoinbaseVenue.rules.name], 1...20)
  func `it finds its first entry within 90 market minutes of the start`(_ venue: String, _ seed: Int) throws {
    let rules = venue == "kraken" ? KrakenVenue.rules : CoinbaseVenue.rules
    let start = try Self.start(seed)
    let floor = try Floor(rules, seed: UInt64(seed), start: start)
    #expect(try floor.firstEntry(after: start, within: 5_400) != nil, "\(venue), seed \(seed)")
  }

  @Test(arguments: 1...6)
  func `what it bought it also sells`(_ seed: Int) throws {
    let start = try Self.start(seed)
    let floor = try Floor(KrakenVenue.rules, seed: UInt64(seed), start: start)
    let (listing, entry) = try #require(try floor.firstEntry(after: start, within: 5_400))
    let quantity = Quantity(try ExactDecimal.literal("100").divided(by: entry.entry.value, places: 8, .down))
    let fill = Fill(
      id: "f", venueOrderID: VenueOrderID("o"), symbol: entry.symbol, side: .buy, price: entry.entry,
      quantity: quantity, fee: .zero, feeCurrency: "USD", time: entry.decidedAt)
    var position = HeldPosition(quantity: quantity, plan: try PositionPlan(entry: entry, fills: [fill]))
    for minutes in stride(from: 5, through: 10 * 60, by: 5) {
      let view = try floor.view(listing, at: entry.decidedAt + .seconds(minutes * 60))
      let decision = try floor.strategy.evaluateExit(position, view)
      position.plan = decision.plan
      guard case .exit(let exit) = decision.action else { continue }
      position.quantity = try position.quantity - exit.quantity
      if exit.fraction == .all { break }
    }
    #expect(position.quantity == .zero, "seed \(seed)")
  }
}
