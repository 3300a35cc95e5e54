import Broker
import Core
import Testing

@testable import Coinbase

@Suite struct CoinbaseErrorTests {
  static func placed(_ replies: [ScriptedTransport.Reply]) async throws -> (error: BrokerError, sent: Int) {
    let transport = ScriptedTransport(replies)
    let coinbase = try makeCoinbase(transport)
    let error = await failure { () throws(BrokerError) in try await coinbase.place(order()) }
    return (try #require(error), transport.requests.count)
  }

  static func refused(_ response: String) -> String { #"{"success":false,"error_response":{\#(response)}}"# }
  static let reconcile = BrokerError.Recovery.reconcile(order().clientOrderID)

  /// Reference §7, the rows of refused orders.
  static let reasons: [(String, BrokerError.Code, BrokerError.Scope, BrokerError.Recovery)] = [
    ("INSUFFICIENT_FUND", .insufficientFunds, .order, .never),
    ("INSUFFICIENT_FUNDS", .insufficientFunds, .order, .never),
    ("PREVIEW_INSUFFICIENT_FUND", .insufficientFunds, .order, .never),
    ("INVALID_LEDGER_BALANCE", .insufficientFunds, .order, .never),
    ("INVALID_LIMIT_PRICE_POST_ONLY", .orderRejected, .order, .never),
    ("PREVIEW_INVALID_LIMIT_PRICE_POSTONLY", .orderRejected, .order, .never),
    ("INVALID_NO_LIQUIDITY", .orderRejected, .instrument, .retry(after: .seconds(60))),
    ("MISSING_MARKET_TRADE_DATA", .orderRejected, .instrument, .retry(after: .seconds(60))),
    ("ORDER_ENTRY_DISABLED", .instrumentUnavailable, .instrument, .retry(after: .seconds(60))),
    ("TRADING_DISABLED", .instrumentUnavailable, .instrument, .retry(after: .seconds(60))),
    ("PRODUCT_TRADING_HALTED", .instrumentUnavailable, .instrument, .retry(after: .seconds(60))),
    ("UNTRADABLE_PRODUCT", .instrumentUnavailable, .instrument, .retry(after: .seconds(60))),
    ("PREVIEW_NOT_ALLOWED_BY_MARKET_STATE", .instrumentUnavailable, .instrument, .retry(after: .seconds(60))),
    ("INELIGIBLE_PAIR", .instrumentUnavailable, .instrument, .never),
    ("GEOFENCING_RESTRICTION", .instrumentUnavailable, .instrument, .never),
    ("PREVIEW_COMPLIANCE_PURCHASE_LIMIT_EXCEEDED", .accountRestricted, .instrument, .never),
    ("UNSUPPORTED_ORDER_CONFIGURATION", .invalidRequest, .order, .never),
    ("INVALID_SIDE", .invalidRequest, .order, .never),
    ("INVALID_PRODUCT_ID", .instrumentUnavailable, .instrument, .never),
    ("INVALID_REQUEST", .invalidRequest, .order, .never),
    ("INVALID_PRICE_PRECISION", .invalidAmount, .order, .never),
    ("INVALID_SIZE_PRECISION", .invalidAmount, .order, .never),
    ("PREVIEW_INVALID_QUOTE_SIZE_PRECISION", .invalidAmount, .order, .never),
    ("LIMIT_PRICE_TOO_FAR_FROM_MARKET", .invalidRequest, .order, .never),
    ("PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", .belowMinimum, .order, .never),
    ("PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL", .belowMinimum, .order, .never),
    ("PREVIEW_INVALID_BASE_SIZE_TOO_LARGE", .invalidAmount, .order, .never),
    ("COMMANDER_REJECTED_NEW_ORDER", .orderRejected, .order, reconcile),
    ("UNKNOWN_FAILURE_REASON", .orderRejected, .order, reconcile),
    ("DUPLICATE_CLIENT_ORDER_ID", .duplicateOrder, .order, reconcile),
    ("account is not available", .instrumentUnavailable, .instrument, .never),
    ("SOMETHING_NEW", .unknown, .order, reconcile),
  ]

  @Test(arguments: reasons) func `each refusal of an order has its meaning`(
    word: String, code: BrokerError.Code, scope: BrokerError.Scope, recovery: BrokerError.Recovery
  ) async throws {
    let (error, sent) = try await Self.placed([.success(body(Self.refused(#""error":"\#(word)","message":"m""#)))])
    #expect(error.code == code)
    #expect(error.scope == scope)
    #expect(error.recovery == recovery)
    #expect(error.mayHaveExecuted == (recovery == Self.reconcile))
    #expect(error.operation == "place" && error.nextStep != nil)
    #expect(error.venueText == "\(word): m")
    #expect(sent == 1)
  }

  @Test(arguments: [
    #""error":"UNKNOWN_FAILURE_REASON","preview_failure_reason":"PREVIEW_INSUFFICIENT_FUND","new_order_failure_reason":"UNKNOWN_FAILURE_REASON""#,
    #""error":"","message":"Insufficient balance","preview_failure_reason":"UNKNOWN_PREVIEW_FAILURE_REASON","new_order_failure_reason":"INSUFFICIENT_FUND""#,
    #""new_order_failure_reason":"INSUFFICIENT_FUND","preview_failure_reason":null"#,
  ])
  func `the first field that says something is the reason`(response: String) async throws {
    let (error, _) = try await Self.placed([.success(body(Self.refused(response)))])
    #expect(error.code == .insufficientFunds)
  }

  @Test func `a sentence counts where the fields say nothing`() async throws {
    let response = #""error":"UNKNOWN_FAILURE_REASON","message":"account is not available","error_details":"""#
    #expect(try await Self.placed([.success(body(Self.refused(response)))]).error.code == .instrumentUnavailable)
  }

  /// Statuses when an order is placed: which leave it open whether the order exists.
  static let statuses: [(Int, String, BrokerError.Code, BrokerError.Scope, Bool)] = [
    (400, #"{"error":"INVALID_ARGUMENT","error_details":"d","message":"m"}"#, .invalidRequest, .order, false),
    (400, #"{"error":"unknown","message":"parsing field"}"#, .invalidRequest, .order, false),
    (400, #"{"error":"NEW_WORD","message":"m"}"#, .unknown, .order, false),
    (403, #"{"error":"PERMISSION_DENIED","message":"Missing required scopes"}"#, .permissionDenied, .account, false),
    (403, "Missing required scopes", .permissionDenied, .account, false),
    (403, "<html>blocked</html>", .rateLimited, .broker, false),
    (
      404, #"{"error":"NOT_FOUND","message":"valid product_id is required"}"#, .instrumentUnavailable, .instrument,
      false
    ),
    (408, "", .unknown, .order, true),
    (429, #"{"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]}"#, .rateLimited, .account, false),
    (429, "", .rateLimited, .account, false),
    (500, #"{"error":"INTERNAL","message":"m"}"#, .venueUnavailable, .broker, true),
    (502, "<html><body>502 Bad Gateway</body></html>", .venueUnavailable, .broker, true),
    (503, "", .venueUnavailable, .broker, true), (504, "", .venueUnavailable, .broker, true),
    (302, "", .unknown, .order, true), (204, "", .unknown, .order, true),
  ]

  @Test(arguments: statuses) func `each status of a placed order has its meaning`(
    status: Int, text: String, code: BrokerError.Code, scope: BrokerError.Scope, mayHaveExecuted: Bool
  ) async throws {
    let (error, sent) = try await Self.placed([ScriptedTransport.status(status, text)])
    #expect(error.code == code)
    #expect(error.scope == scope)
    #expect(error.mayHaveExecuted == mayHaveExecuted)
    #expect((error.recovery == Self.reconcile) == mayHaveExecuted)
    #expect(sent == 1)
  }

  @Test(arguments: ["", "{", #"{"success":true"#, #"{"success":"true"}"#, "{}", #"{"success":true}"#, "<html></html>"])
  func `an answer to an order that cannot be read leaves open whether it exists`(text: String) async throws {
    let (error, sent) = try await Self.placed([ScriptedTransport.ok(text)])
    #expect(error.code == .malformedAnswer)
    #expect(error.mayHaveExecuted)
    #expect(error.recovery == Self.reconcile)
    #expect(sent == 1)
  }

  @Test func `a success cut at any byte is never a refusal`() async throws {
    let whole = Array(CoinbaseOrderTests.accepted.utf8)
    for length in whole.indices {
      let cut = String(decoding: whole.prefix(length), as: UTF8.self)
      let (error, _) = try await Self.placed([ScriptedTransport.ok(cut)])
      #expect(error.recovery == Self.reconcile, "cut at \(length)")
    }
  }

  @Test(arguments: [
    (TransportError.Phase.resolve, false, BrokerError.Code.network), (.connect, false, .network),
    (.tls, false, .untrustedVenue), (.send, true, .network), (.receive, true, .network),
    (.tooLarge, true, .malformedAnswer), (.cancelled, false, .notSent), (.cancelled, true, .notSent),
  ])
  func `a broken connection says whether the order may have arrived`(
    phase: TransportError.Phase, arrived: Bool, code: BrokerError.Code
  ) async throws {
    let broken = TransportError(phase: phase, mayHaveArrived: arrived, detail: "detail")
    let (error, sent) = try await Self.placed([.failure(broken)])
    #expect(error.code == code)
    #expect(error.mayHaveExecuted == arrived)
    #expect((error.recovery == Self.reconcile) == arrived)
    #expect(sent == 1)
  }

  @Test func `a refused token is tried three times, each time a fresh one, then the key is bad`() async throws {
    let refusal = ScriptedTransport.status(401, "Unauthorized")
    let transport = ScriptedTransport([refusal, refusal, refusal, refusal])
    let coinbase = try makeCoinbase(transport)
    let error = await failure { () throws(BrokerError) in try await coinbase.place(order()) }
    #expect(error?.code == .invalidKey && error?.scope == .account && error?.mayHaveExecuted == false)
    #expect(error?.nextStep?.contains("create an ECDSA key") == true)
    let tokens = transport.requests.compactMap { $0.headers.first { $0.name == "Authorization" }?.value }
    #expect(tokens.count == 3 && Set(tokens).count == 3)
    for token in tokens { #expect(error?.description.contains(token.suffix(40)) == false) }
  }

  @Test func `a token that is taken at the third try places the order`() async throws {
    let refusal = ScriptedTransport.status(401, "Unauthorized")
    let transport = ScriptedTransport([refusal, refusal, ScriptedTransport.ok(CoinbaseOrderTests.accepted)])
    #expect(try await makeCoinbase(transport).place(order()).venueOrderID == VenueOrderID("62475e97"))
    #expect(Set(transport.requests.map { String(decoding: $0.body, as: UTF8.self) }).count == 1)
  }

  @Test(arguments: [("7", 7), ("0", 1), ("-1", 1), ("soon", 1), ("99999999", 1)])
  func `a hint to wait is obeyed, nonsense is not`(hint: String, seconds: Int) async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport([ScriptedTransport.status(429, "", headers: ["retry-after": hint])]))
    let error = await failure { () throws(BrokerError) in try await coinbase.fetchPermissions() }
    #expect(error?.recovery == .retry(after: .seconds(seconds)))
  }

  @Test func `nothing is sent while the venue wants silence`() async throws {
    let transport = ScriptedTransport([ScriptedTransport.status(429, "", headers: ["retry-after": "60"])])
    let coinbase = try makeCoinbase(transport)
    _ = await failure { () throws(BrokerError) in try await coinbase.fetchPermissions() }
    let error = await failure { () throws(BrokerError) in try await coinbase.place(order()) }
    #expect(error?.code == .lockedOut && error?.mayHaveExecuted == false && error?.operation == "place")
    #expect(transport.requests.count == 1)
  }

  @Test func `a failed question has nothing executed and may be asked again`() async throws {
    let replies: [ScriptedTransport.Reply] = [
      ScriptedTransport.status(503, ""), ScriptedTransport.ok("nonsense"),
      .failure(TransportError(phase: .receive, mayHaveArrived: true, detail: "reset")),
    ]
    for reply in replies {
      let coinbase = try makeCoinbase(ScriptedTransport([reply]))
      let error = await failure { () throws(BrokerError) in try await coinbase.fetchBalances() }
      #expect(error?.mayHaveExecuted == false)
      #expect(error?.recovery == .retry(after: .seconds(1)))
    }
  }

  @Test func `a private call without credentials is not sent`() async throws {
    let transport = ScriptedTransport("{}")
    let coinbase = try makeCoinbase(transport, credentials: [:])
    let error = await failure { () throws(BrokerError) in try await coinbase.fetchBalances() }
    #expect(error?.code == .misconfigured)
    #expect(transport.requests.isEmpty)
  }

  private func body(_ text: String) -> HTTPAnswer { HTTPAnswer(status: 200, headers: [:], body: Array(text.utf8)) }
}
