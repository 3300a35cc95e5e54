import Broker
import Core
import Foundation
import Kraken
import Testing

@Suite struct KrakenAnswerTests {
  private static func number(_ text: String) -> ExactDecimal {
    guard let number = try? ExactDecimal(parsing: text) else { preconditionFailure("\(text) is no number") }
    return number
  }

  private static func captured(_ file: String, _ id: String) throws -> String? {
    guard let folder = Shared.folder("fixtures") else { return nil }
    let cases = try Shared.json(file, in: folder).array("cases")
    let found = try #require(try cases.first { try $0.string("id") == id }, "\(id)")
    return String(decoding: try found.member("raw").bytes, as: UTF8.self)
  }

  // MARK: Names

  private static let assets = """
    {"error":[],"result":{"XXBT":{"altname":"XBT"},"ZUSD":{"altname":"USD"},"XXDG":{"altname":"XDG"},
    "XTZ":{"altname":"XTZ"},"ZRX":{"altname":"ZRX"},"ZEUR":{"altname":"EUR"},"DOT":{"altname":"DOT"}}}
    """
  private static let pairs = """
    {"error":[],"result":{
    "XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,
      "ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online"},
    "XXBTZUSD.d":{"altname":"XBTUSD.d","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8},
    "XDGUSD":{"altname":"XDGUSD","wsname":"XDG/USD","base":"XXDG","quote":"ZUSD","pair_decimals":7,"lot_decimals":8,
      "tick_size":"0.0000005","status":"cancel_only"},
    "XTZUSD":{"altname":"XTZUSD","wsname":"XTZ/USD","base":"XTZ","quote":"ZUSD","pair_decimals":4,"lot_decimals":0},
    "ZRXEUR":{"altname":"ZRXEUR","wsname":"ZRX/EUR","base":"ZRX","quote":"ZEUR","pair_decimals":4,"lot_decimals":8,
      "status":"something_new"}}}
    """

  private static func kraken() throws -> Kraken {
    try Kraken.scripted(
      ScriptedTransport([
        "Assets": [.answer(assets)], "AssetPairs": [.answer(pairs)],
        "BalanceEx": [
          .answer(
            """
            {"error":[],"result":{"ZUSD":{"balance":"25435.21","hold_trade":"8249.76"},"XXBT":{"balance":1.2435,
            "hold_trade":"0.8423","credit":"1","credit_used":"0.25"},"XBT.F":{"balance":"0.5","hold_trade":"0"},
            "DOT.S":{"balance":"3","hold_trade":"0"},"KFEE":{"balance":"7","hold_trade":"0"}}}
            """)
        ],
      ]))
  }

  @Test func `markets and currencies get their usual names, and dark pools none`() async throws {
    let kraken = try Self.kraken()
    let instruments = try await kraken.fetchInstruments()
    #expect(instruments.map(\.symbol.description) == ["BTC/USD", "DOGE/USD", "XTZ/USD", "ZRX/EUR"])
    #expect(instruments.map(\.status) == [.online, .cancelOnly, .online, .offline])
    #expect(instruments.map(\.tickSize.description) == ["0.1", "0.0000005", "0.0001", "0.0001"])
    #expect(instruments.map(\.lotStep.description) == ["0.00000001", "0.00000001", "1", "0.00000001"])
    let first = try #require(instruments.first)
    #expect(first.venueID == "XXBTZUSD" && first.venueBase == "XXBT" && first.venueQuote == "ZUSD")
    #expect(first.venueAliases == ["XBTUSD", "XBT/USD", "BTC/USD"])
    #expect(first.minimumQuantity == Quantity(Self.number("0.00005")))
    #expect(first.minimumNotional == Notional(Self.number("0.5")))
    #expect(instruments.last?.minimumNotional == nil)
  }

  @Test
  func
    `what is held is not available, credit is, what earns by itself is one with its coin, and staked coins are not free`()
    async throws
  {
    let kraken = try Self.kraken()
    kraken.learn(try await kraken.fetchInstruments())
    let balances = try await kraken.fetchBalances()
    let texts = balances.map { "\($0.currency) \($0.total) \($0.held) \($0.available)" }
    #expect(
      texts == [
        "USD 25435.21 8249.76 17185.45", "BTC 2.4935 0.8423 1.6512", "DOT.S 3 3 0", "KFEE 7 0 7",
      ])
  }

  @Test func `a pair that names a currency no list knows is refused, not shortened`() async throws {
    let body = "{\"error\":[],\"result\":{\"A\":{\"altname\":\"A\",\"wsname\":\"A/B\",\"base\":\"A\",\"quote\":\"B\"}}}"
    let kraken = try Kraken.scripted(
      ScriptedTransport(["Assets": [.answer(Self.assets)], "AssetPairs": [.answer(body)]]))
    let error = try await #require(throws: BrokerError.self) { _ = try await kraken.fetchInstruments() }
    #expect(error.code == .malformedAnswer && error.operation == "fetchInstruments")
  }

  // MARK: Markets

  @Test func `an empty side of the book is no price`() async throws {
    let body = """
      {"error":[],"result":{"XXBTZUSD":{"a":["0.0","0","0"],"b":["1.5","1","1"],"c":["1.5","1"],"v":["1","2"]}}}
      """
    let kraken = try Kraken.scripted(ScriptedTransport("Ticker", body))
    #expect(try await kraken.fetchTickers().first?.ask == nil)
    let error = try await #require(throws: BrokerError.self) {
      _ = try await kraken.fetchQuote(Symbol(base: "BTC", quote: "USD"))
    }
    #expect(error.code == .malformedAnswer)
  }

  @Test func `captured candles come oldest first, without the unfinished one`() async throws {
    guard let body = try Self.captured("captures-kraken.json", "kraken/capture/http_ohlc/0") else { return }
    let kraken = try Kraken.scripted(ScriptedTransport("OHLC", body))
    let rows = try JSON(parsing: body).object("result").array("XBTUSDT")
    let symbol = Symbol(base: "BTC", quote: "USDT")
    let late = StoppedClock(now: Timestamp(nanoseconds: 1_900_000_000_000_000_000)).now
    let all = try await kraken.fetchCandles(symbol, interval: .seconds(60), limit: 720, marketNow: late)
    #expect(all.count == rows.count - 1)
    #expect(all.first?.start == Timestamp(nanoseconds: 1_762_777_020_000_000_000))
    #expect(all.first?.open == Price(Self.number("106038.2")))
    let newest = try await kraken.fetchCandles(symbol, interval: .seconds(60), limit: 2, marketNow: late)
    #expect(newest == Array(all.suffix(2)))
    // What has not ended by the market's clock is not complete, whatever the venue says.
    let second = try #require(all.dropFirst().first)
    let early = try await kraken.fetchCandles(
      symbol, interval: .seconds(60), limit: 720, marketNow: second.start + .seconds(59))
    #expect(early == Array(all.prefix(1)))
  }

  @Test func `an interval that Kraken does not have is refused`() async throws {
    let kraken = try Kraken.scripted(ScriptedTransport([:]))
    let error = try await #require(throws: BrokerError.self) {
      _ = try await kraken.fetchCandles(
        Symbol(base: "BTC", quote: "USD"), interval: .seconds(90), limit: 1, marketNow: StoppedClock().now)
    }
    #expect(error.code == .unsupported)
  }

  // MARK: Orders and fills

  @Test func `captured closed orders are found by our id only when they bear it`() async throws {
    guard let body = try Self.captured("captures-kraken.json", "kraken/capture/http_closed_orders/0") else { return }
    let id = ClientOrderID(journal: "0123456789ab", sequence: 7)
    let named = body.replacingOccurrences(
      of: "\"OCLOSED-2-TESTID\":{", with: "\"OCLOSED-2-TESTID\":{\"cl_ord_id\":\"\(id.hex)\",")
    #expect(named != body)
    let transport = ScriptedTransport([
      "OpenOrders": [.answer("{\"error\":[],\"result\":{\"open\":{}}}")], "ClosedOrders": [.answer(named)],
    ])
    let since = Timestamp(nanoseconds: 1_688_584_240_500_000_000)
    let orders = try await Kraken.scripted(transport).fetchOrders(.client(id, since: since))
    #expect(orders.map(\.venueOrderID.rawValue) == ["OCLOSED-2-TESTID"])
    #expect(orders.first?.status == .filled && orders.first?.clientOrderID == id)
    #expect(orders.first?.averagePrice == Price(Self.number("1850")))
    #expect(orders.first?.fees == Notional(Self.number("2.775")))
    #expect(transport.requests.map(\.path) == ["/0/private/OpenOrders", "/0/private/ClosedOrders"])
    #expect(transport.requests.last?.parameters["start"] == "1688584239")
    #expect(transport.requests.allSatisfy { $0.parameters["cl_ord_id"] == id.hex })
  }

  @Test func `an order that Kraken does not know is none, an answer that failed is not none`() async throws {
    let reference = OrderReference.venue(VenueOrderID("O"))
    for body in ["{\"error\":[],\"result\":{}}", "{\"error\":[\"EOrder:Invalid order\"]}"] {
      let kraken = try Kraken.scripted(ScriptedTransport("QueryOrders", body))
      #expect(try await kraken.fetchOrders(reference).isEmpty)
    }
    for body in ["{\"error\":[\"EService:Busy\"]}", "{\"error\":[],\"result\":[]}", "{\"error\":[]}"] {
      let kraken = try Kraken.scripted(ScriptedTransport("QueryOrders", body))
      await #expect(throws: BrokerError.self) { _ = try await kraken.fetchOrders(reference) }
    }
  }

  @Test func `captured trades are fills with fees in the quote currency, oldest first`() async throws {
    guard let body = try Self.captured("captures-kraken.json", "kraken/capture/http_trades_history/0") else { return }
    let kraken = try Kraken.scripted(ScriptedTransport("TradesHistory", body))
    let fills = try await kraken.fetchFills(since: Timestamp(nanoseconds: 0))
    #expect(fills.map(\.id) == ["TCCCTY-WJ6EO-4FP4VZ", "TDCVFQ-TPEG4-6X7LSZ"])
    let fill = try #require(fills.first)
    #expect(fill.venueOrderID == VenueOrderID("O26VBY-ISGAE-JP5TLU"))
    #expect(fill.symbol == Symbol(base: "BTC", quote: "USDT") && fill.side == .buy)
    #expect(fill.price == Price(Self.number("29500.5")) && fill.quantity == Quantity(Self.number("0.5")))
    #expect(fill.fee == Self.number("23.6") && fill.feeCurrency == "USDT")
    #expect(fill.time == Timestamp(nanoseconds: 1_688_585_840_892_100_000))
    let later = try await kraken.fetchFills(since: fill.time + .nanoseconds(1))
    #expect(later.map(\.id) == ["TDCVFQ-TPEG4-6X7LSZ"])
  }

  private static func trade(_ number: Int) -> String {
    """
    "T\(number)":{"ordertxid":"O\(number % 2)","pair":"XXBTZUSD","time":\(1_688_585_840 + number).5,"type":"buy",
    "price":"1","fee":"0.1","vol":"2"}
    """
  }

  private static func page(_ numbers: [Int], count: Int) -> ScriptedTransport.Step {
    let rows = numbers.map(trade).joined(separator: ",")
    return .answer("{\"error\":[],\"result\":{\"trades\":{\(rows)},\"count\":\(count)}}")
  }

  @Test func `history is read to its last page though rows arrive meanwhile`() async throws {
    // Ten rows, newest first; two new ones push everything on by two after the first page.
    let transport = ScriptedTransport([
      "TradesHistory": [
        Self.page([9, 8, 7, 6], count: 10), Self.page([7, 6, 5, 4], count: 12), Self.page([3, 2, 1, 0], count: 12),
      ]
    ])
    let fills = try await Kraken.scripted(transport).fetchFills(since: Timestamp(nanoseconds: 0))
    #expect(fills.map(\.id) == (0...9).map { "T\($0)" })
    #expect(transport.requests.map { $0.parameters["ofs"] } == [nil, "4", "8"])
  }

  @Test func `a page that is empty before the end is an error, not the end`() async throws {
    let transport = ScriptedTransport(["TradesHistory": [Self.page([3, 2], count: 4), Self.page([], count: 4)]])
    let kraken = try Kraken.scripted(transport)
    let error = try await #require(throws: BrokerError.self) {
      _ = try await kraken.fetchFills(since: Timestamp(nanoseconds: 0))
    }
    #expect(error.code == .malformedAnswer)
  }

  @Test func `the fills of an order are those of its id, looked for from its birth`() async throws {
    guard let body = try Self.captured("captures-kraken.json", "kraken/capture/http_open_orders/0") else { return }
    let one = body.replacingOccurrences(of: "O26VBY-ISGAE-JP5TLU", with: "O1")
      .replacingOccurrences(of: "\"vol_exec\":\"0.00000000\"", with: "\"vol_exec\":\"0.1\"")
      .replacingOccurrences(of: "\"price\":\"0\"", with: "\"price\":\"1\"")
    let order = try JSON(parsing: one).object("result").object("open")
    let transport = ScriptedTransport([
      "QueryOrders": [.answer("{\"error\":[],\"result\":\(String(decoding: order.bytes, as: UTF8.self))}")],
      "TradesHistory": [Self.page([4, 3, 2, 1], count: 4)],
    ])
    let fills = try await Kraken.scripted(transport).fetchFills(of: VenueOrderID("O1"))
    #expect(fills.map(\.id) == ["T1", "T3"])
    #expect(transport.requests.last?.parameters["start"] == "1688583839")
  }

  @Test func `an order without fills costs no look into the history`() async throws {
    guard let body = try Self.captured("captures-kraken.json", "kraken/capture/http_open_orders/0") else { return }
    let order = try JSON(parsing: body).object("result").object("open")
    let transport = ScriptedTransport(
      "QueryOrders", "{\"error\":[],\"result\":\(String(decoding: order.bytes, as: UTF8.self))}")
    let fills = try await Kraken.scripted(transport).fetchFills(of: VenueOrderID("O26VBY-ISGAE-JP5TLU"))
    #expect(fills.isEmpty && transport.requests.count == 1)
  }

  @Test(arguments: [
    ("\"price\":\"1\"", "\"price\":\"x\""), ("\"price\":\"1\"", "\"price\":\"0\""), ("\"vol\":\"2\"", "\"vol\":\"-2\""),
    ("\"fee\":\"0.1\"", "\"fee\":null"), ("\"type\":\"buy\"", "\"type\":\"gift\""), ("\"pair\":", "\"par\":"),
    ("\"time\":", "\"time\":1e40,\"t\":"), ("\"vol\":\"2\"", "\"vol\":\"2\",\"vol\":\"3\""),
  ]) func `a trade with a wrong field is an error, never zero`(_ right: String, _ wrong: String) async throws {
    let body = "{\"error\":[],\"result\":{\"trades\":{\(Self.trade(1))},\"count\":1}}"
    let broken = body.replacingOccurrences(of: right, with: wrong)
    #expect(broken != body)
    let kraken = try Kraken.scripted(ScriptedTransport("TradesHistory", broken))
    let error = try await #require(throws: BrokerError.self) {
      _ = try await kraken.fetchFills(since: Timestamp(nanoseconds: 0))
    }
    #expect(error.code == .malformedAnswer && error.operation == "fetchFills")
  }

  // MARK: Key and fees

  private static func keyInfo(_ permissions: [String]) -> String {
    let list = permissions.map { "\"\($0)\"" }.joined(separator: ",")
    return "{\"error\":[],\"result\":{\"permissions\":[\(list)],\"iban\":\"AA12 N84G ABCD EFGH\",\"nonceWindow\":0}}"
  }

  @Test func `a key's permissions are told by name: what is missing, and what moves money`() async throws {
    let trading = ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades", "close-trades"]
    let good = try await Kraken.scripted(ScriptedTransport("GetApiKeyInfo", Self.keyInfo(trading))).fetchPermissions()
    #expect(
      good == Permissions(canQuery: true, canTrade: true, canWithdraw: false, accountIdentity: "AA12 N84G ABCD EFGH"))
    let bad = try await Kraken.scripted(
      ScriptedTransport("GetApiKeyInfo", Self.keyInfo(["query-funds", "withdraw-funds"]))
    ).fetchPermissions()
    #expect(!bad.canQuery && !bad.canTrade && bad.canWithdraw == true && bad.withdrawing == ["withdraw-funds"])
    #expect(bad.missing == ["query-open-trades", "query-closed-trades", "modify-trades", "close-trades"])
  }

  @Test func `a venue that does not tell leaves open whether the key can withdraw`() async throws {
    let kraken = try Kraken.scripted(
      ScriptedTransport("GetApiKeyInfo", "{\"error\":[\"EGeneral:Unknown method\"]}"))
    #expect(try await kraken.fetchPermissions().canWithdraw == nil)
  }

  // MARK: Cancelling

  @Test func `a cancel is done, pending, or of an order that is gone`() async throws {
    func cancel(_ body: String) async throws -> CancelOutcome {
      try await Kraken.scripted(ScriptedTransport("CancelOrder", body)).cancel(VenueOrderID("O"))
    }
    #expect(try await cancel("{\"error\":[],\"result\":{\"count\":1}}") == .cancelled)
    #expect(try await cancel("{\"error\":[],\"result\":{\"count\":\"1\"}}") == .cancelled)
    #expect(try await cancel("{\"error\":[],\"result\":{\"count\":1,\"pending\":true}}") == .pending)
    for body in ["{\"error\":[],\"result\":{\"count\":0}}", "{\"error\":[\"EOrder:Unknown order\"]}"] {
      let error = try await #require(throws: BrokerError.self) { _ = try await cancel(body) }
      #expect(error.code == .unknownOrder)
    }
  }
}
