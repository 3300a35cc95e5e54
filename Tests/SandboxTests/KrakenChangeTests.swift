import Core
import Testing

@testable import Sandbox

/// Amendments, edits, batches, the dead-man switch, and what the engine counts for them.
@Suite struct KrakenChangeTests {
  private static let order = "pair=XBTUSD&type=buy&ordertype=limit&price=30000&volume=0.01"

  private func call(_ bench: KrakenBench, _ name: String, json members: [(String, JSONValue)]) throws -> JSON {
    bench.clock.advance(by: .seconds(5))
    let nonce = bench.nextNonce()
    let all = [("nonce", JSONValue.integer(Int(nonce)))] + members
    let body = JSONValue.object(all.map { (key: $0.0, value: $0.1) }).encoded
    return try bench.send(bench.request(name, body: body, nonce: "\(nonce)", type: "application/json"))
  }

  @Test func `an amendment keeps the order's id and name, and moves what it holds`() throws {
    let bench = try KrakenBench()
    let id = try bench.place(Self.order + "&cl_ord_id=mine")
    let answer = try bench.result("AmendOrder", "cl_ord_id=mine&order_qty=0.02&limit_price=20000")
    #expect(try answer.string("amend_id").hasPrefix("T"))
    let order = try bench.order(id)
    #expect(try order.decimal("vol") == .literal("0.02") && order.string("cl_ord_id") == "mine")
    #expect(try order.object("descr").string("price") == "20000.0" && order.string("misc") == "amended")
    #expect(try bench.balance("USD").held == .literal("401.6"))
    #expect(try bench.error("AmendOrder", "txid=\(id)&order_qty=1") == "EOrder:Insufficient funds")
    #expect(
      try bench.error("AmendOrder", "txid=\(id)&limit_price=20000.01") == "EGeneral:Invalid arguments:limit_price")
    #expect(try bench.error("AmendOrder", "txid=\(id)") == "EGeneral:Invalid arguments")
    #expect(try bench.error("AmendOrder", "txid=OAAAAA-AAAAA-AAAAAA&order_qty=1") == "EOrder:Invalid order")
    let above = try bench.price("1.01")
    #expect(
      try bench.error("AmendOrder", "txid=\(id)&limit_price=\(above)&post_only=true") == "EOrder:Post only order")
    #expect(try bench.order(id).string("status") == "open")
    #expect(try bench.error("AmendOrder", "txid=\(id)&order_qty=0.001&limit_price=\(above)") == "")
    #expect(try bench.order(id).string("status") == "closed")
    #expect(try bench.error("AmendOrder", "txid=\(id)&order_qty=1") == "EOrder:Unknown order")
  }

  @Test func `an amendment moves what a stop waits for, and comes too late after its deadline`() throws {
    let bench = try KrakenBench(funds: ["BTC": .literal("0.5")])
    let id = try bench.place("pair=XBTUSD&type=sell&ordertype=stop-loss&price=50000&volume=0.01")
    #expect(try bench.error("AmendOrder", "txid=\(id)&trigger_price=49000&order_qty=0.02") == "")
    #expect(try bench.order(id).object("descr").string("price") == "49000.0")
    #expect(try bench.balance("BTC").held == .literal("0.02"))
    #expect(try bench.error("AmendOrder", "txid=\(id)&limit_price=49000") == "EGeneral:Invalid arguments")
    let late = (bench.clock.now + .seconds(4)).text(fractionDigits: 0)
    #expect(
      try bench.error("AmendOrder", "txid=\(id)&trigger_price=48000&deadline=\(late)") == "EService:Deadline elapsed")
    #expect(try bench.order(id).object("descr").string("price") == "49000.0")
  }

  @Test func `a quantity that has filled already cancels the rest`() throws {
    let bench = try KrakenBench(funds: ["USD": .literal("1000000")])
    let ask = try #require(try bench.book().asks.first)
    let volume = try ask.quantity + .one
    let id = try bench.place(
      "pair=XBTUSD&type=buy&ordertype=limit&price=\(ask.price)&volume=\(volume)", patient: false)
    let filled = try #require(bench.exchange.order(id, account: KrakenBench.account)?.filled)
    #expect(filled.isPositive)
    #expect(try bench.error("AmendOrder", "txid=\(id)&order_qty=\(filled)", patient: false) == "")
    let order = try bench.order(id)
    #expect(try order.string("status") == "canceled" && order.decimal("vol_exec") == filled)
  }

  @Test func `an edit makes a new order without the old one's name`() throws {
    let bench = try KrakenBench()
    let id = try bench.place(Self.order + "&cl_ord_id=mine")
    let answer = try bench.result("EditOrder", "txid=\(id)&pair=XBTUSD&price=25000&volume=0.02")
    #expect(try answer.string("status") == "ok" && answer.string("originaltxid") == id)
    #expect(try answer.integer("orders_cancelled") == 1 && answer.string("price") == "25000.0")
    #expect(try answer.object("descr").string("order") == "buy 0.02000000 XBTUSD @ limit 25000.0")
    let fresh = try bench.order(try answer.string("txid"))
    #expect(fresh["cl_ord_id"] == nil)
    #expect(try bench.order(id).string("status") == "canceled")
    #expect(try bench.balance("USD").held == .literal("502"))
    #expect(
      try bench.error("EditOrder", "txid=\(try answer.string("txid"))&price=25000.01")
        == "EGeneral:Invalid arguments:price")
    #expect(try bench.result("OpenOrders").object("open").count == 1)
    #expect(try bench.error("EditOrder", "txid=\(id)&price=1") == "EOrder:Unknown order")
  }

  @Test func `a batch is looked at as a whole, and what is not covered fails alone`() throws {
    let bench = try KrakenBench()
    func row(_ price: String, _ volume: String) -> JSONValue {
      ["ordertype": "limit", "type": "buy", "price": .string(price), "volume": .string(volume)]
    }
    let good = try call(
      bench, "AddOrderBatch", json: [("pair", "XBT/USD"), ("orders", [row("30000", "0.3"), row("29000", "0.1")])])
    let rows = try good.object("result").array("orders")
    #expect(try rows[0].string("txid").hasPrefix("O"))
    #expect(try rows[1].string("error") == "EOrder:Insufficient funds" && rows[1]["txid"] == nil)
    #expect(try rows[1].object("descr").string("order") == "buy 0.10000000 XBTUSD @ limit 29000.0")
    let bad = try call(
      bench, "AddOrderBatch",
      json: [("pair", "XBTUSD"), ("orders", [row("30000", "0.001"), row("30000.01", "0.001")])])
    #expect(try KrakenBench.error(bad) == "EGeneral:Invalid arguments:price")
    #expect(try bench.result("OpenOrders").object("open").count == 1)
    let one = try call(bench, "AddOrderBatch", json: [("pair", "XBTUSD"), ("orders", [row("30000", "0.001")])])
    #expect(try KrakenBench.error(one) == "EGeneral:Invalid arguments")
    let form = (0..<2).map {
      "orders[\($0)][ordertype]=limit&orders[\($0)][type]=buy&orders[\($0)][price]=10000&orders[\($0)][volume]=0.001"
        + "&orders[\($0)][close][ordertype]=limit&orders[\($0)][close][price]=90000"
    }
    let answer = try bench.result("AddOrderBatch", "pair=XBTUSD&" + form.joined(separator: "&"))
    let closes = try answer.array("orders").map { try $0.string("close") }
    #expect(closes == Array(repeating: "close position @ limit 90000.0", count: 2))
    let validated = try bench.result("AddOrderBatch", "pair=XBTUSD&validate=true&" + form.joined(separator: "&"))
    #expect(try validated.array("orders").allSatisfy { $0["txid"] == nil })
    #expect(try bench.result("OpenOrders").object("open").count == 3)
  }

  @Test func `a batch of cancels counts those that were open, named in any way`() throws {
    let bench = try KrakenBench()
    let ids = try (0..<5).map { try bench.place(Self.order + ($0 == 3 ? "&cl_ord_id=c" : $0 == 4 ? "&userref=7" : "")) }
    let json = try call(
      bench, "CancelOrderBatch",
      json: [("orders", [.string(ids[0]), .string(ids[0]), "OAAAAA-AAAAA-AAAAAA"]), ("cl_ord_ids", ["c", "none"])])
    #expect(try json.object("result").integer("count") == 2)
    #expect(try bench.result("CancelOrderBatch", "orders[0]=\(ids[1])&orders[1]=7").integer("count") == 2)
    #expect(try bench.result("CancelOrderBatch", "orders[]=\(ids[2])").integer("count") == 1)
    #expect(try bench.error("CancelOrderBatch") == "EGeneral:Invalid arguments")
    #expect(try bench.error("CancelOrder", "userref=7") == "EOrder:Unknown order")
  }

  @Test func `every private call takes JSON as well as a form`() throws {
    let bench = try KrakenBench()
    for name in ["Balance", "BalanceEx", "OpenOrders", "TradesHistory", "Ledgers", "GetApiKeyInfo", "CancelAll"] {
      #expect(try KrakenBench.error(try call(bench, name, json: [])) == "", "\(name)")
    }
    let placed = try call(
      bench, "AddOrder",
      json: [
        ("pair", "BTC/USD"), ("type", "buy"), ("ordertype", "limit"), ("price", "30000"), ("volume", "0.01"),
        ("close", ["ordertype": "stop-loss-limit", "price": "25000", "price2": "24000"]),
      ])
    let description = try placed.object("result").object("descr")
    #expect(try description.string("close") == "close position @ stop loss 25000.0 -> limit 24000.0")
  }

  @Test func `the dead-man switch cancels everything when its time comes, unless it is set again`() throws {
    let bench = try KrakenBench()
    _ = try bench.place(Self.order)
    _ = try bench.place("pair=SOLUSD&type=buy&ordertype=limit&price=50&volume=1")
    let armed = try bench.result("CancelAllOrdersAfter", "timeout=60")
    let start = try #require(Timestamp(rfc3339: try armed.string("currentTime")))
    #expect(try armed.string("triggerTime") == (start + .seconds(60)).description)
    bench.clock.advance(by: .seconds(45))
    _ = try bench.result("CancelAllOrdersAfter", "timeout=60")
    bench.clock.advance(by: .seconds(45))
    #expect(try bench.result("OpenOrders").object("open").count == 2)
    #expect(try bench.result("CancelAllOrdersAfter", "timeout=0").string("triggerTime") == "0")
    bench.clock.advance(by: .seconds(300))
    #expect(try bench.result("OpenOrders").object("open").count == 2)
    _ = try bench.result("CancelAllOrdersAfter", "timeout=60")
    bench.clock.advance(by: .seconds(60))
    bench.venue.advance()
    #expect(bench.exchange.openOrders(KrakenBench.account).isEmpty)
    #expect(try bench.balance("USD").held == .zero)
    // It has fired; what is placed afterwards stays.
    _ = try bench.place(Self.order)
    bench.clock.advance(by: .seconds(300))
    #expect(try bench.result("OpenOrders").object("open").count == 1)
    #expect(try bench.error("CancelAllOrdersAfter", "timeout=86400") == "EGeneral:Invalid arguments:timeout")
  }

  @Test(arguments: [
    (KrakenEngineCost.amend, [4.0, 3, 2, 1, 1, 1, 1]), (.edit, [7, 6, 5, 3, 2, 1, 1]),
    (.cancel, [8, 6, 5, 4, 2, 1, 0]),
  ])
  func `the younger the order the dearer what is done to it`(_ cost: KrakenEngineCost, _ expected: [Double]) {
    let ages = [0, 5, 10, 15, 45, 90, 300]
    #expect(ages.map { cost.fixed + cost.penalty(age: .seconds($0)) } == expected)
  }

  @Test func `the engine counts amendments by the age since the last one, and batches by the half`() throws {
    var settings = KrakenSettings()
    settings.tier.engineLimit = 10
    settings.tier.engineDecay = 0.000_001
    let bench = try KrakenBench(settings: settings)
    let id = try bench.place(Self.order, patient: false)
    // 1 for the order, then 1 + 3 twice, as it is young again after each: 9 of 10.
    for price in ["29000", "28000"] {
      #expect(try bench.error("AmendOrder", "txid=\(id)&limit_price=\(price)", patient: false) == "")
      bench.clock.advance(by: .seconds(1))
    }
    #expect(try bench.error("AddOrder", Self.order, patient: false) == "")
    #expect(try bench.error("AddOrder", Self.order, patient: false) == "EOrder:Rate limit exceeded")
    let form = (0..<2).map {
      "orders[\($0)][ordertype]=limit&orders[\($0)][type]=buy&orders[\($0)][price]=50&orders[\($0)][volume]=1"
    }.joined(separator: "&")
    #expect(try bench.error("AddOrderBatch", "pair=SOLUSD&" + form, patient: false) == "")
    for _ in 0..<9 {
      #expect(
        try bench.error("AddOrder", "pair=SOLUSD&type=buy&ordertype=limit&price=50&volume=1", patient: false) == "")
    }
    #expect(
      try bench.error("AddOrder", "pair=SOLUSD&type=buy&ordertype=limit&price=50&volume=1", patient: false)
        == "EOrder:Rate limit exceeded")
  }

  @Test func `an attempt that is refused for its arguments is counted too`() throws {
    var settings = KrakenSettings()
    settings.tier.engineLimit = 2
    let bench = try KrakenBench(settings: settings)
    for _ in 0..<2 {
      #expect(
        try bench.error("AddOrder", Self.order + "&type=hold", patient: false) == "EGeneral:Invalid arguments:type")
    }
    #expect(try bench.error("AddOrder", Self.order, patient: false) == "EOrder:Rate limit exceeded")
  }

  @Test func `a tier has its own counters`() throws {
    let bench = try KrakenBench()
    #expect(bench.venue.setTier("starter", account: KrakenBench.account))
    #expect(!bench.venue.setTier("gold", account: KrakenBench.account))
    for _ in 0..<15 { #expect(try bench.error("Balance", patient: false) == "") }
    #expect(try bench.error("Balance", patient: false) == "EAPI:Rate limit exceeded")
    bench.clock.advance(by: .seconds(4))
    #expect(try bench.error("Balance", patient: false) == "")
    #expect(try bench.error("Balance", patient: false) == "EAPI:Rate limit exceeded")
  }

  @Test func `a batch needs both rights, a token its own`() throws {
    let bench = try KrakenBench(permissions: [.modifyTrades])
    #expect(try bench.error("AddOrderBatch") == "EGeneral:Permission denied")
    #expect(try bench.error("AmendOrder") == "EGeneral:Invalid arguments")
    #expect(try bench.error("GetWebSocketsToken") == "EGeneral:Permission denied")
    #expect(try bench.error("Ledgers") == "EGeneral:Permission denied")
    bench.addKey("socket", [.createWebSocketToken])
    let token = try bench.call("GetWebSocketsToken", key: "socket").object("result")
    #expect(try token.integer("expires") == 900 && !token.string("token").isEmpty)
  }
}
