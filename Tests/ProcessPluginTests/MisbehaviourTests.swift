import Broker
import Core
import Foundation
import Testing

@testable import Host
@testable import ProcessPlugins

/// Everything that a program can do wrong: each is a named error within its bound, of this plugin alone, and nothing is
/// left of it.
@Suite(.serialized) struct MisbehaviourTests {
  private static let inCalls: [(what: String, code: String)] = [
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

  @Test(.timeLimit(.minutes(2)), arguments: inCalls.map(\.what))
  func `what a program does wrong is a named error in time, and nothing is left of it`(_ what: String) async throws {
    let code = try #require(Self.inCalls.first { $0.what == what }?.code)
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let source = WatchedStarter(try Ground.program("misbehaves.py", what), children)
      let heard = Heard()
      let kind = PluginKind(
        process: declaration, named: "misbehaves", source: source, bounds: Self.bounds, events: heard.events)
      let memory = Self.residentKiB
      let started = ContinuousClock.now
      var plugin: (any BrokerPlugin)? = try kind.make(try Ground.context())
      let error = await Self.error { () async throws(BrokerError) in _ = try await plugin?.fetchBalances() }
      #expect(error?.code.rawValue == code, "\(String(describing: error))")
      #expect(error?.mayHaveExecuted == false, "a question changes nothing")
      #expect(ContinuousClock.now - started < .seconds(5))
      // Every further call knows at once.
      let again = await Self.error { () async throws(BrokerError) in _ = try await plugin?.fetchServerTime() }
      #expect(again != nil)
      try await Self.eventually("it is told once") { heard.faults.map(\.code.rawValue) == [code] }
      #expect(Self.residentKiB - memory < 40 << 10, "memory is bounded")
      #expect(heard.lines.count <= 300, "so is its log")
      plugin = nil
      try await Self.eventually("nothing is left of \(what)") { source.left.isEmpty }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["hangs", "dies", "answers_with_wrong_types", "writes_no_json"])
  func `an order that was with a program that failed is in doubt, and to be looked for`(_ what: String) async throws {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let source = WatchedStarter(try Ground.program("misbehaves.py", what), children)
      let kind = PluginKind(process: declaration, named: "misbehaves", source: source, bounds: Self.bounds)
      var plugin: (any BrokerPlugin)? = try kind.make(try Ground.context())
      plugin?.learn(try await plugin?.fetchInstruments() ?? [])
      let order = try Self.order()
      let error = await Self.error { () async throws(BrokerError) in _ = try await plugin?.place(order) }
      #expect(
        error?.mayHaveExecuted == true && error?.recovery == .reconcile(order.clientOrderID),
        "\(String(describing: error))")
      // What comes after was never handed over.
      let next = try Self.order(2)
      let refused = await Self.error { () async throws(BrokerError) in _ = try await plugin?.place(next) }
      #expect(refused?.mayHaveExecuted == false)
      let cancel = await Self.error { () async throws(BrokerError) in
        _ = try await plugin?.cancel(VenueOrderID("O-1"))
      }
      #expect(cancel?.mayHaveExecuted == false)
      plugin = nil
      try await Self.eventually("nothing is left") { source.left.isEmpty }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `an answer given twice is noticed with the second one`() async throws {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let source = WatchedStarter(try Ground.program("misbehaves.py", "answers_twice"), children)
      let heard = Heard()
      let kind = PluginKind(process: declaration, named: "misbehaves", source: source, events: heard.events)
      let plugin = try kind.make(try Ground.context())
      #expect(try await plugin.fetchBalances().map(\.total) == [try ExactDecimal(parsing: "100")])
      try await Self.eventually("the second answer is told") { heard.faults.map(\.name) == ["answered_twice"] }
      try await Self.eventually("nothing is left") { source.left.isEmpty }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `no secret is in a log line or an error, whatever the program says`() async throws
  {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let heard = Heard()
      let logs = PluginKind(
        process: declaration, named: "misbehaves",
        source: WatchedStarter(try Ground.program("misbehaves.py", "logs_its_secrets"), children), events: heard.events)
      let logging = try logs.make(try Ground.context())
      _ = try await logging.fetchBalances()
      try await Self.eventually("the line is told") {
        heard.lines.contains { $0.contains("my key is ••••, and so on") }
      }
      let says = PluginKind(
        process: declaration, named: "misbehaves",
        source: WatchedStarter(try Ground.program("misbehaves.py", "says_its_secrets"), children))
      let saying = try says.make(try Ground.context())
      let error = await Self.error { () async throws(BrokerError) in _ = try await saying.fetchBalances() }
      #expect(error?.code == .invalidRequest && error?.message.contains("canary") == false)
      #expect(error?.venueText?.contains("canary") == false)
      #expect(!heard.lines.contains { $0.contains("canary") })
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a program that ignores the end of its input is killed`() async throws {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let source = WatchedStarter(try Ground.program("misbehaves.py", "ignores_its_end"), children)
      var plugin: (any BrokerPlugin)? = try PluginKind(
        process: declaration, named: "misbehaves", source: source
      ).make(try Ground.context())
      #expect(try await plugin?.fetchBalances().count == 1)
      #expect(source.left.count == 1)
      plugin = nil
      try await Self.eventually("it is gone") { source.left.isEmpty }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a sibling with the same kind of program goes on meanwhile`() async throws {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let well = try PluginKind(
        process: declaration, named: "well", source: WatchedStarter(try Ground.program("misbehaves.py"), children)
      ).make(try Ground.context())
      _ = try await well.fetchBalances()
      for what in ["floods_its_output", "floods_its_log", "writes_a_huge_line", "asks_for_ever"] {
        let bad = try PluginKind(
          process: declaration, named: "bad",
          source: WatchedStarter(try Ground.program("misbehaves.py", what), children),
          bounds: Self.bounds
        ).make(try Ground.context())
        async let failed = Self.error { () async throws(BrokerError) in _ = try await bad.fetchBalances() }
        for _ in 0..<20 {
          let asked = ContinuousClock.now
          #expect(try await well.fetchBalances().count == 1)
          #expect(ContinuousClock.now - asked < .milliseconds(1_500), "beside \(what)")
        }
        #expect(await failed != nil)
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a program that asks again and again comes to its end, too`() async throws {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let source = WatchedStarter(try Ground.program("misbehaves.py", "asks_again_and_again"), children)
      var bounds = Self.bounds
      (bounds.call, bounds.change, bounds.asks) = (.seconds(30), .seconds(1), .max)
      let kind = PluginKind(process: declaration, named: "misbehaves", source: source, bounds: bounds)
      var plugin: (any BrokerPlugin)? = try kind.make(try Ground.context(transport: CountingVenue()))
      plugin?.learn(try await plugin?.fetchInstruments() ?? [])
      let order = try Self.order()
      let started = ContinuousClock.now
      let error = await Self.error { () async throws(BrokerError) in _ = try await plugin?.place(order) }
      #expect(error?.code.rawValue == "program_hung", "\(String(describing: error))")
      #expect(error?.message.contains("did not come to an end with place within 1000 ms") == true)
      #expect(error?.recovery == .reconcile(order.clientOrderID))
      #expect(ContinuousClock.now - started < .seconds(8))
      plugin = nil
      try await Self.eventually("nothing is left") { source.left.isEmpty }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `an order that a program sends by GET is sent once, and never repeated`()
    async throws
  {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let venue = CountingVenue()
      let plugin = try PluginKind(
        process: declaration, named: "misbehaves",
        source: WatchedStarter(try Ground.program("misbehaves.py", "sends_an_order_twice_by_get"), children)
      ).make(try Ground.context(transport: venue))
      plugin.learn(try await plugin.fetchInstruments())
      #expect(try await plugin.place(try Self.order()).venueOrderID.rawValue == "once")
      #expect(
        venue.requests.map { "\($0.url) \($0.isQuestion)" } == [
          "https://venue.invalid/book true", "https://venue.invalid/order false", "https://venue.invalid/book true",
        ])
    }
  }

  @Test(.timeLimit(.minutes(1))) func `an order is not safe because a program says so`() async throws {
    try await Ground.withChildren { children in
      let declaration = try await Ground.declaration(of: try Ground.program("misbehaves.py"), children)
      let venue = CountingVenue()
      let plugin = try PluginKind(
        process: declaration, named: "misbehaves",
        source: WatchedStarter(try Ground.program("misbehaves.py", "says_that_an_order_is_safe"), children)
      ).make(try Ground.context(transport: venue))
      plugin.learn(try await plugin.fetchInstruments())
      let order = try Self.order()
      let error = await Self.error { () async throws(BrokerError) in _ = try await plugin.place(order) }
      #expect(error?.code.rawValue == "program_wrong_type", "\(String(describing: error))")
      #expect(venue.requests.isEmpty)
    }
  }

  // MARK: Helpers

  private static func error(_ body: () async throws(BrokerError) -> Void) async -> BrokerError? {
    do throws(BrokerError) {
      try await body()
      return nil
    } catch { return error }
  }

  private static func order(_ number: UInt64 = 1) throws -> OrderRequest {
    OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: number),
      symbol: Symbol(base: "BTC", quote: "USD"), side: .buy, quantity: Quantity(try ExactDecimal(parsing: "0.01")),
      limit: Price(try ExactDecimal(parsing: "100")), timeInForce: .goodTillCancelled,
      deadline: WallClock().now + .seconds(10))
  }

  private static func eventually(_ what: String, _ holds: () -> Bool) async throws {
    for _ in 0..<1_000 {
      if holds() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("never: \(what)")
  }

  private static var residentKiB: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}
