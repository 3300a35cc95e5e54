import Core
import Testing

@testable import Sandbox

@Suite struct KrakenOrderTests {
  private static let valid = "pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=0.001"

  @Test(arguments: [
    ("pair=NONE&type=buy&ordertype=limit&price=1&volume=1", "EQuery:Unknown asset pair"),
    ("type=buy&ordertype=limit&price=1&volume=1", "EGeneral:Invalid arguments"),
    ("pair=XBTUSD&type=hold&ordertype=limit&price=60000&volume=1", "EGeneral:Invalid arguments:type"),
    ("pair=XBTUSD&type=buy&ordertype=trailing-stop&price=60000&volume=1", "EGeneral:Invalid arguments:ordertype"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=0.000000001", "EGeneral:Invalid arguments:volume"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=NaN", "EGeneral:Invalid arguments:volume"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=-1", "EGeneral:Invalid arguments:volume"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=0", "EGeneral:Invalid arguments:volume"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=0.00004", "EOrder:Order minimum not met"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=100&volume=0.0001", "EOrder:Cost minimum not met"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=60000.01&volume=0.001", "EGeneral:Invalid arguments:price"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=%2B5&volume=0.001", "EGeneral:Invalid arguments:price"),
    ("pair=XBTUSD&type=buy&ordertype=limit&volume=0.001", "EGeneral:Invalid arguments:price"),
    ("pair=XBTUSDT&type=buy&ordertype=limit&price=60000.1&volume=0.001", "EOrder:Tick size check failed"),
    ("pair=XRPUSD&type=buy&ordertype=limit&price=0.5&volume=10", "EService:Market in cancel_only mode"),
    ("pair=XBTUSD&type=buy&ordertype=limit&price=60000&volume=1", "EOrder:Insufficient funds"),
    ("pair=XBTUSD&type=sell&ordertype=limit&price=60000&volume=0.001", "EOrder:Insufficient funds"),
    ("\(valid)&userref=1&cl_ord_id=a", "EGeneral:Invalid arguments:cl_ord_id"),
    ("\(valid)&cl_ord_id=1234567890123456789", "EGeneral:Invalid arguments:cl_ord_id"),
    ("\(valid)&cl_ord_id=6d1b345e-2821-40e2-ad83-4ecb18a0687", "EGeneral:Invalid arguments:cl_ord_id"),
    ("\(valid)&timeinforce=GTX", "EGeneral:Invalid arguments:timeinforce"),
    ("\(valid)&timeinforce=GTD", "EGeneral:Invalid arguments:expiretm"),
    ("\(valid)&timeinforce=GTD&expiretm=%2B4", "EGeneral:Invalid arguments:expiretm"),
    ("\(valid)&deadline=tomorrow", "EGeneral:Invalid arguments:deadline"),
    ("\(valid)&deadline=2026-01-16T12:02:00Z", "EGeneral:Invalid arguments:deadline"),
    ("\(valid)&deadline=2026-01-16T12:00:04Z", "EService:Deadline elapsed"),
  ])
  func `what is wrong is refused in Kraken's words, and nothing is stored`(_ parameters: String, _ text: String) throws
  {
    let bench = try KrakenBench()
    #expect(try bench.error("AddOrder", parameters) == text)
    #expect(bench.exchange.read { $0.orders.count } == 0)
    if !text.hasSuffix("elapsed") { #expect(try bench.error("AddOrder", "\(parameters)&validate=true") == text) }
  }

  @Test func `validate checks everything and does nothing`() throws {
    let bench = try KrakenBench()
    let result = try bench.result("AddOrder", "\(Self.valid)&validate=true")
    #expect(result["txid"] == nil)
    #expect(try result.object("descr").string("order") == "buy 0.00100000 XBTUSD @ limit 60000.0")
    #expect(bench.ledger.entries.flatMap(\.events).count == 2)
  }

  @Test func `an order that takes fills level by level, and its rest is cancelled`() throws {
    let bench = try KrakenBench(funds: ["USD": .literal("1000000")])
    bench.clock.advance(by: .seconds(5))
    let asks = try bench.book().asks
    let limit = asks[2].price
    var offered = ExactDecimal.zero
    for level in asks[0...2] { offered = try offered + level.quantity }
    let volume = try offered + .one
    let id = try bench.place(
      "pair=XBTUSD&type=buy&ordertype=limit&price=\(limit)&volume=\(volume)&timeinforce=IOC", patient: false)
    let order = try bench.order(id)
    #expect(try order.string("status") == "canceled")
    #expect(try order.decimal("vol_exec") == offered)
    #expect(try order.array("trades").count == 3)
    let trades = try #require(try bench.result("TradesHistory").object("trades").members)
    let prices = try trades.map { try $0.value.decimal("price") }
    #expect(prices == asks[0...2].map(\.price).reversed())
    #expect(try trades.allSatisfy { try !$0.value.boolean("maker") })
    let fee = try trades[0].value.decimal("fee")
    let cost = try trades[0].value.decimal("cost")
    #expect(fee == (try (cost * .literal("0.004")).rounded(places: 4, .down)))
  }

  @Test func `what somebody took is gone until the next market second`() throws {
    let bench = try KrakenBench(funds: ["USD": .literal("1000000")])
    let best = try #require(try bench.book().asks.first)
    let order = "pair=XBTUSD&type=buy&ordertype=limit&price=\(best.price)&volume=\(best.quantity)&timeinforce=IOC"
    func filled(_ id: String) -> ExactDecimal? { bench.exchange.order(id, account: KrakenBench.account)?.filled }
    #expect(filled(try bench.place(order, patient: false)) == best.quantity)
    #expect(filled(try bench.place(order, patient: false)) == .zero)
    // A sixtieth of a second of the wall is a second of the market.
    bench.clock.advance(by: .milliseconds(17))
    let next = try #require(try bench.book().asks.first)
    let again = "pair=XBTUSD&type=buy&ordertype=limit&price=\(next.price)&volume=\(next.quantity)&timeinforce=IOC"
    #expect(filled(try bench.place(again, patient: false)) == next.quantity)
  }

  @Test func `fill-or-kill is all or nothing`() throws {
    let bench = try KrakenBench(funds: ["USD": .literal("1000000")])
    let price = try bench.price("1.01")
    let small = try bench.place(
      "pair=XBTUSD&type=buy&ordertype=limit&price=\(price)&volume=0.001&timeinforce=FOK")
    #expect(try bench.order(small).string("status") == "closed")
    let large = try bench.place("pair=XBTUSD&type=buy&ordertype=limit&price=\(price)&volume=10&timeinforce=FOK")
    #expect(try bench.order(large).string("status") == "canceled")
    #expect(try bench.order(large).decimal("vol_exec") == .zero)
  }

  @Test func `post-only that would take is taken and cancelled`() throws {
    let bench = try KrakenBench()
    let id = try bench.place(
      "pair=XBTUSD&type=buy&ordertype=limit&price=\(try bench.price("1.02"))&volume=0.001&oflags=post")
    let order = try bench.order(id)
    #expect(try order.string("status") == "canceled")
    #expect(try order.string("reason") == "Post only order")
  }

  @Test func `a resting order holds price and fee, and gives it back when cancelled`() throws {
    let bench = try KrakenBench()
    let id = try bench.place("pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.1")
    let extended = try bench.result("BalanceEx").object("ZUSD")
    #expect(try extended.string("hold_trade") == "3012.0000")
    #expect(try extended.string("balance") == "10000.0000")
    #expect(try bench.result("Balance").string("ZUSD") == "10000.0000")
    #expect(
      try bench.error("AddOrder", "pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.24")
        == "EOrder:Insufficient funds")
    #expect(try bench.result("CancelOrder", "txid=\(id)").integer("count") == 1)
    #expect(try bench.result("BalanceEx").object("ZUSD").string("hold_trade") == "0.0000")
    #expect(try bench.error("CancelOrder", "txid=\(id)") == "EOrder:Unknown order")
    #expect(try bench.error("CancelOrder", "txid=OAAAAA-AAAAA-AAAAAA") == "EOrder:Invalid order")
  }

  @Test func `a resting order fills at its own price when the market comes by`() throws {
    let bench = try KrakenBench()
    let limit = try bench.price("0.9985")
    let id = try bench.place("pair=XBTUSD&type=buy&ordertype=limit&price=\(limit)&volume=0.001&oflags=post")
    for _ in 0..<600 where try bench.order(id).string("status") == "open" {}
    let order = try bench.order(id)
    #expect(try order.string("status") == "closed")
    #expect(try order.decimal("price") == limit)
    let trade = try #require(try bench.result("TradesHistory").object("trades").members?.first?.value)
    #expect(try trade.boolean("maker"))
    #expect(try trade.decimal("fee") == (try (trade.decimal("cost") * .literal("0.0025")).rounded(places: 4, .down)))
  }

  @Test func `an order with a date ends at it`() throws {
    let bench = try KrakenBench()
    let id = try bench.place(
      "pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.1&timeinforce=GTD&expiretm=%2B60")
    #expect(try bench.order(id).string("status") == "open")
    bench.clock.advance(by: .seconds(60))
    #expect(try bench.order(id).string("status") == "expired")
    #expect(try bench.balance("USD").held == .zero)
  }

  @Test func `a client order id is unique among open orders only`() throws {
    let bench = try KrakenBench()
    let order = "pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.01&cl_ord_id=abc"
    let first = try bench.place(order)
    #expect(try bench.error("AddOrder", order) == "EGeneral:Invalid arguments:cl_ord_id not unique")
    #expect(try bench.result("OpenOrders", "cl_ord_id=abc").object("open").members?.map(\.key) == [first])
    #expect(try bench.result("CancelOrder", "cl_ord_id=abc").integer("count") == 1)
    let second = try bench.place(order)
    #expect(second != first)
    let found = try bench.result("QueryOrders", "cl_ord_id=abc").members?.map(\.key)
    #expect(Set(found ?? []) == [first, second])
  }

  @Test func `orders sized in money spend it and no more`() throws {
    let bench = try KrakenBench()
    let id = try bench.place("pair=XBTUSD&type=buy&ordertype=market&volume=100&oflags=viqc")
    let order = try bench.order(id)
    #expect(try order.string("status") == "closed")
    #expect(try order.decimal("cost") <= .literal("100"))
    #expect(try order.decimal("cost") > .literal("99.9"))
    #expect(try order.decimal("vol") == .literal("100"))
  }

  @Test func `a fee in coins is taken from what was bought`() throws {
    let bench = try KrakenBench()
    let id = try bench.place(
      "pair=XBTUSD&type=buy&ordertype=limit&price=\(try bench.price("1.02"))&volume=0.001&oflags=fcib")
    #expect(try bench.order(id).decimal("fee") == .literal("0.000004"))
    #expect(try bench.balance("BTC").total == .literal("0.000996"))
  }

  @Test func `cancel-all ends every market's orders, by userref only those that share it`() throws {
    let bench = try KrakenBench()
    for userref in [1, 1, 2] {
      _ = try bench.place("pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.01&userref=\(userref)")
    }
    _ = try bench.place("pair=SOLUSD&type=buy&ordertype=limit&price=50&volume=1")
    #expect(try bench.result("CancelOrder", "txid=1").integer("count") == 2)
    #expect(try bench.result("CancelAll").integer("count") == 2)
    #expect(try bench.result("OpenOrders").object("open").count == 0)
  }

  @Test func `the engine counts placements and young cancellations per market`() throws {
    var settings = KrakenSettings()
    settings.tier.engineLimit = 10
    let bench = try KrakenBench(settings: settings)
    let order = "pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.001"
    let id = try bench.place(order)
    #expect(try bench.error("CancelOrder", "txid=\(id)", patient: false) == "")
    #expect(try bench.error("AddOrder", order, patient: false) == "")
    #expect(try bench.error("AddOrder", order, patient: false) == "EOrder:Rate limit exceeded")
    #expect(try bench.error("AddOrder", "pair=SOLUSD&type=buy&ordertype=limit&price=50&volume=1", patient: false) == "")
    #expect(try bench.error("AddOrder", order) == "")
  }

  @Test func `open orders per market are capped`() throws {
    var settings = KrakenSettings()
    settings.tier.openOrders = 2
    let bench = try KrakenBench(settings: settings)
    let order = "pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.001"
    for _ in 0..<2 { _ = try bench.place(order) }
    #expect(try bench.error("AddOrder", order) == "EOrder:Orders limit exceeded")
  }

  @Test func `when the record cannot be kept no order is taken`() throws {
    let bench = try KrakenBench()
    bench.ledger.fill()
    #expect(try bench.error("AddOrder", Self.valid) == "EService:Unavailable")
    #expect(bench.exchange.read { $0.orders.count } == 0)
    #expect(try bench.balance("USD").total == .literal("10000"))
  }
}
