import Broker
import Core
import Testing

@testable import Trading

/// A position bought at 100 with its stop at 98, so that the risk is 2: 101 is +0.5 R, 102 +1 R, 103 +1.5 R.
enum Held {
  static let openedAt = Crafted.origin + .seconds(86_400)

  static func entry(stop: String = "98") -> EntryPlan {
    EntryPlan(
      symbol: Crafted.instrument().symbol, decidedAt: openedAt, entry: Crafted.price("100"), stop: Crafted.price(stop),
      firstTarget: Crafted.price("103"), atr: Crafted.number("0.8"), score: 1)
  }

  static func fill(
    _ id: String, price: String, quantity: String, fee: String = "0", in currency: String = "USD", side: Side = .buy
  ) -> Fill {
    Fill(
      id: id, venueOrderID: VenueOrderID("O1"), symbol: Crafted.instrument().symbol, side: side,
      price: Crafted.price(price), quantity: Crafted.quantity(quantity), fee: Crafted.number(fee),
      feeCurrency: currency, time: openedAt)
  }

  static func position(bought: String = "1", held: String? = nil) -> HeldPosition {
    guard let plan = try? PositionPlan(entry: entry(), fills: [fill("1", price: "100", quantity: bought)]) else {
      preconditionFailure("a fill that makes a position")
    }
    return HeldPosition(quantity: Crafted.quantity(held ?? bought), plan: plan)
  }

  /// Without candles, unless given.
  static func view(bid: String, candles: [Candle] = [], after: Duration = .seconds(60)) -> MarketView {
    var view = Crafted.view(candles)
    view.quote.bid = Crafted.price(bid)
    view.quote.ask = view.quote.bid
    view.time = openedAt + after
    view.candlesAsOf = view.time
    return view
  }
}

@Suite struct StrategyExitTests {
  private func decide(_ position: HeldPosition, _ view: MarketView) throws -> ExitDecision {
    try Crafted.strategy().evaluateExit(position, view)
  }

  private func action(_ position: HeldPosition, bid: String) throws -> ExitDecision.Action {
    try decide(position, Held.view(bid: bid)).action
  }

  @Test func `everything is sold when the bid falls to the stop, and not before`() throws {
    let position = Held.position()
    #expect(try action(position, bid: "98.01") == .hold)
    #expect(try action(position, bid: "98") == .exit(Exit(.all, position.quantity, .stop)))
    #expect(try action(position, bid: "1") == .exit(Exit(.all, position.quantity, .stop)))
  }

  @Test func `half is sold at one and a half times the risk`() throws {
    let position = Held.position(bought: "1.00000001")
    #expect(try action(position, bid: "102.99") == .hold)
    #expect(try action(position, bid: "103") == .exit(Exit(.half, Crafted.quantity("0.5"), .firstTarget)))
  }

  @Test func `of a half that was filled in part only the rest is sold, and then no more`() throws {
    let partly = Held.position(bought: "1", held: "0.8")
    #expect(try action(partly, bid: "103") == .exit(Exit(.half, Crafted.quantity("0.3"), .firstTarget)))
    #expect(try action(Held.position(bought: "1", held: "0.5"), bid: "103") == .hold)
    // 0.00005 would be left of the half: below the least quantity, so the half counts as done.
    #expect(try action(Held.position(bought: "1", held: "0.50005"), bid: "103") == .hold)
  }

  @Test func `no half is sold when either half would be below a minimum at the stop`() throws {
    #expect(try action(Held.position(bought: "0.0001"), bid: "103") == .hold)
    // 0.5 USD at the stop of 101.8, which trails 1.5 × 0.8 behind 103, is 0.004911…; two of them 0.00983.
    #expect(try action(Held.position(bought: "0.0098"), bid: "103") == .hold)
    #expect(
      try action(Held.position(bought: "0.0099"), bid: "103")
        == .exit(Exit(.half, Crafted.quantity("0.00495"), .firstTarget)))
  }

  @Test func `from one risk above the entry on the stop trails, and is kept when the price falls back`() throws {
    var position = Held.position()
    #expect(try decide(position, Held.view(bid: "101.99")).plan.stop == Crafted.price("98"))
    let risen = try decide(position, Held.view(bid: "102"))
    #expect(risen.action == .hold)
    #expect(risen.plan.stop == Crafted.price("100.8"))
    position.plan = risen.plan
    let fallen = try decide(position, Held.view(bid: "100.9"))
    #expect(fallen.action == .hold && fallen.plan == risen.plan)
    #expect(
      try action(position, bid: "100.8") == .exit(Exit(.all, position.quantity, .trailingStop)))
  }

  @Test func `after eight hours below half the risk everything is sold`() throws {
    let position = Held.position()
    let (short, long) = (Duration.seconds(8 * 3_600 - 1), Duration.seconds(8 * 3_600))
    #expect(try decide(position, Held.view(bid: "100.99", after: short)).action == .hold)
    let late = try decide(position, Held.view(bid: "100.99", after: long)).action
    #expect(late == .exit(Exit(.all, position.quantity, .timeStop)))
    #expect(try decide(position, Held.view(bid: "101", after: long)).action == .hold)
  }

  @Test func `everything is sold when the trend has turned, if the candles are fresh`() throws {
    let position = Held.position()
    let first = 288 - 150
    let falling = (first..<288).map { index in
      // Ever steeper, so that the histogram is below zero at the end.
      Crafted.candle(index, open: 120 - pow2(index - first), close: 120 - pow2(index - first + 1))
    }
    let fresh = Held.view(bid: "99", candles: falling)
    #expect(try decide(position, fresh).action == .exit(Exit(.all, position.quantity, .trendExit)))
    let stale = Held.view(bid: "99", candles: Array(falling.dropLast(20)))
    var unfetched = stale
    unfetched.candlesAsOf = stale.time - .seconds(20 * 300)
    #expect(try decide(position, unfetched).action == .hold)
    let rising = (first..<288).map { index in
      Crafted.candle(index, open: 80 + pow2(index - first), close: 80 + pow2(index - first + 1))
    }
    #expect(try decide(position, Held.view(bid: "99", candles: rising)).action == .hold)
  }

  private func pow2(_ index: Int) -> Double { Double(index * index) / 2_000 }

  @Test func `hold neither enters nor sells`() throws {
    let hold = try Hold(parameters: [:])
    #expect(hold.evaluateEntry(Crafted.view(Crafted.pullback)) == .reject(.neverEnters))
    let position = Held.position()
    let decision = try hold.evaluateExit(position, Held.view(bid: "1", after: .seconds(864_000)))
    #expect(decision == ExitDecision(.hold, plan: position.plan))
    #expect(throws: StrategyError.unknownParameter("size")) { try Hold(texts: ["size": "1"]) }
  }
}
