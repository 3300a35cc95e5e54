import Broker
import Core
import Kraken
import Testing

@Suite struct KrakenBatchTests {
  private static func orders(_ count: Int) -> [OrderRequest] {
    (0..<count).map { KrakenPlaceTests.order(.limit(KrakenPlaceTests.price("\(30_000 + $0)")), sequence: UInt64($0)) }
  }

  private static func body(_ request: HTTPRequest?) throws -> JSON {
    let request = try #require(request)
    return try JSON(parsing: request.body)
  }

  @Test func `a batch is one signed JSON document with every order's own parameters`() async throws {
    let rows = (0..<15).map { "{\"txid\":\"O\($0)\",\"descr\":{\"order\":\"x\"}}" }.joined(separator: ",")
    let transport = ScriptedTransport("AddOrderBatch", "{\"error\":[],\"result\":{\"orders\":[\(rows)]}}")
    var orders = Self.orders(15)
    orders[9].deadline = StoppedClock().now + .seconds(5)
    let outcomes = try await Kraken.scripted(transport).place(orders)
    #expect(try outcomes.map { try $0.get().venueOrderID.rawValue } == (0..<15).map { "O\($0)" })

    let request = try #require(transport.requests.first)
    #expect(request.header("Content-Type") == "application/json" && request.path == "/0/private/AddOrderBatch")
    let signer = try KrakenSigner(key: Secret(Array("key".utf8)), secret: Secret(Array(Kraken.testSecret.utf8)))
    #expect(try request.header("API-Sign") == signer.signature(path: request.path, nonce: "1", body: request.body))
    let body = try Self.body(request)
    #expect(body.members?.map(\.key) == ["nonce", "pair", "orders", "deadline"])
    #expect(try body.string("nonce") == "1" && body.string("pair") == "XXBTZUSD")
    // The earliest of theirs.
    #expect(try body.string("deadline") == "2025-10-09T08:53:25.000Z")
    for (row, order) in zip(try body.array("orders"), orders) {
      let said = Dictionary(uniqueKeysWithValues: (row.members ?? []).map { ($0.key, $0.value.text ?? "") })
      let price = try #require(order.limit)
      #expect(
        said == [
          "type": "sell", "ordertype": "limit", "volume": "0.001", "price": price.description,
          "cl_ord_id": order.clientOrderID.hex, "oflags": "fciq",
        ])
    }
  }

  @Test func `each order of a batch has an outcome of its own`() async throws {
    let body = """
      {"error":[],"result":{"orders":[{"txid":"O1","descr":{"order":"x"},"close":"y"},
      {"descr":{"order":"x"},"error":"EOrder:Insufficient funds"},
      {"descr":{"order":"x"},"error":"EGeneral:Invalid arguments:cl_ord_id not unique"}]}}
      """
    let orders = Self.orders(3)
    let outcomes = try await Kraken.scripted(ScriptedTransport("AddOrderBatch", body)).place(orders)
    #expect(try outcomes.first?.get().venueOrderID == VenueOrderID("O1"))
    let errors = outcomes.compactMap { outcome -> BrokerError? in
      if case .failure(let error) = outcome { return error }
      return nil
    }
    #expect(errors.map(\.code) == [.insufficientFunds, .duplicateOrder])
    #expect(errors.map(\.mayHaveExecuted) == [false, true])
    #expect(errors.last?.recovery == .reconcile(orders[2].clientOrderID))
  }

  @Test(arguments: [
    ("{\"error\":[\"EOrder:Tick size check failed\"]}", false), ("{\"error\":[\"EService:Unavailable\"]}", true),
    ("{\"error\":[],\"result\":{\"orders\":[{\"txid\":\"O1\"}]}}", true),
    ("{\"error\":[],\"result\":{\"orders\":[{\"txid\":\"O1\"},{}]}}", true), ("{\"error\":[]}", true),
    ("<html>", true), ("{\"error\":[],\"result\":{\"orders\":[{\"txid\":\"O1\"},{\"txid\":\"\"}]}}", true),
  ]) func `a batch that failed as a whole leaves all in doubt, or none`(
    _ body: String, _ isDoubtful: Bool
  ) async throws {
    let kraken = try Kraken.scripted(ScriptedTransport("AddOrderBatch", body))
    let orders = Self.orders(2)
    let error = try await #require(throws: BrokerError.self) { _ = try await kraken.place(orders) }
    #expect(error.mayHaveExecuted == isDoubtful && error.operation == "placeBatch")
    #expect((error.recovery == .reconcile(orders[0].clientOrderID)) == isDoubtful)
  }

  @Test func `a batch of none sends nothing, of one goes alone, of too many or of two markets is refused`() async throws
  {
    let transport = ScriptedTransport("AddOrder", KrakenPlaceTests.made)
    let kraken = try Kraken.scripted(transport)
    #expect(try await kraken.place([]).isEmpty && transport.requests.isEmpty)
    #expect(
      try await kraken.place(Self.orders(1)).map { try $0.get().venueOrderID.rawValue } == ["OAAAAA-BBBBB-CCCCCC"])
    #expect(transport.requests.map(\.path) == ["/0/private/AddOrder"])
    var mixed = Self.orders(2)
    mixed[1].symbol = Symbol(base: "ETH", quote: "USDT")
    for orders in [Self.orders(16), mixed] {
      let error = try await #require(throws: BrokerError.self) { _ = try await kraken.place(orders) }
      #expect(error.code == .unsupported && !error.mayHaveExecuted)
    }
    #expect(transport.requests.count == 1)
  }

  // MARK: Cancelling

  private static func cancel(
    _ ids: [String], _ result: String
  ) async throws -> (outcomes: [Result<CancelOutcome, BrokerError>], requests: [HTTPRequest]) {
    let answer = ScriptedTransport.Step.answer("{\"error\":[],\"result\":\(result)}")
    let transport = ScriptedTransport(["CancelOrderBatch": [answer], "CancelOrder": [answer]])
    let outcomes = try await Kraken.scripted(transport).cancel(ids.map(VenueOrderID.init))
    return (outcomes, transport.requests)
  }

  @Test func `a count tells about all of them or about none, and else each is to be looked up`() async throws {
    let ids = ["OA", "OB", "OA", "OC"]
    let (all, requests) = try await Self.cancel(ids, "{\"count\":3}")
    #expect(all == ids.map { _ in .success(.cancelled) })
    let body = try Self.body(requests.first)
    #expect(try body.array("orders").map(\.text) == ["OA", "OB", "OC"])
    #expect(requests.first?.path == "/0/private/CancelOrderBatch" && requests.first?.priority == .cancel)
    #expect(try await Self.cancel(ids, "{\"count\":\"2\"}").outcomes == ids.map { _ in .success(.pending) })
    #expect(
      try await Self.cancel(ids, "{\"count\":3,\"pending\":true}").outcomes == ids.map { _ in .success(.pending) })
    let none = try await Self.cancel(ids, "{\"count\":0}").outcomes
    #expect(none.count == 4)
    for outcome in none {
      let error = try #require(throws: BrokerError.self) { _ = try outcome.get() }
      #expect(error.code == .unknownOrder)
    }
  }

  @Test func `cancelling none sends nothing, one goes alone, too many are refused`() async throws {
    let (none, nothing) = try await Self.cancel([], "{\"count\":1}")
    #expect(none.isEmpty && nothing.isEmpty)
    let (one, alone) = try await Self.cancel(["OA"], "{\"count\":1}")
    #expect(one == [.success(.cancelled)] && alone.map(\.path) == ["/0/private/CancelOrder"])
    #expect(alone.first?.parameters["txid"] == "OA")
    let error = try await #require(throws: BrokerError.self) {
      _ = try await Self.cancel((0...50).map { "O\($0)" }, "{\"count\":1}")
    }
    #expect(error.code == .unsupported)
  }

  @Test func `a cancel by our name names the order by it`() async throws {
    let transport = ScriptedTransport("CancelOrder", "{\"error\":[],\"result\":{\"count\":1}}")
    #expect(try await Kraken.scripted(transport).cancel(KrakenPlaceTests.id()) == .cancelled)
    #expect(transport.requests.first?.parameters == ["nonce": "1", "cl_ord_id": KrakenPlaceTests.id().hex])
  }
}
