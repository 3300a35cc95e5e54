import Broker
import Core
import Testing

@testable import Trading

@Suite struct StrategyPropertyTests {
  /// Markets of every kind: drifting, with gaps, quiet ends, wide spreads, coarse and fine ticks.
  private func view(_ random: inout StrategyRandom) -> MarketView {
    let ticks = ["0.01", "0.5", "5", "0.00000001", "0.0001"]
    let drift = Double.random(in: -0.2...0.4, using: &random)
    var candles: [Candle] = []
    var close = Double.random(in: 20...400, using: &random)
    for index in 0..<Int.random(in: 90...160, using: &random) {
      if Int.random(in: 0..<12, using: &random) == 0 { continue }
      let open = close
      close = max(0.5, close + drift + Double.random(in: -1...1, using: &random) * close * 0.004)
      candles.append(
        Crafted.candle(index, open: open, close: close, volume: Double.random(in: 0...20, using: &random)))
    }
    let instrument = Crafted.instrument(tick: ticks.randomElement(using: &random) ?? "0.01")
    let taker = ["0", "0.0005", "0.004"].randomElement(using: &random) ?? "0"
    var view = Crafted.view(candles, taker: taker, instrument: instrument)
    let spread = Crafted.cents(Double.random(in: 0...1.5, using: &random))
    if let ask = try? view.quote.bid.value + spread { view.quote.ask = Price(ask) }
    return view
  }

  @Test func `a decision is the same each time, and every plan keeps its promises`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("strategy entries: seed \(seed)")
    var random = StrategyRandom(seed: seed)
    // Loose, so that many markets pass and the plans are what is tried.
    let strategy = try Crafted.strategy([
      "adx_floor": "5", "filter_conditions": "1", "entry_conditions": "1", "volume_floor": "1%",
    ])
    var entered = 0
    for _ in 0..<600 {
      let view = view(&random)
      let decision = strategy.evaluateEntry(view)
      #expect(decision == strategy.evaluateEntry(view))
      guard case .enter(let plan) = decision else { continue }
      entered += 1
      let ask = view.quote.ask.value, tick = view.instrument.tickSize
      #expect(plan.entry == view.quote.ask)
      #expect(plan.stop < view.quote.bid && plan.stop.value.isPositive)
      #expect(try plan.stop.value >= ask * Crafted.number("0.95"))
      #expect(try plan.stop.value.isMultiple(of: tick) && plan.firstTarget.value.isMultiple(of: tick))
      let fees = try (try ask + plan.firstTarget.value) * view.fees.taker
      let costs = try (try fees + (try ask - view.quote.bid.value)) + (try ask * Crafted.number("0.002"))
      #expect(try plan.firstTarget.value - ask > costs)
      #expect(try EntryPlan(try JSON(parsing: plan.json.encoded)) == plan)
    }
    #expect(entered > 20)
  }

  @Test func `the defaults enter some market and refuse most, for more than one reason`() throws {
    var random = StrategyRandom(seed: 1)
    let strategy = try Crafted.strategy()
    var tally: [RejectReason?: Int] = [:]
    for _ in 0..<1_000 {
      switch strategy.evaluateEntry(view(&random)) {
      case .enter: tally[nil, default: 0] += 1
      case .reject(let reason): tally[reason, default: 0] += 1
      }
    }
    #expect((1..<500).contains(tally[nil] ?? 0))
    #expect(tally.count > 4)
  }

  @Test func `the stop of a held position only ever rises, and a sale is never more than is held`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("strategy exits: seed \(seed)")
    var random = StrategyRandom(seed: seed)
    let strategy = try Crafted.strategy()
    for _ in 0..<100 {
      var position = Held.position()
      var view = Held.view(bid: "100")
      var bid = 100.0
      for _ in 0..<200 {
        bid = max(1, bid + Double.random(in: -0.4...0.45, using: &random))
        view.quote.bid = Price(Crafted.cents(bid))
        view.quote.ask = Price(Crafted.cents(bid + 0.02))
        let decision = try strategy.evaluateExit(position, view)
        #expect(try decision == strategy.evaluateExit(position, view))
        #expect(decision.plan.stop >= position.plan.stop && decision.plan.high >= position.plan.high)
        #expect(decision.plan.stop.value <= decision.plan.high.value)
        position.plan = decision.plan
        guard case .exit(let exit) = decision.action else { continue }
        #expect(exit.quantity <= position.quantity && exit.quantity.value.isPositive)
        if exit.fraction == .all { break }
        position.quantity = try position.quantity - exit.quantity
      }
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, 1e31])
  func `a number that is none, or beyond all prices, makes no decimal`(value: Double) {
    #expect(throws: DecimalError.self) { try ExactDecimal(indicator: value, places: 8) }
  }

  @Test func `an indicator's number becomes the nearest decimal of the places asked for`() throws {
    #expect(try ExactDecimal(indicator: 0.1 + 0.2, places: 14) == Crafted.number("0.3"))
    #expect(try ExactDecimal(indicator: 113.65, places: 8) == Crafted.number("113.65"))
    #expect(try ExactDecimal(indicator: -2.5e-9, places: 9) == Crafted.number("-0.000000003"))
    #expect(try ExactDecimal(indicator: 1e-40, places: 22).isZero)
  }
}
