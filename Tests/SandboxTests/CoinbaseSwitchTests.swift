import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseSwitchTests {
  private typealias Bench = CoinbaseBench

  @Test func `a preview tells cost and problems and keeps nothing`() throws {
    let bench = try CoinbaseBench()
    func preview(_ configuration: JSONValue) throws -> JSON {
      let answer = try bench.call(
        "POST", "orders/preview", ["product_id": "BTC-USD", "side": "BUY", "order_configuration": configuration])
      #expect(answer.status == 200)
      return try answer.json
    }
    let good = try preview(Bench.marketBuy("100"))
    #expect(try good.array("errs").isEmpty)
    let total = try good.decimal("order_total")
    #expect(total <= .literal("100") && total > .literal("99.99"))
    #expect(try good.decimal("commission_total") > .zero)
    let placed = try bench.order(try Bench.id(try bench.place("p", Bench.marketBuy("100"))))
    #expect(try placed.decimal("total_value_after_fees") > .literal("99.99"))
    #expect(try preview(Bench.marketBuy("20000")).array("errs").map(\.text) == ["PREVIEW_INSUFFICIENT_FUND"])
    #expect(
      try preview(Bench.limitIOC("0.01", "1.001")).array("errs").map(\.text) == ["PREVIEW_INVALID_PRICE_PRECISION"])
    #expect(bench.exchange.read { $0.orders.count } == 1)
  }

  @Test func `the sandbox header forces the venue's own errors`() throws {
    let bench = try CoinbaseBench()
    let header = { (value: String) in [(name: "X-Sandbox", value: value)] }
    let refused = try bench.place(
      "x", Bench.marketBuy("10"), headers: header("PostOrder_insufficient_fund"))
    #expect(try Bench.reason(refused) == "INSUFFICIENT_FUND")
    let id = try Bench.id(try bench.place("r", Bench.limitGTC("0.1", "10000")))
    let cancel = try bench.call(
      "POST", "orders/batch_cancel", ["order_ids": [.string(id)]], headers: header("CancelOrders_failure"))
    #expect(try cancel.json.array("results").first?.boolean("success") == false)
    #expect(try bench.order(id).string("status") == "OPEN")
    let edit = try bench.call(
      "POST", "orders/edit", ["order_id": .string(id), "price": "1", "size": "1"],
      headers: header("EditOrder_failure"))
    #expect(try edit.json.boolean("success") == false)
  }

  @Test func `switches delay what is seen of an order`() throws {
    let switches = CoinbaseSwitches(pending: .seconds(2), invisible: .seconds(4), settling: .seconds(6))
    let bench = try CoinbaseBench(switches: switches)
    let id = try Bench.id(try bench.place("r", Bench.limitGTC("0.1", "10000")))
    func listed() throws -> Int { try bench.get("orders/historical/batch?order_status=OPEN").array("orders").count }
    #expect(try bench.order(id).string("status") == "PENDING")
    bench.clock.advance(by: .seconds(2))
    #expect(try bench.order(id).string("status") == "OPEN")
    #expect(try listed() == 0)
    bench.clock.advance(by: .seconds(2))
    #expect(try listed() == 1)
    let filled = try Bench.id(try bench.place("f", Bench.marketBuy("10")))
    #expect(try bench.order(filled).boolean("settled") == false)
    bench.clock.advance(by: .seconds(6))
    #expect(try bench.order(filled).boolean("settled"))
  }
}
