import Broker
import Core
import Testing

@testable import Coinbase

@Suite struct CoinbaseHistoryTests {
  @Test(arguments: [
    ("PENDING", Order.Status.pending), ("QUEUED", .pending), ("OPEN", .open), ("CANCEL_QUEUED", .open),
    ("EDIT_QUEUED", .open), ("FILLED", .filled), ("CANCELLED", .cancelled), ("EXPIRED", .expired),
    ("FAILED", .rejected), ("UNKNOWN_ORDER_STATUS", .unknown), ("SOMETHING_NEW", .unknown), ("", .unknown),
  ])
  func `each status has its meaning, and a new one has none`(word: String, status: Order.Status) async throws {
    let coinbase = try makeCoinbase(ScriptedTransport(#"{"order":\#(Self.order("1", status: word))}"#))
    #expect(try await coinbase.fetchOrders(.venue(VenueOrderID("1"))).map(\.status) == [status])
  }

  static func order(_ id: String, client: String = "foreign", status: String = "FILLED") -> String {
    #"{"order_id":"\#(id)","client_order_id":"\#(client)","product_id":"BTC-USD","side":"SELL","status":"\#(status)","order_configuration":{"sor_limit_ioc":{"base_size":"1","limit_price":"2"}},"filled_size":"0","average_filled_price":"","total_fees":"","created_time":"0001-01-01T00:00:00Z","reject_reason":"REJECT_REASON_UNSPECIFIED","cancel_message":"User requested cancel"}"#
  }

  @Test func `empty numbers and the year one are nothing, and the reason is kept`() async throws {
    let coinbase = try makeCoinbase(ScriptedTransport(#"{"order":\#(Self.order("1", status: "CANCELLED"))}"#))
    let order = try #require(try await coinbase.fetchOrders(.venue(VenueOrderID("1"))).first)
    #expect(order.averagePrice == nil && order.fees == nil && order.createdAt == nil)
    #expect(order.reason == "User requested cancel")
  }

  @Test func `an order the venue does not know is no order, any other failure is one`() async throws {
    let coinbase = try makeCoinbase(
      ScriptedTransport([
        .success(HTTPAnswer(status: 404, headers: [:], body: Array(#"{"error":"NOT_FOUND"}"#.utf8))),
        ScriptedTransport.status(
          400, #"{"error":"INVALID_ARGUMENT","message":"order with this orderID was not found"}"#),
        ScriptedTransport.status(404, "<html>nginx</html>"), ScriptedTransport.status(400, "<html></html>"),
        ScriptedTransport.status(400, #"{"error":"SOMETHING_NEW"}"#), ScriptedTransport.status(500, ""),
      ]))
    for _ in 0..<2 { #expect(try await coinbase.fetchOrders(.venue(VenueOrderID("1"))).isEmpty) }
    for code in [BrokerError.Code.unknown, .unknown, .unknown, .venueUnavailable] {
      let error = await failure { () throws(BrokerError) in try await coinbase.fetchOrders(.venue(VenueOrderID("1"))) }
      #expect(error?.code == code)
    }
  }

  @Test func `our id is looked for page by page until found`() async throws {
    let mine = ClientOrderID(journal: "0123456789ab", sequence: 9)
    func page(_ orders: [String], next: String) -> String {
      #"{"orders":[\#(orders.joined(separator: ","))],"has_next":\#(!next.isEmpty),"cursor":"\#(next)"}"#
    }
    let transport = ScriptedTransport(
      page([Self.order("1"), Self.order("2")], next: "c1"),
      page([Self.order("3", client: mine.uuidShaped), Self.order("4")], next: "c2"))
    let since = try #require(Timestamp(rfc3339: "2026-01-16T12:01:00.5Z"))
    let found = try await makeCoinbase(transport).fetchOrders(.client(mine, since: since))
    #expect(found.map(\.venueOrderID.rawValue) == ["3"])
    #expect(found.first?.clientOrderID == mine)
    let queries = transport.requests.map { $0.url.split(separator: "?").last.map(String.init) }
    #expect(
      queries == [
        "start_date=2026-01-16T12%3A00%3A00Z&limit=100", "start_date=2026-01-16T12%3A00%3A00Z&limit=100&cursor=c1",
      ])
  }

  @Test func `recorded fills are read, the empty page behind the last cursor ends them`() async throws {
    guard let file = try Shared.fixtures("ccxt-static-coinbase-response.json") else { return }
    let found = try file.array("cases").first { try $0.string("method") == "fetchMyTrades" }
    let body = try #require(found).member("httpResponse").encoded
    let transport = ScriptedTransport(body, #"{"fills":[],"cursor":"114994851"}"#)
    let fills = try await makeCoinbase(transport).fetchFills(of: VenueOrderID("01b6e467-b659-432f-9490-c7cefe949564"))
    #expect(
      fills == [
        Fill(
          id: "dc7424ac5193601ae273cf704ece1667987d8c0b1077faa5fe3213e8e9efbd30",
          venueOrderID: VenueOrderID("01b6e467-b659-432f-9490-c7cefe949564"),
          symbol: Symbol(base: "ADA", quote: "USDT"),
          side: .sell, price: Price(decimal("0.392")), quantity: Quantity(decimal("10")), fee: decimal("0.03136"),
          feeCurrency: "USDT", time: try #require(Timestamp(rfc3339: "2023-11-26T10:19:47.504Z")), isMaker: false)
      ])
    #expect(transport.requests.count == 2)
  }

  static func fill(
    _ id: String, time: String, size: String = "1", inQuote: Bool = false, type: String = "FILL", price: String = "4",
    product: String = "BTC-USD"
  ) -> String {
    #"{"entry_id":"\#(id)","trade_id":"t","order_id":"o","trade_time":"\#(time)","trade_type":"\#(type)","price":"\#(price)","size":"\#(size)","commission":"0.1","product_id":"\#(product)","sequence_timestamp":"\#(time)","size_in_quote":\#(inQuote),"side":"BUY"}"#
  }

  @Test func `fills of all pages come oldest first, each once, none from before`() async throws {
    let transport = ScriptedTransport(
      #"{"fills":[\#(Self.fill("d", time: "2026-01-01T00:00:03.1Z")),\#(Self.fill("c", time: "2026-01-01T00:00:02Z"))],"cursor":"p2"}"#,
      #"{"fills":[\#(Self.fill("c", time: "2026-01-01T00:00:02Z")),\#(Self.fill("b", time: "2026-01-01T00:00:02Z")),\#(Self.fill("a", time: "2026-01-01T00:00:00.999999999Z"))],"cursor":""}"#
    )
    let since = try #require(Timestamp(rfc3339: "2026-01-01T00:00:01Z"))
    let fills = try await makeCoinbase(transport).fetchFills(since: since)
    #expect(fills.map(\.id) == ["b", "c", "d"])
    #expect(
      transport.requests.first?.url.hasSuffix("?start_sequence_timestamp=2026-01-01T00%3A00%3A01Z&limit=100") == true)
  }

  @Test func `a size in quote is divided when that is exact, and told as rounded when not`() async throws {
    let time = "2026-01-01T00:00:00Z"
    let rows = [
      Self.fill("exact", time: time, size: "1", inQuote: true),
      Self.fill("learnt", time: time, size: "10", inQuote: true, price: "3"),
      Self.fill("unlisted", time: time, size: "10", inQuote: true, price: "3", product: "OLD-USD"),
      Self.fill("free", time: time, size: "10", inQuote: true, price: "0"),
      Self.fill("plain", time: time, size: "0.5"),
    ]
    let body = #"{"fills":[\#(rows.reversed().joined(separator: ","))],"cursor":""}"#
    let coinbase = try makeCoinbase(ScriptedTransport(body))
    let fills = try await coinbase.fetchFills(of: VenueOrderID("o"))
    #expect(fills.map(\.quantity.description) == ["0.25", "3.33333333", "3.33333333", "0", "0.5"])
    #expect(fills.map(\.kind) == [.trade, .sizedInMoney, .sizedInMoney, .sizedInMoney, .trade])
  }

  @Test func `what is no trade is told as what it is, and fails no list`() async throws {
    let words = ["REVERSAL", "CORRECTION", "SYNTHETIC", "SOMETHING_NEW", "FILL"]
    let rows =
      words.map { Self.fill($0, time: "2026-01-01T00:00:00Z", type: $0) } + [
        Self.fill("bare", time: "2026-01-01T00:00:00Z", size: "", type: "REVERSAL", price: ""),
        Self.fill("perpetual", time: "2026-01-01T00:00:00Z", product: "BTC-PERP-INTX"),
        Self.fill("nameless", time: "2026-01-01T00:00:00Z", product: "-"),
      ]
    let body = #"{"fills":[\#(rows.reversed().joined(separator: ","))],"cursor":""}"#
    let fills = try await makeCoinbase(ScriptedTransport(body)).fetchFills(of: VenueOrderID("o"))
    #expect(fills.map(\.id) == words + ["bare", "perpetual", "nameless"])
    #expect(
      fills.map(\.kind) == [.reversal, .correction, .synthetic, .other, .trade, .reversal, .other, .other])
    #expect(fills.suffix(2).map(\.symbol.description) == ["BTC-PERP/INTX", "-/?"])
    // Books are made of trades alone.
    var position = Position(symbol: bitcoin.symbol)
    for fill in fills where fill.kind != .trade {
      #expect(throws: PositionError.notATrade(fill.kind)) { try position.apply(fill) }
    }
    #expect(position == Position(symbol: bitcoin.symbol))
  }

  @Test func `a trade without a number is no fill`() async throws {
    let body = #"{"fills":[\#(Self.fill("a", time: "2026-01-01T00:00:00Z", price: ""))],"cursor":""}"#
    let coinbase = try makeCoinbase(ScriptedTransport(body))
    let error = await failure { () throws(BrokerError) in try await coinbase.fetchFills(of: VenueOrderID("o")) }
    #expect(error?.code == .malformedAnswer && error?.message.contains("price") == true)
  }

  @Test func `maker and taker are told apart where the venue tells`() async throws {
    let rows = ["MAKER", "TAKER", "UNKNOWN_LIQUIDITY_INDICATOR"].map {
      Self.fill($0, time: "2026-01-01T00:00:00Z").replacing(
        "\"side\":", with: "\"liquidity_indicator\":\"\($0)\",\"side\":")
    }
    let body = #"{"fills":[\#(rows.reversed().joined(separator: ","))],"cursor":""}"#
    let fills = try await makeCoinbase(ScriptedTransport(body)).fetchFills(of: VenueOrderID("o"))
    #expect(fills.map(\.isMaker) == [true, false, nil])
  }

  @Test func `a list that wants a second factor says so`() async throws {
    guard let body = try CoinbaseReadingTests.documented("List Fills", with: "fills") else { return }
    let coinbase = try makeCoinbase(ScriptedTransport(body))
    let error = await failure { () throws(BrokerError) in try await coinbase.fetchFills(of: VenueOrderID("o")) }
    #expect(error?.code == .accountRestricted && error?.scope == .account)
  }
}
