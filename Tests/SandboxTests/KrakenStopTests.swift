import Core
import Testing

@testable import Sandbox

/// Orders that wait for a price, and orders that fills make.
@Suite struct KrakenStopTests {
  private func wait(_ bench: KrakenBench, for id: String, seconds: Int = 3_600) throws {
    for _ in 0..<seconds where bench.exchange.order(id, account: KrakenBench.account)?.status == .open {
      bench.clock.advance(by: .seconds(1))
      bench.exchange.advance()
    }
  }

  @Test func `a stop-loss sleeps, holds the coins, and sells at the market when its price comes`() throws {
    let bench = try KrakenBench(funds: ["BTC": .literal("0.5")])
    let trigger = try bench.price("0.997")
    let id = try bench.place("pair=XBTUSD&type=sell&ordertype=stop-loss&price=\(trigger)&volume=0.001")
    let waiting = try bench.order(id)
    #expect(try waiting.string("status") == "open")
    let description = try waiting.object("descr")
    #expect(try description.string("ordertype") == "stop-loss" && description.string("price2") == "0")
    #expect(try description.string("order") == "sell 0.00100000 XBTUSD @ stop loss \(trigger.text(minimumPlaces: 1))")
    #expect(try bench.balance("BTC").held == .literal("0.001"))
    try wait(bench, for: id)
    let done = try bench.order(id)
    #expect(try done.string("status") == "closed" && done.string("misc") == "stopped")
    #expect(try done.decimal("price") <= trigger)
    #expect(try bench.balance("BTC").held == .zero)
  }

  @Test func `a take-profit waits for the other side, and its limit rests`() throws {
    let bench = try KrakenBench(funds: ["BTC": .literal("0.5")])
    let trigger = try bench.price("1.002")
    let limit = try bench.price("1.004")
    let id = try bench.place(
      "pair=XBTUSD&type=sell&ordertype=take-profit-limit&price=\(trigger)&price2=\(limit)&volume=0.001")
    #expect(
      try bench.order(id).object("descr").string("order").hasSuffix(
        "@ take profit \(trigger.text(minimumPlaces: 1)) -> limit \(limit.text(minimumPlaces: 1))"))
    try wait(bench, for: id)
    let done = try bench.order(id)
    #expect(try done.string("misc") == "touched" && done.decimal("limitprice") == limit)
    #expect(try done.decimal("price") >= limit)
  }

  @Test func `a purchase that waits holds money for more than its price, and buys when the market rises`() throws {
    let bench = try KrakenBench()
    let trigger = try bench.price("1.003")
    let id = try bench.place("pair=XBTUSD&type=buy&ordertype=stop-loss&price=\(trigger)&volume=0.001")
    #expect(try bench.balance("USD").held > trigger * .literal("0.001"))
    #expect(
      try bench.error("AddOrder", "pair=XBTUSD&type=buy&ordertype=stop-loss&price=\(trigger)&volume=0.2")
        == "EOrder:Insufficient funds")
    try wait(bench, for: id)
    #expect(try bench.order(id).string("status") == "closed")
    #expect(try bench.balance("USD").held == .zero)
  }

  @Test func `one whose price has come already is in the market at once`() throws {
    let bench = try KrakenBench(funds: ["BTC": .literal("0.5")])
    let id = try bench.place(
      "pair=XBTUSD&type=sell&ordertype=stop-loss&price=\(try bench.price("1.01"))&volume=0.001")
    #expect(try bench.order(id).string("status") == "closed")
  }

  @Test func `each fill makes an order on the other side that knows where it comes from`() throws {
    let bench = try KrakenBench()
    let stop = try bench.price("0.9")
    let answer = try bench.result(
      "AddOrder",
      "pair=XBTUSD&type=buy&ordertype=market&volume=0.001&close[ordertype]=stop-loss&close[price]=\(stop)")
    #expect(
      try answer.object("descr").string("close") == "close position @ stop loss \(stop.text(minimumPlaces: 1))")
    let id = try #require(try answer.array("txid").first?.text)
    let open = try #require(try bench.result("OpenOrders").object("open").members)
    #expect(open.count == 1)
    let child = try #require(open.first?.value)
    #expect(try child.string("refid") == id && child.object("descr").string("type") == "sell")
    #expect(try child.decimal("vol") == .literal("0.001"))
    #expect(try bench.balance("BTC").held == .literal("0.001"))
    #expect(try bench.error("AmendOrder", "txid=\(id)&order_qty=1") == "EOrder:Unknown order")
  }

  @Test(arguments: [
    ("ordertype=stop-loss&price=50000&volume=0.001&timeinforce=IOC", "EGeneral:Invalid arguments:timeinforce"),
    ("ordertype=stop-loss&volume=0.001", "EGeneral:Invalid arguments:price"),
    ("ordertype=stop-loss-limit&price=50000&volume=0.001", "EGeneral:Invalid arguments:price2"),
    ("ordertype=stop-loss&price=50000.01&volume=0.001", "EGeneral:Invalid arguments:price"),
    ("ordertype=stop-loss&price=50000&volume=0.001&oflags=post", "EGeneral:Invalid arguments:oflags"),
    ("ordertype=limit&price=50000&volume=0.001&leverage=2:1", "EGeneral:Invalid arguments:leverage"),
    ("ordertype=limit&price=50000&volume=0.001&starttm=%2B60", "EGeneral:Invalid arguments:starttm"),
    ("ordertype=limit&price=50000&volume=0.001&reduce_only=true", "EGeneral:Invalid arguments:reduce_only"),
    ("ordertype=limit&price=50000&volume=0.001&trigger=mark", "EGeneral:Invalid arguments:trigger"),
    ("ordertype=limit&price=50000&volume=0.001&stptype=none", "EGeneral:Invalid arguments:stptype"),
    ("ordertype=limit&price=50000&volume=0.001&displayvol=1", "EGeneral:Invalid arguments:displayvol"),
    (
      "ordertype=limit&price=50000&volume=0.001&close[ordertype]=iceberg",
      "EGeneral:Invalid arguments:close[ordertype]"
    ),
    ("ordertype=iceberg&price=50000&volume=0.001", "EGeneral:Invalid arguments:ordertype"),
  ])
  func `what is not served or makes no sense is refused by its name`(_ parameters: String, _ text: String) throws {
    let bench = try KrakenBench()
    #expect(try bench.error("AddOrder", "pair=XBTUSD&type=buy&\(parameters)") == text)
    #expect(bench.exchange.read { $0.orders.count } == 0)
  }
}
