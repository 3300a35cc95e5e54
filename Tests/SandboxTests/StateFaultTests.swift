import Core
import Foundation
import Testing

@testable import Sandbox

/// Faults that hold until they are cleared.
@Suite struct StateFaultTests {
  @Test func `a lockout refuses every private call until it is cleared`() throws {
    let bench = try FaultBench()
    try bench.set("lockout", venue: "kraken")
    for name in ["Balance", "GetApiKeyInfo", "AddOrder"] {
      #expect(try bench.kraken(name).error == "EGeneral:Temporary lockout")
    }
    #expect(try bench.open("kraken", "/0/public/Time").error == "")
    try bench.clear()
    #expect(try bench.kraken("Balance").error == "")
  }

  @Test func `a revoked key is unknown, and comes back when the fault goes`() throws {
    let bench = try FaultBench()
    try bench.set("revoked")
    for _ in 0..<12 { #expect(try bench.kraken("Balance").error == "EAPI:Invalid key") }
    #expect(try bench.coinbase("GET", "accounts").status == 401)
    try bench.clear()
    #expect(try bench.kraken("Balance").error == "")
    #expect(try bench.coinbase("GET", "accounts").status == 200)
  }

  @Test func `a permission that is removed is missing from the key's own words too`() throws {
    let bench = try FaultBench()
    try bench.set("permission_removed:query-funds")
    try bench.set("permission_removed:trade")
    #expect(try bench.kraken("Balance").error == "EGeneral:Permission denied")
    #expect(try bench.kraken("OpenOrders").error == "")
    let permissions = try bench.kraken("GetApiKeyInfo").json.object("result").array("permissions").map(\.text)
    #expect(
      permissions == ["query-open-trades", "query-closed-trades", "modify-trades", "close-trades", "query-ledger"])
    #expect(try bench.coinbase("GET", "key_permissions").json.boolean("can_trade") == false)
    let refused = try bench.placeAtCoinbase()
    #expect(refused.status == 403)
    #expect(try refused.json.string("error") == "PERMISSION_DENIED")
  }

  @Test func `maintenance leaves the clock and the status`() throws {
    let bench = try FaultBench()
    try bench.set("maintenance")
    #expect(try bench.open("kraken", "/0/public/Time").error == "")
    let status = try bench.open("kraken", "/0/public/SystemStatus").json.object("result")
    #expect(try status.string("status") == "maintenance")
    #expect(try bench.open("kraken", "/0/public/AssetPairs").error == "EService:Unavailable")
    #expect(try bench.kraken("Balance").error == "EService:Unavailable")
    #expect(try bench.open("coinbase", "/api/v3/brokerage/time").status == 200)
    #expect(try bench.coinbase("GET", "accounts").status == 503)
  }

  @Test func `a venue that only cancels, and one where orders must rest`() throws {
    let bench = try FaultBench()
    _ = try bench.placeAtKraken()
    try bench.set("cancel_only")
    #expect(try bench.open("kraken", "/0/public/SystemStatus").json.object("result").string("status") == "cancel_only")
    #expect(try bench.placeAtKraken().error == "EService:Market in cancel_only mode")
    let refused = try bench.placeAtCoinbase().json
    #expect(try CoinbaseBench.reason(refused) == "ORDER_ENTRY_DISABLED")
    let product = try bench.open("coinbase", "/api/v3/brokerage/market/products/BTC-USD").json
    #expect(try product.boolean("cancel_only"))
    #expect(try bench.kraken("CancelAll").json.object("result").integer("count") == 1)
    try bench.clear()
    try bench.set("post_only")
    #expect(try bench.placeAtKraken().error == "EService:Market in post_only mode")
    #expect(try bench.kraken("AddOrder", FaultBench.krakenOrder + "&oflags=post").error == "")
  }

  @Test func `a venue whose clock is off says so, and judges by it`() throws {
    let bench = try FaultBench()
    try bench.set("clock_skew:90", venue: "coinbase")
    let time = try bench.open("coinbase", "/api/v3/brokerage/time").json.integer("epochSeconds")
    #expect(abs(time - WallClock().now.seconds - 90) <= 2)
    #expect(try bench.coinbase("GET", "accounts").status == 200)
    try bench.set("clock_skew:60", venue: "coinbase")
    #expect(try bench.coinbase("GET", "accounts").status == 401)
    try bench.clear()
    try bench.set("clock_skew:-5", venue: "coinbase")
    #expect(try bench.coinbase("GET", "accounts").status == 401)
    try bench.set("clock_skew:90", venue: "kraken")
    let kraken = try bench.open("kraken", "/0/public/Time").json.object("result").integer("unixtime")
    #expect(abs(kraken - WallClock().now.seconds - 90) <= 2)
    let soon = (WallClock().now + .seconds(30)).text(fractionDigits: 0)
    #expect(
      try bench.kraken("AddOrder", FaultBench.krakenOrder + "&deadline=\(soon)").error == "EService:Deadline elapsed")
  }

  @Test func `the last nonce goes an hour ahead once, in the client's own unit`() throws {
    let bench = try KrakenBench()
    let gateway = VenueGateway(name: "kraken", venue: bench.venue, faults: FaultTable(), clock: bench.clock)
    let rule = try FaultRule(members: [("fault", "nonce_ahead")])
    for (unit, second) in [(1_700_000_000_000, 1_000), (1_700_000_000_000_000_000, 1_000_000_000)] {
      bench.addKey("key\(unit)", KrakenPermission.trading)
      func error(_ nonce: Int) throws -> String {
        bench.clock.advance(by: .seconds(60))
        let request = bench.request("Balance", body: "nonce=\(nonce)", nonce: "\(nonce)", key: "key\(unit)")
        return try KrakenBench.error(try JSON(parsing: gateway.execute(request).body))
      }
      #expect(try error(unit) == "")
      try gateway.faults.replace([rule], at: bench.clock.now)
      #expect(try error(unit + 1) == "EAPI:Invalid nonce")
      #expect(try error(unit + 3_599 * second) == "EAPI:Invalid nonce")
      #expect(try error(unit + 3_601 * second) == "")
      #expect(try error(unit + 3_601 * second + 1) == "")
      _ = gateway.faults.clear()
    }
  }

  @Test func `some valid tokens are refused, and those that come through are right`() throws {
    let bench = try FaultBench()
    try bench.set("flaky_401:50", venue: "coinbase")
    let statuses = try (0..<40).map { _ in
      usleep(35_000)
      return try #require(try bench.coinbase("GET", "accounts").status)
    }
    #expect(Set(statuses) == [200, 401])
    #expect((8...32).contains(statuses.filter { $0 == 401 }.count))
  }

  @Test func `a new order is missing from lists and known by its id`() throws {
    let bench = try FaultBench()
    try bench.set("visibility:60000")
    let id = try #require(try bench.placeAtKraken().json.object("result").array("txid").first?.text)
    #expect(try bench.kraken("OpenOrders").json.object("result").object("open").count == 0)
    #expect(try bench.kraken("QueryOrders", "txid=\(id)").json.object("result").count == 1)
    let uuid = try CoinbaseBench.id(try bench.placeAtCoinbase().json)
    #expect(try bench.coinbase("GET", "orders/historical/batch").json.array("orders").isEmpty)
    #expect(try bench.coinbase("GET", "orders/historical/\(uuid)").status == 200)
    try bench.step(61)
    #expect(try bench.kraken("OpenOrders").json.object("result").object("open").count == 1)
  }

  @Test func `what was just bought cannot be sold yet`() throws {
    let bench = try FaultBench()
    try bench.set("settlement:60000")
    #expect(try bench.kraken("AddOrder", "pair=XBTUSD&type=buy&ordertype=market&volume=0.001").error == "")
    let sale = "pair=XBTUSD&type=sell&ordertype=market&volume=0.001"
    #expect(try bench.kraken("AddOrder", sale).error == "EGeneral:Invalid arguments:volume minimum not met")
    let balance = try bench.kraken("Balance").json.object("result")
    #expect(try balance.decimal("XXBT") == .literal("0.001"))
    let bought = try CoinbaseBench.id(
      try bench.coinbase("POST", "orders", CoinbaseBench.order("a", "BUY", CoinbaseBench.marketBuy("100"))).json)
    let order = try bench.coinbase("GET", "orders/historical/\(bought)").json.object("order")
    #expect(try order.string("status") == "FILLED" && !order.boolean("settled"))
    let size = try order.string("filled_size")
    let sell: JSONValue = ["market_market_ioc": ["base_size": .string(size)]]
    let refused = try bench.coinbase("POST", "orders", CoinbaseBench.order("b", "SELL", sell)).json
    #expect(try CoinbaseBench.reason(refused) == "INSUFFICIENT_FUND")
    try bench.step(61)
    #expect(try bench.kraken("AddOrder", sale).error == "")
  }

  @Test func `a method that the venue does not know`() throws {
    let bench = try FaultBench()
    try bench.set("unknown_method:GetApiKeyInfo", venue: "kraken")
    #expect(try bench.kraken("GetApiKeyInfo").error == "EGeneral:Unknown method")
    #expect(try bench.kraken("Balance").error == "")
    try bench.set("unknown_method:GET /key_permissions", venue: "coinbase")
    #expect(try bench.coinbase("GET", "key_permissions").status == 404)
  }

  @Test func `a cancellation that comes too late finds the order filled`() throws {
    let bench = try FaultBench()
    try bench.set("cancel_race")
    let id = try #require(try bench.placeAtKraken().json.object("result").array("txid").first?.text)
    let cancelled = try bench.kraken("CancelOrder", "txid=\(id)").json.object("result")
    #expect(try cancelled.integer("count") == 1 && cancelled.boolean("pending"))
    let order = try bench.kraken("QueryOrders", "txid=\(id)").json.object("result").object(id)
    #expect(try order.string("status") == "closed" && order.decimal("vol_exec") == .literal("0.001"))
    let uuid = try CoinbaseBench.id(try bench.placeAtCoinbase().json)
    let answer = try bench.coinbase("POST", "orders/batch_cancel", ["order_ids": [.string(uuid)]]).json
    #expect(answer["results"]?.elements?.first?["success"]?.boolean == true)
    let late = try bench.coinbase("GET", "orders/historical/\(uuid)").json.object("order")
    #expect(try late.string("status") == "FILLED")
  }

  @Test func `a fault with an end ends at it, and counts the calls that it held for`() throws {
    let bench = try FaultBench()
    try bench.set("lockout", venue: "kraken", [("for", .integer(60_000))])
    #expect(try bench.kraken("Balance").error == "EGeneral:Temporary lockout")
    #expect(try bench.faults().first?.integer("struck") == 1)
    try bench.step(61)
    #expect(try bench.kraken("Balance").error == "")
    #expect(try bench.faults().first?.boolean("spent") == true)
  }

  @Test func `the protocol clock is stepped, the market's is not`() throws {
    let bench = try FaultBench()
    for _ in 0..<10 { _ = try bench.sandbox.call("Balance", "", ("nobody", [1]), nonce: 1) }
    #expect(
      try KrakenBench.error(try bench.sandbox.call("Balance", "", ("nobody", [1]), nonce: 1))
        == "EGeneral:Temporary lockout")
    let before = try bench.open("kraken", "/0/public/Depth?pair=XBTUSD&count=1").json
    try bench.step(901)
    #expect(
      try KrakenBench.error(try bench.sandbox.call("Balance", "", ("nobody", [1]), nonce: 1)) == "EAPI:Invalid key")
    let after = try bench.open("kraken", "/0/public/Depth?pair=XBTUSD&count=1").json
    func second(_ json: JSON) throws -> Int {
      let row = try json.object("result").object("XXBTZUSD").array("asks").first?.elements
      return try #require(row?.last?.text.flatMap { Int($0) })
    }
    #expect(try second(after) - second(before) < 3_600)
    #expect(try !bench.sandbox.control(["do": "step_clock", "seconds": .integer(1 << 40)]).boolean("ok"))
  }
}
