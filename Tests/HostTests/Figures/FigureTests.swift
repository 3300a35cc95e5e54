import Core
import Foundation
import Testing

/// What the issue asks figures of, over the built programs and the sandbox's faults: each run prints its own, and ends with
/// the venue's ledger and the journal equal to the last digit.
@Suite(.serialized)
struct FigureTests {
  private static func number(_ variable: String, else short: Double) -> Double {
    ProcessInfo.processInfo.environment[variable].flatMap(Double.init) ?? short
  }

  private static func expectWhole(_ books: [AccountBooks]) {
    for book in books {
      print("  \(book.summary)")
      #expect(book.wrongs.isEmpty, "\(book.account)")
    }
  }

  /// Which calls place an order.
  private static let placing = [("kraken", "AddOrder"), ("coinbase", "POST /orders")]

  // MARK: No answers

  @Test(.timeLimit(.minutes(20)))
  func `while no call is answered no order is dropped and none is placed blind, and afterwards all is known`()
    async throws
  {
    // Ten minutes in `make soak`.
    let length = Self.number("NIJA_OUTAGE_SECONDS", else: 25)
    let run = try FiguresHost(seed: 3)
    defer { run.host.drain() }
    try await run.awaitPositions()
    // An order at each venue whose answer never comes, then nothing is answered any more.
    try run.setFaults(Self.placing.map { "fault: hang_after, venue: \($0), endpoint: \($1), count: 1000" })
    _ = try await run.host.await("an order without an answer at both venues", within: 60) { () -> Bool? in
      let struck = try run.struck()
      return Self.placing.allSatisfy { struck[$0.0] ?? 0 > 0 } ? true : nil
    }
    let known = try run.host.accounts()
    // From the first cycle that failed for want of answers until the first answer nothing is sent.
    try run.setFaults(["fault: hang, count: 1000000"])
    let began = Date()
    var states: [String: Set<String>] = [:]
    while Date().timeIntervalSince(began) < length {
      try await Task.sleep(for: .milliseconds(500))
      for (id, account) in try run.host.accounts() { states[id, default: []].insert(account["state"] as? String ?? "") }
    }
    let during = try run.host.accounts()
    let calls = try run.struckInAll()
    let ended = Date()
    try run.clearFaults()
    let took = try await run.awaitKnown(within: 120)
    let books = try await run.finalBooks()

    print("no answers for \(AccountBooks.seconds(ended.timeIntervalSince(began))), \(calls) calls left unanswered:")
    print("  all known \(took) after the first answer; states meanwhile: \(states)")
    for book in books {
      let account = book.account
      #expect(during[account]?["restarts"] as? Int == 0, "\(account) was replaced")
      #expect(during.orders(account, "unknown") >= 1, "\(account): what nobody knows is shown so")
      let before = known.orders(account, "open")
      #expect(during.orders(account, "open") + during.orders(account, "unknown") >= before, "\(account) dropped orders")
      #expect(states[account]?.contains("degraded") == true, "\(account)")
      let failed = book.failedCycles.first { $0.at > began }
      #expect(failed != nil, "\(account): no cycle said that it failed")
      let blind = book.orders.values.filter { $0.intendedAt > (failed?.at ?? began) && $0.intendedAt < ended }
      #expect(blind.isEmpty, "\(account): \(blind)")
      #expect(!book.unknowns.isEmpty, "\(account): the order without an answer was not one of unknown outcome")
    }
    Self.expectWhole(books)
  }

  // MARK: Lost replies

  @Test(.timeLimit(.minutes(15)))
  func `the reply to every third order is lost for a whole run: each is found, none is sent twice`() async throws {
    let length = Self.number("NIJA_LOST_REPLIES_SECONDS", else: 40)
    let run = try FiguresHost(seed: 5)
    defer { run.host.drain() }
    let everyThird = stride(from: 3, through: 1_200, by: 3)
    _ = try await run.host.await("the venues", within: 30) { () -> Bool? in
      // Refused until the venues are there.
      try run.setFaults(
        Self.placing.flatMap { venue, endpoint in
          everyThird.map { "fault: drop_after, venue: \(venue), endpoint: \(endpoint), nth: \($0)" }
        })
      return true
    }
    let began = ContinuousClock.now
    _ = try await run.host.await("two lost replies at each venue", within: length + 120) { () -> Bool? in
      let struck = try run.struck()
      return Self.placing.allSatisfy { struck[$0.0] ?? 0 >= 2 } && .now - began > .seconds(length) ? true : nil
    }
    let struck = try run.struck(), calls = try run.calls()
    try run.clearFaults()
    try await run.awaitKnown(within: 120)
    let books = try await run.finalBooks()
    print("the reply to every third order lost for \(ContinuousClock.now - began): \(struck) replies lost:")
    for book in books {
      #expect(book.unknowns.count >= struck[book.account] ?? 0, "each lost reply was an outcome nobody knew")
      #expect((struck[book.account] ?? 0) == (calls[book.account] ?? 0) / 3, "not every third")
    }
    Self.expectWhole(books)
  }

  // MARK: Partial fill, refused cancel, exit

  @Test(.timeLimit(.minutes(10)))
  func `a partial fill, then a refused cancel, then the exit: what is held is sold, and never more`() async throws {
    // One market and more money than its book holds at the price.
    let run = try FiguresHost(
      seed: 7, parameters: ["time_stop": "6m"], risk: "order_size: 90%, max_order: 9000, max_positions: 1",
      markets: "quote: USD, include: [BTC/USD]")
    defer { run.host.drain() }
    _ = try await run.host.await("a partial entry with its stop on both accounts", within: 120) { () -> Bool? in
      let accounts = try run.host.accounts()
      guard FiguresHost.accounts.allSatisfy({ accounts.orders($0, "open") > 0 }) else { return nil }
      try run.setFaults([
        "fault: 'error:EService:Unavailable', venue: kraken, endpoint: CancelOrder, count: 5",
        "fault: 'http:503', venue: coinbase, endpoint: POST /orders/batch_cancel, count: 5",
      ])
      return true
    }
    let began = ContinuousClock.now
    _ = try await run.host.await("five refused cancels at each venue, and the exit behind them", within: 120) {
      () -> Bool? in
      guard try run.struckInAll() >= 10 else { return nil }
      let sold = try FiguresHost.accounts.map { account in
        try run.books(account).orders.values.contains { $0.purpose == "exit" && $0.state == "filled" }
      }
      return sold.allSatisfy { $0 } ? true : nil
    }
    let books = try await run.finalBooks()
    print("partial fills and refused cancels over \(ContinuousClock.now - began):")
    for book in books {
      print(
        "  \(book.account): \(book.partlyFilled("entry")) entries and \(book.partlyFilled("exit")) exits filled in part"
      )
      #expect(book.partlyFilled("entry") > 0, "\(book.account): no entry filled in part")
      var held = ExactDecimal.zero, least = ExactDecimal.zero
      for execution in book.executions {
        held = try execution.side == "buy" ? held + execution.quantity : held - execution.quantity
        least = min(least, held)
      }
      #expect(least == .zero, "\(book.account): sold more than was held")
    }
    Self.expectWhole(books)
  }
}
