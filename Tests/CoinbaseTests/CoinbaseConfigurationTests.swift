import Broker
import Core
import Testing

@testable import Coinbase

@Suite struct CoinbaseConfigurationTests {
  static let end = Timestamp(nanoseconds: 1_767_226_200_000_000_000)

  static func request(
    _ kind: OrderKind, _ timeInForce: TimeInForce = .goodTillCancelled, side: Side = .sell,
    amount: OrderAmount = .base(Quantity(decimal("0.5"))), postOnly: Bool = false
  ) -> OrderRequest {
    OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: 7), symbol: bitcoin.symbol, side: side,
      amount: amount, kind: kind, timeInForce: timeInForce, isPostOnly: postOnly,
      deadline: FixedClock().now + .seconds(90))
  }

  static let limit = Price(decimal("30000")), trigger = Price(decimal("29000"))
  static let money = OrderAmount.quote(Notional(decimal("25.5")))

  /// Every configuration in use, as the reference writes it.
  static let cases: [(OrderRequest, String)] = [
    (request(.market, .immediateOrCancel), #"{"market_market_ioc":{"base_size":"0.5"}}"#),
    (request(.market, .immediateOrCancel, side: .buy), #"{"market_market_ioc":{"base_size":"0.5"}}"#),
    (
      request(.market, .immediateOrCancel, side: .buy, amount: money),
      #"{"market_market_ioc":{"quote_size":"25.5"}}"#
    ),
    (
      request(.limit(limit), .immediateOrCancel),
      #"{"sor_limit_ioc":{"base_size":"0.5","limit_price":"30000"}}"#
    ),
    (
      request(.limit(limit), .fillOrKill), #"{"limit_limit_fok":{"base_size":"0.5","limit_price":"30000"}}"#
    ),
    (
      request(.limit(limit)),
      #"{"limit_limit_gtc":{"base_size":"0.5","limit_price":"30000","post_only":false}}"#
    ),
    (
      request(.limit(limit), postOnly: true),
      #"{"limit_limit_gtc":{"base_size":"0.5","limit_price":"30000","post_only":true}}"#
    ),
    (
      request(.limit(limit), .goodTillDate(end), postOnly: true),
      #"{"limit_limit_gtd":{"base_size":"0.5","limit_price":"30000","end_time":"2026-01-01T00:10:00Z","post_only":true}}"#
    ),
    (
      request(.stopLoss(trigger: trigger, limit: limit)),
      #"{"stop_limit_stop_limit_gtc":{"base_size":"0.5","limit_price":"30000","stop_price":"29000","stop_direction":"STOP_DIRECTION_STOP_DOWN"}}"#
    ),
    (
      request(.stopLoss(trigger: trigger, limit: limit), side: .buy),
      #"{"stop_limit_stop_limit_gtc":{"base_size":"0.5","limit_price":"30000","stop_price":"29000","stop_direction":"STOP_DIRECTION_STOP_UP"}}"#
    ),
    (
      request(.takeProfit(trigger: trigger, limit: limit), .goodTillDate(end)),
      #"{"stop_limit_stop_limit_gtd":{"base_size":"0.5","limit_price":"30000","stop_price":"29000","stop_direction":"STOP_DIRECTION_STOP_UP","end_time":"2026-01-01T00:10:00Z"}}"#
    ),
    (
      request(.takeProfit(trigger: trigger, limit: limit), side: .buy),
      #"{"stop_limit_stop_limit_gtc":{"base_size":"0.5","limit_price":"30000","stop_price":"29000","stop_direction":"STOP_DIRECTION_STOP_DOWN"}}"#
    ),
    (
      request(.bracket(limit: limit, stop: trigger)),
      #"{"trigger_bracket_gtc":{"base_size":"0.5","limit_price":"30000","stop_trigger_price":"29000"}}"#
    ),
    (
      request(.bracket(limit: limit, stop: trigger), .goodTillDate(end)),
      #"{"trigger_bracket_gtd":{"base_size":"0.5","limit_price":"30000","stop_trigger_price":"29000","end_time":"2026-01-01T00:10:00Z"}}"#
    ),
  ]

  @Test(arguments: cases)
  func `each kind of order has its configuration, placed and previewed alike`(
    order: OrderRequest, configuration: String
  ) async throws {
    let transport = ScriptedTransport(CoinbaseOrderTests.accepted, #"{"errs":[]}"#)
    let coinbase = try makeCoinbase(transport)
    _ = try await coinbase.place(order)
    #expect(try await coinbase.preview(order).isEmpty)
    let bodies = transport.requests.map { String(decoding: $0.body, as: UTF8.self) }
    let rest =
      #""product_id":"BTC-USD","side":"\#(order.side == .buy ? "BUY" : "SELL")","order_configuration":\#(configuration)}"#
    #expect(bodies == [#"{"client_order_id":"6e696a61-0123-4567-89ab-000000000007","# + rest, "{" + rest])
    #expect(transport.requests.map { $0.url.hasSuffix("/orders/preview") } == [false, true])
  }

  /// What the plugin does not declare.
  static let unsupported = [
    request(.market), request(.market, .fillOrKill), request(.market, .goodTillDate(end)),
    request(.market, .immediateOrCancel, postOnly: true), request(.market, .immediateOrCancel, amount: money),
    request(.limit(limit), side: .buy, amount: money), request(.limit(limit), .immediateOrCancel, postOnly: true),
    request(.limit(limit), .fillOrKill, postOnly: true), request(.stopLoss(trigger: trigger, limit: nil)),
    request(.takeProfit(trigger: trigger, limit: nil)),
    request(.stopLoss(trigger: trigger, limit: limit), postOnly: true),
    request(.takeProfit(trigger: trigger, limit: limit), .immediateOrCancel),
    request(.stopLoss(trigger: trigger, limit: limit), .fillOrKill),
    request(.stopLoss(trigger: trigger, limit: limit), side: .buy, amount: money),
    request(.bracket(limit: limit, stop: trigger), .immediateOrCancel),
    request(.bracket(limit: limit, stop: trigger), amount: money),
    request(.bracket(limit: limit, stop: trigger), postOnly: true),
  ]

  @Test(arguments: unsupported)
  func `what is not declared is refused before a byte is sent`(order: OrderRequest) async throws {
    let transport = ScriptedTransport(CoinbaseOrderTests.accepted)
    let coinbase = try makeCoinbase(transport)
    let placed = await failure { () throws(BrokerError) in try await coinbase.place(order) }
    let previewed = await failure { () throws(BrokerError) in try await coinbase.preview(order) }
    for error in [placed, previewed] {
      #expect(error?.code == .unsupported && error?.scope == .order && error?.recovery == .never)
      #expect(error?.mayHaveExecuted == false && error?.nextStep != nil)
    }
    #expect(transport.requests.isEmpty)
  }

  @Test func `what the venue would refuse comes back in its words`() async throws {
    let transport = ScriptedTransport(
      #"{"errs":["PREVIEW_INSUFFICIENT_FUND","SOMETHING_NEW"],"warning":["UNKNOWN"]}"#, "{}", #"{"errs":[1]}"#)
    let coinbase = try makeCoinbase(transport)
    #expect(try await coinbase.preview(order()) == ["PREVIEW_INSUFFICIENT_FUND", "SOMETHING_NEW"])
    for _ in 0..<2 {
      let error = await failure { () throws(BrokerError) in try await coinbase.preview(order()) }
      #expect(error?.code == .malformedAnswer && error?.mayHaveExecuted == false && error?.operation == "preview")
    }
    #expect(transport.requests.allSatisfy { $0.method == "POST" && $0.priority == .query })
  }
}
