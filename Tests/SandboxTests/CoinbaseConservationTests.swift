import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseConservationTests {
  private typealias Bench = CoinbaseBench

  /// SplitMix64, so that a seed says all.
  private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      return Noise.mixed(state)
    }
  }

  @Test func `whatever is ordered, wallets are what fills made of them and holds are the open orders'`() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("conservation: seed \(seed)")
    var dice = Dice(state: seed)
    let start: [String: ExactDecimal] = ["USD": .literal("20000"), "BTC": .literal("0.2")]
    let bench = try CoinbaseBench(funds: start)
    for step in 0..<120 {
      try act(bench, step, &dice)
      if step.isMultiple(of: 20) { try bench.clock.frozen { try check(bench, start) } }
    }
    try bench.clock.frozen { try check(bench, start) }
    #expect(bench.exchange.read { $0.fills.count } > 10)
  }

  /// Orders, changes or cancels something, refused or not.
  private func act(_ bench: CoinbaseBench, _ step: Int, _ dice: inout Dice) throws {
    let side = Bool.random(using: &dice) ? "BUY" : "SELL"
    let size = "0.0\(Int.random(in: 1000...99_999, using: &dice))"
    let price = "\(Int.random(in: 40_000...80_000, using: &dice)).\(Int.random(in: 10...99, using: &dice))"
    let open = bench.exchange.openOrders(Bench.account).randomElement(using: &dice)?.id ?? "none"
    bench.clock.advance(by: .milliseconds(Int.random(in: 0...900, using: &dice)))
    let other = "\(Int.random(in: 40_000...80_000, using: &dice)).00"
    switch Int.random(in: 0..<8, using: &dice) {
    case 6:
      let direction = Bool.random(using: &dice) ? "UP" : "DOWN"
      _ = try bench.place("\(step)", Bench.stopLimit(size, price, stop: other, direction), side: side)
    case 7: _ = try bench.place("\(step)", Bench.bracket(size, price, stop: other), side: side)
    case 0: _ = try bench.place("\(step)", Bench.marketBuy("\(Int.random(in: 1...900, using: &dice)).37"))
    case 1: _ = try bench.place("\(step)", ["market_market_ioc": ["base_size": .string(size)]], side: side)
    case 2: _ = try bench.place("\(step)", Bench.limitIOC(size, price), side: side)
    case 3: _ = try bench.place("\(step)", Bench.limitGTC(size, price), side: side)
    case 4: _ = try bench.call("POST", "orders/batch_cancel", ["order_ids": [.string(open)]])
    default:
      _ = try bench.call(
        "POST", "orders/edit", ["order_id": .string(open), "price": .string(price), "size": .string(size)])
    }
  }

  private func check(_ bench: CoinbaseBench, _ start: [String: ExactDecimal]) throws {
    var expected = start
    for fill in try bench.get("orders/historical/fills?limit=1000").array("fills") {
      let (price, told) = (try fill.decimal("price"), try fill.decimal("size"))
      let isBuy = try fill.string("side") == "BUY"
      let size = try fill.boolean("size_in_quote") ? told.divided(by: price, places: 16, .nearest) : told
      let cost = try price * size
      let fee = try fill.decimal("commission")
      let coins = isBuy ? size : try -size
      let money = isBuy ? try -cost : cost
      expected["BTC"] = try (expected["BTC"] ?? .zero) + coins
      expected["USD"] = try (try (expected["USD"] ?? .zero) + money) - fee
    }
    var held: [String: ExactDecimal] = ["USD": .zero, "BTC": .zero]
    for order in try bench.get("orders/historical/batch?order_status=OPEN&limit=1000").array("orders") {
      let currency = try order.string("side") == "BUY" ? "USD" : "BTC"
      held[currency] = try (held[currency] ?? .zero) + order.decimal("outstanding_hold_amount")
    }
    for currency in ["USD", "BTC"] {
      let wallet = try bench.wallet(currency)
      let total = try wallet.available + wallet.held
      #expect(total == expected[currency], "\(currency)")
      #expect(wallet.held == held[currency], "\(currency)")
      #expect(!wallet.available.isNegative, "\(currency)")
    }
  }
}
