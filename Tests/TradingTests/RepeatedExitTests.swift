import Broker
import Core
import Foundation
import SQLite
import Synchronization
import Testing

@testable import Journal
@testable import Trading

/// What is between two cycles: an exit whose send or look-up failed is known as such before anything else is decided.
@Suite struct RepeatedExitTests {
  /// A trader that holds a position beside coins of the account's own, which nothing may sell.
  private func holding(_ bench: TraderBench, stops: Bool) async throws -> Trader {
    bench.venue.set { $0.coins = fake("5") }
    let trader = try bench.trader(stops: stops)
    try await trader.start(processStarted: bench.clock.now)
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(1))
    try await trader.cycle()
    bench.wishes.set(buys: false, sells: true)
    return trader
  }

  private func sales(_ bench: TraderBench) -> Int {
    bench.venue.state.withLock { $0.orders.count { $0.order.side == .sell && $0.order.kind?.trigger == nil } }
  }

  private func look(_ trader: Trader, _ bench: TraderBench, times: Int) async {
    for _ in 0..<times {
      bench.step(.seconds(5))
      do { try await trader.exitsBetweenCycles() } catch {}
    }
  }

  @Test(arguments: [false, true])
  func `a sale whose answer is lost is not made again by the looks between cycles`(stops: Bool) async throws {
    let bench = try TraderBench(seed: 11)
    let trader = try await holding(bench, stops: stops)
    bench.venue.set { $0.fates = [.takenReplyLost] }
    await look(trader, bench, times: 1)
    bench.venue.set { $0.failingQuestions = 100 }
    await look(trader, bench, times: 20)
    #expect(sales(bench) == 1)
    // What is not known is shown while it is not.
    #expect(await trader.report.unknownOrders == 1)
    bench.venue.set {
      $0.failingQuestions = 0
      $0.fates = [.taken]
    }
    for _ in 0..<3 {
      bench.step(.seconds(40))
      try await trader.cycle()
    }
    #expect(sales(bench) == 1)
    #expect(bench.venue.state.withLock { $0.coins } == fake("5"))
    #expect(try await trader.heldCoins() == .zero)
  }

  @Test func `a sale that was taken but not found yet is not made again`() async throws {
    let bench = try TraderBench(seed: 12)
    let trader = try await holding(bench, stops: false)
    bench.venue.set { $0.failingQuestions = 100 }
    await look(trader, bench, times: 20)
    #expect(sales(bench) == 1)
    #expect(bench.venue.state.withLock { $0.coins } == fake("5"))
  }

  @Test func `an order of unknown outcome is neither worth nor room: what it may have bought counts as bought`()
    async throws
  {
    let bench = try TraderBench(seed: 13)
    let trader = try bench.trader()
    try await trader.start(processStarted: bench.clock.now)
    bench.venue.set { $0.fates = [.takenReplyLost] }
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(1))
    try await trader.cycle()
    let report = await trader.report
    #expect(report.unknownOrders == 1 && report.cycle?.orders == 1)
    #expect(report.reason?.contains("outcome unknown") == true && report.nextStep?.contains("sent again") == true)
    #expect(try await trader.recordedEquity() == nil)
    let sizing = try await trader.sizingAccount()
    // Ten dollars' worth may have been bought at 100.3 at most.
    #expect(sizing.exposure.map { $0.value >= fake("9.9") } == true, "\(sizing)")
  }

  @Test func `a position keeps its exits however many orders came after its entry`() async throws {
    let bench = try TraderBench(seed: 14)
    do {
      let trader = try await holding(bench, stops: false)
      try await trader.intendAndDeny(times: 520, at: bench.clock.now)
    }
    let trader = try bench.trader()
    try await trader.start(processStarted: bench.clock.now)
    bench.step(.seconds(1))
    try await trader.cycle()
    #expect(await trader.report.reason == nil)
    #expect(sales(bench) == 1)
  }

  @Test func `a cycle that could not be written down did not succeed`() async throws {
    let bench = try TraderBench(seed: 15)
    let trader = try await holding(bench, stops: false)
    bench.wishes.set(buys: false, sells: false)
    bench.step(.seconds(1))
    try await trader.cycle()
    #expect(await trader.report.cycle?.failure == nil)
    let other = try Database(path: bench.folder + "/journal/journal.db", access: .readWrite, busyTimeout: .zero)
    try other.execute("BEGIN IMMEDIATE")
    bench.step(.seconds(1))
    try await trader.cycle()
    #expect(await trader.report.cycle?.failure?.contains("locked") == true)
  }
}

extension Trader {
  fileprivate func recordedEquity() throws -> ExactDecimal? { try journal.cycles(limit: 1).first?.equity }

  /// Orders that never left: each has an intent.
  fileprivate func intendAndDeny(times: Int, at now: Timestamp) throws {
    for _ in 0..<times {
      let id = try journal.nextClientOrderID()
      try journal.recordIntent(
        OrderRequest(
          clientOrderID: id, symbol: FakeVenue.symbol, side: .sell, quantity: Quantity(fake("1")),
          limit: Price(fake("1")), timeInForce: .immediateOrCancel, deadline: now),
        purpose: .protectiveStop, cause: "test")
      _ = try learn([.denied(reason: "test")], of: id, cause: "test")
    }
  }
}
