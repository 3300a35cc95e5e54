import Core
import Testing

@testable import Sandbox

/// Orders that wait for a price, previews of every kind, and what holds while a fault does.
@Suite struct CoinbaseStopTests {
  private typealias Bench = CoinbaseBench

  private func price(_ bench: Bench, _ factor: String) throws -> String {
    let last = try bench.get("products/BTC-USD").decimal("price")
    return try (last * .literal(factor)).rounded(places: 2, .down).description
  }

  private func wait(_ bench: Bench, for id: String) {
    for _ in 0..<3_600 where bench.exchange.order(id, account: Bench.account)?.status == .open {
      bench.clock.advance(by: .seconds(1))
      bench.exchange.advance()
    }
  }

  @Test func `a stop-limit sleeps with its hold and fills no worse than its limit`() throws {
    let bench = try Bench(funds: ["BTC": .literal("0.5"), "USD": .literal("10")])
    let (stop, limit) = (try price(bench, "0.997"), try price(bench, "0.95"))
    let id = try Bench.id(
      try bench.place("s", Bench.stopLimit("0.001", limit, stop: stop, "DOWN"), side: "SELL"))
    let order = try bench.order(id)
    #expect(try order.string("order_type") == "STOP_LIMIT" && order.string("trigger_status") == "STOP_PENDING")
    let configuration = try order.object("order_configuration").object("stop_limit_stop_limit_gtc")
    #expect(try configuration.string("stop_direction") == "STOP_DIRECTION_STOP_DOWN")
    #expect(try bench.wallet("BTC").held == .literal("0.001"))
    wait(bench, for: id)
    let done = try bench.order(id)
    #expect(try done.string("status") == "FILLED" && done.string("trigger_status") == "STOP_TRIGGERED")
    #expect(try done.decimal("average_filled_price") >= .literal(limit))
    #expect(try bench.wallet("BTC").held == .zero)
  }

  @Test func `a bracket rests at one end and sells at the other`() throws {
    let bench = try Bench(funds: ["BTC": .literal("0.5"), "USD": .literal("10")])
    let upper = try Bench.id(
      try bench.place(
        "u", Bench.bracket("0.001", try price(bench, "1.003"), stop: try price(bench, "0.5")), side: "SELL"))
    let lower = try Bench.id(
      try bench.place(
        "l", Bench.bracket("0.001", try price(bench, "2"), stop: try price(bench, "0.997")), side: "SELL"))
    #expect(try bench.order(upper).string("order_type") == "BRACKET")
    #expect(try bench.wallet("BTC").held == .literal("0.002"))
    for id in [upper, lower] {
      wait(bench, for: id)
      #expect(try bench.order(id).string("status") == "FILLED")
    }
    #expect(try bench.order(upper).string("trigger_status") == "STOP_PENDING")
    #expect(try bench.order(lower).string("trigger_status") == "STOP_TRIGGERED")
  }

  @Test func `prices on the market's wrong side are refused, by orders and previews alike`() throws {
    let bench = try Bench(funds: ["BTC": .literal("0.5"), "USD": .literal("5000")])
    let (low, high) = (try price(bench, "0.9"), try price(bench, "1.1"))
    let cases: [(JSONValue, String)] = [
      (Bench.stopLimit("0.001", low, stop: low, "UP"), "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"),
      (Bench.stopLimit("0.001", high, stop: high, "DOWN"), "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"),
      (Bench.bracket("0.001", low, stop: high), "PREVIEW_INVALID_BRACKET_PRICES"),
      (Bench.stopLimit("0.001", "1.001", stop: low, "DOWN"), "INVALID_PRICE_PRECISION"),
    ]
    for (index, (configuration, reason)) in cases.enumerated() {
      #expect(try Bench.reason(try bench.place("w\(index)", configuration, side: "SELL")) == reason)
      let preview = try bench.call(
        "POST", "orders/preview",
        ["product_id": "BTC-USD", "side": "SELL", "order_configuration": configuration]
      ).json
      #expect(try preview.array("errs").first?.text?.hasSuffix(reason.replacing("PREVIEW_", with: "")) == true)
    }
    #expect(bench.exchange.read { $0.orders.count } == 0)
  }

  @Test func `every configuration can be looked at before it is ordered`() throws {
    let bench = try Bench(funds: ["BTC": .literal("0.5"), "USD": .literal("5000")])
    let (low, high) = (try price(bench, "0.9"), try price(bench, "1.1"))
    let end: JSONValue = .string((bench.clock.now + .seconds(600)).description)
    let size: JSONValue = "0.001"
    let stop: [(key: String, value: JSONValue)] = [
      ("base_size", size), ("limit_price", .string(low)), ("stop_price", .string(low)),
      ("stop_direction", "STOP_DIRECTION_STOP_DOWN"),
    ]
    let bracket: [(key: String, value: JSONValue)] = [
      ("base_size", size), ("limit_price", .string(high)), ("stop_trigger_price", .string(low)),
    ]
    let configurations: [JSONValue] = [
      ["market_market_ioc": ["base_size": size]], ["market_market_fok": ["base_size": size]],
      ["sor_limit_ioc": ["base_size": size, "limit_price": .string(high)]],
      ["limit_limit_gtc": ["base_size": size, "limit_price": .string(high)]],
      ["limit_limit_gtd": ["base_size": size, "limit_price": .string(high), "end_time": end]],
      ["limit_limit_fok": ["base_size": size, "limit_price": .string(high)]],
      .object([("stop_limit_stop_limit_gtc", .object(stop))]),
      .object([("stop_limit_stop_limit_gtd", .object(stop + [("end_time", end)]))]),
      .object([("trigger_bracket_gtc", .object(bracket))]),
      .object([("trigger_bracket_gtd", .object(bracket + [("end_time", end)]))]),
    ]
    for (index, configuration) in configurations.enumerated() {
      let preview = try bench.call(
        "POST", "orders/preview",
        ["product_id": "BTC-USD", "side": "SELL", "order_configuration": configuration]
      ).json
      #expect(try preview.array("errs").isEmpty, "\(configuration.encoded)")
      #expect(try preview.decimal("base_size").isPositive || index == 2 || index == 5, "\(configuration.encoded)")
      let placed = try bench.place("c\(index)", configuration, side: "SELL")
      #expect(try placed.boolean("success"), "\(configuration.encoded)")
      #expect(placed["order_configuration"].map { JSONValue($0) } == configuration)
    }
  }

  @Test func `an edit can be looked at before it is made, and only of resting limit orders`() throws {
    let bench = try Bench()
    let id = try Bench.id(try bench.place("e", Bench.limitGTC("0.1", "10000")))
    func preview(_ id: String, _ price: String, _ size: String) throws -> JSON {
      let answer = try bench.call(
        "POST", "orders/edit_preview", ["order_id": .string(id), "price": .string(price), "size": .string(size)])
      #expect(answer.status == 200)
      return try answer.json
    }
    let good = try preview(id, "20000", "0.2")
    #expect(try good.array("errors").isEmpty && good.decimal("order_total") > .literal("4000"))
    #expect(try bench.order(id).object("order_configuration").object("limit_limit_gtc").string("base_size") == "0.1")
    func reason(_ answer: JSON) throws -> String? {
      try answer.array("errors").first?.string("edit_failure_reason")
    }
    #expect(try reason(preview(id, "20000.001", "0.2")) == "INVALID_EDITED_PRICE")
    #expect(try reason(preview("none", "1", "1")) == "ORDER_NOT_FOUND")
    let stop = try Bench.id(
      try bench.place("s", Bench.stopLimit("0.001", "90000", stop: try price(bench, "1.1"), "UP")))
    #expect(try reason(preview(stop, "1", "1")) == "ONLY_LIMIT_ORDER_EDITS_SUPPORTED")
  }

  @Test func `ended orders are found by time, id and product`() throws {
    let bench = try Bench()
    let first = try Bench.id(try bench.place("a", Bench.marketBuy("10")))
    bench.clock.advance(by: .seconds(60))
    let middle = bench.clock.now.description
    let second = try Bench.id(try bench.place("b", Bench.marketBuy("10"), product: "ETH-USD"))
    let open = try Bench.id(try bench.place("c", Bench.limitGTC("0.1", "10000")))
    func ids(_ query: String) throws -> [String] {
      try bench.get("orders/historical/batch?\(query)").array("orders").map { try $0.string("order_id") }
    }
    let ended = "order_status=FILLED&order_status=CANCELLED&order_status=EXPIRED&order_status=FAILED"
    #expect(try ids(ended) == [second, first])
    #expect(try ids("\(ended)&start_date=\(middle)") == [second])
    #expect(try ids("\(ended)&end_date=\(middle)") == [first])
    #expect(try ids("\(ended)&product_ids=ETH-USD") == [second])
    #expect(try ids("order_ids=\(first)&order_ids=\(open)") == [open, first])
  }

  @Test func `an order that fails after its success, one that is pending, and an id that was used`() throws {
    let bench = try FaultBench()
    try bench.set("orders_fail")
    let failed = try CoinbaseBench.id(try bench.placeAtCoinbase().json)
    let order = try bench.coinbase("GET", "orders/historical/\(failed)").json.object("order")
    #expect(try order.string("status") == "FAILED" && order.string("reject_message") == "Hold failed")
    #expect(try order.decimal("outstanding_hold_amount") == .zero)
    try bench.clear()
    try bench.set("pending:60000")
    let pending = try CoinbaseBench.id(try bench.placeAtCoinbase().json)
    func status() throws -> String {
      try bench.coinbase("GET", "orders/historical/\(pending)").json.object("order").string("status")
    }
    #expect(try status() == "PENDING")
    try bench.clear()
    #expect(try status() == "OPEN")
    let body = CoinbaseBench.order("again", "BUY", CoinbaseBench.limitGTC("0.001", "20000.00"))
    let first = try CoinbaseBench.id(try bench.coinbase("POST", "orders", body).json)
    let other = CoinbaseBench.order("again", "BUY", CoinbaseBench.limitGTC("0.002", "10000.00"))
    #expect(try CoinbaseBench.id(try bench.coinbase("POST", "orders", other).json) == first)
    try bench.set("duplicates_refused")
    let refused = try bench.coinbase("POST", "orders", body).json
    #expect(try CoinbaseBench.reason(refused) == "DUPLICATE_CLIENT_ORDER_ID")
  }
}
