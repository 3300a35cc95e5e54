import Broker
import Core
import Foundation
import Synchronization
import Testing

@testable import Host
@testable import ProcessPlugins

/// Everything that a program can do wrong, where it carries out two operations of a descriptor: each is a named error of
/// those operations, the descriptor's own go on, and nothing is left of it.
@Suite(.serialized) struct OperationMisbehaviourTests {
  private static let wrongs: [(what: String, code: String)] = [
    ("hangs", "program_hung"), ("dies", "program_ended"), ("is_killed", "program_ended"),
    ("answers_a_stranger", "program_unknown_call"), ("answers_with_wrong_types", "program_wrong_type"),
    ("answers_with_nothing", "program_wrong_type"), ("answers_with_an_error_of_its_own", "program_wrong_type"),
    ("writes_no_json", "program_not_json"), ("writes_no_utf8", "program_not_utf8"),
    ("writes_a_huge_line", "program_line_too_long"), ("floods_its_output", "program_answered_twice"),
    ("asks_for_ever", "program_flooded"), ("floods_its_log", "program_hung"),
    ("leaves_a_child_that_holds_its_pipes", "program_ended"), ("closes_its_output", "program_ended"),
    ("exits_at_once", "program_ended"), ("says_hello_wrongly", "program_bad_handshake"),
    ("speaks_another_protocol", "program_other_protocol"), ("declares_something_else", "program_other_declaration"),
    ("says_no_hello", "program_hung"), ("reads_nothing", "program_hung"),
  ]

  private static var bounds: ProgramBounds {
    var bounds = ProgramBounds()
    bounds.patience = .milliseconds(700)
    bounds.start = .seconds(3)
    return bounds
  }

  private static let keys = [
    "api_key": Secret(Array("canary-0123456789".utf8)), "api_secret": Secret(Array("canary-9876543210".utf8)),
  ]

  /// The two operations, by a program that does this.
  private static func mixed(_ what: String...) throws -> MixedDescriptor {
    if let what = what.first {
      return try MixedDescriptor("binance", ["balances", "place"], by: "misbehaves.py", what)
    }
    return try MixedDescriptor("binance", ["balances", "place"], by: "misbehaves.py")
  }

  @Test(.timeLimit(.minutes(2)), arguments: wrongs.map(\.what))
  func `what a program does wrong is an error of its operations, and the others go on`(_ what: String) async throws {
    let code = try #require(Self.wrongs.first { $0.what == what }?.code)
    try await Ground.withChildren { children in
      let offer = try await Self.mixed().offer(children)
      let mixed = try Self.mixed(what)
      let source = WatchedStarter(mixed.program, children)
      let heard = Heard()
      let venue = TinyVenue()
      let kind = mixed.kind(offer, source, bounds: Self.bounds, events: heard.events)
      var plugin: (any BrokerPlugin)? = try kind.make(try Ground.context(Self.keys, transport: venue))
      let started = ContinuousClock.now
      let error = await Self.error { () async throws(BrokerError) in _ = try await plugin?.fetchBalances() }
      #expect(error?.code.rawValue == code, "\(String(describing: error))")
      #expect(error?.mayHaveExecuted == false && error?.operation == "balances")
      #expect(ContinuousClock.now - started < .seconds(5))
      #expect(heard.faults.map(\.code.rawValue).allSatisfy { $0 == code } && heard.lines.count <= 300)
      // What the descriptor does itself asks nobody but the venue.
      #expect(try await plugin?.fetchServerTime() == Timestamp(nanoseconds: 1_700_000_000_000_000_000))
      plugin = nil
      try await Self.eventually("nothing is left of \(what)") { source.left.isEmpty }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["hangs", "dies", "answers_with_wrong_types", "writes_no_json"])
  func `an order that was with a program that failed is in doubt, and looked for by the descriptor`(_ what: String)
    async throws
  {
    try await Ground.withChildren { children in
      let offer = try await Self.mixed().offer(children)
      let mixed = try Self.mixed(what)
      let source = WatchedStarter(mixed.program, children)
      let venue = TinyVenue()
      let kind = mixed.kind(offer, source, bounds: Self.bounds)
      var plugin: (any BrokerPlugin)? = try kind.make(try Ground.context(Self.keys, transport: venue))
      plugin?.learn([try Self.instrument])
      let order = try Self.order()
      let error = await Self.error { () async throws(BrokerError) in _ = try await plugin?.place(order) }
      #expect(
        error?.mayHaveExecuted == true && error?.recovery == .reconcile(order.clientOrderID),
        "\(String(describing: error))")
      #expect(venue.sent.isEmpty, "the program asked for nothing")
      let found = try await plugin?.fetchOrders(.client(order.clientOrderID, since: WallClock().now))
      #expect(found?.isEmpty == true && venue.sent.contains { $0.contains("origClientOrderId=") }, "\(venue.sent)")
      let second = try Self.order(2)
      let next = await Self.error { () async throws(BrokerError) in _ = try await plugin?.place(second) }
      #expect(next?.mayHaveExecuted == false, "what comes after was never handed over")
      plugin = nil
      try await Self.eventually("nothing is left") { source.left.isEmpty }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `an order of a kind without an entry, off its tick or too late never reaches the program`() async throws {
    try await Ground.withChildren { children in
      let mixed = try MixedDescriptor(
        "binance", ["place"], by: "misbehaves.py", "dies",
        changes: [
          ("      limit_fok: {type: LIMIT, amount: \"{quantity}\", limit: \"{price}\", tif: FOK}\n", ""),
          ("fill_or_kill, ", ""),
        ])
      let source = WatchedStarter(mixed.program, children)
      let offer = try await MixedDescriptor("binance", ["place"], by: "misbehaves.py").offer(children)
      let plugin = try mixed.kind(offer, source).make(try Ground.context(Self.keys, transport: TinyVenue()))
      plugin.learn([try Self.instrument])
      for order in [
        try Self.order(timeInForce: .fillOrKill), try Self.order(limit: "100.05"),
        try Self.order(deadline: WallClock().now - .seconds(1)),
      ] {
        let error = await Self.error { () async throws(BrokerError) in _ = try await plugin.place(order) }
        #expect(error?.mayHaveExecuted == false && error?.code.rawValue.hasPrefix("program_") == false)
      }
      #expect(source.left.count == 1, "it would have died of a call")
    }
  }

  // MARK: Helpers

  private static func error(_ body: () async throws -> Void) async -> BrokerError? {
    do {
      try await body()
      return nil
    } catch { return error as? BrokerError }
  }

  private static var instrument: Instrument {
    get throws {
      Instrument(
        symbol: Symbol(base: "BTC", quote: "USD"), venueID: "BTCUSD", venueAliases: [], venueBase: "BTC",
        venueQuote: "USD", status: .online, tickSize: try ExactDecimal(parsing: "0.1"),
        lotStep: try ExactDecimal(parsing: "0.0001"), minimumQuantity: nil, maximumQuantity: nil, minimumNotional: nil,
        maximumNotional: nil)
    }
  }

  private static func order(
    _ number: UInt64 = 1, limit: String = "100", timeInForce: TimeInForce = .goodTillCancelled,
    deadline: Timestamp? = nil
  ) throws -> OrderRequest {
    OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: number),
      symbol: Symbol(base: "BTC", quote: "USD"), side: .buy, quantity: Quantity(try ExactDecimal(parsing: "0.01")),
      limit: Price(try ExactDecimal(parsing: limit)), timeInForce: timeInForce,
      deadline: deadline ?? WallClock().now + .seconds(10))
  }

  private static func eventually(_ what: String, _ holds: () -> Bool) async throws {
    for _ in 0..<1_000 {
      if holds() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never: \(what)")
  }
}

/// Knows the time and no order.
final class TinyVenue: Transport {
  private let requests = Mutex<[String]>([])
  var sent: [String] { requests.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    if request.url.contains("/time") { return Self.answer(200, #"{"serverTime": 1700000000000}"#) }
    requests.withLock { $0.append(request.url) }
    return Self.answer(400, #"{"code": -2013, "msg": "Order does not exist."}"#)
  }

  private static func answer(_ status: Int, _ text: String) -> HTTPAnswer {
    HTTPAnswer(status: status, headers: [:], body: Array(text.utf8))
  }
}
