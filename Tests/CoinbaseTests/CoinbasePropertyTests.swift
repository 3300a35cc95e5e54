import Broker
import Core
import Foundation
import Testing

@testable import Coinbase

/// Numbers that a seed repeats: `NIJA_SEED` replays a run.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  static func seed() -> UInt64 {
    let given = ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0 ... .max)
    print("NIJA_SEED=\(seed)")
    return seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct CoinbasePropertyTests {
  // MARK: Orders

  static func number(_ numbers: inout SeededNumbers) -> ExactDecimal {
    let places = Int.random(in: 0...10, using: &numbers)
    return
      (try? ExactDecimal(coefficient: Int128(Int64.random(in: 1...10_000_000_000, using: &numbers)), scale: places))
      ?? .one
  }

  /// An order that the plugin takes.
  static func request(_ numbers: inout SeededNumbers) -> OrderRequest {
    let price = Price(number(&numbers)), other = Price(number(&numbers)),
      end = Timestamp(
        nanoseconds: 1_800_000_000_000_000_000 + Int64.random(in: 0...1_000_000_000_000, using: &numbers))
    let kinds: [OrderKind] = [
      .market, .limit(price), .stopLoss(trigger: other, limit: price), .takeProfit(trigger: other, limit: price),
      .bracket(limit: price, stop: other),
    ]
    let kind = kinds[Int.random(in: 0..<kinds.count, using: &numbers)]
    let rests: [TimeInForce] = [.goodTillCancelled, .goodTillDate(end)]
    var waits = rests
    if kind == .market { waits = [.immediateOrCancel] }
    if case .limit = kind { waits += [.immediateOrCancel, .fillOrKill] }
    let timeInForce = waits[Int.random(in: 0..<waits.count, using: &numbers)]
    let side: Side = Bool.random(using: &numbers) ? .buy : .sell
    let isInMoney = kind == .market && side == .buy && Bool.random(using: &numbers)
    let amount = number(&numbers)
    var canPost = false
    if case .limit = kind { canPost = rests.contains(timeInForce) }
    return OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: .random(in: 0...1 << 40, using: &numbers)),
      symbol: bitcoin.symbol, side: side, amount: isInMoney ? .quote(Notional(amount)) : .base(Quantity(amount)),
      kind: kind, timeInForce: timeInForce, isPostOnly: canPost && Bool.random(using: &numbers),
      deadline: FixedClock().now + .seconds(60))
  }

  @Test func `a produced body, shown again by the venue, is the order that was asked for`() async throws {
    var numbers = SeededNumbers(seed: SeededNumbers.seed())
    for _ in 0..<500 {
      let request = Self.request(&numbers)
      let body = try CoinbaseOrderForm(request, product: bitcoin.venueID).body(clientOrderID: "id").encoded
      let shown =
        #"{"order":"# + body.dropLast()
        + #","order_id":"1","status":"OPEN","filled_size":"0","client_order_id":"\#(request.clientOrderID.uuidShaped)"}}"#
      let order = try #require(
        try await makeCoinbase(
          ScriptedTransport(shown.replacing(#""client_order_id":"id","#, with: ""))
        ).fetchOrders(.venue(VenueOrderID("1"))).first)
      #expect(order.kind == request.kind, "\(body)")
      #expect(order.timeInForce == request.timeInForce, "\(body)")
      #expect(order.quantity == request.quantity && order.limit == request.limit, "\(body)")
      #expect(order.notional.map(OrderAmount.quote) ?? order.quantity.map(OrderAmount.base) == request.amount)
      #expect((order.isPostOnly ?? false) == request.isPostOnly)
      #expect(order.side == request.side && order.symbol == request.symbol)
      #expect(order.clientOrderID == request.clientOrderID)
    }
  }

  // MARK: Damaged answers

  /// One whole answer of every call.
  static let answers = [
    #"{"success":true,"success_response":{"order_id":"1","product_id":"BTC-USD","side":"BUY","client_order_id":"6e696a61-0123-4567-89ab-000000000007"}}"#,
    #"{"success":false,"error_response":{"error":"INSUFFICIENT_FUND","message":"m","error_details":"","preview_failure_reason":"PREVIEW_INSUFFICIENT_FUND"},"errors":[{"edit_failure_reason":"ORDER_NOT_FOUND"}]}"#,
    #"{"results":[{"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON","order_id":"1"}]}"#,
    #"{"accounts":[{"uuid":"u","currency":"BTC","available_balance":{"value":"1.23","currency":"BTC"},"type":"ACCOUNT_TYPE_CRYPTO","hold":{"value":"0.005","currency":"BTC"}}],"has_next":false,"cursor":"","size":1}"#,
    #"{"products":[{"product_id":"BTC-USD","price":"68923.67","volume_24h":"1","base_increment":"0.00000001","quote_increment":"0.01","price_increment":"0.01","base_min_size":"0.00000001","base_max_size":"3400","quote_min_size":"1","quote_max_size":"150000000","status":"online","trading_disabled":false,"cancel_only":false,"limit_only":false,"post_only":false,"auction_mode":false,"is_disabled":false,"view_only":false,"product_type":"SPOT","quote_currency_id":"USD","base_currency_id":"BTC"}]}"#,
    #"{"candles":[{"start":"1767225540","low":"1","high":"2","open":"1","close":"2","volume":"3.5"}]}"#,
    #"{"pricebook":{"product_id":"BTC-USD","bids":[{"price":"1","size":"2"}],"asks":[{"price":"3","size":"4"}]}}"#,
    #"{"trades":[],"best_bid":"1","best_ask":"2"}"#,
    #"{"total_fees":25,"fee_tier":{"taker_fee_rate":"0.0010","maker_fee_rate":"0.0020"}}"#,
    #"{"can_view":true,"can_trade":true,"can_transfer":false,"portfolio_uuid":"p","portfolio_type":"DEFAULT"}"#,
    #"{"iso":"2026-01-01T00:00:00Z","epochSeconds":"1767225600","epochMillis":"1767225600000"}"#,
    #"{"order":{"order_id":"1","product_id":"BTC-USD","side":"SELL","status":"OPEN","filled_size":"0.5","average_filled_price":"2","filled_value":"1","total_fees":"0","created_time":"2026-01-01T00:00:00.123456789Z","order_configuration":{"stop_limit_stop_limit_gtd":{"base_size":"1","limit_price":"2","stop_price":"3","stop_direction":"STOP_DIRECTION_STOP_DOWN","end_time":"2026-02-01T00:00:00Z"}}}}"#,
    #"{"orders":[{"order_id":"1","product_id":"X-Y-Z","side":"BUY","status":"FILLED","filled_size":"1","order_configuration":{"market_market_ioc":{"quote_size":"5"}}}],"has_next":false,"cursor":""}"#,
    #"{"fills":[{"entry_id":"e","order_id":"1","trade_time":"2026-01-01T00:00:01Z","trade_type":"FILL","price":"3","size":"10","commission":"0.1","product_id":"BTC-USD","sequence_timestamp":"2026-01-01T00:00:01Z","liquidity_indicator":"MAKER","size_in_quote":true,"side":"BUY"}],"cursor":""}"#,
    #"{"order_total":"1","errs":["PREVIEW_INSUFFICIENT_FUND"],"warning":[],"preview_id":"x"}"#,
  ]

  /// Values that readers stumble over.
  static let pieces = [
    "null", "true", "-1", "0", "1e400", "-9223372036854775809", "340282366920938463463374607431768211456", "\"\"",
    "\"\u{0}\"", "\"-0.0000000000000000000000000000000000000001\"", "[]", "{}", "[[]]", "\"9999-99-99T99:99:99Z\"",
    "\"0001-01-01T00:00:00Z\"", "\"NaN\"", "\"1,5\"", "\"\\ud800\"", "\"-\"",
    "\"99999999999999999999999999999999999999\"",
  ]

  static func damaged(_ answer: String, _ numbers: inout SeededNumbers) -> [UInt8] {
    var bytes = Array(answer.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &numbers) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &numbers)
      switch Int.random(in: 0..<5, using: &numbers) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &numbers)))
      case 2: bytes = Array(bytes.prefix(place))
      case 3: bytes.insert(contentsOf: bytes[place...].prefix(30), at: place)
      default:
        // Another value where one stood: between a colon and what follows it.
        guard let colon = bytes[place...].firstIndex(of: UInt8(ascii: ":")) else { continue }
        let end =
          bytes[(colon + 1)...].firstIndex { [UInt8(ascii: ","), UInt8(ascii: "}")].contains($0) } ?? bytes.count
        let piece = pieces[Int.random(in: 0..<pieces.count, using: &numbers)]
        bytes.replaceSubrange(colon + 1..<end, with: Array(piece.utf8))
      }
    }
    return bytes
  }

  /// Every call of the plugin that reads an answer.
  static let calls: [(String, @Sendable (Coinbase) async throws(BrokerError) -> Void)] = [
    ("place", { coinbase throws(BrokerError) in _ = try await coinbase.place(order()) }),
    ("preview", { coinbase throws(BrokerError) in _ = try await coinbase.preview(order()) }),
    ("amend", { coinbase throws(BrokerError) in try await coinbase.amend(CoinbaseChangeTests.amendment()) }),
    (
      "amend",
      { coinbase throws(BrokerError) in try await coinbase.amend(CoinbaseChangeTests.amendment(quantity: nil)) }
    ),
    ("cancel", { coinbase throws(BrokerError) in _ = try await coinbase.cancel(VenueOrderID("1")) }),
    ("balances", { coinbase throws(BrokerError) in _ = try await coinbase.fetchBalances() }),
    ("instruments", { coinbase throws(BrokerError) in coinbase.learn(try await coinbase.fetchInstruments()) }),
    ("tickers", { coinbase throws(BrokerError) in _ = try await coinbase.fetchTickers() }),
    (
      "candles",
      { coinbase throws(BrokerError) in
        _ = try await coinbase.fetchCandles(
          bitcoin.symbol, interval: .seconds(60), limit: 5, marketNow: FixedClock().now)
      }
    ),
    ("order_book", { coinbase throws(BrokerError) in _ = try await coinbase.fetchOrderBook(bitcoin.symbol, depth: 5) }),
    ("quote", { coinbase throws(BrokerError) in _ = try await coinbase.fetchQuote(bitcoin.symbol) }),
    ("fees", { coinbase throws(BrokerError) in _ = try await coinbase.fetchFees(bitcoin.symbol) }),
    ("permissions", { coinbase throws(BrokerError) in _ = try await coinbase.fetchPermissions() }),
    ("server_time", { coinbase throws(BrokerError) in _ = try await coinbase.fetchServerTime() }),
    ("order", { coinbase throws(BrokerError) in _ = try await coinbase.fetchOrders(.venue(VenueOrderID("1"))) }),
    ("open_orders", { coinbase throws(BrokerError) in _ = try await coinbase.fetchOpenOrders() }),
    (
      "closed_orders",
      { coinbase throws(BrokerError) in _ = try await coinbase.fetchClosedOrders(since: FixedClock().now) }
    ),
    ("fills", { coinbase throws(BrokerError) in _ = try await coinbase.fetchFills(of: VenueOrderID("1")) }),
  ]

  @Test func `no damaged answer traps, and a failure names its call`() async throws {
    var numbers = SeededNumbers(seed: SeededNumbers.seed())
    var failures = 0, readings = 0
    for round in 0..<4_000 {
      let (name, call) = Self.calls[round % Self.calls.count]
      let answer = Self.answers[Int.random(in: 0..<Self.answers.count, using: &numbers)]
      let statuses = [200, 200, 200, 200, 400, 403, 404, 500]
      let reply = HTTPAnswer(
        status: statuses[Int.random(in: 0..<statuses.count, using: &numbers)], headers: [:],
        body: Self.damaged(answer, &numbers))
      let coinbase = try makeCoinbase(ScriptedTransport([.success(reply)]))
      let error = await failure { () throws(BrokerError) in try await call(coinbase) }
      if let error {
        failures += 1
        #expect(error.operation == name)
      } else {
        readings += 1
      }
    }
    // A whole answer seldom meets its own call: how often is chance.
    #expect(failures > 2_000 && readings > 0)
  }

  @Test func `every whole answer is read by its call`() async throws {
    var read: Set<String> = []
    for (name, call) in Self.calls {
      for answer in Self.answers {
        let coinbase = try makeCoinbase(ScriptedTransport(answer, answer))
        if await failure({ () throws(BrokerError) in try await call(coinbase) }) == nil { read.insert(name) }
      }
    }
    #expect(Set(Self.calls.map(\.0)).subtracting(read) == [])
  }
}
