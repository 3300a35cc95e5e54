internal import Broker
internal import Core

/// A question that failed is an error: never empty, never nothing, never zero.
enum FailureCases {
  static let all =
    [
      questions("whose connection closes", "drop_before"), questions("that the edge answers", "http:502"),
      questions("answered with a page", "garbage:html"), questions("answered with nothing", "garbage:empty"),
      questions("answered in a cut-off way", "cut:50%"), questions("answered without its result", "garbage:no_result"),
      questions("that is never answered", "hang"),
      publicQuestions("whose connection closes", "drop_before"), publicQuestions("that the edge answers", "http:503"),
      publicQuestions("answered with a page", "garbage:html"),
      publicQuestions("answered in a cut-off way", "cut:50%"),
      publicQuestions("answered without its result", "garbage:no_result"), unknownStatus, rateLimited, silence,
      maintenance,
      cancelOnly, race,
    ]

  /// A question, its name, and how to put it.
  typealias Question = (name: String, ask: @Sendable (TrialAccount, VenueOrderID) async throws(BrokerError) -> String)

  /// What is asked with a key.
  static let privateQuestions: [Question] = [
    ("fetchBalances", { (a, _) async throws(BrokerError) in "\(try await a.plugin.fetchBalances())" }),
    ("fetchPermissions", { (a, _) async throws(BrokerError) in "\(try await a.plugin.fetchPermissions())" }),
    ("fetchFees", { (a, _) async throws(BrokerError) in "\(try await a.plugin.fetchFees(a.symbol))" }),
    ("fetchOpenOrders", { (a, _) async throws(BrokerError) in "\(try await a.plugin.fetchOpenOrders())" }),
    (
      "fetchOrders by their name",
      { (a, id) async throws(BrokerError) in "\(try await a.plugin.fetchOrders(.venue(id)))" }
    ),
    (
      "fetchOrders by ours",
      { (a, _) async throws(BrokerError) in
        "\(try await a.plugin.fetchOrders(.client(a.newID(), since: a.began)))"
      }
    ),
    (
      "fetchClosedOrders",
      { (a, _) async throws(BrokerError) in "\(try await a.plugin.fetchClosedOrders(since: a.began))" }
    ),
    ("fetchFills", { (a, _) async throws(BrokerError) in "\(try await a.plugin.fetchFills(since: a.began))" }),
    ("fetchFills of an order", { (a, id) async throws(BrokerError) in "\(try await a.plugin.fetchFills(of: id))" }),
  ]

  private static func questions(_ what: String, _ fault: String) -> ConformanceCase {
    ConformanceCase("a question \(what) is an error") { trial in
      let account = try await trial.account()
      let id = try await account.place(try account.taking())
      for question in privateQuestions where question.name != "fetchPermissions" || has(.permissions, trial) {
        // A key of its own each time, so that no call budget decides.
        let key = try await account.anotherKey()
        key.wire.cap = .seconds(1)
        try await account.fault(fault, count: 10)
        let before = key.wire.sent
        let error = try await failure("\(question.name) under \(fault)") { () async throws(BrokerError) in
          let answer = try await question.ask(key, id)
          // A description may hold the answer itself, as fixed fees.
          guard trial.venue.isDerived, key.wire.sent == before else { return answer }
          throw BrokerError(.unsupported, scope: .order, recovery: .never, message: "nothing is asked for it")
        }
        try expect(!error.mayHaveExecuted, "a question changes nothing", seen: "\(error), may have executed")
        try await trial.venue.clearFaults(of: account.wish.name)
      }
    }
  }

  private static func has(_ capability: Capability, _ trial: Trial) -> Bool {
    trial.spec.capabilities.contains(capability)
  }

  private typealias PublicQuestion = (
    name: String, ask: @Sendable (any BrokerPlugin, Trial) async throws(BrokerError) -> String
  )

  private static let publicQuestions: [PublicQuestion] = [
    ("fetchServerTime", { (p, _) async throws(BrokerError) in "\(try await p.fetchServerTime())" }),
    ("fetchInstruments", { (p, _) async throws(BrokerError) in "\(try await p.fetchInstruments().count)" }),
    ("fetchTickers", { (p, _) async throws(BrokerError) in "\(try await p.fetchTickers())" }),
    ("fetchQuote", { (p, t) async throws(BrokerError) in "\(try await p.fetchQuote(t.market.symbol))" }),
    (
      "fetchOrderBook",
      { (p, t) async throws(BrokerError) in "\(try await p.fetchOrderBook(t.market.symbol, depth: 5))" }
    ),
    (
      "fetchCandles",
      { (p, t) async throws(BrokerError) in
        "\(try await p.fetchCandles(t.market.symbol, interval: .seconds(300), limit: 10, marketNow: t.venue.marketClock.time(atWall: t.now)))"
      }
    ),
  ]

  private static func publicQuestions(_ what: String, _ fault: String) -> ConformanceCase {
    ConformanceCase("a public question \(what) is an error", at: .own(speed: 1)) { trial in
      for question in publicQuestions {
        let (plugin, wire) = try trial.feed()
        wire.cap = .seconds(1)
        try await trial.venue.set(VenueFault(fault, count: 10))
        _ = try await failure("\(question.name) under \(fault)") { () async throws(BrokerError) in
          try await question.ask(plugin, trial)
        }
        try await trial.venue.clearFaults()
      }
    }
  }

  private static let unknownStatus = ConformanceCase("a status that nobody knows is unknown, never open") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    try await account.fault("garbage:unknown_status")
    do {
      let orders = try await account.plugin.fetchOrders(.venue(id))
      try expect("its status", orders.map(\.status), is: [.unknown])
    } catch let error as BrokerError {
      try error.expect(.malformedAnswer, from: "a status that nobody knows")
    }
    // It may have ended, so it is not to vanish from those that did.
    let filled = try await account.place(try account.taking())
    let key = try await account.anotherKey()
    try await account.fault("garbage:unknown_status")
    do {
      guard let closed = try await key.closedOrders() else { return }
      try expect(
        closed.contains { $0.venueOrderID == filled && $0.status == .unknown }, "\(filled) among the closed, unknown",
        seen: "\(closed.map(\.venueOrderID))")
    } catch let error as BrokerError {
      try error.expect(.malformedAnswer, from: "a status that nobody knows")
    }
  }

  // MARK: Limits

  private static let rateLimited = ConformanceCase("too many calls are told as such, and the wait that is asked for") {
    trial in
    let account = try await trial.account()
    try await account.fault("rate_limit:30")
    let error = try await failure("a call that is one too many") { () async throws(BrokerError) in
      try await account.plugin.fetchBalances()
    }
    try error.expect(.rateLimited, .lockedOut, from: "a call that is one too many")
    guard case .retry(let wait) = error.recovery else {
      throw Mismatch(expected: "a retry later", seen: "\(error.recovery)")
    }
    try expect(wait >= .seconds(1), "a wait", seen: "\(wait)")
    try expect("requests sent", account.wire.sent, is: 1)
    let order = try account.resting()
    let other = try await account.anotherKey()
    try await account.fault("rate_limit:30")
    let refused = try await failure("an order that is one too many") { () async throws(BrokerError) in
      try await other.plugin.place(order)
    }
    try refused.expectNotExecuted("an order that is one too many")
  }

  private static let silence = ConformanceCase("nothing is sent while the venue wants silence", at: .own(speed: 1)) {
    trial in
    let account = try await trial.account()
    try await account.fault("block:120")
    _ = try await failure("a blocked call") { () async throws(BrokerError) in try await account.plugin.fetchBalances() }
    let before = account.wire.sent
    let order = try account.resting()
    for _ in 0..<3 {
      let error = try await failure("a call during a block") { () async throws(BrokerError) in
        try await account.plugin.fetchBalances()
      }
      try error.expect(.rateLimited, .lockedOut, from: "a call during a block")
    }
    let error = try await failure("an order during a block") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    try error.expectNotExecuted("an order during a block")
    try expect("requests sent during the block", account.wire.sent, is: before)
  }

  // MARK: Modes

  private static let maintenance = ConformanceCase("an order during maintenance is refused and not carried out") {
    trial in
    let account = try await trial.account()
    try await account.fault("maintenance")
    let order = try account.resting()
    let error = try await failure("an order during maintenance") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    try error.expect(.venueUnavailable, .instrumentUnavailable, from: "an order during maintenance")
    try expect("orders at the venue", try await account.facts().orders.count, is: 0)
  }

  private static let cancelOnly = ConformanceCase("a venue that takes only cancels says so, and takes them") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    try await account.fault("cancel_only")
    let order = try account.resting()
    let error = try await failure("an order in this mode") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    if !trial.venue.isDerived || error.code != .orderRejected {
      try error.expect(.instrumentUnavailable, .venueUnavailable, from: "an order in this mode")
    }
    try error.expectNotExecuted("it")
    _ = try await account.plugin.cancel(id)
    try expect("its status", try await account.final(id).status, is: .cancelled)
  }

  private static let race = ConformanceCase("an order that fills before its cancel is filled, with its fills") {
    trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    try await account.fault("cancel_race")
    do {
      _ = try await account.plugin.cancel(id)
    } catch let error as BrokerError {
      try error.expect(.unknownOrder, from: "a cancel that comes too late")
    }
    try expect("its status", try await account.final(id).status, is: .filled)
    try await FillCases.checkSums(id, account)
  }
}
