import Core
import Testing

@testable import Sandbox

@Suite struct CoinbasePageTests {
  private typealias Bench = CoinbaseBench

  @Test func `orders and fills come page by page, newest first, none twice and none left out`() throws {
    let bench = try CoinbaseBench()
    for index in 0..<23 { _ = try Bench.id(try bench.place("o\(index)", Bench.marketBuy("10"))) }
    for (path, rows, key) in [("batch", "orders", "order_id"), ("fills", "fills", "entry_id")] {
      var (seen, cursor, pages) = ([String](), "", 0)
      repeat {
        let page = try bench.get("orders/historical/\(path)?limit=5&cursor=\(cursor)")
        seen += try page.array(rows).map { try $0.string(key) }
        cursor = try page.string("cursor")
        pages += 1
        if path == "batch" { #expect(try page.boolean("has_next") == !cursor.isEmpty) }
        // What happens between two pages must not shift them.
        if pages == 2 { _ = try Bench.id(try bench.place("\(path)-late", Bench.marketBuy("10"))) }
      } while !cursor.isEmpty && pages < 20
      #expect(seen.count == Set(seen).count)
      let kept = bench.exchange.read { state in
        path == "batch" ? state.orders.map(\.id) : state.fills.map(\.id)
      }
      #expect(seen == kept.dropLast(path == "batch" ? 1 : kept.count - seen.count).reversed())
      #expect(seen.count >= 23)
    }
  }

  @Test func `a page that ends exactly at the last row is the last`() throws {
    let bench = try CoinbaseBench()
    for index in 0..<4 { _ = try Bench.id(try bench.place("o\(index)", Bench.limitGTC("0.01", "10000"))) }
    let page = try bench.get("orders/historical/batch?limit=4")
    #expect(try page.array("orders").count == 4)
    #expect(try page.boolean("has_next") == false)
    #expect(try page.string("cursor") == "")
  }

  @Test func `wallets come page by page`() throws {
    let bench = try CoinbaseBench(funds: [
      "USD": .one, "USDC": .one, "BTC": .one, "ETH": .one, "SOL": .one,
    ])
    var (seen, cursor) = ([String](), "")
    repeat {
      let page = try bench.get("accounts?limit=2&cursor=\(cursor)")
      seen += try page.array("accounts").map { try $0.string("uuid") }
      cursor = try page.string("cursor")
    } while !cursor.isEmpty && seen.count < 20
    #expect(seen.count == 5 && Set(seen).count == 5)
    for uuid in seen { #expect(try bench.get("accounts/\(uuid)").object("account").string("uuid") == uuid) }
  }

  @Test func `lists are filtered by state, market, id, side and time`() throws {
    let bench = try CoinbaseBench()
    let resting = try Bench.id(try bench.place("r", Bench.limitGTC("0.01", "10000")))
    let middle = bench.clock.now.description
    bench.clock.advance(by: .seconds(5))
    let filled = try Bench.id(try bench.place("f", Bench.marketBuy("10"), product: "ETH-USD"))
    let sold = try Bench.id(
      try bench.place("s", ["market_market_ioc": ["base_size": "0.001"]], side: "SELL", product: "ETH-USD"))
    func orders(_ query: String) throws -> [String] {
      try bench.get("orders/historical/batch?\(query)").array("orders").map { try $0.string("order_id") }
    }
    #expect(try orders("order_status=OPEN") == [resting])
    #expect(try orders("order_status=FILLED&order_status=CANCELLED") == [sold, filled])
    #expect(try orders("product_ids=BTC-USD&product_ids=SOL-USD") == [resting])
    #expect(try orders("order_ids=\(sold)&order_ids=\(resting)") == [sold, resting])
    #expect(try orders("order_side=SELL") == [sold])
    #expect(try orders("start_date=\(middle)&order_side=BUY") == [filled, resting])
    #expect(try orders("end_date=\(middle)") == [resting])
    #expect(try bench.call("GET", "orders/historical/batch?order_status=OPEN&order_status=FILLED").status == 400)
    #expect(try bench.call("GET", "orders/historical/batch?start_date=yesterday").status == 400)
    func fills(_ query: String) throws -> Set<String> {
      Set(try bench.get("orders/historical/fills?\(query)").array("fills").map { try $0.string("order_id") })
    }
    #expect(try fills("order_ids=\(filled)") == [filled])
    #expect(try fills("product_ids=ETH-USD") == [filled, sold])
    #expect(try fills("product_ids=BTC-USD") == [])
    #expect(try fills("start_sequence_timestamp=\(bench.clock.now.description)") == [])
    #expect(try fills("start_sequence_timestamp=\(middle)") == [filled, sold])
  }

  @Test func `one account sees nothing of another`() throws {
    let bench = try CoinbaseBench()
    _ = try bench.exchange.openAccount("coinbase/other", venue: "coinbase", funds: ["USD": .literal("50")])
    let other = Bench.maker(bench.venue.issueKey(account: "coinbase/other"))
    let id = try Bench.id(try bench.place("mine", Bench.limitGTC("0.01", "10000")))
    #expect(try bench.call("GET", "orders/historical/\(id)", with: other).status == 404)
    #expect(try bench.call("GET", "orders/historical/batch", with: other).json.array("orders").isEmpty)
    let cancel = try bench.call("POST", "orders/batch_cancel", ["order_ids": [.string(id)]], with: other)
    #expect(try cancel.json.array("results").first?.string("failure_reason") == "UNKNOWN_CANCEL_ORDER")
    #expect(try bench.order(id).string("status") == "OPEN")
    let identities = try [nil, other].map {
      try bench.call("GET", "key_permissions", with: $0).json.string("portfolio_uuid")
    }
    #expect(Set(identities).count == 2)
    // The same client order id of another account is another order.
    let theirs = try bench.call("POST", "orders", Bench.order("mine", "BUY", Bench.marketBuy("10")), with: other)
    #expect(try Bench.id(try theirs.json) != id)
  }

  @Test func `the account's identity outlives its keys`() throws {
    let bench = try CoinbaseBench()
    let before = try bench.get("key_permissions").string("portfolio_uuid")
    let maker = Bench.maker(bench.venue.issueKey(account: Bench.account))
    #expect(try bench.call("GET", "key_permissions", with: maker).json.string("portfolio_uuid") == before)
    let portfolio = try #require(try bench.get("portfolios").array("portfolios").first)
    #expect(try portfolio.string("uuid") == before)
  }

  @Test func `fees and volume add up`() throws {
    let bench = try CoinbaseBench()
    let orders = try (0..<3).map { try bench.order(try Bench.id(try bench.place("o\($0)", Bench.marketBuy("50")))) }
    let summary = try bench.get("transaction_summary?product_type=SPOT")
    let fees = try orders.reduce(ExactDecimal.zero) { try $0 + $1.decimal("total_fees") }
    let volume = try orders.reduce(ExactDecimal.zero) { try $0 + $1.decimal("filled_value") }
    #expect(try summary.decimal("total_fees") == fees)
    #expect(try summary.decimal("advanced_trade_only_volume") == volume)
    #expect(try summary.object("fee_tier").decimal("taker_fee_rate") == CoinbaseListings.fees.taker)
  }
}
