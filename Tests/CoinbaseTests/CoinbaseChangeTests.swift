import Broker
import Core
import Testing

@testable import Coinbase

/// Changes of orders: edits and cancels of several.
@Suite struct CoinbaseChangeTests {
  static func amendment(
    quantity: String? = "20", limit: String? = "0.08", trigger: String? = nil,
    deadline: Timestamp = FixedClock().now + .seconds(30)
  ) -> OrderAmendment {
    OrderAmendment(
      venueOrderID: VenueOrderID("9fd0cadc"), symbol: bitcoin.symbol, quantity: quantity.map { Quantity(decimal($0)) },
      limit: limit.map { Price(decimal($0)) }, trigger: trigger.map { Price(decimal($0)) }, deadline: deadline)
  }

  static func shown(_ configuration: String, status: String = "OPEN") -> String {
    #"{"order":{"order_id":"9fd0cadc","product_id":"BTC-USD","side":"BUY","status":"\#(status)","filled_size":"0","order_configuration":{\#(configuration)}}}"#
  }

  @Test func `an edit says price and size and ends with its deadline`() async throws {
    let transport = ScriptedTransport(
      #"{"success":true,"errors":[{"edit_failure_reason":"UNKNOWN_EDIT_ORDER_FAILURE_REASON"}]}"#)
    try await makeCoinbase(transport).amend(Self.amendment())
    let request = try #require(transport.requests.first)
    #expect(request.method == "POST" && request.url == "https://api.coinbase.com/api/v3/brokerage/orders/edit")
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"order_id":"9fd0cadc","price":"0.08","size":"20"}"#)
    #expect(try CoinbaseOrderTests.claims(request).integer("exp") == FixedClock().now.seconds + 30)
    #expect(transport.requests.count == 1)
  }

  static let halves: [(String?, String?, String)] = [
    ("3", nil, #""price":"30000","size":"3""#), (nil, "31000", #""price":"31000","size":"0.5""#),
  ]

  @Test(arguments: halves) func `what stays is read from the order first`(
    quantity: String?, limit: String?, terms: String
  ) async throws {
    let transport = ScriptedTransport(
      Self.shown(#""limit_limit_gtc":{"base_size":"0.5","limit_price":"30000","post_only":false}"#),
      #"{"success":true}"#)
    try await makeCoinbase(transport).amend(Self.amendment(quantity: quantity, limit: limit))
    #expect(transport.requests.map(\.method) == ["GET", "POST"])
    let body = String(decoding: try #require(transport.requests.last).body, as: UTF8.self)
    #expect(body == #"{"order_id":"9fd0cadc",\#(terms)}"#)
  }

  static let unchangeable: [(String, String)] = [
    (shown(#""limit_limit_gtd":{"base_size":"1","limit_price":"1","end_time":"2027-01-01T00:00:00Z"}"#), "unsupported"),
    (
      shown(
        #""stop_limit_stop_limit_gtc":{"base_size":"1","limit_price":"1","stop_price":"1","stop_direction":"STOP_DIRECTION_STOP_UP"}"#
      ), "unsupported"
    ),
    (shown(#""limit_limit_gtc":{"quote_size":"1","limit_price":"1"}"#), "unsupported"),
    (shown(#""limit_limit_gtc":{"base_size":"1","limit_price":"1"}"#, status: "FILLED"), "unknown_order"),
    (shown(#""limit_limit_gtc":{"base_size":"1","limit_price":"1"}"#, status: "CANCELLED"), "unknown_order"),
  ]

  @Test(arguments: unchangeable) func `an order that cannot be changed is found out before the edit`(
    order: String, code: String
  ) async throws {
    let transport = ScriptedTransport(order, #"{"success":true}"#)
    let coinbase = try makeCoinbase(transport)
    let error = await failure { () throws(BrokerError) in try await coinbase.amend(Self.amendment(quantity: nil)) }
    #expect(error?.code.rawValue == code && error?.operation == "amend" && error?.mayHaveExecuted == false)
    #expect(transport.requests.count == 1)
  }

  @Test func `another trigger, no change at all and a passed deadline are not sent`() async throws {
    let transport = ScriptedTransport(#"{"success":true}"#)
    let coinbase = try makeCoinbase(transport)
    for (amendment, code) in [
      (Self.amendment(trigger: "1"), BrokerError.Code.unsupported),
      (Self.amendment(quantity: nil, limit: nil), .unsupported),
      (Self.amendment(deadline: FixedClock().now), .deadlineElapsed),
    ] {
      let error = await failure { () throws(BrokerError) in try await coinbase.amend(amendment) }
      #expect(error?.code == code && error?.mayHaveExecuted == false)
    }
    #expect(transport.requests.isEmpty)
  }

  static let edits: [(String, BrokerError.Code, Bool)] = [
    ("ORDER_NOT_FOUND", .unknownOrder, false), ("ORDER_ALREADY_FILLED", .unknownOrder, false),
    ("ONLY_OPEN_ORDERS_CAN_BE_EDITED", .unknownOrder, false), ("ONLY_LIMIT_ORDER_EDITS_SUPPORTED", .unsupported, false),
    ("CANNOT_EDIT_TO_BELOW_FILLED_SIZE", .invalidAmount, false), ("INVALID_EDITED_SIZE", .invalidAmount, false),
    ("INVALID_EDITED_PRICE", .invalidAmount, false), ("CALLER_ID_MISMATCH", .permissionDenied, false),
    ("ORDER_IS_ALREADY_BEING_REPLACED", .orderRejected, false), ("COMMANDER_REJECTED_EDIT_ORDER", .orderRejected, true),
    ("EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT", .orderRejected, false),
    ("UNKNOWN_EDIT_ORDER_FAILURE_REASON", .unknown, true), ("SOMETHING_NEW", .unknown, true),
  ]

  @Test(arguments: edits) func `a refused edit says why`(
    word: String, code: BrokerError.Code, mayHaveExecuted: Bool
  ) async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport(
        #"{"success":false,"errors":[{"edit_failure_reason":"\#(word)","preview_failure_reason":"UNKNOWN_PREVIEW_FAILURE_REASON"}]}"#
      ))
    let error = await failure { () throws(BrokerError) in try await coinbase.amend(Self.amendment()) }
    #expect(error?.code == code && error?.scope == .order && error?.operation == "amend")
    #expect(error?.mayHaveExecuted == mayHaveExecuted)
    #expect(error?.nextStep != nil && error?.venueText?.contains(word) == true)
  }

  @Test func `an edit refused as an order would be has the order's reason`() async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport(
        #"{"success":false,"errors":[{"edit_failure_reason":"UNKNOWN_EDIT_ORDER_FAILURE_REASON","preview_failure_reason":"PREVIEW_INSUFFICIENT_FUND"}]}"#
      ))
    let error = await failure { () throws(BrokerError) in try await coinbase.amend(Self.amendment()) }
    #expect(error?.code == .insufficientFunds)
  }

  @Test func `an edit that changes nothing has been made already`() async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport(
        #"{"success":false,"errors":[{"edit_failure_reason":"EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST"}]}"#))
    try await coinbase.amend(Self.amendment())
  }

  @Test(arguments: ["{}", #"{"success":"yes"}"#, "", "<html></html>", #"{"success":tr"#])
  func `an answer to an edit that cannot be read leaves open whether it was made`(text: String) async throws {
    let coinbase = try makeCoinbase(ScriptedTransport(text))
    let error = await failure { () throws(BrokerError) in try await coinbase.amend(Self.amendment()) }
    #expect(error?.code == .malformedAnswer && error?.mayHaveExecuted == true)
  }

  // MARK: Cancels

  static func row(_ id: String, _ failure: String? = nil) -> String {
    #"{"success":\#(failure == nil),"failure_reason":"\#(failure ?? "UNKNOWN_CANCEL_FAILURE_REASON")","order_id":"\#(id)"}"#
  }

  static func ids(_ names: [String]) -> [VenueOrderID] { names.map { VenueOrderID($0) } }

  @Test func `cancels in one call are told apart by id, whatever their order`() async throws {
    let rows = [Self.row("c", "DUPLICATE_CANCEL_REQUEST"), Self.row("b", "UNKNOWN_CANCEL_ORDER"), Self.row("a")]
    let transport = ScriptedTransport(#"{"results":[\#(rows.joined(separator: ","))]}"#)
    let coinbase = try makeCoinbase(transport)
    let outcomes = try await coinbase.cancel(Self.ids(["a", "b", "c", "d", "a"]))
    #expect(outcomes.map { try? $0.get() } == [.pending, nil, .pending, nil, .pending])
    guard case .failure(let gone) = outcomes[1], case .failure(let missing) = outcomes[3] else {
      Issue.record("refused cancels that succeed")
      return
    }
    #expect(gone.code == .unknownOrder && !gone.mayHaveExecuted && gone.venueText == "UNKNOWN_CANCEL_ORDER")
    #expect(missing.code == .malformedAnswer && missing.mayHaveExecuted)
    let request = try #require(transport.requests.first)
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"order_ids":["a","b","c","d"]}"#)
    #expect(request.priority == .cancel && transport.requests.count == 1)
  }

  @Test func `a hundred cancels go in one call, one more in none, none in none`() async throws {
    let names = (0..<101).map { "order-\($0)" }
    let transport = ScriptedTransport(
      #"{"results":[\#(names.dropLast().map { Self.row($0) }.joined(separator: ","))]}"#)
    let coinbase = try makeCoinbase(transport)
    #expect(try await coinbase.cancel(Self.ids([])).isEmpty)
    let error = await failure { () throws(BrokerError) -> Int in try await coinbase.cancel(Self.ids(names)).count }
    #expect(error?.code == .unsupported && transport.requests.isEmpty)
    let outcomes = try await coinbase.cancel(Self.ids(names.dropLast()))
    #expect(outcomes.count == 100 && outcomes.allSatisfy { (try? $0.get()) == .pending })
    #expect(transport.requests.count == 1)
  }

  @Test func `rows that contradict each other are no answer`() async throws {
    let body = #"{"results":[\#(Self.row("a")),\#(Self.row("a", "UNKNOWN_CANCEL_ORDER"))]}"#
    let coinbase = try makeCoinbase(ScriptedTransport(body))
    let error = await failure { () throws(BrokerError) -> Int in try await coinbase.cancel(Self.ids(["a", "b"])).count }
    #expect(error?.code == .malformedAnswer && error?.mayHaveExecuted == true)
  }
}
