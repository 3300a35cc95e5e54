import Core
import Testing

@testable import Sandbox

@Suite struct KrakenHistoryTests {
  private func bench(orders: Int) throws -> (KrakenBench, [String]) {
    let bench = try KrakenBench()
    var ids: [String] = []
    for _ in 0..<orders {
      ids.append(
        try bench.place(
          "pair=SOLUSD&type=buy&ordertype=limit&price=\(try bench.price("1.05", "SOL/USD", places: 2))&volume=0.02&timeinforce=IOC"
        ))
    }
    return (bench, ids)
  }

  @Test func `history comes newest first in pages of fifty`() throws {
    let (bench, ids) = try bench(orders: 120)
    var orders: [String] = []
    var trades: [String] = []
    for offset in [0, 50, 100, 150] {
      let closed = try bench.result("ClosedOrders", "ofs=\(offset)")
      #expect(try closed.integer("count") == 120)
      let page = try #require(try closed.object("closed").members)
      #expect(page.count == [50, 50, 20, 0][offset / 50])
      orders += page.map(\.key)
      let history = try bench.result("TradesHistory", "ofs=\(offset)")
      #expect(try history.integer("count") == 120)
      for (_, trade) in try #require(try history.object("trades").members) {
        trades.append(try trade.string("ordertxid"))
      }
    }
    #expect(orders == ids.reversed())
    #expect(trades == ids.reversed())
  }

  @Test func `a stretch begins after its start and ends with its end`() throws {
    let (bench, ids) = try bench(orders: 5)
    let times = ids.compactMap { bench.exchange.order($0, account: KrakenBench.account)?.createdAt }
    func seconds(_ time: Timestamp) -> String {
      KrakenText.time(time).encoded
    }
    let closed = try bench.result("ClosedOrders", "start=\(seconds(times[1]))&end=\(seconds(times[3]))")
    #expect(try closed.object("closed").members?.map(\.key) == [ids[3], ids[2]])
    let byID = try bench.result("ClosedOrders", "start=\(ids[1])&end=\(ids[3])")
    #expect(try byID.object("closed").members?.map(\.key) == [ids[3], ids[2]])
    let uncounted = try bench.result("TradesHistory", "without_count=true")
    #expect(uncounted["count"] == nil)
  }

  @Test func `unknown and foreign orders are absent from an answer`() throws {
    let (bench, ids) = try bench(orders: 1)
    _ = try bench.exchange.openAccount("kraken/other", venue: "kraken", funds: ["USD": .literal("1000")])
    let ticket = OrderTicket(
      symbol: Symbol(base: "BTC", quote: "USD"), side: .buy, size: .base(.literal("0.001")), limit: .literal("30000"),
      timeInForce: .goodTillCancelled)
    let foreign = try bench.exchange.place(ticket, account: "kraken/other")
    let found = try bench.result("QueryOrders", "txid=\(ids[0]),\(foreign.id),OAAAAA-AAAAA-AAAAAA")
    #expect(found.members?.map(\.key) == [ids[0]])
    #expect(try bench.error("CancelOrder", "txid=\(foreign.id)") == "EOrder:Invalid order")
    #expect(try bench.result("CancelAll").integer("count") == 0)
  }

  @Test func `an open order has the documented form`() throws {
    let bench = try KrakenBench(funds: ["USDT": .literal("20000")])
    let id = try bench.place(
      "pair=XBTUSDT&type=buy&ordertype=limit&price=29500.0&volume=0.50000000&oflags=fciq&userref=0")
    let order = try bench.result("OpenOrders").object("open").object(id)
    let time = try #require(bench.exchange.order(id, account: KrakenBench.account)?.createdAt)
    #expect(id.wholeMatch(of: /O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}/) != nil)
    #expect(try Timestamp(seconds: order.decimal("opentm")) == time)
    let expected = """
      {"refid":null,"userref":0,"status":"open","opentm":\(try order.member("opentm").text ?? ""),"starttm":0,\
      "expiretm":0,"descr":{"pair":"XBTUSDT","type":"buy","ordertype":"limit","price":"29500.0","price2":"0",\
      "leverage":"none","order":"buy 0.50000000 XBTUSDT @ limit 29500.0","close":""},"vol":"0.50000000",\
      "vol_exec":"0.00000000","cost":"0.00000","fee":"0.00000","price":"0.00000","stopprice":"0.00000",\
      "limitprice":"0.00000","misc":"","oflags":"fciq","trigger":"last"}
      """
    let stored = try #require(bench.exchange.order(id, account: KrakenBench.account))
    #expect(KrakenOrderText.order(stored, trades: nil).encoded == expected)
  }

  @Test func `answers are keyed by the market's id, orders name its short name`() throws {
    let bench = try KrakenBench()
    for name in ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD"] {
      let ticker = try bench.open("Ticker?pair=\(name)").object("result")
      #expect(ticker.members?.map(\.key) == ["XXBTZUSD"])
    }
    let id = try bench.place(
      "pair=XXBTZUSD&type=buy&ordertype=limit&price=\(try bench.price("1.02"))&volume=0.001")
    #expect(try bench.order(id).object("descr").string("pair") == "XBTUSD")
    let trade = try #require(try bench.result("TradesHistory").object("trades").members?.first)
    #expect(trade.key.hasPrefix("T"))
    #expect(try trade.value.string("pair") == "XXBTZUSD")
    #expect(try bench.open("Ticker?pair=XBTUSD,NONE").array("error").first?.text == "EQuery:Unknown asset pair")
  }

  @Test func `candles are told as documented`() throws {
    let bench = try KrakenBench()
    bench.clock.advance(by: .seconds(7))
    let now = bench.exchange.marketNow.seconds
    let result = try bench.open("OHLC?pair=XBTUSD&interval=5").object("result")
    let rows = try result.array("XXBTZUSD")
    #expect(rows.count == 720)
    let starts = rows.compactMap { $0.elements?.first?.text.flatMap { Int($0) } }
    #expect(starts.last == now.floored(to: 300))
    #expect(try result.integer("last") == now.floored(to: 300) - 300)
    let since = now.floored(to: 300) - 3_000
    let later = try bench.open("OHLC?pair=XBTUSD&interval=5&since=\(since)").object("result").array("XXBTZUSD")
    #expect(later.compactMap { $0.elements?.first?.text.flatMap { Int($0) } } == Array(starts.suffix(10)))
    #expect(try KrakenBench.error(try bench.open("OHLC?pair=XBTUSD&interval=7")).hasPrefix("EGeneral:Invalid"))
  }

  @Test func `the date has the venue's own form`() throws {
    let time = try #require(Timestamp(rfc3339: "2025-11-11T00:17:04Z"))
    #expect(KrakenDate.text(time) == "Tue, 11 Nov 25 00:17:04 +0000")
  }
}
