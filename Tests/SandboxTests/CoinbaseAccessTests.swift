import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseAccessTests {
  static let publicPaths = [
    "time", "market/products", "market/products/BTC-USD",
    "market/products/BTC-USD/candles?start=1768500000&end=1768503600&granularity=FIVE_MINUTE",
    "market/products/BTC-USD/ticker", "market/product_book?product_id=BTC-USD",
  ]
  static let privateRoutes = [
    ("GET", "products"), ("GET", "products/BTC-USD"), ("GET", "products/BTC-USD/ticker"),
    ("GET", "products/BTC-USD/candles?start=1768500000&end=1768503600&granularity=FIVE_MINUTE"),
    ("GET", "best_bid_ask?product_ids=BTC-USD"), ("GET", "product_book?product_id=BTC-USD"), ("GET", "accounts"),
    ("GET", "key_permissions"), ("GET", "portfolios"), ("GET", "transaction_summary"),
    ("GET", "orders/historical/batch"), ("GET", "orders/historical/fills"), ("POST", "orders"),
    ("POST", "orders/preview"), ("POST", "orders/batch_cancel"), ("POST", "orders/edit"),
  ]

  @Test(arguments: publicPaths)
  func `public routes answer anybody`(_ path: String) throws {
    let answer = try CoinbaseBench().open(path)
    #expect(answer.status == 200, "\(answer.text)")
    #expect(try answer.json.kind == .object)
  }

  @Test(arguments: privateRoutes)
  func `private routes answer nobody without a good token`(_ method: String, _ path: String) throws {
    let bench = try CoinbaseBench()
    func refused(_ headers: [(name: String, value: String)], _ why: Comment) {
      let response = bench.venue.respond(to: bench.request(method, path, headers: headers))
      #expect(response.status == 401, why)
      #expect(String(decoding: response.body, as: UTF8.self) == "Unauthorized", why)
      #expect(response.headers.first { $0.name == "Content-Type" }?.value.hasPrefix("text/plain") == true, why)
    }
    refused([], "no token")
    refused([("Authorization", "Bearer a.b.c")], "no JWT")
    refused([("CB-ACCESS-KEY", "k"), ("CB-ACCESS-SIGN", "00"), ("CB-ACCESS-TIMESTAMP", "1")], "a legacy key")
    let stranger = CoinbaseBench.maker(try CoinbaseBench().venue.issueKey(account: CoinbaseBench.account))
    #expect(try bench.call(method, path, with: stranger).status == 401)
    #expect(try bench.call(method, path, ["order_ids": ["x"]]).status != 401)
  }

  @Test func `a token is good for its own request only`() throws {
    let bench = try CoinbaseBench()
    let maker = CoinbaseBench.maker(bench.venue.issueKey(account: CoinbaseBench.account))
    let path = CoinbaseRoute.prefix + "accounts"
    let token = try maker.token("GET", CoinbaseBench.host, path, at: bench.clock.now)
    func status(_ path: String) -> Int {
      bench.send(bench.request("GET", path, headers: [("Authorization", "Bearer \(token)")])).status
    }
    #expect(status("accounts") == 200)
    #expect(status("accounts?limit=2") == 200)
    #expect(status("portfolios") == 401)
    bench.clock.advance(by: .seconds(120))
    #expect(status("accounts") == 401)
  }

  @Test func `a key that may only look cannot trade`() throws {
    let bench = try CoinbaseBench(scopes: CoinbaseScopes(canTrade: false))
    #expect(try bench.get("key_permissions").boolean("can_trade") == false)
    let order = CoinbaseBench.order("a", "BUY", CoinbaseBench.marketBuy("10"))
    for (path, body) in [("orders", order), ("orders/batch_cancel", ["order_ids": ["x"]]), ("orders/edit", [:])] {
      let answer = try bench.call("POST", path, body)
      #expect(answer.status == 403)
      #expect(
        answer.text
          == #"{"error":"PERMISSION_DENIED","error_details":"Missing required scopes","message":"Missing required scopes"}"#
      )
    }
    #expect(try bench.call("POST", "orders/preview", order).status == 200)
    #expect(bench.exchange.read { $0.orders.count } == 0)
  }

  @Test func `a revoked key is as unknown as any`() throws {
    let bench = try CoinbaseBench()
    #expect(try bench.call("GET", "accounts").status == 200)
    #expect(bench.venue.revokeKeys(account: CoinbaseBench.account) == 1)
    #expect(try bench.call("GET", "accounts").status == 401)
    #expect(bench.venue.revokeKeys(account: CoinbaseBench.account) == 0)
  }

  @Test func `beyond thirty private or ten public requests a second comes 429, and a second heals it`() throws {
    let bench = try CoinbaseBench()
    let maker = CoinbaseBench.maker(bench.venue.issueKey(account: CoinbaseBench.account))
    let path = CoinbaseRoute.prefix + "portfolios"
    let token = try maker.token("GET", CoinbaseBench.host, path, at: bench.clock.now)
    func outcomes(_ count: Int, _ path: String) -> [Int] {
      (0..<count).map { _ in
        bench.send(bench.request("GET", path, headers: [("Authorization", "Bearer \(token)")])).status
      }
    }
    #expect(outcomes(32, "portfolios") == Array(repeating: 200, count: 30) + [429, 429])
    #expect(outcomes(11, "time") == Array(repeating: 200, count: 10) + [429])
    #expect(
      bench.open("time").text == #"{"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]}"#)
    bench.clock.advance(by: .seconds(1))
    #expect(outcomes(31, "portfolios") == Array(repeating: 200, count: 30) + [429])
    #expect(outcomes(1, "time") == [200])
  }

  @Test func `the flaky switch refuses its share of good tokens`() throws {
    let bench = try CoinbaseBench(switches: CoinbaseSwitches(flakyUnauthorized: 0.5))
    let refused = try (0..<200).filter { _ in try bench.call("GET", "portfolios").status == 401 }.count
    #expect((70...130).contains(refused), "\(refused) of 200")
  }

  @Test func `what is not there is not found`() throws {
    let bench = try CoinbaseBench()
    for path in ["nothing", "market/products/NO-SUCH", "market/products/BTC-USD/x"] {
      #expect(bench.open(path).status == 404, "\(path)")
    }
    #expect(
      bench.open("market/products/NO-SUCH").text
        == #"{"error":"NOT_FOUND","error_details":"valid product_id is required","message":"valid product_id is required"}"#
    )
    #expect(try bench.call("POST", "orders/cancel_all").status == 404)
    #expect(try bench.call("GET", "orders/historical/none").status == 404)
    #expect(try bench.call("GET", "accounts/none").status == 404)
    #expect(bench.open("market/products?limit=x").status == 400)
    #expect(bench.open("market/products?limit=%zz").status == 400)
  }

  @Test func `the subject of a request is told before anything is checked`() throws {
    let bench = try CoinbaseBench()
    let maker = CoinbaseBench.maker(bench.venue.issueKey(account: CoinbaseBench.account, type: .es256, scopes: .init()))
    let token = try maker.token("GET", "elsewhere", "/", at: bench.clock.now)
    let subject = bench.venue.subject(
      of: bench.request("GET", "orders/historical/abc", headers: [("Authorization", "Bearer \(token)")]))
    #expect(subject == RequestSubject(account: CoinbaseBench.account, endpoint: "GET /orders/historical/*"))
    #expect(bench.venue.subject(of: bench.request("GET", "time")).account == nil)
  }
}
