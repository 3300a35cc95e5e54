import Broker
import Core
import Kraken
import Testing

/// Reported orders and fills, looked up one by one, many at once, and page by page.
@Suite struct KrakenOrderReadingTests {
  private static func number(_ text: String) -> ExactDecimal { KrakenPlaceTests.number(text) }
  private static func price(_ text: String) -> Price { KrakenPlaceTests.price(text) }

  private static func row(
    type: String = "limit", price: String = "29500.0", price2: String = "0", status: String = "open",
    side: String = "buy", volume: String = "0.5", filled: String = "0", flags: String? = "fciq", more: String = ""
  ) -> String {
    let oflags = flags.map { "\"oflags\":\"\($0)\"," } ?? ""
    return """
      {"status":"\(status)","opentm":1688583840.8648,"starttm":0,\(oflags)\(more)"descr":{"pair":"XBTUSDT",
      "type":"\(side)","ordertype":"\(type)","price":"\(price)","price2":"\(price2)"},"vol":"\(volume)",
      "vol_exec":"\(filled)","cost":"14.75","fee":"0.05","price":"29500.5"}
      """
  }

  private static func read(_ row: String) async throws -> Order {
    let body = "{\"error\":[],\"result\":{\"O1\":\(row)}}"
    let orders = try await Kraken.scripted(ScriptedTransport("QueryOrders", body))
      .fetchOrders(.venue(VenueOrderID("O1")))
    return try #require(orders.first)
  }

  static let kinds: [(String, String, String, OrderKind?)] = [
    ("limit", "29500.0", "0", .limit(price("29500"))), ("market", "0", "0", .market),
    ("stop-loss", "29.5", "0", .stopLoss(trigger: price("29.5"), limit: nil)),
    ("stop-loss-limit", "29.5", "29.4", .stopLoss(trigger: price("29.5"), limit: price("29.4"))),
    ("take-profit", "120.00000", "0", .takeProfit(trigger: price("120"), limit: nil)),
    ("take-profit-limit", "120", "119", .takeProfit(trigger: price("120"), limit: price("119"))),
    // Relative prices, kinds that nobody here asks for, and new words.
    ("stop-loss", "+5.0%", "0", nil), ("take-profit-limit", "120", "-1", nil), ("trailing-stop", "+50.0000%", "0", nil),
    ("trailing-stop-limit", "+50%", "-1", nil), ("iceberg", "1", "0", nil), ("settle-position", "0", "0", nil),
    ("something-new", "what", "ever", nil), ("limit", "0", "0", nil),
  ]

  @Test(arguments: kinds) func `an order's kind is read from its description, a kind unknown here is none`(
    _ type: String, _ first: String, _ second: String, _ kind: OrderKind?
  ) async throws {
    let order = try await Self.read(Self.row(type: type, price: first, price2: second))
    #expect(order.kind == kind && order.limit == kind?.limit)
  }

  @Test func `a price that is none is an error, not a kind unknown here`() async throws {
    for (type, price, second) in [("limit", "x", "0"), ("stop-loss", "", "0"), ("stop-loss-limit", "1", "y")] {
      let error = try await #require(throws: BrokerError.self) {
        _ = try await Self.read(Self.row(type: type, price: price, price2: second))
      }
      #expect(error.code == .malformedAnswer && error.operation == "fetchOrders")
    }
  }

  @Test(arguments: [
    ("pending", Order.Status.pending), ("open", .open), ("closed", .filled), ("canceled", .cancelled),
    ("expired", .expired), ("something new", .unknown),
  ]) func `a status unknown here is unknown, and final it is not`(
    _ word: String, _ status: Order.Status
  ) async throws {
    let order = try await Self.read(Self.row(status: word))
    #expect(order.status == status && order.status.isFinal == !["pending", "open", "something new"].contains(word))
  }

  @Test func `a post-only order that would have taken was refused by the engine, after its call was a success`()
    async throws
  {
    let why = "\"reason\":\"Post only order\","
    let refused = try await Self.read(Self.row(status: "canceled", flags: "post,fciq", more: why))
    #expect(refused.status == .rejected && refused.reason == "Post only order" && refused.isPostOnly == true)
    let partly = try await Self.read(Self.row(status: "canceled", filled: "0.1", flags: "post,fciq", more: why))
    #expect(partly.status == .cancelled && partly.filledQuantity == Quantity(Self.number("0.1")))
    let asked = try await Self.read(Self.row(status: "canceled", more: "\"reason\":\"User requested\","))
    #expect(asked.status == .cancelled && asked.reason == "User requested" && asked.isPostOnly == false)
  }

  @Test func `cost, fee, flags and end are read, and what is not told is not known`() async throws {
    let order = try await Self.read(Self.row(filled: "0.0005", flags: "fciq,post", more: "\"expiretm\":1688593840,"))
    #expect(order.filledNotional == Notional(Self.number("14.75")) && order.fees == Notional(Self.number("0.05")))
    #expect(order.averagePrice == Self.price("29500.5") && order.isPostOnly == true && order.notional == nil)
    #expect(order.timeInForce == .goodTillDate(Timestamp(nanoseconds: 1_688_593_840_000_000_000)))
    let bare = try await Self.read(Self.row(flags: nil, more: "\"expiretm\":0,"))
    #expect(bare.isPostOnly == nil && bare.timeInForce == nil && bare.averagePrice == nil)
    let inMoney = try await Self.read(Self.row(type: "market", price: "0", volume: "25", flags: "viqc,fcib"))
    #expect(inMoney.quantity == nil && inMoney.notional == Notional(Self.number("25")) && inMoney.fees == nil)
    let timed = try await Self.read(Self.row(more: "\"timeinforce\":\"IOC\","))
    #expect(timed.timeInForce == .immediateOrCancel)
  }

  private static func fills(_ members: [String]) async throws -> [Fill] {
    let rows = members.enumerated().map { number, member in
      """
      "T\(number)":{"ordertxid":"O1","pair":"XXBTZUSD","time":1688585840.5,"type":"buy",\(member)"price":"1",
      "fee":"0","vol":"2"}
      """
    }
    let body = "{\"error\":[],\"result\":{\"trades\":{\(rows.joined(separator: ","))},\"count\":\(rows.count)}}"
    return try await Kraken.scripted(ScriptedTransport("TradesHistory", body))
      .fetchFills(since: Timestamp(nanoseconds: 0))
  }

  @Test func `whether a fill rested first is told where Kraken tells it`() async throws {
    let fills = try await Self.fills(["\"maker\":true,", "\"maker\":false,", ""])
    #expect(fills.map(\.isMaker) == [true, false, nil])
  }

  @Test func `a trade with borrowed money is none of ours`() async throws {
    let fills = try await Self.fills([
      "", "\"margin\":\"0.00000\",", "\"margin\":\"12.5\",", "\"posstatus\":\"closed\",",
    ])
    #expect(fills.map(\.kind) == [.trade, .trade, .other, .other])
  }

  // MARK: Many at once

  @Test func `many orders are asked for fifty at a time`() async throws {
    let ids = (0..<120).map { VenueOrderID("O\($0)") }
    let steps = [0..<50, 50..<100, 100..<120].map { range in
      let rows = range.map { "\"O\($0)\":\(Self.row())" }.joined(separator: ",")
      return ScriptedTransport.Step.answer("{\"error\":[],\"result\":{\(rows)}}")
    }
    let transport = ScriptedTransport(["QueryOrders": steps])
    let orders = try await Kraken.scripted(transport).fetchOrders(ids)
    #expect(Set(orders.map(\.venueOrderID)) == Set(ids))
    #expect(
      transport.requests.map { $0.parameters["txid"]?.split(separator: ",").count } == [50, 50, 20])
  }

  @Test func `one unknown id among many hides no other`() async throws {
    let unknown = ScriptedTransport.Step.answer("{\"error\":[\"EOrder:Invalid order\"]}")
    func found(_ id: String) -> ScriptedTransport.Step {
      .answer("{\"error\":[],\"result\":{\"\(id)\":\(Self.row())}}")
    }
    let transport = ScriptedTransport(["QueryOrders": [unknown, found("OA"), unknown, unknown, found("OC")]])
    let orders = try await Kraken.scripted(transport).fetchOrders(["OA", "OB", "OC"].map(VenueOrderID.init))
    #expect(orders.map(\.venueOrderID.rawValue) == ["OA", "OC"])
    #expect(transport.requests.map { $0.parameters["txid"] } == ["OA,OB,OC", "OA", "OB,OC", "OB", "OC"])
    let failing = ScriptedTransport("QueryOrders", "{\"error\":[\"EService:Busy\"]}")
    await #expect(throws: BrokerError.self) {
      _ = try await Kraken.scripted(failing).fetchOrders(["OA", "OB"].map(VenueOrderID.init))
    }
    #expect(failing.requests.count == 1)
  }

  // MARK: Pages

  private static func page(_ numbers: [Int], count: Int) -> ScriptedTransport.Step {
    let rows = numbers.map { "\"O\($0)\":\(row(status: "closed"))" }.joined(separator: ",")
    return .answer("{\"error\":[],\"result\":{\"closed\":{\(rows)},\"count\":\(count)}}")
  }

  @Test func `a list that lost rows while it was read is read again from its beginning`() async throws {
    // O4 leaves after the first page, and O1 moves to where nobody looks any more.
    let transport = ScriptedTransport([
      "ClosedOrders": [
        Self.page([5, 4, 3, 2], count: 6), Self.page([0], count: 5), Self.page([5, 3, 2, 1], count: 5),
        Self.page([0], count: 5),
      ]
    ])
    let orders = try await Kraken.scripted(transport).fetchClosedOrders(since: Timestamp(nanoseconds: 0))
    #expect(Set(orders.map(\.venueOrderID.rawValue)) == ["O5", "O3", "O2", "O1", "O0"])
    #expect(transport.requests.map { $0.parameters["ofs"] } == [nil, "4", nil, "4"])
  }

  @Test func `a list that never keeps still is an error in the end, not half of it`() async throws {
    let shrinking = [Self.page([3, 2], count: 4), Self.page([0], count: 3)]
    let transport = ScriptedTransport(["ClosedOrders": shrinking + shrinking + shrinking])
    let error = try await #require(throws: BrokerError.self) {
      _ = try await Kraken.scripted(transport).fetchClosedOrders(since: Timestamp(nanoseconds: 0))
    }
    #expect(error.operation == "fetchClosedOrders" && error.recovery == .retry(after: .seconds(10)))
    #expect(transport.requests.count == 6)
  }

  // MARK: Balances

  @Test func `rows of one currency are one sum, and what is put away is never free`() async throws {
    let body = """
      {"error":[],"result":{"XBT.F":{"balance":"0.10000000000000000003","hold_trade":"0"},
      "XXBT":{"balance":"0.2","hold_trade":"0.05"},"XBT.M":{"balance":"1","hold_trade":"0"},
      "USDT.F":{"balance":"7.5","hold_trade":"2.5"},"XDG.F":{"balance":"3","hold_trade":"0"},
      "ETH.B":{"balance":"1","hold_trade":"0.5"},"DOT28.S":{"balance":"2","hold_trade":"0"},
      "KSM.P":{"balance":"4","hold_trade":"0"},"AAPLx.T":{"balance":"5","hold_trade":"0"},
      "ZUSD.HOLD":{"balance":"6","hold_trade":"0"}}}
      """
    let balances = try await Kraken.scripted(ScriptedTransport("BalanceEx", body)).fetchBalances()
    #expect(
      balances.map { "\($0.currency) \($0.total) \($0.held) \($0.available)" } == [
        "BTC 0.30000000000000000003 0.05 0.25000000000000000003", "BTC.M 1 1 0", "USDT 7.5 2.5 5", "DOGE 3 0 3",
        "ETH.B 1 1 0", "DOT28.S 2 2 0", "KSM.P 4 4 0", "AAPLx.T 5 5 0", "USD.HOLD 6 6 0",
      ])
  }

  @Test func `a tokenised asset is free only where a listed market is made of exactly it`() async throws {
    let body = """
      {"error":[],"result":{"AAPLx.T":{"balance":"5","hold_trade":"1"},"ETH2.S":{"balance":"2","hold_trade":"0"}}}
      """
    let kraken = try Kraken.scripted(ScriptedTransport("BalanceEx", body))
    kraken.learn(
      [("AAPLx", "AAPLx.T"), ("ETH2", "ETH2.S")].map { name, asset in
        Instrument(
          symbol: Symbol(base: name, quote: "USD"), venueID: name, venueBase: asset, venueQuote: "ZUSD",
          status: .online,
          tickSize: .one, lotStep: .one)
      })
    let texts = try await kraken.fetchBalances().map { "\($0.currency) \($0.total) \($0.available)" }
    // Staked stays staked, whatever is listed.
    #expect(texts == ["AAPLx 5 4", "ETH2.S 2 0"])
  }
}
