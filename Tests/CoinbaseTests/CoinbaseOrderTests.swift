import Broker
import Core
import Testing

@testable import Coinbase

@Suite struct CoinbaseOrderTests {
  static let accepted =
    #"{"success":true,"success_response":{"order_id":"62475e97","product_id":"BTC-USD","side":"BUY","client_order_id":"6e696a61-0123-4567-89ab-000000000007"},"order_configuration":{}}"#

  static func body(_ timeInForce: TimeInForce, side: Side = .buy) async throws -> (HTTPRequest, String) {
    let transport = ScriptedTransport(accepted)
    let acknowledgement = try await makeCoinbase(transport).place(order(timeInForce, side: side))
    #expect(acknowledgement.venueOrderID == VenueOrderID("62475e97"))
    let request = try #require(transport.requests.first)
    #expect(transport.requests.count == 1)
    return (request, String(decoding: request.body, as: UTF8.self))
  }

  static func expected(_ configuration: String, side: String = "BUY") -> String {
    #"{"client_order_id":"6e696a61-0123-4567-89ab-000000000007","product_id":"BTC-USD","side":"\#(side)","order_configuration":{\#(configuration)}}"#
  }

  @Test func `each time in force has its configuration`() async throws {
    let amounts = #""base_size":"0.001","limit_price":"30000""#
    let end = try #require(Timestamp(rfc3339: "2026-01-01T00:10:00Z"))
    for (timeInForce, configuration) in [
      (TimeInForce.immediateOrCancel, #""sor_limit_ioc":{\#(amounts)}"#),
      (.fillOrKill, #""limit_limit_fok":{\#(amounts)}"#),
      (.goodTillCancelled, #""limit_limit_gtc":{\#(amounts),"post_only":false}"#),
      (.goodTillDate(end), #""limit_limit_gtd":{\#(amounts),"end_time":"2026-01-01T00:10:00Z","post_only":false}"#),
    ] {
      #expect(try await Self.body(timeInForce).1 == Self.expected(configuration))
    }
  }

  @Test func `an order goes out by POST with its token, sells before buys`() async throws {
    let (buy, _) = try await Self.body(.immediateOrCancel)
    let (sell, text) = try await Self.body(.immediateOrCancel, side: .sell)
    #expect(text == Self.expected(#""sor_limit_ioc":{"base_size":"0.001","limit_price":"30000"}"#, side: "SELL"))
    #expect(buy.method == "POST" && buy.url == "https://api.coinbase.com/api/v3/brokerage/orders")
    #expect(buy.priority == .enter && sell.priority == .reduce)
    #expect(buy.headers.contains { $0.name == "Content-Type" && $0.value == "application/json" })
  }

  static func claims(_ request: HTTPRequest) throws -> JSON {
    let header = try #require(request.headers.first { $0.name == "Authorization" }?.value)
    #expect(header.hasPrefix("Bearer "))
    let claims = try #require(header.split(separator: ".").dropFirst().first.map(String.init))
    return try JSON(parsing: #require(Base64.decodeURLSafe(claims)))
  }

  @Test func `an order's token lives 120 seconds and ends with the order's deadline`() async throws {
    let (request, _) = try await Self.body(.immediateOrCancel)
    let claims = try Self.claims(request)
    let deadline = FixedClock().now.seconds + 90
    #expect(try claims.integer("exp") == deadline)
    #expect(try claims.integer("nbf") == deadline - 120)
    #expect(try claims.string("uri") == "POST api.coinbase.com/api/v3/brokerage/orders")
  }

  @Test func `a token names host and port, and no query`() async throws {
    let transport = ScriptedTransport(#"{"fee_tier":{"maker_fee_rate":"0.1","taker_fee_rate":"0.1"}}"#)
    _ = try await makeCoinbase(transport, endpoint: "http://127.0.0.1:8080").fetchFees(bitcoin.symbol)
    let request = try #require(transport.requests.first)
    #expect(request.url == "http://127.0.0.1:8080/api/v3/brokerage/transaction_summary?product_type=SPOT")
    let claims = try Self.claims(request)
    #expect(try claims.string("uri") == "GET 127.0.0.1:8080/api/v3/brokerage/transaction_summary")
    #expect(try claims.integer("exp") - claims.integer("nbf") == 120)
    #expect(try (1...30).contains(FixedClock().now.seconds - claims.integer("nbf")))
  }

  @Test func `an order whose deadline has passed is not sent`() async throws {
    let transport = ScriptedTransport(Self.accepted)
    let coinbase = try makeCoinbase(transport)
    let error = await failure { () throws(BrokerError) in
      try await coinbase.place(order(deadline: FixedClock().now))
    }
    #expect(error?.code == .deadlineElapsed && error?.mayHaveExecuted == false)
    #expect(transport.requests.isEmpty)
  }

  @Test func `an instrument nobody taught is not ordered`() async throws {
    let transport = ScriptedTransport(Self.accepted)
    let coinbase = try makeCoinbase(transport)
    coinbase.learn([])
    let error = await failure { () throws(BrokerError) in try await coinbase.place(order()) }
    #expect(error?.code == .notSent && error?.scope == .instrument)
    #expect(transport.requests.isEmpty)
  }

  @Test func `an answer for another client id is not ours`() async throws {
    let foreign = Self.accepted.replacing("000000000007", with: "000000000008")
    let coinbase = try makeCoinbase(ScriptedTransport(foreign))
    let error = await failure { () throws(BrokerError) in try await coinbase.place(order()) }
    #expect(error?.code == .malformedAnswer)
    #expect(error?.recovery == .reconcile(order().clientOrderID))
  }

  @Test func `a failure reason beside success is ignored`() async throws {
    let transport = ScriptedTransport(
      #"{"success":true,"failure_reason":"UNKNOWN_FAILURE_REASON","order_id":"1","success_response":{"order_id":"1","client_order_id":"6e696a61-0123-4567-89ab-000000000007"}}"#
    )
    #expect(try await makeCoinbase(transport).place(order()).venueOrderID == VenueOrderID("1"))
  }

  @Test func `a cancel that began is pending, whatever it says beside`() async throws {
    let transport = ScriptedTransport(
      #"{"results":[{"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON","order_id":"7"}]}"#,
      #"{"results":[{"success":false,"failure_reason":"DUPLICATE_CANCEL_REQUEST","order_id":"7"}]}"#)
    let coinbase = try makeCoinbase(transport)
    #expect(try await coinbase.cancel(VenueOrderID("7")) == .pending)
    #expect(try await coinbase.cancel(VenueOrderID("7")) == .pending)
    let request = try #require(transport.requests.first)
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"order_ids":["7"]}"#)
    #expect(request.url.hasSuffix("/orders/batch_cancel") && request.priority == .cancel)
  }

  @Test(arguments: [
    ("UNKNOWN_CANCEL_ORDER", BrokerError.Code.unknownOrder), ("INVALID_CANCEL_REQUEST", .invalidRequest),
    ("COMMANDER_REJECTED_CANCEL_ORDER", .orderRejected), ("UNKNOWN_CANCEL_FAILURE_REASON", .unknown),
    ("SOMETHING_NEW", .unknown),
  ])
  func `a refused cancel says why`(reason: String, code: BrokerError.Code) async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport(#"{"results":[{"success":false,"failure_reason":"\#(reason)","order_id":"7"}]}"#))
    let error = await failure { () throws(BrokerError) in try await coinbase.cancel(VenueOrderID("7")) }
    #expect(error?.code == code)
    #expect(error?.operation == "cancel")
    #expect(error?.venueText == reason)
  }

  @Test func `a cancel's result for another order is not an answer`() async throws {
    for body in [#"{"results":[]}"#, #"{"results":[{"success":true,"failure_reason":"","order_id":"8"}]}"#] {
      let coinbase = try makeCoinbase(ScriptedTransport(body))
      let error = await failure { () throws(BrokerError) in try await coinbase.cancel(VenueOrderID("7")) }
      #expect(error?.code == .malformedAnswer && error?.mayHaveExecuted == true)
    }
  }
}
