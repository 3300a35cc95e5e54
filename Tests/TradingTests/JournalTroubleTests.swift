import Broker
import Core
import Foundation
import SQLite
import Synchronization
import Testing

@testable import Journal
@testable import Trading

/// The journal fails while the account trades, or comes back as an older copy.
@Suite struct JournalTroubleTests {
  private func holding(_ bench: TraderBench) async throws -> Trader {
    let trader = try bench.trader(stops: true)
    try await trader.start(processStarted: bench.clock.now)
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(1))
    try await trader.cycle()
    bench.wishes.set(buys: false, sells: false)
    return trader
  }

  @Test(arguments: ["journal.db", "journal.db-wal", "journal.lock", "journal.mark"])
  func
    `a journal that is removed underneath parks the account by name: cancels leave, the stop stays, no order is sent`(
      file: String
    ) async throws
  {
    let bench = try TraderBench(seed: 1)
    let trader = try await holding(bench)
    // Something of ours that rests and guards nothing.
    bench.venue.set { $0.openLimitOrders = true }
    _ = try await trader.submitResting()
    bench.step(.seconds(1))
    try await trader.cycle()
    #expect(await trader.report.openOrders == 2)
    let path = bench.folder + "/journal/" + file
    try FileManager.default.removeItem(atPath: path)
    let placed = bench.venue.state.withLock { $0.placed.count }
    bench.wishes.set(buys: true, sells: true)
    for _ in 0..<3 {
      bench.step(.seconds(5))
      try await trader.cycle()
      try await trader.exitsBetweenCycles()
    }
    let report = await trader.report
    #expect(report.state == .parked)
    #expect(report.reason?.contains(path) == true, "\(report.reason ?? "")")
    let open = bench.venue.state.withLock { $0.orders.filter { $0.order.status == .open }.map(\.order.kind) }
    #expect(open.count == 1 && open.first??.trigger != nil, "the stop stays, the other is cancelled: \(open)")
    #expect(bench.venue.state.withLock { $0.placed.count } == placed)
    #expect(report.openOrders == 2 || report.openOrders == 1)
    #expect(bench.said.count("cancelled_without_journal") == 1)
  }

  @Test
  func `an account whose journal cannot be opened shows the venue's side, keeps its stop and leaves nothing else`()
    async throws
  {
    let bench = try TraderBench(seed: 6)
    do {
      let trader = try await holding(bench)
      bench.venue.set { $0.openLimitOrders = true }
      _ = try await trader.submitResting()
    }
    var report = AccountReport(since: bench.clock.now)
    report.state = .parked
    var look = try bench.look()
    await look.refresh(&report)
    #expect(report.openOrders == 2 && report.foreignOrders == 0 && report.state == .parked)
    #expect(report.balance?.balance.total == bench.venue.state.withLock { $0.money })
    let open = bench.venue.state.withLock { $0.orders.filter { $0.order.status == .open }.map(\.order.kind) }
    #expect(open.count == 1 && open.first??.trigger != nil, "\(open)")
    // A venue that does not answer leaves what is shown, with its time, and is said once.
    let shown = report.balance
    bench.venue.set { $0.failingQuestions = 100 }
    bench.step(.seconds(15))
    for _ in 0..<3 { await look.refresh(&report) }
    #expect(report.balance?.asOf == shown?.asOf)
    #expect(bench.said.count("look_failed") == 1)
  }

  @Test func `a journal that turns read-only parks the account, the stop stays, and it heals by itself`() async throws {
    let bench = try TraderBench(seed: 3)
    let trader = try await holding(bench)
    try await trader.setReadOnly(true)
    bench.wishes.set(buys: false, sells: true)
    for _ in 0..<3 {
      bench.step(.seconds(5))
      try await trader.cycle()
      try await trader.exitsBetweenCycles()
    }
    let report = await trader.report
    #expect(report.state == .parked && report.reason?.contains("cannot be written") == true, "\(report.reason ?? "")")
    #expect(bench.venue.state.withLock { $0.orders.count { $0.order.status == .open } } == 1, "the stop stays")
    #expect(bench.venue.state.withLock { $0.placed.count } == 2)
    try await trader.setReadOnly(false)
    for _ in 0..<2 {
      bench.step(.seconds(5))
      try await trader.cycle()
    }
    #expect(await trader.report.state == .trading)
    #expect(try await trader.heldCoins() == .zero)
  }

  @Test func `an older copy of the journal gives no id again and gets back the fills of what it knows`() async throws {
    let bench = try TraderBench(seed: 2)
    let place = bench.folder + "/journal", copy = bench.folder + "/copy"
    do { _ = try await holding(bench) }
    try FileManager.default.copyItem(atPath: place, toPath: copy)
    var stopID: ClientOrderID?
    do {
      // Since then: the stop that the copy knows fills, and another position is opened, which it does not know.
      let trader = try bench.trader(stops: true)
      try await trader.start(processStarted: bench.clock.now)
      stopID = try await trader.recorded().first { $0.purpose == .protectiveStop }?.request.clientOrderID
      bench.venue.trigger(fake("1"))
      bench.step(.seconds(70))
      try await trader.cycle()
      bench.wishes.set(buys: true, sells: false)
      bench.step(.seconds(300))
      try await trader.cycle()
      bench.wishes.set(buys: false, sells: false)
    }
    let given = bench.venue.state.withLock { Set($0.placed) }
    #expect(given.count == 4)
    try FileManager.default.removeItem(atPath: place)
    try FileManager.default.moveItem(atPath: copy, toPath: place)
    bench.step(.seconds(20))

    // What is open under an id of ours that it lacks parks the account.
    do {
      let trader = try bench.trader(stops: true)
      let error = await #expect(throws: TraderError.self) { try await trader.start(processStarted: bench.clock.now) }
      guard case .refused(let refusal) = error else {
        throw error ?? .refused(TraderRefusal(.configuration, "", nextStep: ""))
      }
      #expect(refusal.reason.contains("the journal was lost"))
    }
    // The operator cancels it at the venue, and restarts.
    bench.venue.set { state in
      for index in state.orders.indices where state.orders[index].order.status == .open {
        state.orders[index].order.status = .cancelled
      }
    }
    let trader = try bench.trader(stops: true)
    try await trader.start(processStarted: bench.clock.now)
    let known = try #require(stopID)
    let stop = try await trader.recorded().first { $0.request.clientOrderID == known }
    #expect(stop?.state == .filled, "the fills that the copy lacked are there")
    let all = bench.venue.state.withLock { Set($0.orders.flatMap(\.fills).map(\.id)) }
    #expect(try await trader.recordedFills() == all)
    #expect(bench.said.count("order_not_in_journal") > 0)
    #expect(await trader.report.unexplained.isEmpty)
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(300))
    try await trader.cycle()
    let placed = bench.venue.state.withLock { $0.placed }
    #expect(placed.count > given.count && Set(placed).count == placed.count, "no id is given again")
  }
}

extension Trader {
  /// As when the file system is mounted anew without the right to write.
  fileprivate func setReadOnly(_ isSo: Bool) throws {
    try journal.database.setPragma("query_only", isSo ? "1" : "0")
  }

  /// An order of ours that rests in the book.
  fileprivate func submitResting() async throws -> SendOutcome {
    try await submit(
      Decision(
        symbol: FakeVenue.symbol, side: .buy, quantity: Quantity(fake("0.1")), kind: .limit(Price(fake("90"))),
        timeInForce: .goodTillCancelled, purpose: .entry, plan: nil, cause: "test"))
  }
}
