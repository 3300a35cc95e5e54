import Broker
import Core
import Descriptor
import Testing

/// What happens to an order whose answer is lost, late or senseless: said to be in doubt, and never sent again.
@Suite struct DoubtTests {
  static let doubtful: [StubVenue.Reply] = [
    StubVenue.broken, .json("", status: 200), .json("<html>", status: 200), .json("{}", status: 200),
    .json("{\"orderId\": null}", status: 200), .json("{\"orderId\": [1]}", status: 200), .json("[]", status: 200),
    .json("bad gateway", status: 502), .json("{\"code\": -1007, \"msg\": \"Timeout\"}", status: 504),
    .json("{\"code\": -9999, \"msg\": \"what nobody knows\"}", status: 400), .json("{\"orderId\": 1", status: 200),
    .fails(TransportError(phase: .tooLarge, mayHaveArrived: true, detail: "large")),
  ]

  @Test(arguments: doubtful.indices) func `an order without a clear answer is in doubt and sent once`(
    _ index: Int
  ) async throws {
    let bench = try Bench()
    bench.venue.answer(Self.doubtful[index], .json("{\"orderId\": 7}"))
    let order = try bench.order()
    await #expect {
      try await bench.plugin.place(order)
    } throws: { error in
      guard let error = error as? BrokerError else { return false }
      return error.mayHaveExecuted && error.recovery == .reconcile(order.clientOrderID)
    }
    #expect(bench.venue.requests.count == 1)
  }

  @Test func `an order that never left is not in doubt`() async throws {
    let bench = try Bench()
    bench.venue.answer(.fails(TransportError(phase: .connect, mayHaveArrived: false, detail: "refused")))
    let order = try bench.order()
    await #expect {
      try await bench.plugin.place(order)
    } throws: { error in (error as? BrokerError)?.mayHaveExecuted == false }
  }

  @Test func `a refusal that the table knows leaves nothing open`() async throws {
    let bench = try Bench()
    bench.venue.answer(
      .json("{\"code\": -2010, \"msg\": \"Account has insufficient balance for requested action.\"}", status: 400))
    let order = try bench.order()
    await #expect {
      try await bench.plugin.place(order)
    } throws: { error in
      guard let error = error as? BrokerError else { return false }
      return error.code == .insufficientFunds && !error.mayHaveExecuted && error.scope == .order
    }
  }

  @Test func `an order whose deadline has passed is not sent`() async throws {
    let bench = try Bench()
    let order = try bench.order()
    bench.clock.step(.seconds(11))
    await #expect {
      try await bench.plugin.place(order)
    } throws: { error in (error as? BrokerError)?.code == .notSent }
    #expect(bench.venue.requests.isEmpty)
  }

  @Test func `what is signed about an order shows when it was made, however long it waited`() async throws {
    let bench = try Bench()
    let order = try bench.order()
    let made = bench.clock.now.milliseconds
    bench.clock.step(.seconds(9))
    bench.venue.answer(.json("{\"orderId\": 7}"))
    #expect(try await bench.plugin.place(order).venueOrderID.rawValue == "7")
    let body = String(decoding: try #require(bench.venue.requests.first).body, as: UTF8.self)
    #expect(body.hasPrefix("timestamp=\(made)&"))
  }

  @Test func `a kind without an entry is refused before anything is sent`() async throws {
    let bench = try Bench { $0.orderKinds = $0.orderKinds.filter { $0.key.kind != .limitImmediateOrCancel } }
    let order = try bench.order()
    await #expect {
      try await bench.plugin.place(order)
    } throws: { error in (error as? BrokerError)?.code == .unsupported }
    #expect(bench.venue.requests.isEmpty)
  }

  @Test func `a status that nobody knows is an error, never an open order`() async throws {
    let bench = try Bench()
    let row = """
      {"orderId": 7, "clientOrderId": "x", "symbol": "BTCUSDT", "side": "BUY", "status": "RESTING", "origQty": "1",
      "price": "2", "executedQty": "0", "cummulativeQuoteQty": "0", "time": 1}
      """
    bench.venue.answer(.json("[\(row)]"))
    await #expect {
      try await bench.plugin.fetchOpenOrders()
    } throws: { error in (error as? BrokerError)?.code == .malformedAnswer }
  }

  @Test func `silence that the venue asks for is kept`() async throws {
    let bench = try Bench()
    bench.venue.answer(.json("{\"code\": -1003, \"msg\": \"banned\"}", status: 418, headers: ["retry-after": "120"]))
    _ = try? await bench.plugin.fetchBalances()
    let order = try bench.order()
    await #expect {
      try await bench.plugin.place(order)
    } throws: { error in (error as? BrokerError)?.code == .lockedOut }
    #expect(bench.venue.requests.count == 1)
  }

  @Test func `a refused nonce is tried once more by a question, and by no order`() async throws {
    let bench = try Bench("kraken")
    let refused = StubVenue.Reply.json("{\"error\": [\"EAPI:Invalid nonce\"]}")
    bench.venue.answer(refused, .json("{\"error\": [], \"result\": {}}"), refused)
    #expect(try await bench.plugin.fetchBalances().isEmpty)
    #expect(bench.venue.requests.count == 2)
    let order = try bench.order()
    _ = try? await bench.plugin.place(order)
    #expect(bench.venue.requests.count == 3)
  }
}
