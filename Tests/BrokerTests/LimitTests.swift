import Broker
import Synchronization
import Testing

@Suite struct LimitTests {
  private static let origin = ContinuousClock.now

  private static func counter(_ maximum: Int, _ decay: Int) -> DecayingCounter {
    DecayingCounter(maximum: maximum, decayPerSecond: decay, start: origin)
  }

  @Test func `calls leave at once until the counter is full, then as it decays`() {
    var counter = Self.counter(15, 330_000)
    for _ in 0..<15 {
      #expect(counter.wait(for: 1, at: Self.origin) == .zero)
      counter.charge(1, at: Self.origin)
    }
    let wait = counter.wait(for: 1, at: Self.origin)
    #expect(wait > .seconds(3) && wait <= .milliseconds(3_031))
    #expect(counter.wait(for: 4, at: Self.origin) > .seconds(12))
    #expect(counter.wait(for: 1, at: Self.origin + wait) == .zero)
  }

  @Test func `a clock that goes backwards takes nothing off and adds nothing`() {
    var counter = Self.counter(5, 1_000_000)
    counter.charge(5, at: Self.origin + .seconds(10))
    #expect(counter.level(at: Self.origin) == 5_000_000)
    counter.charge(0, at: Self.origin)
    #expect(counter.level(at: Self.origin + .seconds(10)) == 5_000_000)
  }

  @Test func `a full counter is full even if ours showed less`() {
    var counter = Self.counter(5, 1_000_000)
    counter.fill(at: Self.origin)
    #expect(counter.wait(for: 1, at: Self.origin) == .seconds(1))
  }

  @Test func `over any run of calls the venue's own counter is never above its maximum`() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededRandom(seed)
    for _ in 0..<100 {
      let maximum = Int.random(in: 4...30, using: &random)
      let decay = Int.random(in: 100_000...3_750_000, using: &random)
      var ours = Self.counter(maximum, decay)
      // The venue's: level and time as exact fractions, in units of 10^-15.
      var level: Int128 = 0
      var last = Self.origin
      var now = Self.origin
      for _ in 0..<200 {
        let cost = Int.random(in: 1...4, using: &random)
        now += ours.wait(for: cost, at: now) + .nanoseconds(Int.random(in: 0..<500_000_000, using: &random))
        ours.charge(cost, at: now)
        let elapsed = Int128((now - last) / .nanoseconds(1))
        level = max(0, level - elapsed * Int128(decay)) + Int128(cost) * 1_000_000_000_000_000
        last = now
        #expect(level <= Int128(maximum) * 1_000_000_000_000_000, "seed \(seed)")
      }
    }
  }

  @Test func `what is kept for the urgent is there when others have to wait`() {
    var budget = CallBudget(Self.counter(5, 1_000_000), reserve: 2)
    for _ in 0..<3 { #expect(budget.request(cost: 1, isUrgent: false, at: Self.origin) == .go) }
    #expect(budget.request(cost: 1, isUrgent: false, at: Self.origin) == .wait(.seconds(1)))
    #expect(budget.request(cost: 1, isUrgent: true, at: Self.origin) == .go)
    #expect(budget.request(cost: 1, isUrgent: true, at: Self.origin) == .go)
    #expect(budget.request(cost: 1, isUrgent: true, at: Self.origin) == .wait(.seconds(1)))
    // What the venue's counter does not count passes a full one.
    #expect(budget.request(cost: 0, isUrgent: false, at: Self.origin) == .go)
  }

  @Test func `nothing passes a ban, and a shorter ban does not end a longer one`() {
    var budget = CallBudget(Self.counter(5, 1_000_000), reserve: 0)
    budget.ban(until: Self.origin + .seconds(60))
    budget.ban(until: Self.origin + .seconds(5))
    #expect(budget.request(cost: 0, isUrgent: true, at: Self.origin + .seconds(50)) == .banned(.seconds(10)))
    #expect(budget.request(cost: 0, isUrgent: true, at: Self.origin + .seconds(60)) == .go)
  }

  /// Time that jumps when somebody sleeps.
  private static func jumpingTime() -> GateTime {
    let now = Mutex(origin)
    return GateTime(now: { now.withLock { $0 } }, sleep: { duration in now.withLock { $0 += duration } })
  }

  @Test func `a gate waits no longer than told, and says so before it waits`() async throws {
    let time = Self.jumpingTime()
    let gate = CallGate(CallBudget(Self.counter(2, 1_000_000), reserve: 0), time: time)
    for _ in 0..<3 { try await gate.pass(cost: 1, isUrgent: false, within: .seconds(1)) }
    #expect(time.now() == Self.origin + .seconds(1))
    let error = try await #require(throws: BrokerError.self) {
      try await gate.pass(cost: 2, isUrgent: false, within: .milliseconds(1_999))
    }
    #expect(error.code == .rateLimited && error.recovery == .retry(after: .seconds(2)) && !error.mayHaveExecuted)
    #expect(time.now() == Self.origin + .seconds(1))
  }

  @Test func `a gate is shut during a ban`() async throws {
    let gate = CallGate(CallBudget(Self.counter(2, 1_000_000), reserve: 0), time: Self.jumpingTime())
    gate.ban(for: .seconds(900))
    let error = try await #require(throws: BrokerError.self) {
      try await gate.pass(cost: 0, isUrgent: true, within: .seconds(1_000))
    }
    #expect(error.code == .lockedOut && error.recovery == .retry(after: .seconds(900)))
  }
}
