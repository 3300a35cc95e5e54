import Broker
import Core
import Foundation
import Synchronization
import Testing

@testable import Journal
@testable import Trading

/// A venue that loses requests, answers and questions: no order is sent twice, none is lost, and a question that failed is
/// never taken for an answer.
@Suite struct UnknownOutcomeTests {
  private static func seed(_ what: String) -> UInt64 {
    let seed =
      ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("\(what): seed \(seed) (set NIJA_SEED to repeat)")
    return seed
  }

  @Test(.timeLimit(.minutes(10)))
  func `whatever is lost on the way, each intent becomes at most one order and the journal ends as the venue's ledger`()
    async throws
  {
    let seed = Self.seed("lost requests, answers and questions")
    // Ten thousand histories: 250 accounts of 40 cycles, each cycle with its own faults.
    try await withThrowingTaskGroup { group in
      for number in 0..<250 {
        group.addTask { try await Self.play(seed &+ UInt64(number), cycles: 40) }
      }
      try await group.waitForAll()
    }
  }

  private static func play(_ seed: UInt64, cycles: Int) async throws {
    var random = StrategyRandom(seed: seed)
    let bench = try TraderBench(seed: random.next())
    let stops = Bool.random(using: &random)
    // Coins that the strategy never bought: what sells them sells the same position twice.
    bench.venue.set { $0.coins = ownCoins }
    var trader: Trader? = try await started(bench, stops: stops)
    for _ in 0..<cycles {
      let lag = Duration.seconds(Int.random(in: 0...4, using: &random))
      let failing = [0, 0, 20, 60, 100].randomElement(using: &random) ?? 0
      let fates = FakeVenue.Fate.allCases.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
      let cancels = [0, 0, 30].randomElement(using: &random) ?? 0
      bench.venue.set {
        $0.lag = lag
        $0.failingQuestions = failing
        $0.fates = Array(fates)
        $0.failingCancels = cancels
        $0.partial = 30
      }
      bench.wishes.set(buys: .random(using: &random), sells: .random(using: &random))
      // A crash now and then: the next trader knows what the journal knows.
      if Int.random(in: 0..<8, using: &random) == 0 {
        trader = nil
        trader = try await started(bench, stops: stops)
      }
      bench.step(.seconds(Int.random(in: 1...20, using: &random)))
      try await trader?.cycle()
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        bench.step(.seconds(5))
        // What fails between cycles is said, and looked at again.
        do throws(TraderError) { try await trader?.exitsBetweenCycles() } catch .refused(let refusal) {
          throw TraderError.refused(refusal)
        } catch {}
      }
      #expect(bench.venue.state.withLock { $0.coins } >= ownCoins, "seed \(seed): sold more than was bought")
      if stops, Int.random(in: 0..<6, using: &random) == 0 {
        bench.venue.trigger(fake(Bool.random(using: &random) ? "1" : "0.5"))
      }
    }
    try await settle(try #require(trader), bench, seed)
  }

  private static func started(_ bench: TraderBench, stops: Bool) async throws -> Trader {
    let trader = try bench.trader(stops: stops)
    for _ in 0..<100 {
      do {
        try await trader.start(processStarted: bench.clock.now)
        return trader
      } catch { bench.step(.seconds(1)) }
    }
    return trader
  }

  /// With everything answered again, everything is known within a deadline and the bounds.
  private static func settle(_ trader: Trader, _ bench: TraderBench, _ seed: UInt64) async throws {
    bench.wishes.set(buys: false, sells: false)
    bench.venue.set {
      $0.failingQuestions = 0
      $0.failingCancels = 0
      $0.fates = [.taken]
      $0.lag = .zero
    }
    for _ in 0..<4 {
      bench.step(.seconds(40))
      try await trader.cycle()
    }
    let report = await trader.report
    #expect(report.unknownOrders == 0, "seed \(seed): \(report.unknownOrders as Any)")
    #expect(report.unexplained.isEmpty, "seed \(seed): \(report.unexplained)")
    let orders = try await trader.recorded()
    let venue = bench.venue.state.withLock { $0 }
    let taken = venue.orders.filter { $0.isTaken && $0.order.status != .unknown }
    // Sent once, made once, known once.
    #expect(Set(venue.placed).count == venue.placed.count, "seed \(seed): an order was sent twice")
    let ids = taken.compactMap(\.order.clientOrderID)
    #expect(Set(ids).count == ids.count && ids.count == taken.count)
    for held in taken {
      let ours = try #require(orders.first { $0.request.clientOrderID == held.order.clientOrderID }, "seed \(seed)")
      #expect(ours.filled == held.order.filledQuantity, "seed \(seed): \(ours)")
      #expect(ours.venueOrderID == held.order.venueOrderID)
      #expect(ours.state.isFinal == held.order.status.isFinal, "seed \(seed): \(ours.state) \(held.order.status)")
    }
    for ours in orders where !taken.contains(where: { $0.order.clientOrderID == ours.request.clientOrderID }) {
      #expect(ours.filled == .zero && (ours.state == .rejected || ours.state == .denied), "seed \(seed): \(ours)")
    }
    let fills = try await trader.recordedFills()
    #expect(fills == Set(taken.flatMap(\.fills).map(\.id)), "seed \(seed)")
    let coins = try await trader.heldCoins()
    #expect(try coins + ownCoins == venue.coins, "seed \(seed): \(coins) of \(venue.coins)")
  }

  private static let ownCoins = fake("5")

  @Test func `while no question is answered nothing is concluded, nothing reads as empty, nothing is sent`()
    async throws
  {
    for number in 0..<100 {
      let bench = try TraderBench(seed: UInt64(number))
      let trader = try bench.trader()
      try await trader.start(processStarted: bench.clock.now)
      bench.venue.set { $0.fates = [number.isMultiple(of: 2) ? .takenReplyLost : .lostOnTheWay] }
      bench.wishes.set(buys: true, sells: false)
      bench.step(.seconds(1))
      try await trader.cycle()
      bench.venue.set { $0.failingQuestions = 100 }
      let before = await trader.report
      #expect(before.unknownOrders == 1 && before.state == .degraded)
      for _ in 0..<10 {
        // Ten minutes of the wall.
        bench.step(.seconds(60))
        try await trader.cycle()
        let report = await trader.report
        #expect(report.unknownOrders == 1 && report.state == .degraded && report.cycle?.failure != nil)
        #expect(report.balance?.balance.total == before.balance?.balance.total)
      }
      #expect(bench.venue.state.withLock { $0.placed.count } == 1)
      bench.venue.set { $0.failingQuestions = 0 }
      bench.wishes.set(buys: false, sells: false)
      bench.step(.seconds(1))
      try await trader.cycle()
      #expect(await trader.report.unknownOrders == 0)
      let state = try await trader.recorded().first?.state
      #expect(state == (number.isMultiple(of: 2) ? .filled : .rejected))
    }
  }

  @Test func `a partial fill, a cancel that is refused, then an exit: what is held is sold, not what was ordered`()
    async throws
  {
    let bench = try TraderBench(seed: 5)
    let trader = try bench.trader(stops: true)
    try await trader.start(processStarted: bench.clock.now)
    bench.venue.set { $0.partial = 100 }
    bench.wishes.set(buys: true, sells: false)
    bench.step(.seconds(1))
    try await trader.cycle()
    let bought = bench.venue.state.withLock { $0.coins }
    #expect(bought.isPositive)
    let stop = try await #require(trader.recorded().first { $0.purpose == .protectiveStop })
    #expect(stop.state == .accepted && stop.request.quantity == Quantity(bought))
    // The stop fills by half, and the cancel of the rest gets no answer.
    bench.venue.trigger(fake("0.5"))
    bench.venue.set {
      $0.failingCancels = 100
      $0.partial = 0
    }
    bench.wishes.set(buys: false, sells: true)
    for _ in 0..<6 {
      bench.step(.seconds(30))
      try await trader.cycle()
    }
    bench.venue.set { $0.failingCancels = 0 }
    for _ in 0..<3 {
      bench.step(.seconds(30))
      try await trader.cycle()
    }
    #expect(bench.venue.state.withLock { $0.coins } == .zero)
    #expect(try await trader.heldCoins() == .zero)
  }
}

extension Trader {
  func recorded() throws -> [OrderRecord] { try journal.orders(limit: 100_000) }
  func recordedFills() throws -> Set<String> { Set(try journal.fills(limit: 100_000).map(\.fill.id)) }
  func heldCoins() throws -> ExactDecimal {
    try journal.positions().reduce(.zero) { try $0 + $1.quantity.value }
  }
}
