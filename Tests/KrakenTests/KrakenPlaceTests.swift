import Broker
import Core
import Kraken
import Testing

/// What `AddOrder` and `AddOrderBatch` are sent, and what is never sent.
@Suite struct KrakenPlaceTests {
  static let symbol = Symbol(base: "BTC", quote: "USD")
  static let made = "{\"error\":[],\"result\":{\"descr\":{\"order\":\"b\"},\"txid\":[\"OAAAAA-BBBBB-CCCCCC\"]}}"

  static func id(_ sequence: UInt64 = 7) -> ClientOrderID { ClientOrderID(journal: "0123456789ab", sequence: sequence) }
  static func price(_ text: String) -> Price { Price(number(text)) }
  static func number(_ text: String) -> ExactDecimal {
    guard let number = try? ExactDecimal(parsing: text) else { preconditionFailure("\(text) is no number") }
    return number
  }

  static func order(
    _ kind: OrderKind, _ side: Side = .sell, amount: OrderAmount = .base(Quantity(number("0.001"))),
    wait timeInForce: TimeInForce = .goodTillCancelled, postOnly: Bool = false, sequence: UInt64 = 7,
    deadline: Duration = .seconds(10)
  ) -> OrderRequest {
    OrderRequest(
      clientOrderID: id(sequence), symbol: symbol, side: side, amount: amount, kind: kind, timeInForce: timeInForce,
      isPostOnly: postOnly, deadline: StoppedClock().now + deadline)
  }

  private static let end = TimeInForce.goodTillDate(StoppedClock().now + .seconds(100))

  /// An order, and all that it says besides market, id, deadline and nonce.
  static let kinds: [(OrderRequest, [String: String])] = [
    (order(.limit(price("30000")), .buy), ["type": "buy", "ordertype": "limit", "price": "30000", "oflags": "fciq"]),
    (
      order(.limit(price("30000.1")), wait: .immediateOrCancel),
      ["ordertype": "limit", "price": "30000.1", "oflags": "fciq", "timeinforce": "IOC"]
    ),
    (
      order(.limit(price("30000")), wait: .fillOrKill),
      ["ordertype": "limit", "price": "30000", "oflags": "fciq", "timeinforce": "FOK"]
    ),
    (
      order(.limit(price("30000")), wait: end, postOnly: true),
      [
        "ordertype": "limit", "price": "30000", "oflags": "post,fciq", "timeinforce": "GTD",
        "expiretm": "1760000100",
      ]
    ),
    (order(.market), ["ordertype": "market", "oflags": "fciq"]),
    (order(.market, .buy, wait: .immediateOrCancel), ["type": "buy", "ordertype": "market", "oflags": "fciq"]),
    (
      order(.market, .buy, amount: .quote(Notional(number("25.5")))),
      ["type": "buy", "ordertype": "market", "volume": "25.5", "oflags": "viqc,fciq"]
    ),
    (
      order(.stopLoss(trigger: price("55"), limit: nil)),
      ["ordertype": "stop-loss", "price": "55", "trigger": "last", "oflags": "fciq"]
    ),
    (
      order(.stopLoss(trigger: price("55"), limit: price("54"))),
      ["ordertype": "stop-loss-limit", "price": "55", "price2": "54", "trigger": "last", "oflags": "fciq"]
    ),
    (
      order(.takeProfit(trigger: price("120"), limit: nil)),
      ["ordertype": "take-profit", "price": "120", "trigger": "last", "oflags": "fciq"]
    ),
    (
      order(.takeProfit(trigger: price("120"), limit: price("119.5")), .buy, wait: end),
      [
        "type": "buy", "ordertype": "take-profit-limit", "price": "120", "price2": "119.5", "trigger": "last",
        "oflags": "fciq", "timeinforce": "GTD", "expiretm": "1760000100",
      ]
    ),
  ]

  @Test(arguments: kinds) func `an order of every kind is sent as Kraken wants it, with our id and a deadline`(
    _ order: OrderRequest, _ said: [String: String]
  ) async throws {
    let transport = ScriptedTransport("AddOrder", Self.made)
    let acknowledged = try await Kraken.scripted(transport).place(order)
    #expect(acknowledged.venueOrderID == VenueOrderID("OAAAAA-BBBBB-CCCCCC"))
    let common = [
      "nonce": "1", "pair": "XXBTZUSD", "type": "sell", "volume": "0.001", "cl_ord_id": Self.id().hex,
      "deadline": "2025-10-09T08:53:30.000Z",
    ]
    #expect(transport.requests.map(\.path) == ["/0/private/AddOrder"])
    #expect(transport.requests.first?.parameters == common.merging(said) { $1 })
    #expect(transport.requests.first?.priority == (order.side == .sell ? .reduce : .enter))
  }

  /// What Kraken does not take, and what it would take for something else.
  static let refused: [(OrderRequest, BrokerError.Code)] = [
    (order(.bracket(limit: price("2"), stop: price("1"))), .unsupported),
    (order(.market, .sell, amount: .quote(Notional(number("25")))), .unsupported),
    (order(.limit(price("1")), .buy, amount: .quote(Notional(number("25")))), .unsupported),
    (order(.market, postOnly: true), .unsupported), (order(.market, wait: .fillOrKill), .unsupported),
    (order(.market, wait: end), .unsupported),
    (order(.limit(price("1")), wait: .immediateOrCancel, postOnly: true), .unsupported),
    (order(.limit(price("1")), wait: .fillOrKill, postOnly: true), .unsupported),
    (order(.stopLoss(trigger: price("1"), limit: nil), wait: .immediateOrCancel), .unsupported),
    (order(.takeProfit(trigger: price("1"), limit: price("1")), wait: .fillOrKill), .unsupported),
    (order(.stopLoss(trigger: price("1"), limit: price("1")), postOnly: true), .unsupported),
    // Relative to the market, in Kraken's reading.
    (order(.limit(price("-5"))), .invalidAmount), (order(.limit(price("0"))), .invalidAmount),
    (order(.stopLoss(trigger: price("-5"), limit: nil)), .invalidAmount),
    (order(.takeProfit(trigger: price("5"), limit: price("-1"))), .invalidAmount),
    (order(.market, amount: .base(.zero)), .invalidAmount),
    (order(.limit(price("1")), amount: .base(Quantity(number("-1")))), .invalidAmount),
    // For ever, in Kraken's reading.
    (order(.limit(price("1")), wait: .goodTillDate(Timestamp(nanoseconds: 0))), .invalidRequest),
    (order(.limit(price("1")), wait: .goodTillDate(StoppedClock().now)), .invalidRequest),
    (order(.limit(price("1")), deadline: .milliseconds(1_999)), .notSent),
  ]

  @Test(arguments: refused) func `what Kraken does not take is refused before a byte is sent`(
    _ order: OrderRequest, _ code: BrokerError.Code
  ) async throws {
    let transport = ScriptedTransport([:])
    let kraken = try Kraken.scripted(transport)
    let alone = try await #require(throws: BrokerError.self) { _ = try await kraken.place(order) }
    #expect(alone.code == code && !alone.mayHaveExecuted && alone.operation == "place")
    let checked = try await #require(throws: BrokerError.self) { _ = try await kraken.preview(order) }
    #expect(checked.code == code && checked.operation == "preview")
    let together = try await #require(throws: BrokerError.self) {
      _ = try await kraken.place([Self.order(.limit(Self.price("1")), sequence: 8), order])
    }
    #expect(together.code == code && !together.mayHaveExecuted && together.operation == "placeBatch")
    #expect(transport.requests.isEmpty)
  }

  // MARK: Preview

  @Test func `a preview is a check only, and tells what Kraken would refuse`() async throws {
    let order = Self.order(.limit(Self.price("30000")))
    let fine = ScriptedTransport("AddOrder", "{\"error\":[],\"result\":{\"descr\":{\"order\":\"sell 1\"}}}")
    #expect(try await Kraken.scripted(fine).preview(order).isEmpty)
    #expect(fine.requests.first?.parameters["validate"] == "true")
    let texts = ["EOrder:Insufficient funds", "EGeneral:Invalid arguments:volume"]
    for many in [Array(texts.prefix(1)), texts] {
      let list = many.map { "\"\($0)\"" }.joined(separator: ",")
      let kraken = try Kraken.scripted(ScriptedTransport("AddOrder", "{\"error\":[\(list)]}"))
      #expect(try await kraken.preview(order) == many)
    }
  }

  @Test(arguments: [
    "{\"error\":[\"EService:Busy\"]}", "{\"error\":[\"EAPI:Invalid key\"]}", "{\"error\":[\"EOrder:New words\"]}",
    "{\"error\":[\"EGeneral:Permission denied\"]}", "{\"error\":[],\"result\":{}}",
    // Something was placed: not what was asked for, and said so.
    made,
  ]) func `a preview that got no answer is an error, not an order without faults`(_ body: String) async throws {
    let kraken = try Kraken.scripted(ScriptedTransport("AddOrder", body))
    let error = try await #require(throws: BrokerError.self) {
      _ = try await kraken.preview(Self.order(.limit(Self.price("30000"))))
    }
    #expect(!error.mayHaveExecuted && error.operation == "preview")
  }
}
