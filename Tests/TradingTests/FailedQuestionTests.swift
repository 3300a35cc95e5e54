import Broker
import Core
import Foundation
import Synchronization
import Testing

@testable import Journal
@testable import Trading

/// A question that failed is never "flat", "empty" or "not found": ten thousand cycles in which some or all of them fail,
/// each looked at by itself.
@Suite struct FailedQuestionTests {
  @Test(.timeLimit(.minutes(10)))
  func `a question that failed changes nothing that is known and settles nothing that is not`() async throws {
    let seed =
      ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("failed questions: seed \(seed) (set NIJA_SEED to repeat)")
    // Ten thousand histories: 500 accounts of 20 moments, each got to by other orders and other faults.
    let seen = try await withThrowingTaskGroup(of: Seen.self) { group in
      for number in 0..<500 {
        group.addTask {
          var account = try await DoubtfulAccount(seed &+ UInt64(number))
          for _ in 0..<20 { try await account.moment() }
          return account.seen
        }
      }
      return try await group.reduce(into: Seen()) { $0.add($1) }
    }
    print("failed questions: \(seen)")
    // The histories are worth something only if there was something to lose in them.
    #expect(seen.silent >= 3_000 && seen.unknown >= 1_000 && seen.holding >= 1_000 && seen.resting >= 500)
  }
}

/// What the histories came by.
private struct Seen: CustomStringConvertible {
  /// Moments at which no question was answered.
  var silent = 0
  /// Orders sent meanwhile.
  var sent = 0
  /// Those of them with an order of unknown outcome, with coins, with a resting stop.
  var unknown = 0
  var holding = 0
  var resting = 0

  mutating func add(_ other: Seen) {
    silent += other.silent
    sent += other.sent
    unknown += other.unknown
    holding += other.holding
    resting += other.resting
  }

  var description: String {
    "\(silent) without any answer (\(sent) sales or stops sent), of which \(unknown) with an unknown order, \(holding) with coins, \(resting) with a stop"
  }
}

private struct Unexpected: Error {
  let what: String
  init(_ what: String) { self.what = what }
}

/// All that an account may believe.
private struct Beliefs: Equatable {
  var orders: [OrderRecord]
  var fills: Set<String>
  var coins: ExactDecimal
  var balance: BalanceReport?
  var positions: Int?
}

/// An account led to some moment, at which its venue answers nothing, or not everything.
private struct DoubtfulAccount {
  private var random: StrategyRandom
  private let seed: UInt64
  private let bench: TraderBench
  private var current: Trader?
  private(set) var seen = Seen()

  init(_ seed: UInt64) async throws {
    self.seed = seed
    random = StrategyRandom(seed: seed)
    bench = try TraderBench(seed: random.next())
    let trader = try bench.trader(stops: true)
    try await trader.start(processStarted: bench.clock.now)
    current = trader
  }

  private var trader: Trader {
    get throws { try #require(current) }
  }

  mutating func moment() async throws {
    // Somewhere: orders that were taken, lost, late, of unknown outcome.
    let fates = FakeVenue.Fate.allCases.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random))
    bench.wishes.set(buys: .random(using: &random), sells: Int.random(in: 0..<4, using: &random) == 0)
    bench.venue.set {
      $0.failingQuestions = 0
      $0.fates = Array(fates)
    }
    bench.step(.seconds(Int.random(in: 1...10, using: &random)))
    try await trader.cycle()
    if Bool.random(using: &random) { try await silence() } else { try await halfAnswers() }
  }

  /// No answer to any question, for longer than any deadline and bound: everything stays as it is known. What is held may
  /// still be sold or guarded, as the price says, since only orders are needed for that; nothing is bought.
  private mutating func silence() async throws {
    let before = try await beliefs()
    let placed = bench.venue.state.withLock { $0.placed.count }
    bench.venue.set { $0.failingQuestions = 100 }
    bench.step(.seconds(Int.random(in: 1...300, using: &random)))
    try await trader.cycle()
    let report = try await trader.report
    #expect(report.state == .degraded && report.cycle?.failure != nil, "seed \(seed): \(report.state)")
    var after = try await beliefs()
    let venue = bench.venue.state.withLock { $0 }
    let sent = after.orders.filter { order in
      !before.orders.contains { $0.request.clientOrderID == order.request.clientOrderID }
    }
    #expect(venue.placed.count == placed + sent.count, "seed \(seed): sent without an intent")
    try checkSent(sent, before, venue)
    // All else is as it was, but a stop that the venue has taken away when it was told to.
    after.orders = after.orders.filter { order in !sent.contains(order) }
    for (index, order) in after.orders.enumerated() where order.state == .cancelled {
      let was = before.orders[index]
      guard was.rests, was.purpose == .protectiveStop else { continue }
      let theirs = venue.orders.first { $0.order.clientOrderID == order.request.clientOrderID }
      #expect(theirs?.order.status == .cancelled, "seed \(seed): \(order) is not cancelled")
      after.orders[index] = was
    }
    #expect(after == before, "seed \(seed)")
    seen.silent += 1
    seen.sent += sent.count
    if before.orders.contains(where: { $0.state == .outcomeUnknown }) { seen.unknown += 1 }
    if before.coins.isPositive { seen.holding += 1 }
    if before.orders.contains(where: \.rests) { seen.resting += 1 }
  }

  /// What leaves while nothing is answered: only what sells or guards coins that are known, never beside a sale of unknown
  /// outcome, and nothing of it is concluded without an answer.
  private func checkSent(_ sent: [OrderRecord], _ before: Beliefs, _ venue: FakeVenue.State) throws {
    let isDoubtful = before.orders.contains { $0.state == .outcomeUnknown && $0.request.side == .sell }
    #expect(sent.isEmpty || !isDoubtful, "seed \(seed): sent beside a sale of unknown outcome")
    for order in sent {
      #expect(order.purpose == .exit || order.purpose == .protectiveStop, "seed \(seed): \(order) sent into silence")
      guard case .base(let quantity) = order.request.amount else { throw Unexpected("\(order.request.amount)") }
      #expect(
        order.request.side == .sell && quantity.value <= before.coins, "seed \(seed): \(order) sells what is not there")
      #expect(order.filled == .zero && order.state != .filled, "seed \(seed): \(order) filled by nobody's word")
      try check(order, venue.orders.first { $0.order.clientOrderID == order.request.clientOrderID })
    }
    let mayRest = sent.filter { $0.state != .denied && $0.state != .rejected }
    #expect(mayRest.count <= 1, "seed \(seed): \(mayRest) sell the same coins")
  }

  /// Some questions are answered, others not, over some cycles or a restart: whatever is believed is true.
  private mutating func halfAnswers() async throws {
    let share = Int.random(in: 10...90, using: &random)
    bench.venue.set { $0.failingQuestions = share }
    if Int.random(in: 0..<4, using: &random) == 0 { try await restart() }
    for _ in 0..<2 {
      bench.step(.seconds(Int.random(in: 1...40, using: &random)))
      try await trader.cycle()
      let known = try await beliefs()
      let venue = bench.venue.state.withLock { $0 }
      for order in known.orders {
        let theirs = venue.orders.first { $0.order.clientOrderID == order.request.clientOrderID }
        try check(order, theirs)
      }
      let real = Set(venue.orders.flatMap(\.fills).map(\.id))
      #expect(known.fills.isSubset(of: real), "seed \(seed)")
    }
  }

  private func check(_ ours: OrderRecord, _ theirs: FakeVenue.Held?) throws {
    guard ours.state.isFinal, let theirs else { return }
    // What is called absent never arrives, and what has ended for us has ended there, with all its fills.
    let arrives = theirs.arrives <= theirs.deadline
    if ours.state == .rejected || ours.state == .denied {
      #expect(!arrives, "seed \(seed): \(ours) is at the venue")
    } else {
      #expect(theirs.order.status.isFinal && ours.filled == theirs.order.filledQuantity, "seed \(seed): \(ours)")
    }
  }

  private mutating func restart() async throws {
    // The journal has one writer: the one before goes first.
    current = nil
    let trader = try bench.trader(stops: true)
    current = trader
    for _ in 0..<200 {
      do { return try await trader.start(processStarted: bench.clock.now) } catch { bench.step(.seconds(1)) }
    }
    bench.venue.set { $0.failingQuestions = 0 }
    try await trader.start(processStarted: bench.clock.now)
  }

  private func beliefs() async throws -> Beliefs {
    let report = try await trader.report
    return Beliefs(
      orders: try await trader.recorded(), fills: try await trader.recordedFills(),
      coins: try await trader.heldCoins(), balance: report.balance, positions: report.positions)
  }
}
