import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseEditTests {
  private typealias Bench = CoinbaseBench

  @Test func `a resting order moves to another price and size under its own id`() throws {
    let bench = try CoinbaseBench()
    let id = try Bench.id(try bench.place("e", Bench.limitGTC("0.1", "10000")))
    func edit(_ price: String, _ size: String, _ id: String) throws -> JSON {
      try bench.call("POST", "orders/edit", ["order_id": .string(id), "price": .string(price), "size": .string(size)])
        .json
    }
    func reason(_ answer: JSON) throws -> String {
      #expect(try answer.boolean("success") == false)
      return try #require(answer.array("errors").first).string("edit_failure_reason")
    }
    #expect(try edit("20000", "0.2", id).boolean("success"))
    let order = try bench.order(id)
    #expect(try order.decimal("outstanding_hold_amount") == .literal("4024"))
    let configuration = try order.object("order_configuration").object("limit_limit_gtc")
    #expect(try configuration.string("limit_price") == "20000" && configuration.string("base_size") == "0.2")
    #expect(try order.array("edit_history").count == 1)
    #expect(try reason(try edit("20000.001", "0.2", id)) == "INVALID_EDITED_PRICE")
    #expect(try reason(try edit("20000", "0.000000001", id)) == "INVALID_EDITED_SIZE")
    #expect(try reason(try edit("20000", "0", id)) == "CANNOT_EDIT_TO_BELOW_FILLED_SIZE")
    #expect(try reason(try edit("20000", "0.6", id)) == "UNKNOWN_EDIT_ORDER_FAILURE_REASON")
    #expect(try reason(try edit("1", "1", "none")) == "ORDER_NOT_FOUND")
    #expect(try bench.wallet("USD").held == .literal("4024"))
    // Above the market it is filled at the market's prices, which are better than its own.
    #expect(try edit("90000", "0.1", id).boolean("success"))
    #expect(try bench.order(id).string("status") == "FILLED")
    #expect(try bench.order(id).decimal("filled_value") < .literal("9000"))
    #expect(try reason(try edit("90000", "0.3", id)) == "ORDER_ALREADY_FILLED")
    #expect(try bench.wallet("USD").held == .zero)
  }

  @Test func `edits survive the ledger`() throws {
    let bench = try CoinbaseBench()
    let id = try Bench.id(try bench.place("e", Bench.limitGTC("0.1", "10000")))
    let edit: JSONValue = ["order_id": .string(id), "price": "20000.50", "size": "0.2"]
    #expect(try bench.call("POST", "orders/edit", edit).json.boolean("success"))
    var state = ExchangeState()
    for entry in bench.ledger.entries {
      let line = LedgerCodec.line(entry).dropLast()
      try state.apply(try LedgerCodec.entry(Array(line.utf8)))
    }
    #expect(state.orders == bench.exchange.read { $0.orders })
  }
}
