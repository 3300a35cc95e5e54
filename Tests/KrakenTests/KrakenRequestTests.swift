import Broker
import Core
import Foundation
import Kraken
import Testing

@Suite struct KrakenRequestTests {
  private static let symbol = Symbol(base: "BTC", quote: "USD")
  private static let id = ClientOrderID(journal: "0123456789ab", sequence: 7)
  private static let noResult = "{\"error\":[]}"

  private static func order(
    _ side: Side = .buy, _ timeInForce: TimeInForce = .immediateOrCancel, deadline: Duration = .seconds(10)
  ) throws -> OrderRequest {
    OrderRequest(
      clientOrderID: id, symbol: symbol, side: side, quantity: Quantity(try ExactDecimal("0.001")),
      limit: Price(try ExactDecimal("30000")), timeInForce: timeInForce, deadline: StoppedClock().now + deadline)
  }

  @Test func `private calls carry key, signature, nonce first and our name`() async throws {
    let transport = ScriptedTransport("BalanceEx", "{\"error\":[],\"result\":{}}")
    _ = try await Kraken.scripted(transport).fetchBalances()
    let request = try #require(transport.requests.first)
    #expect(request.url == "https://api.kraken.com/0/private/BalanceEx")
    #expect(String(decoding: request.body, as: UTF8.self) == "nonce=1")
    #expect(request.header("API-Key") == "key")
    #expect(request.header("User-Agent") == "nija-host/0.1")
    let signer = try KrakenSigner(
      key: Secret(Array("key".utf8)), secret: Secret(Array(Kraken.testSecret.utf8)))
    #expect(
      try request.header("API-Sign") == signer.signature(path: request.path, nonce: "1", body: request.body))
  }

  private static let waits: [(TimeInForce, String?)] = [
    (.immediateOrCancel, "IOC"), (.fillOrKill, "FOK"), (.goodTillCancelled, nil),
    (.goodTillDate(Timestamp(nanoseconds: 1_760_000_100_000_000_000)), "GTD"),
  ]

  @Test(arguments: waits) func `an order says how long it may wait, bears our id and a deadline`(
    _ timeInForce: TimeInForce, _ word: String?
  ) async throws {
    let transport = ScriptedTransport("AddOrder", "{\"error\":[],\"result\":{\"txid\":[\"OAAAAA-BBBBB-CCCCCC\"]}}")
    let made = try await Kraken.scripted(transport).place(try Self.order(.sell, timeInForce))
    #expect(made.venueOrderID == VenueOrderID("OAAAAA-BBBBB-CCCCCC"))
    let request = try #require(transport.requests.first)
    var expected = [
      "nonce": "1", "pair": "XXBTZUSD", "type": "sell", "ordertype": "limit", "volume": "0.001", "price": "30000",
      "cl_ord_id": Self.id.hex, "oflags": "fciq", "deadline": "2025-10-09T08:53:30.000Z",
    ]
    expected["timeinforce"] = word
    if word == "GTD" { expected["expiretm"] = "1760000100" }
    #expect(request.parameters == expected)
    #expect(request.priority == .reduce)
  }

  @Test func `a deadline far off is brought to a minute, one too near is not sent`() async throws {
    let transport = ScriptedTransport("AddOrder", "{\"error\":[],\"result\":{\"txid\":[\"O\"]}}")
    let kraken = try Kraken.scripted(transport)
    _ = try await kraken.place(try Self.order(deadline: .seconds(3_600)))
    #expect(transport.requests.first?.parameters["deadline"] == "2025-10-09T08:54:20.000Z")
    let error = try await #require(throws: BrokerError.self) {
      _ = try await kraken.place(try Self.order(deadline: .milliseconds(1_999)))
    }
    #expect(error.code == .notSent && !error.mayHaveExecuted && error.operation == "place")
    #expect(transport.requests.count == 1)
  }

  @Test func `a refused nonce is tried once more for what only asks, never for an order`() async throws {
    let refused = ScriptedTransport.Step.answer("{\"error\":[\"EAPI:Invalid nonce\"]}")
    let transport = ScriptedTransport([
      "BalanceEx": [refused, .answer("{\"error\":[],\"result\":{}}")], "OpenOrders": [refused], "AddOrder": [refused],
      "CancelOrder": [refused],
    ])
    let kraken = try Kraken.scripted(transport)
    _ = try await kraken.fetchBalances()
    #expect(transport.requests.map { $0.parameters["nonce"] } == ["1", "2"])
    _ = try await #require(throws: BrokerError.self) { _ = try await kraken.fetchOpenOrders() }
    #expect(transport.requests.count == 4)
    let error = try await #require(throws: BrokerError.self) { _ = try await kraken.place(try Self.order()) }
    #expect(error.code == .invalidNonce && !error.mayHaveExecuted)
    _ = try await #require(throws: BrokerError.self) { _ = try await kraken.cancel(VenueOrderID("O")) }
    #expect(transport.requests.count == 6)
  }

  /// What leaves open whether an order was carried out, and what does not.
  @Test(arguments: [
    (ScriptedTransport.Step.fail(TransportError(phase: .receive, mayHaveArrived: true, detail: "t")), true),
    (.fail(TransportError(phase: .connect, mayHaveArrived: false, detail: "t")), false),
    (.fail(TransportError(phase: .tls, mayHaveArrived: false, detail: "t")), false),
    (.answer("<html>502 Bad Gateway</html>", status: 502), true), (.answer("", status: 520), true),
    (.answer("<html>521</html>", status: 521), true), (.answer("<html>525</html>", status: 525), true),
    (.answer("error 1015", status: 429), false), (.answer("<html>denied</html>", status: 403), false),
    (.answer("{}", status: 404), true), (.answer("", status: 302), true),
    (.answer(""), true), (.answer("<html></html>"), true), (.answer("{\"error\":[]}"), true),
    (.answer("{\"error\":[],\"result\":{}}"), true), (.answer("{\"error\":[],\"result\":{\"txid\":[]}}"), true),
    (.answer("{\"error\":[],\"result\":{\"txid\":[7]}}"), true), (.answer("{\"result\":{\"txid\":[\"O\"]}}"), true),
    (.answer("{\"error\":[],\"result\":{\"txid\":[\"OQCL"), true),
    (.answer("{\"error\":[\"EOrder:Insufficient funds\"]}"), false),
    (.answer("{\"error\":[\"EService:Unavailable\"],\"result\":{}}"), true),
  ]) func `an order of which nobody knows is to be looked up, any other is not`(
    _ step: ScriptedTransport.Step, _ isDoubtful: Bool
  ) async throws {
    let kraken = try Kraken.scripted(ScriptedTransport(["AddOrder": [step]]))
    let error = try await #require(throws: BrokerError.self) { _ = try await kraken.place(try Self.order()) }
    #expect(error.mayHaveExecuted == isDoubtful)
    #expect((error.recovery == .reconcile(Self.id)) == isDoubtful)
    #expect(error.operation == "place")
  }

  @Test func `a success cut anywhere is never taken for one`() async throws {
    let whole = "{\"error\":[],\"result\":{\"descr\":{\"order\":\"b\"},\"txid\":[\"OU22CG-KLAF2-FWUDD7\"]}}"
    for length in 0..<whole.utf8.count {
      let cut = String(decoding: Array(whole.utf8.prefix(length)), as: UTF8.self)
      let kraken = try Kraken.scripted(ScriptedTransport("AddOrder", cut))
      let error = try await #require(throws: BrokerError.self) { _ = try await kraken.place(try Self.order()) }
      #expect(error.mayHaveExecuted)
    }
  }

  @Test func `a warning is not an error`() async throws {
    let body = "{\"error\":[\"WGeneral:Something\"],\"result\":{\"unixtime\":1762820224}}"
    let time = try await Kraken.scripted(ScriptedTransport("Time", body)).fetchServerTime()
    #expect(time == Timestamp(nanoseconds: 1_762_820_224_000_000_000))
  }

  @Test(arguments: ["EGeneral:Temporary lockout", "EService: Throttled: 1760000007"])
  func `nothing is sent while Kraken wants silence`(_ text: String) async throws {
    let transport = ScriptedTransport("BalanceEx", "{\"error\":[\"\(text)\"]}")
    let kraken = try Kraken.scripted(transport)
    _ = try await #require(throws: BrokerError.self) { _ = try await kraken.fetchBalances() }
    let error = try await #require(throws: BrokerError.self) { _ = try await kraken.cancel(VenueOrderID("O")) }
    #expect(error.code == .lockedOut && !error.mayHaveExecuted)
    #expect(transport.requests.count == 1)
  }

  @Test func `an instrument that was not learnt is not asked for`() async throws {
    let transport = ScriptedTransport([:])
    let kraken = try Kraken.scripted(transport)
    let error = try await #require(throws: BrokerError.self) {
      _ = try await kraken.fetchQuote(Symbol(base: "NOT", quote: "USD"))
    }
    #expect(error.code == .notSent && error.scope == .instrument)
    #expect(transport.requests.isEmpty)
  }

  @Test func `without credentials the public calls work and the private ones are not sent`() async throws {
    let transport = ScriptedTransport("Time", "{\"error\":[],\"result\":{\"unixtime\":1}}")
    let kraken = try Kraken(
      PluginContext(
        endpoint: Broker.Endpoint(parsing: "https://api.kraken.com"), credentials: [:], options: [:],
        transport: transport, nonces: nil, clock: StoppedClock()))
    _ = try await kraken.fetchServerTime()
    let error = try await #require(throws: BrokerError.self) { _ = try await kraken.fetchBalances() }
    #expect(error.code == .notSent)
    #expect(transport.requests.count == 1)
  }
}
