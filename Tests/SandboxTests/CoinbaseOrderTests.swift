import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseOrderTests {
  private typealias Bench = CoinbaseBench

  private func ask(_ bench: CoinbaseBench, _ product: String = "BTC-USD") throws -> ExactDecimal {
    let books = try bench.get("best_bid_ask?product_ids=\(product)").array("pricebooks")
    return try #require(books.first?.array("asks").first).decimal("price")
  }

  @Test func `an order that takes is filled at once, and money and coins move by exactly its fills`() throws {
    let bench = try CoinbaseBench()
    let before = try bench.wallet("USD")
    let limit = try (try ask(bench) * .literal("1.02")).rounded(places: 2, .up)
    let placed = try bench.place("a", Bench.limitIOC("0.01", "\(limit)"))
    let id = try Bench.id(placed)
    #expect(try placed.object("success_response").string("client_order_id") == "a")
    #expect(
      try placed.object("order_configuration").object("sor_limit_ioc").string("limit_price") == "\(limit)")
    let order = try bench.order(id)
    #expect(try order.string("status") == "FILLED")
    #expect(try order.decimal("filled_size") == .literal("0.01"))
    #expect(try order.boolean("settled"))
    let fills = try bench.get("orders/historical/fills?order_ids=\(id)").array("fills")
    var (cost, fees) = (ExactDecimal.zero, ExactDecimal.zero)
    for fill in fills {
      cost = try cost + (try fill.decimal("price") * fill.decimal("size"))
      fees = try fees + fill.decimal("commission")
      #expect(try fill.string("liquidity_indicator") == "TAKER")
    }
    #expect(try order.integer("number_of_fills") == fills.count)
    #expect(try order.decimal("total_fees") == fees)
    let after = try bench.wallet("USD")
    #expect(try before.available - after.available == cost + fees)
    #expect(after.held == .zero)
    #expect(try bench.wallet("BTC").available == .literal("0.01"))
  }

  @Test func `what fills and orders say is what the ledger holds, to the last digit`() throws {
    let bench = try CoinbaseBench(funds: ["USD": .literal("500000")])
    for (index, money) in ["25", "1234.56", "60000", "99999.99"].enumerated() {
      _ = try Bench.id(try bench.place("q\(index)", Bench.marketBuy(money)))
    }
    _ = try Bench.id(
      try bench.place("s", ["market_market_ioc": ["base_size": "0.00123457"]], side: "SELL"))
    let shown = try bench.get("orders/historical/fills?limit=1000").array("fills")
    let kept = bench.exchange.read { state in state.fills.reversed().map { ($0, state.orders[$0.order]) } }
    #expect(shown.count == kept.count && shown.count >= 5)
    for (row, (fill, order)) in zip(shown, kept) {
      #expect(try row.string("entry_id") == fill.id)
      #expect(try row.string("order_id") == order.id)
      // An order sized in money has fills that are.
      #expect(try row.boolean("size_in_quote") == order.ticket.isSizedInQuote)
      #expect(try row.string("price") == fill.price.description)
      let size = order.ticket.isSizedInQuote ? fill.cost : fill.quantity
      #expect(try row.string("size") == size.description && fill.cost == fill.price * fill.quantity)
      #expect(try row.string("commission") == fill.fee.description)
      #expect(try row.string("trade_time") == fill.time.text(fractionDigits: 6))
    }
    #expect(Set(try shown.map { try $0.string("entry_id") }).count == shown.count)
  }

  @Test func `a market buy spends its fee out of the money it was given`() throws {
    let bench = try CoinbaseBench()
    let id = try Bench.id(try bench.place("m", Bench.marketBuy("100")))
    let order = try bench.order(id)
    #expect(try order.string("order_type") == "MARKET")
    #expect(try order.boolean("size_inclusive_of_fees"))
    let (value, fees) = (try order.decimal("filled_value"), try order.decimal("total_fees"))
    let spent = try value + fees
    #expect(spent <= .literal("100") && spent > .literal("99.99"))
    #expect(try order.decimal("total_value_after_fees") == spent)
    #expect(try .literal("10000") - bench.wallet("USD").available == spent)
  }

  @Test func `a resting order holds price times size and the largest fee, and cancelling gives it back`() throws {
    let bench = try CoinbaseBench()
    let id = try Bench.id(try bench.place("r", Bench.limitGTC("0.1", "10000.00")))
    #expect(try bench.order(id).string("status") == "OPEN")
    #expect(try bench.order(id).decimal("outstanding_hold_amount") == .literal("1006"))
    let during = try bench.wallet("USD")
    #expect(during.held == .literal("1006") && during.available == .literal("8994"))
    let answer = try bench.call("POST", "orders/batch_cancel", ["order_ids": [.string(id), "none", .string(id)]])
    let results = try answer.json.array("results")
    #expect(try results.map { try $0.boolean("success") } == [true, false, false])
    #expect(
      try results.map { try $0.string("failure_reason") }
        == ["UNKNOWN_CANCEL_FAILURE_REASON", "UNKNOWN_CANCEL_ORDER", "UNKNOWN_CANCEL_ORDER"])
    #expect(try results.map { try $0.string("order_id") } == [id, "none", id])
    #expect(try bench.order(id).string("status") == "CANCELLED")
    let after = try bench.wallet("USD")
    #expect(after.held == .zero && after.available == .literal("10000"))
  }

  @Test func `a cancel names one to a hundred orders`() throws {
    let bench = try CoinbaseBench()
    for body: JSONValue in [["order_ids": []], ["order_ids": .array(Array(repeating: "x", count: 101))], [:]] {
      #expect(try bench.call("POST", "orders/batch_cancel", body).status == 400)
    }
  }

  @Test func `the same client order id gets the same order, whatever else the request says`() throws {
    let bench = try CoinbaseBench()
    let first = try bench.place("same", Bench.marketBuy("10"))
    let id = try Bench.id(first)
    #expect(try Bench.id(try bench.place("same", Bench.marketBuy("10"))) == id)
    let other = try bench.place("same", Bench.limitGTC("5", "77777.77"), side: "SELL", product: "ETH-USD")
    #expect(try Bench.id(other) == id)
    #expect(try other.object("success_response").string("product_id") == "BTC-USD")
    #expect(bench.exchange.read { $0.orders.count } == 1)
  }

  @Test func `by a switch a used client order id is refused`() throws {
    let bench = try CoinbaseBench(switches: CoinbaseSwitches(duplicate: .refusal, hasTopLevelReason: true))
    let first = try bench.place("same", Bench.marketBuy("10"))
    #expect(try first.string("order_id") == Bench.id(first))
    let second = try bench.place("same", Bench.marketBuy("10"))
    #expect(try Bench.reason(second) == "DUPLICATE_CLIENT_ORDER_ID")
    #expect(try second.string("failure_reason") == "UNKNOWN_FAILURE_REASON")
    #expect(try second.string("order_id") == "")
  }

  @Test func `an order ends with its date, and one that must fill at once does not rest`() throws {
    let bench = try CoinbaseBench()
    let end = (bench.clock.now + .seconds(60)).description
    let dated = try Bench.id(
      try bench.place(
        "d", ["limit_limit_gtd": ["base_size": "0.01", "limit_price": "10000", "end_time": .string(end)]]))
    #expect(try bench.order(dated).string("time_in_force") == "GOOD_UNTIL_DATE_TIME")
    bench.clock.advance(by: .seconds(61))
    #expect(try bench.order(dated).string("status") == "EXPIRED")
    for (index, kind) in ["sor_limit_ioc", "limit_limit_fok"].enumerated() {
      let placed = try bench.place("i\(index)", [kind: ["base_size": "0.01", "limit_price": "10000"]])
      let order = try bench.order(try Bench.id(placed))
      #expect(try order.string("status") == "CANCELLED")
      #expect(try order.decimal("filled_size") == .zero)
    }
    #expect(try bench.wallet("USD").held == .zero)
  }
}
