import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseMarketTests {
  private func candles(_ bench: CoinbaseBench, _ start: Int, _ end: Int, _ word: String) throws -> [JSON] {
    let path = "market/products/BTC-USD/candles?start=\(start)&end=\(end)&granularity=\(word)"
    let answer = bench.open(path)
    try #require(answer.status == 200, "\(answer.text)")
    return try answer.json.array("candles")
  }

  @Test func `candles come newest first, on their marks, the unfinished one included`() throws {
    let bench = try CoinbaseBench()
    bench.clock.advance(by: .seconds(2))
    let now = bench.exchange.marketNow.seconds
    let rows = try candles(bench, now - 3_600, now, "FIVE_MINUTE")
    let starts = try rows.map { try $0.integer("start") }
    #expect(starts == starts.sorted(by: >))
    #expect(starts.allSatisfy { $0.isMultiple(of: 300) })
    #expect(starts.first == now - now % 300 && rows.count == 12)
    for row in rows {
      let (low, high) = (try row.decimal("low"), try row.decimal("high"))
      #expect(try row.decimal("open") >= low && row.decimal("close") >= low)
      #expect(try row.decimal("open") <= high && row.decimal("close") <= high)
      #expect(try row.decimal("volume") > .zero)
    }
  }

  @Test func `350 candles are given and 351 are refused`() throws {
    let bench = try CoinbaseBench()
    let now = bench.exchange.marketNow.seconds / 300 * 300
    #expect(try candles(bench, now - 350 * 300, now - 1, "FIVE_MINUTE").count == 350)
    let answer = bench.open(
      "market/products/BTC-USD/candles?start=\(now - 351 * 300)&end=\(now)&granularity=FIVE_MINUTE")
    #expect(answer.status == 400)
    #expect(
      try answer.json.string("error_details") == "number of candles requested should be less than 350 ")
    for query in ["start=1&end=2", "granularity=ONE_HOUR", "start=2&end=1&granularity=ONE_HOUR", "start=x&end=1"] {
      #expect(bench.open("market/products/BTC-USD/candles?\(query)").status == 400, "\(query)")
    }
  }

  @Test func `every granularity of the venue is there`() throws {
    let bench = try CoinbaseBench()
    let now = bench.exchange.marketNow.seconds
    for (word, seconds) in CoinbaseProductPages.granularities {
      bench.clock.advance(by: .seconds(1))
      #expect(try candles(bench, now - 3 * seconds, now, word).count >= 3, "\(word)")
    }
  }

  @Test func `products tell their rules and flags, and the lists are filtered`() throws {
    let bench = try CoinbaseBench()
    let page = try bench.get("products?product_type=SPOT")
    let products = try page.array("products")
    #expect(try page.integer("num_products") == products.count)
    #expect(products.count == CoinbaseListings.all.count)
    func product(_ id: String) throws -> JSON { try bench.get("products/\(id)?get_tradability_status=true") }
    #expect(try product("BTC-USD").string("price_increment") == "0.01")
    #expect(try product("BTC-USD").string("base_increment") == "0.00000001")
    #expect(try product("BTC-USD").string("quote_min_size") == "1")
    #expect(try product("BTC-USD").array("alias_to").map(\.text) == ["BTC-USDC"])
    #expect(try product("BTC-USDC").string("alias") == "BTC-USD")
    #expect(try product("XRP-USD").boolean("cancel_only"))
    #expect(try product("BTC-USD").boolean("cancel_only") == false)
    let some = try bench.get("products?product_ids=ETH-USD&product_ids=BTC-USD&product_ids=NO-SUCH")
    #expect(try some.array("products").count == 2)
    #expect(try bench.get("products?limit=2&offset=1").array("products").first?.string("product_id") == "ETH-USD")
    let first = try bench.get("products?limit=4").object("pagination")
    let rest = try bench.get("products?limit=4&cursor=\(first.string("next_cursor"))")
    #expect(try rest.array("products").count == CoinbaseListings.all.count - 4)
    #expect(try first.boolean("has_next") && !rest.object("pagination").boolean("has_next"))
    #expect(try bench.get("products?product_type=FUTURE").array("products").isEmpty)
  }

  @Test func `book, best prices and trades agree`() throws {
    let bench = try CoinbaseBench()
    let book = try bench.get("product_book?product_id=BTC-USD&limit=10")
    let levels = try book.object("pricebook")
    let (bids, asks) = (try levels.array("bids"), try levels.array("asks"))
    #expect(bids.count == 10 && asks.count == 10)
    let prices = try (bids.reversed() + asks).map { try $0.decimal("price") }
    #expect(prices == prices.sorted() && Set(prices).count == 20)
    let (bid, ask) = (try #require(bids.first).decimal("price"), try #require(asks.first).decimal("price"))
    let spread = try ask - bid
    #expect(try book.decimal("spread_absolute") == spread)
    let open = bench.open("market/product_book?product_id=BTC-USD&limit=10")
    #expect(try open.json.object("pricebook").array("bids").count == 10)
    let ticker = try bench.get("products/BTC-USD/ticker?limit=5")
    #expect(try ticker.array("trades").count == 5)
    #expect(bench.open("market/product_book").status == 404)
  }

  @Test func `the venue's time is the protocol clock's`() throws {
    let bench = try CoinbaseBench()
    let time = try bench.open("time").json
    #expect(try time.string("iso") == "2026-01-16T12:00:00Z")
    #expect(try time.string("epochSeconds") == "1768564800")
    #expect(try time.string("epochMillis") == "1768564800000")
  }
}
