import Broker
import Core
import Kraken
import Testing

/// Amendments, the dead-man switch, cancelling everything, the venue's state, the ledger.
@Suite struct KrakenChangeTests {
  private static let now = StoppedClock().now

  private static func amendment(
    quantity: String? = nil, limit: String? = nil, trigger: String? = nil, deadline: Duration = .seconds(10)
  ) -> OrderAmendment {
    OrderAmendment(
      venueOrderID: VenueOrderID("OAAAAA-BBBBB-CCCCCC"), symbol: KrakenPlaceTests.symbol,
      quantity: quantity.map { Quantity(KrakenPlaceTests.number($0)) }, limit: limit.map(KrakenPlaceTests.price),
      trigger: trigger.map(KrakenPlaceTests.price), deadline: now + deadline)
  }

  @Test func `an amendment says what changes and nothing else`() async throws {
    let transport = ScriptedTransport(
      "AmendOrder", "{\"error\":[],\"result\":{\"amend_id\":\"TTW6PD-RC36L-ZZSWNU\"}}")
    let kraken = try Kraken.scripted(transport)
    try await kraken.amend(Self.amendment(quantity: "1.25", limit: "42000.1", trigger: "43000"))
    try await kraken.amend(Self.amendment(limit: "7"))
    let common = ["txid": "OAAAAA-BBBBB-CCCCCC", "deadline": "2025-10-09T08:53:30.000Z"]
    #expect(
      transport.requests.map(\.parameters) == [
        common.merging(["nonce": "1", "order_qty": "1.25", "limit_price": "42000.1", "trigger_price": "43000"]) { $1 },
        common.merging(["nonce": "2", "limit_price": "7"]) { $1 },
      ])
  }

  @Test(arguments: [
    (amendment(), BrokerError.Code.invalidRequest), (amendment(quantity: "0"), .invalidAmount),
    (amendment(limit: "-1"), .invalidAmount), (amendment(trigger: "-1"), .invalidAmount),
    (amendment(limit: "1", deadline: .seconds(1)), .notSent),
  ]) func `an amendment that cannot be meant is not sent`(
    _ amendment: OrderAmendment, _ code: BrokerError.Code
  ) async throws {
    let transport = ScriptedTransport([:])
    let error = try await #require(throws: BrokerError.self) { try await Kraken.scripted(transport).amend(amendment) }
    #expect(error.code == code && error.operation == "amend" && transport.requests.isEmpty)
  }

  @Test(arguments: [
    ("{\"error\":[\"EOrder:Unknown order\"]}", BrokerError.Code.unknownOrder, false),
    ("{\"error\":[\"EService:Busy\"]}", .venueUnavailable, true),
    ("{\"error\":[],\"result\":{}}", .malformedAnswer, true),
    ("{\"error\":[\"EService:Deadline elapsed\"]}", .deadlineElapsed, true),
  ]) func `an amendment that nobody knows of may have been made`(
    _ body: String, _ code: BrokerError.Code, _ isDoubtful: Bool
  ) async throws {
    let kraken = try Kraken.scripted(ScriptedTransport("AmendOrder", body))
    let error = try await #require(throws: BrokerError.self) { try await kraken.amend(Self.amendment(limit: "7")) }
    #expect(error.code == code && error.mayHaveExecuted == isDoubtful)
  }

  // MARK: Everything at once

  @Test func `cancelling everything tells how many`() async throws {
    let transport = ScriptedTransport("CancelAll", "{\"error\":[],\"result\":{\"count\":4}}")
    #expect(try await Kraken.scripted(transport).cancelAll() == 4)
    #expect(transport.requests.first?.parameters == ["nonce": "1"] && transport.requests.first?.priority == .cancel)
    for body in ["{\"error\":[],\"result\":{}}", "{\"error\":[],\"result\":{\"count\":-1}}"] {
      let kraken = try Kraken.scripted(ScriptedTransport("CancelAll", body))
      let error = try await #require(throws: BrokerError.self) { _ = try await kraken.cancelAll() }
      #expect(error.code == .malformedAnswer && error.mayHaveExecuted)
    }
  }

  @Test func `the dead-man switch takes whole seconds, never sooner than asked, and tells when it fires`() async throws
  {
    let armed = """
      {"error":[],"result":{"currentTime":"2023-09-21T15:49:29Z","triggerTime":"2023-09-21T15:51:09Z"}}
      """
    let off = "{\"error\":[],\"result\":{\"currentTime\":\"2023-09-21T15:49:29Z\",\"triggerTime\":\"0\"}}"
    let transport = ScriptedTransport(["CancelAllOrdersAfter": [.answer(armed), .answer(armed), .answer(off)]])
    let kraken = try Kraken.scripted(transport)
    #expect(try await kraken.armDeadManSwitch(.seconds(100)) == Timestamp(rfc3339: "2023-09-21T15:51:09Z"))
    _ = try await kraken.armDeadManSwitch(.milliseconds(59_001))
    try await kraken.disarmDeadManSwitch()
    #expect(transport.requests.map { $0.parameters["timeout"] } == ["100", "60", "0"])
  }

  /// Zero would put it off where it was to be armed.
  @Test(arguments: [Duration.zero, .seconds(-1), .seconds(86_400), .seconds(Int64.max), .milliseconds(86_399_001)])
  func `a time-out that Kraken does not take is not sent`(_ timeout: Duration) async throws {
    let transport = ScriptedTransport([:])
    let kraken = try Kraken.scripted(transport)
    let error = try await #require(throws: BrokerError.self) { _ = try await kraken.armDeadManSwitch(timeout) }
    #expect(error.code == .invalidRequest && transport.requests.isEmpty)
  }

  // MARK: Venue

  @Test(arguments: [
    ("online", VenueStatus.online), ("maintenance", .maintenance), ("cancel_only", .cancelOnly),
    ("post_only", .postOnly), ("limit_only", .limitOnly), ("something new", .unknown),
  ]) func `the venue's state is told, a new word is none that we know`(
    _ word: String, _ status: VenueStatus
  ) async throws {
    let body = "{\"error\":[],\"result\":{\"status\":\"\(word)\",\"timestamp\":\"2025-11-11T00:17:10Z\"}}"
    #expect(try await Kraken.scripted(ScriptedTransport("SystemStatus", body)).fetchVenueStatus() == status)
  }

  // MARK: Ledger

  private static func entry(_ number: Int, _ type: String, asset: String = "ZUSD", subtype: String = "") -> String {
    """
    "L\(number)":{"refid":"R\(number)","time":\(1_688_585_840 + number).5,"type":"\(type)","subtype":"\(subtype)",
    "aclass":"currency","asset":"\(asset)","amount":"-1.5","fee":"0.25","balance":"7"}
    """
  }

  private static func page(_ entries: [String], count: Int) -> ScriptedTransport.Step {
    .answer("{\"error\":[],\"result\":{\"ledger\":{\(entries.joined(separator: ","))},\"count\":\(count)}}")
  }

  @Test func `the ledger is read to its end, oldest first, with usual names and known causes`() async throws {
    let transport = ScriptedTransport([
      "Ledgers": [
        Self.page(
          [
            Self.entry(9, "trade", asset: "XXBT"), Self.entry(8, "deposit"), Self.entry(7, "withdrawal"),
            Self.entry(6, "earn", asset: "XBT.F", subtype: "reward"),
          ], count: 9),
        Self.page(
          [
            Self.entry(5, "earn", asset: "DOT.S", subtype: "allocation"), Self.entry(4, "staking"),
            Self.entry(3, "adjustment"), Self.entry(2, "spend"), Self.entry(1, "something new"),
          ], count: 9),
      ]
    ])
    let since = Timestamp(nanoseconds: 1_688_585_841_500_000_000)
    let entries = try await Kraken.scripted(transport).fetchLedger(since: since)
    #expect(entries.map(\.id) == (1...9).map { "L\($0)" })
    #expect(
      entries.map(\.cause) == [
        .other, .other, .adjustment, .reward, .transfer, .reward, .withdrawal, .deposit, .trade,
      ])
    #expect(
      entries.map(\.currency) == ["USD", "USD", "USD", "USD", "DOT.S", "BTC", "USD", "USD", "BTC"])
    let first = try #require(entries.first)
    #expect(first.reference == "R1" && first.time == since)
    #expect(first.amount == KrakenPlaceTests.number("-1.5") && first.fee == KrakenPlaceTests.number("0.25"))
    #expect(transport.requests.map { $0.parameters["ofs"] } == [nil, "4"])
    #expect(transport.requests.first?.parameters["start"] == "1688585840")
  }
}
