import Broker
import Core
import Foundation
import Kraken
import Testing

/// Made-up orders and damaged answers.
@Suite struct KrakenPropertyTests {
  private static func random(_ what: String) -> KrakenRandom {
    let random = KrakenRandom()
    print("kraken \(what): seed \(random.seed) (set NIJA_SEED to repeat)")
    return random
  }

  // MARK: Orders

  private static func amount(_ random: inout KrakenRandom) throws -> ExactDecimal {
    try ExactDecimal(
      coefficient: Int128(Int64.random(in: 1...999_999_999_999, using: &random)),
      scale: Int.random(in: 0...12, using: &random))
  }

  private static func order(_ random: inout KrakenRandom) throws -> OrderRequest {
    let price = Price(try amount(&random))
    let second = Bool.random(using: &random) ? Price(try amount(&random)) : nil
    let kinds: [OrderKind] = [
      .limit(price), .market, .stopLoss(trigger: price, limit: second), .takeProfit(trigger: price, limit: second),
    ]
    let now = StoppedClock().now
    let waits: [TimeInForce] = [
      .goodTillCancelled, .immediateOrCancel, .fillOrKill,
      .goodTillDate(now + .seconds(Int.random(in: 1...99_999, using: &random))),
    ]
    let number = try amount(&random)
    let inMoney = Int.random(in: 0...3, using: &random) == 0
    return OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: random.next() >> 16),
      symbol: Symbol(base: "BTC", quote: Bool.random(using: &random) ? "USD" : "USDT"),
      side: Bool.random(using: &random) ? .buy : .sell,
      amount: inMoney ? .quote(Notional(number)) : .base(Quantity(number)),
      kind: kinds.randomElement(using: &random) ?? .market,
      timeInForce: waits.randomElement(using: &random) ?? .goodTillCancelled, isPostOnly: Bool.random(using: &random),
      deadline: now + .milliseconds(Int.random(in: 2_000...60_000, using: &random)))
  }

  /// Reads the parameters back, by the rules of Kraken's page.
  private static func reread(_ said: [String: String]) throws -> OrderRequest {
    func text(_ key: String) throws -> String { try #require(said[key], "no \(key)") }
    func number(_ key: String) throws -> ExactDecimal { try ExactDecimal(parsing: try text(key)) }
    func price(_ key: String) throws -> Price { Price(try number(key)) }
    let flags = Set(try text("oflags").split(separator: ","))
    let limit = said["price2"] == nil ? nil : try price("price2")
    let kind: OrderKind =
      switch said["ordertype"] {
      case "limit": .limit(try price("price"))
      case "stop-loss", "stop-loss-limit": .stopLoss(trigger: try price("price"), limit: limit)
      case "take-profit", "take-profit-limit": .takeProfit(trigger: try price("price"), limit: limit)
      default: .market
      }
    #expect((said["ordertype"]?.hasSuffix("-limit") == true) == (limit != nil))
    #expect((said["trigger"] == "last") == (kind.trigger != nil))
    let volume = try number("volume")
    let wait: TimeInForce =
      switch said["timeinforce"] {
      case "IOC": .immediateOrCancel
      case "FOK": .fillOrKill
      case "GTD":
        .goodTillDate(try #require(said["expiretm"].flatMap { Int($0) }.flatMap { Timestamp(seconds: $0) }))
      default: .goodTillCancelled
      }
    let id = ClientOrderID(parsing: try text("cl_ord_id"))
    let side = Side(rawValue: try text("type"))
    let deadline = Timestamp(rfc3339: try text("deadline"))
    return OrderRequest(
      clientOrderID: try #require(id),
      symbol: Symbol(base: "BTC", quote: said["pair"] == "XXBTZUSD" ? "USD" : "USDT"),
      side: try #require(side),
      amount: flags.contains("viqc") ? .quote(Notional(volume)) : .base(Quantity(volume)), kind: kind,
      timeInForce: wait,
      isPostOnly: flags.contains("post"), deadline: try #require(deadline))
  }

  @Test func `whatever is sent reads back as the order that was asked for, and what is not sent is refused`()
    async throws
  {
    var random = Self.random("orders")
    var sent = 0
    for _ in 0..<600 {
      var order = try Self.order(&random)
      let transport = ScriptedTransport("AddOrder", KrakenPlaceTests.made)
      let kraken = try Kraken.scripted(transport)
      do throws(BrokerError) {
        _ = try await kraken.place(order)
      } catch {
        #expect(error.code == .unsupported && transport.requests.isEmpty, "\(order): \(error)")
        continue
      }
      sent += 1
      // A market order ends at once by itself.
      if order.kind == .market { order.timeInForce = .goodTillCancelled }
      let said = try #require(transport.requests.first).parameters
      #expect(try Self.reread(said) == order, "\(order)")
    }
    #expect(sent > 100)
  }

  // MARK: Answers

  private struct Operation {
    var name: String
    var call: String
    var body: String
    var run: @Sendable (Kraken) async throws -> Void
  }

  private static let order = """
    {"refid":null,"userref":0,"cl_ord_id":"6e696a610123456789ab000000000007","status":"open","opentm":1688583840.8648,
    "starttm":0,"expiretm":1688593840,"descr":{"pair":"XBTUSDT","type":"buy","ordertype":"stop-loss-limit",
    "price":"29500.0","price2":"29400.5","leverage":"none","order":"x","close":""},"vol":"0.5","vol_exec":"0.25",
    "cost":"7375.0","fee":"19.2","price":"29500.0","stopprice":"0","limitprice":"0","misc":"","oflags":"fciq,post"}
    """
  private static let trade = """
    {"ordertxid":"O1","pair":"XXBTZUSD","time":1688585840.5,"type":"buy","price":"1","fee":"0.1","vol":"2","maker":true}
    """

  private static let operations: [Operation] = [
    Operation(name: "orders", call: "OpenOrders", body: "{\"error\":[],\"result\":{\"open\":{\"O1\":\(order)}}}") {
      _ = try await $0.fetchOpenOrders()
    },
    Operation(
      name: "closed", call: "ClosedOrders",
      body: "{\"error\":[],\"result\":{\"closed\":{\"O1\":\(order)},\"count\":1}}"
    ) { _ = try await $0.fetchClosedOrders(since: Timestamp(nanoseconds: 0)) },
    Operation(
      name: "fills", call: "TradesHistory", body: "{\"error\":[],\"result\":{\"trades\":{\"T1\":\(trade)},\"count\":1}}"
    ) { _ = try await $0.fetchFills(since: Timestamp(nanoseconds: 0)) },
    Operation(
      name: "ledger", call: "Ledgers",
      body: """
        {"error":[],"result":{"ledger":{"L1":{"refid":"R","time":1688585840.5,"type":"trade","asset":"ZUSD",
        "amount":"-1.5","fee":"0.25"}},"count":1}}
        """
    ) { _ = try await $0.fetchLedger(since: Timestamp(nanoseconds: 0)) },
    Operation(
      name: "balances", call: "BalanceEx",
      body: """
        {"error":[],"result":{"XXBT":{"balance":"1.2","hold_trade":"0.8","credit":"1","credit_used":"0.2"},
        "XBT.F":{"balance":"5","hold_trade":"0"},"DOT.S":{"balance":"5","hold_trade":"0"}}}
        """
    ) { _ = try await $0.fetchBalances() },
    Operation(
      name: "fees", call: "TradeVolume",
      body: "{\"error\":[],\"result\":{\"fees\":{\"X\":{\"fee\":\"0.26\"}},\"fees_maker\":{\"X\":{\"fee\":\"0.16\"}}}}"
    ) { _ = try await $0.fetchFees(Symbol(base: "BTC", quote: "USD")) },
    Operation(
      name: "key", call: "GetApiKeyInfo",
      body: "{\"error\":[],\"result\":{\"permissions\":[\"query-funds\"],\"iban\":\"AA12\",\"nonceWindow\":0}}"
    ) { _ = try await $0.fetchPermissions() },
    Operation(
      name: "pairs", call: "AssetPairs",
      body: """
        {"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD",
        "pair_decimals":1,"lot_decimals":8,"ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online"}}}
        """
    ) { _ = try await $0.fetchInstruments() },
    Operation(
      name: "tickers", call: "Ticker",
      body: "{\"error\":[],\"result\":{\"XXBTZUSD\":{\"a\":[\"2\"],\"b\":[\"1\"],\"c\":[\"1\"],\"v\":[\"1\",\"2\"]}}}"
    ) { _ = try await $0.fetchTickers() },
    Operation(
      name: "candles", call: "OHLC",
      body: """
        {"error":[],"result":{"X":[[1762777020,"1","2","0.5","1.5","1","9",3],[1762777080,"1","2","1","1","1","9",3]],
        "last":1762777020}}
        """
    ) {
      _ = try await $0.fetchCandles(
        Symbol(base: "BTC", quote: "USD"), interval: .seconds(60), limit: 9, marketNow: StoppedClock().now)
    },
    Operation(
      name: "book", call: "Depth", body: "{\"error\":[],\"result\":{\"X\":{\"asks\":[[\"2\",\"1\",1]],\"bids\":[]}}}"
    ) { _ = try await $0.fetchOrderBook(Symbol(base: "BTC", quote: "USD"), depth: 5) },
    Operation(name: "place", call: "AddOrder", body: KrakenPlaceTests.made) {
      _ = try await $0.place(KrakenPlaceTests.order(.market))
    },
    Operation(
      name: "batch", call: "AddOrderBatch",
      body: "{\"error\":[],\"result\":{\"orders\":[{\"txid\":\"O1\"},{\"error\":\"EOrder:Insufficient funds\"}]}}"
    ) { _ = try await $0.place([KrakenPlaceTests.order(.market), KrakenPlaceTests.order(.market, sequence: 8)]) },
    Operation(
      name: "switch", call: "CancelAllOrdersAfter",
      body: "{\"error\":[],\"result\":{\"currentTime\":\"2023-09-21T15:49:29Z\",\"triggerTime\":\"0\"}}"
    ) { _ = try await $0.armDeadManSwitch(.seconds(60)) },
  ]

  private static let shrapnel = [
    "null", "0", "-1", "1e999", "99999999999999999999999999999999999999999", "\"\"", "[]", "{}", "true", "\"x\"",
    "0.0000000000000000000000000000000000001", "9223372036854775808", "\u{0}", "\"", ",", ":", "}", "]", "\u{FFFF}",
  ]

  /// One to three wounds: bytes replaced, cut out, doubled, or whole values put in place of others.
  private static func damaged(_ body: String, _ random: inout KrakenRandom) -> [UInt8] {
    var bytes = Array(body.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      guard !bytes.isEmpty else { return bytes }
      let start = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
      switch Int.random(in: 0...4, using: &random) {
      case 0: bytes[start] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(start..<end)
      case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 3: bytes.removeLast(bytes.count - start)
      default: bytes.replaceSubrange(start..<end, with: Array((shrapnel.randomElement(using: &random) ?? "").utf8))
      }
    }
    return bytes
  }

  @Test func `no damaged answer traps, and each is a value or an error of its operation`() async throws {
    var random = Self.random("answers")
    for operation in Self.operations {
      func run(_ bytes: [UInt8]) async throws {
        let assets = "{\"error\":[],\"result\":{\"XXBT\":{\"altname\":\"XBT\"},\"ZUSD\":{\"altname\":\"USD\"}}}"
        let transport = DamagedTransport(call: operation.call, body: bytes, other: assets)
        try await operation.run(try Kraken.scripted(transport))
      }
      // Whole, it is read.
      try await run(Array(operation.body.utf8))
      for _ in 0..<150 {
        let bytes = Self.damaged(operation.body, &random)
        do { try await run(bytes) } catch {
          let told = "\(operation.name): \(String(decoding: bytes, as: UTF8.self))"
          #expect((error as? BrokerError)?.operation.isEmpty == false, "\(told): \(error)")
        }
      }
    }
  }
}

/// One call answers damaged bytes, any other what it should.
private struct DamagedTransport: Transport {
  let call: String
  let body: [UInt8]
  let other: String

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    HTTPAnswer(status: 200, headers: [:], body: request.path.hasSuffix("/\(call)") ? body : Array(other.utf8))
  }
}

/// SplitMix64; `NIJA_SEED` plays a run again.
struct KrakenRandom: RandomNumberGenerator {
  let seed: UInt64
  private var state: UInt64

  init() {
    seed = ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
