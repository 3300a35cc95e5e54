import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseRefusalTests {
  private typealias Bench = CoinbaseBench

  static let refusals: [(String, JSONValue, String, String)] = [
    ("size finer than the step", Bench.limitIOC("0.000000001", "50000"), "BTC-USD", "INVALID_SIZE_PRECISION"),
    ("size off the step", Bench.limitIOC("10.05", "0.1"), "DOGE-USD", "INVALID_SIZE_PRECISION"),
    ("price finer than the tick", Bench.limitIOC("0.01", "50000.001"), "BTC-USD", "INVALID_PRICE_PRECISION"),
    ("no size", ["market_market_ioc": [:]], "BTC-USD", "UNSUPPORTED_ORDER_CONFIGURATION"),
    ("no size but empty", Bench.marketBuy(""), "BTC-USD", "UNSUPPORTED_ORDER_CONFIGURATION"),
    ("nothing", Bench.limitIOC("0", "50000"), "BTC-USD", "INVALID_SIZE_PRECISION"),
    ("below zero", Bench.limitIOC("-1", "50000"), "BTC-USD", "INVALID_SIZE_PRECISION"),
    ("too much", Bench.limitIOC("3400.1", "0.01"), "BTC-USD", "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE"),
    ("too little money", Bench.limitIOC("0.00001", "50000"), "BTC-USD", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
    ("too little money to buy for", Bench.marketBuy("0.99"), "BTC-USD", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
    ("money finer than a cent", Bench.marketBuy("10.001"), "BTC-USD", "PREVIEW_INVALID_QUOTE_SIZE_PRECISION"),
    ("more than is there", Bench.limitIOC("1", "50000"), "BTC-USD", "INSUFFICIENT_FUND"),
    ("fee not covered", Bench.limitGTC("1", "10000"), "BTC-USD", "INSUFFICIENT_FUND"),
    ("no such market", Bench.marketBuy("10"), "NO-SUCH", "INVALID_PRODUCT_ID"),
    ("no orders taken", Bench.limitIOC("10", "1"), "XRP-USD", "ORDER_ENTRY_DISABLED"),
    ("no wallet", Bench.marketBuy("10"), "BTC-USDC", "account is not available"),
    (
      "post-only that would take", Bench.limitGTC("0.001", "900000", postOnly: true), "BTC-USD",
      "INVALID_LIMIT_PRICE_POST_ONLY"
    ),
    (
      "a stop", ["stop_limit_stop_limit_gtc": ["base_size": "0.01", "limit_price": "1", "stop_price": "1"]], "BTC-USD",
      "UNSUPPORTED_ORDER_CONFIGURATION"
    ),
    (
      "an end that has passed",
      ["limit_limit_gtd": ["base_size": "0.01", "limit_price": "10000", "end_time": "2020-01-01T00:00:00Z"]], "BTC-USD",
      "UNSUPPORTED_ORDER_CONFIGURATION"
    ),
  ]

  @Test(arguments: refusals)
  func `a bad order is refused with its reason and leaves nothing behind`(
    _ what: String, _ configuration: JSONValue, _ product: String, _ reason: String
  ) throws {
    let bench = try CoinbaseBench()
    let answer = try bench.place("x", configuration, product: product)
    #expect(try Bench.reason(answer) == reason, "\(what)")
    #expect(try answer.object("order_configuration").members?.count == 1)
    #expect(bench.exchange.read { $0.orders.count } == 0)
    #expect(try bench.wallet("USD").available == .literal("10000"))
  }

  @Test func `selling what is not held is refused`() throws {
    let bench = try CoinbaseBench()
    let answer = try bench.place("x", ["market_market_ioc": ["base_size": "0.1"]], side: "SELL")
    #expect(try Bench.reason(answer) == "INSUFFICIENT_FUND")
    #expect(try Bench.reason(try bench.place("y", Bench.marketBuy("10"), side: "HOLD")) == "INVALID_SIDE")
  }

  @Test func `a body that cannot be read is 400`() throws {
    let bench = try CoinbaseBench()
    let good = Bench.marketBuy("10")
    let bodies: [(JSONValue, String)] = [
      (["product_id": "BTC-USD", "side": "BUY", "order_configuration": good], "INVALID_ARGUMENT"),
      (Bench.order("", "BUY", good), "INVALID_ARGUMENT"),
      (Bench.order(String(repeating: "i", count: 129), "BUY", good), "INVALID_ARGUMENT"),
      (Bench.order("a", "BUY", [:]), "INVALID_ARGUMENT"),
      (Bench.order("a", "BUY", ["market_market_ioc": ["quote_size": .integer(10)]]), "unknown"),
      (Bench.order("a", "BUY", ["market_market_ioc": ["quote_size": "ten"]]), "INVALID_ARGUMENT"),
      (["client_order_id": .integer(1)], "unknown"),
      (.array([]), "unknown"),
    ]
    for (body, error) in bodies {
      let answer = try bench.call("POST", "orders", body)
      #expect(answer.status == 400, "\(body.encoded)")
      #expect(try answer.json.string("error") == error, "\(body.encoded)")
      #expect(try answer.json.string("error_details") == answer.json.string("message"))
    }
    #expect(bench.exchange.read { $0.orders.count } == 0)
  }
}
