import Core
import Market
import Testing

@testable import Trading

@Suite struct StrategyEntryTests {
  private func reason(_ view: MarketView, _ texts: [String: String] = [:]) throws -> RejectReason? {
    switch try Crafted.strategy(texts).evaluateEntry(view) {
    case .enter: nil
    case .reject(let reason): reason
    }
  }

  @Test func `a pull-back in an up-trend is entered with the plan of the page`() throws {
    let view = Crafted.view(Crafted.pullback)
    guard case .enter(let plan) = try Crafted.strategy().evaluateEntry(view) else {
      Issue.record("not entered")
      return
    }
    #expect(plan.symbol == view.instrument.symbol)
    #expect(plan.decidedAt == view.time)
    #expect(plan.entry == Crafted.price("114.71"))
    // Swing low 113.65 less a quarter of the ATR, 0.28149471, is lower than the ask less 1.5 ATR; up to the next cent.
    #expect(plan.atr == Crafted.number("0.28149471"))
    #expect(plan.stop == Crafted.price("113.58"))
    // 114.71 + 1.5 × 1.13 = 116.405, up to the next cent.
    #expect(plan.firstTarget == Crafted.price("116.41"))
    #expect(plan.score > 0)
  }

  @Test func `with a low far away the stop lies at most five per cent below the ask`() throws {
    var candles = Crafted.pullback
    candles[195].low = Crafted.price("60")
    let view = Crafted.view(candles)
    guard case .enter(let plan) = try Crafted.strategy().evaluateEntry(view) else {
      Issue.record("not entered")
      return
    }
    // 95 % of 114.71 is 108.9745.
    #expect(plan.stop == Crafted.price("108.98"))
  }

  @Test func `too few candles, old ones and unusable ones are each named`() throws {
    let candles = Crafted.pullback
    #expect(try reason(Crafted.view([])) == .notEnoughCandles)
    #expect(try reason(Crafted.view(Array(candles.suffix(99)))) == .notEnoughCandles)
    #expect(try reason(Crafted.view(Array(candles.suffix(100)))) != .notEnoughCandles)

    var old = Crafted.view(candles)
    let end = old.candlesAsOf - .seconds(5)
    old.time = end + Crafted.interval * 3
    #expect(try reason(old) == nil)
    old.time = old.time + .seconds(1)
    #expect(try reason(old) == .staleCandles)
    // Fetched a moment ago, the same silence means that nothing traded: the candles are fresh and without volume.
    old.candlesAsOf = old.time
    #expect(try reason(old) == .volumeTooLow)

    var twice = candles
    twice.append(candles[199])
    #expect(try reason(Crafted.view(twice)) == .unusableCandles)
  }

  @Test func `a crossed or empty quote is refused`() throws {
    var view = Crafted.view(Crafted.pullback)
    view.quote.bid = Crafted.price("0")
    #expect(try reason(view) == .unusableQuote)
    view = Crafted.view(Crafted.pullback)
    view.quote.bid = Crafted.price("114.72")
    #expect(try reason(view) == .unusableQuote)
  }

  @Test func `a market without a trend is below the ADX floor`() throws {
    let flat = (0..<200).map { Crafted.candle($0, open: 100, close: 100) }
    #expect(try reason(Crafted.view(flat)) == .adxBelowFloor)
    let swaying = (0..<200).map { index in
      Crafted.candle(index, open: index % 2 == 0 ? 100 : 101, close: index % 2 == 0 ? 101 : 100)
    }
    #expect(try reason(Crafted.view(swaying)) == .adxBelowFloor)
    #expect(try reason(Crafted.view(Crafted.pullback), ["adx_floor": "99"]) == .adxBelowFloor)
  }

  @Test func `a last candle of too little volume is refused`() throws {
    var candles = Crafted.pullback
    candles[199].volume = Crafted.quantity("5")
    #expect(try reason(Crafted.view(candles)) == .volumeTooLow)
    for index in candles.indices { candles[index].volume = .zero }
    #expect(try reason(Crafted.view(candles)) == .volumeTooLow)
  }

  @Test func `a strong trend downwards fails the market filter`() throws {
    let falling = (0..<200).map { index in
      Crafted.candle(index, open: 300 - Double(index), close: 299 - Double(index))
    }
    #expect(try reason(Crafted.view(falling)) == .marketFilter)
  }

  @Test func `a straight rise without a pull-back fails the entry's conditions`() throws {
    let rising = (0..<200).map { index in
      Crafted.candle(index, open: 100 + Double(index), close: 101 + Double(index), high: 101.5 + Double(index))
    }
    #expect(try reason(Crafted.view(rising)) == .entryConditions)
    #expect(try reason(Crafted.view(Crafted.pullback), ["entry_conditions": "6"]) == .entryConditions)
  }

  @Test func `a spread that reaches below the stop is refused`() throws {
    var view = Crafted.view(Crafted.pullback)
    view.quote.bid = Crafted.price("113.58")
    #expect(try reason(view) == .spreadTooWide)
    view.quote.bid = Crafted.price("113.59")
    #expect(try reason(view) == nil)
  }

  @Test func `a first target that is not above both fees, the spread and the least edge is refused`() throws {
    // The target is 1.70 away; 0.02 of spread and 0.22942 of edge leave 1.45058 for fees on 231.12: 0.62763 %.
    #expect(try reason(Crafted.view(Crafted.pullback, taker: "0.006276")) == nil)
    #expect(try reason(Crafted.view(Crafted.pullback, taker: "0.006277")) == .edgeBelowCosts)
    #expect(try reason(Crafted.view(Crafted.pullback), ["min_edge": "2%"]) == .edgeBelowCosts)
  }

  @Test func `nothing that comes after now is looked at`() throws {
    let candles = Crafted.pullback
    let view = Crafted.view(candles)
    var later = view
    later.candles.append(Crafted.candle(200, open: 114.7, close: 90))
    later.candlesAsOf = later.candlesAsOf + .seconds(3_600)
    #expect(try Crafted.strategy().evaluateEntry(later) == Crafted.strategy().evaluateEntry(view))
  }

  @Test func `candle patterns are told by their bodies and shadows`() throws {
    var signals = try #require(readSignals(Crafted.pullback))
    func set(_ open: Double, _ high: Double, _ low: Double, _ close: Double) {
      signals.last = Bar(start: signals.last.start, open: open, high: high, low: low, close: close, volume: 1)
    }
    func before(_ open: Double, _ close: Double) {
      signals.previous = Bar(
        start: signals.previous.start, open: open, high: max(open, close), low: min(open, close), close: close,
        volume: 1)
    }
    before(10, 9)
    set(9, 10, 9, 10)
    #expect(signals.isBullishEngulfing)
    set(9.1, 10, 9, 10)
    #expect(!signals.isBullishEngulfing)
    set(9, 10, 9, 9.9)
    #expect(!signals.isBullishEngulfing)
    before(9, 10)
    set(9, 10, 9, 10)
    #expect(!signals.isBullishEngulfing)

    set(10, 11.5, 8, 11)
    #expect(signals.isHammer)
    set(10, 11.6, 8, 11)
    #expect(!signals.isHammer)
    set(10, 11.5, 8.1, 11)
    #expect(!signals.isHammer)
    set(10, 10, 10, 10)
    #expect(!signals.isHammer)
  }

  private func readSignals(_ candles: [Candle]) -> TrendSignals? {
    guard case .success(let series) = Crafted.view(candles).series() else { return nil }
    return TrendSignals(series.bars, swingCandles: 10)
  }
}
