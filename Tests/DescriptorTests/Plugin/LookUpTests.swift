import Broker
import Core
import Descriptor
import Testing

/// Finding orders, in which market whatever, and lists to their last page.
@Suite struct LookUpTests {
  private static func row(_ id: Int, _ client: String, _ symbol: String = "BTCUSDT") -> String {
    """
    {"orderId": \(id), "clientOrderId": "\(client)", "symbol": "\(symbol)", "side": "BUY", "status": "FILLED",
    "origQty": "0.001", "price": "30000.00", "executedQty": "0.001", "cummulativeQuoteQty": "29.999",
    "time": 1700000000000}
    """
  }

  private static let unknown = StubVenue.Reply.json(
    "{\"code\": -2013, \"msg\": \"Order does not exist.\"}", status: 400)

  @Test func `an order is looked for in the market that it was sent to`() async throws {
    let bench = try Bench()
    let order = try bench.order()
    bench.venue.answer(
      StubVenue.broken, .json(Self.row(7, bench.plugin.spec.clientOrderIDs.render(order.clientOrderID))))
    _ = try? await bench.plugin.place(order)
    let found = try await bench.plugin.fetchOrders(.client(order.clientOrderID, since: bench.clock.now))
    #expect(found.map(\.venueOrderID.rawValue) == ["7"])
    #expect(found.first?.clientOrderID == order.clientOrderID)
    #expect(found.first?.averagePrice?.description == "29999")
    #expect(bench.venue.requests.last?.url.contains("symbol=BTCUSDT") == true)
  }

  @Test func `after a restart an order is looked for in every market of the account`() async throws {
    let bench = try Bench()
    let id = ClientOrderID(journal: "0123456789ab", sequence: 5)
    bench.plugin.follow([Symbol(base: "BTC", quote: "USDT"), Symbol(base: "ETH", quote: "USDT")])
    bench.venue.answer(Self.unknown, .json(Self.row(9, bench.plugin.spec.clientOrderIDs.render(id), "ETHUSDT")))
    let found = try await bench.plugin.fetchOrders(.client(id, since: bench.clock.now))
    #expect(found.map(\.symbol) == [Symbol(base: "ETH", quote: "USDT")])
    bench.venue.answer(.json(Self.row(9, "x", "ETHUSDT")))
    #expect(try await bench.plugin.fetchOrders(.venue(VenueOrderID("9"))).count == 1)
    #expect(bench.venue.requests.count == 3)
  }

  @Test func `before the markets are known nothing is said to be absent`() async throws {
    let bench = try Bench()
    let id = ClientOrderID(journal: "0123456789ab", sequence: 5)
    await #expect {
      try await bench.plugin.fetchOrders(.client(id, since: bench.clock.now))
    } throws: { error in (error as? BrokerError)?.code == .notSent }
    #expect(bench.venue.requests.isEmpty)
  }

  @Test func `absent is only what the venue says it does not know`() async throws {
    let bench = try Bench()
    bench.plugin.follow([Symbol(base: "BTC", quote: "USDT")])
    let id = ClientOrderID(journal: "0123456789ab", sequence: 5)
    bench.venue.answer(Self.unknown)
    #expect(try await bench.plugin.fetchOrders(.client(id, since: bench.clock.now)).isEmpty)
    bench.venue.answer(.json("oops", status: 500))
    await #expect(throws: BrokerError.self) {
      try await bench.plugin.fetchOrders(.client(id, since: bench.clock.now))
    }
  }

  @Test func `a list of long ago is asked for in pieces, and a full page is an error where there is no next`()
    async throws
  {
    let bench = try Bench()
    bench.plugin.follow([Symbol(base: "BTC", quote: "USDT")])
    for _ in 0..<4 { bench.venue.answer(.json("[]")) }
    #expect(try await bench.plugin.fetchFills(since: bench.clock.now - .seconds(3 * 86_400)).isEmpty)
    #expect(bench.venue.requests.count == 4)
    let row = """
      {"id": 1, "orderId": 2, "symbol": "BTCUSDT", "isBuyer": true, "price": "1", "qty": "1", "commission": "0",
      "commissionAsset": "BNB", "time": 1700000000000, "isMaker": false}
      """
    bench.venue.answer(.json("[\(repeatElement(row, count: 1_000).joined(separator: ","))]"))
    await #expect {
      try await bench.plugin.fetchFills(since: bench.clock.now)
    } throws: { error in (error as? BrokerError)?.code == .unsupported }
  }

  @Test func `every market that is named is asked about, however many they are`() async throws {
    let bench = try Bench()
    let markets = try (0..<70).map { try Bench.market("A\($0)") }
    bench.plugin.learn(markets)
    bench.plugin.follow(Set(markets.map(\.symbol)))
    for _ in markets { bench.venue.answer(.json("[]")) }
    #expect(try await bench.plugin.fetchFills(since: bench.clock.now).isEmpty)
    #expect(bench.venue.requests.count == 70)
  }

  @Test func `Kraken's offsets are read to the total, each order once`() async throws {
    let bench = try Bench("kraken")
    bench.plugin.follow([])
    func page(_ ids: [String], count: Int) -> StubVenue.Reply {
      let rows = ids.map { id in
        """
        "\(id)": {"ordertxid": "O", "pair": "BTCUSDT", "time": 1800000000.5, "type": "buy", "price": "10.50",
        "vol": "0.1", "fee": "0.01", "maker": false}
        """
      }
      return .json("{\"error\": [], \"result\": {\"trades\": {\(rows.joined(separator: ","))}, \"count\": \(count)}}")
    }
    bench.venue.answer(page(["A", "B"], count: 3), page(["B", "C"], count: 3))
    let fills = try await bench.plugin.fetchFills(since: bench.clock.now)
    #expect(fills.map(\.id) == ["A", "B", "C"])
    #expect(bench.venue.requests.count == 2)
  }
}
