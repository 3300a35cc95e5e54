import Broker
import Core
import Foundation
import Synchronization
import Testing

@testable import Journal
@testable import Trading

/// One thing fails, the rest goes on: what an account does when a read, a cancel, a report or its journal is not as it
/// should be.
@Suite struct TroubleTests {
  /// A trader that holds a position, with its stop at the venue unless that is refused.
  private func holding(_ bench: TraderBench) async throws -> Trader {
    let trader = try bench.trader(stops: true)
    try await trader.start(processStarted: bench.clock.now)
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(1))
    try await trader.cycle()
    bench.wishes.set(buys: false, sells: false)
    return trader
  }

  private func openStops(_ bench: TraderBench) -> Int {
    bench.venue.state.withLock { $0.orders.count { $0.order.status == .open && $0.order.kind?.trigger != nil } }
  }

  private func placed(_ bench: TraderBench) -> Int { bench.venue.state.withLock { $0.placed.count } }

  // MARK: Stops

  @Test func `a stop does not wait for balances that cannot be read, and the cycle says that they cannot`() async throws
  {
    let bench = try TraderBench(seed: 1)
    let trader = try bench.trader(stops: true)
    try await trader.start(processStarted: bench.clock.now)
    // The reconciliation's read is answered, the one behind the purchase is not.
    bench.venue.set { $0.balanceReadsLeft = 1 }
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(1))
    try await trader.cycle()
    #expect(openStops(bench) == 1)
    let report = await trader.report
    #expect(report.cycle?.failure?.contains("no balances") == true && report.state == .degraded)
    #expect(report.unguarded.isEmpty)
    // Still none: the position is sold when it has to be, and nothing is bought.
    bench.wishes.set(buys: true, sells: true)
    bench.step(.seconds(10))
    try await trader.cycle()
    #expect(bench.venue.state.withLock { $0.coins } == .zero)
    #expect(try await trader.recorded().count { $0.purpose == .entry } == 1)
  }

  @Test func `a position without its stop is shown with since when, until the stop is there`() async throws {
    let bench = try TraderBench(seed: 2)
    bench.venue.set { $0.refusesStops = true }
    let trader = try await holding(bench)
    let since = bench.clock.now
    #expect(await trader.report.unguarded == ["BTC/USD": since])
    bench.step(.seconds(30))
    try await trader.cycle()
    #expect(await trader.report.unguarded == ["BTC/USD": since])
    bench.venue.set { $0.refusesStops = false }
    bench.step(.seconds(400))
    try await trader.cycle()
    #expect(openStops(bench) == 1)
    #expect(await trader.report.unguarded.isEmpty)
  }

  @Test func `a stop that has filled by itself is no warning`() async throws {
    let bench = try TraderBench(seed: 3)
    let trader = try await holding(bench)
    bench.venue.trigger(fake("1"))
    bench.wishes.set(buys: false, sells: true)
    try await trader.exitsBetweenCycles()
    bench.step(.seconds(10))
    try await trader.cycle()
    #expect(try await trader.heldCoins() == .zero)
    #expect(bench.said.count("stop_ended") == 1)
    #expect(bench.said.all.filter { [.warning, .error].contains($0.level) }.isEmpty, "\(bench.said.all)")
  }

  @Test func `of cancels that fail one after another the first is said, and their count once one succeeds`()
    async throws
  {
    let bench = try TraderBench(seed: 4)
    let trader = try await holding(bench)
    bench.venue.set { $0.failingCancels = 200 }
    bench.wishes.set(buys: false, sells: true)
    for _ in 0..<6 {
      bench.step(.seconds(5))
      try? await trader.exitsBetweenCycles()
    }
    #expect(bench.said.count("cancel_failed") == 1 && bench.said.count("cancel_done") == 0)
    #expect(openStops(bench) == 1, "nothing is sold while the stop may rest")
    bench.venue.set { $0.failingCancels = 0 }
    bench.step(.seconds(5))
    try await trader.exitsBetweenCycles()
    let done = try #require(bench.said.all.first { $0.event == "cancel_done" })
    #expect(done.text == "BTC/USD: the stop is gone, after 6 failed cancels in 30 s")
    #expect(try await trader.heldCoins() == .zero)
  }

  // MARK: Reports that are no trades

  @Test(arguments: [Fill.Kind.reversal, .correction, .sizedInMoney])
  func `what the venue reports as no trade stops entries in its market, durably, and nothing else`(
    kind: Fill.Kind
  ) async throws {
    let bench = try TraderBench(seed: 5)
    let trader = try await holding(bench)
    let entry = try #require(bench.venue.state.withLock { $0.orders.first?.fills.first })
    var odd = entry
    odd.id = "R1"
    odd.kind = kind
    odd.time = bench.clock.now
    bench.venue.set { $0.oddFills = [odd] }
    for _ in 0..<3 {
      bench.step(.seconds(70))
      try await trader.cycle()
    }
    let report = await trader.report
    #expect(report.state == .degraded && report.cycle?.failure == nil, "\(report.reason ?? "")")
    #expect(report.reason?.contains("fill R1") == true && report.reason?.contains(kind.rawValue) == true)
    #expect(bench.said.count("fill_is_no_trade") == 1)
    // The exit goes on, the next entry does not: not after a restart either, when the venue no longer lists it.
    bench.wishes.set(buys: true, sells: true)
    bench.step(.seconds(5))
    try await trader.cycle()
    #expect(try await trader.heldCoins() == .zero)
    let before = placed(bench)
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(300))
    try await trader.cycle()
    #expect(placed(bench) == before)
    #expect(await trader.report.cycle?.rejected["position_unknown"] == 1)
  }

  @Test func `after a restart entries stay stopped where something was no trade`() async throws {
    let bench = try TraderBench(seed: 6)
    do {
      let trader = try await holding(bench)
      var odd = try #require(bench.venue.state.withLock { $0.orders.first?.fills.first })
      odd.id = "R1"
      odd.kind = .reversal
      bench.venue.set { $0.oddFills = [odd] }
      bench.wishes.set(buys: false, sells: true)
      bench.step(.seconds(70))
      try await trader.cycle()
    }
    bench.venue.set { $0.oddFills = [] }
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(600))
    let trader = try bench.trader(stops: true)
    try await trader.start(processStarted: bench.clock.now)
    let before = placed(bench)
    try await trader.cycle()
    #expect(placed(bench) == before)
    #expect(await trader.report.reason?.contains("fill R1") == true)
  }

  @Test func `what is no trade and not ours is said once and stops nothing`() async throws {
    let bench = try TraderBench(seed: 7)
    let trader = try await holding(bench)
    var odd = try #require(bench.venue.state.withLock { $0.orders.first?.fills.first })
    odd.id = "R2"
    odd.kind = .reversal
    odd.venueOrderID = VenueOrderID("SOMEBODY")
    bench.venue.set { $0.oddFills = [odd] }
    for _ in 0..<3 {
      bench.step(.seconds(70))
      try await trader.cycle()
    }
    #expect(await trader.report.state == .trading)
    #expect(bench.said.count("foreign_fill") == 1)
  }
}
