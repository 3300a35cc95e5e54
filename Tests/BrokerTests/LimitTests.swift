import Broker
import Synchronization
import Testing

@Suite struct LimitTests {
  private static let origin = ContinuousClock.now

  private static func counter(_ maximum: Int, _ decay: Int) -> DecayingCounter {
    DecayingCounter(maximum: maximum, decayPerSecond: decay, start: origin)
  }

  private static func charge(_ counter: inout DecayingCounter, _ units: Int, at now: ContinuousClock.Instant) {
    counter.begin(units * CallCost.unit)
    counter.conclude(units * CallCost.unit, at: now)
  }

  @Test func `calls leave at once until the counter is full, then as it decays`() {
    var counter = Self.counter(15, 330_000)
    for _ in 0..<15 {
      #expect(counter.wait(for: .units(1), at: Self.origin) == .zero)
      Self.charge(&counter, 1, at: Self.origin)
    }
    let wait = counter.wait(for: .units(1), at: Self.origin)
    #expect(wait > .seconds(3) && wait <= .milliseconds(3_031))
    #expect(counter.wait(for: .units(4), at: Self.origin) > .seconds(12))
    #expect(counter.wait(for: .units(1), at: Self.origin + wait) == .zero)
  }

  @Test func `a clock that goes backwards takes nothing off and adds nothing`() {
    var counter = Self.counter(5, 1_000_000)
    Self.charge(&counter, 5, at: Self.origin + .seconds(10))
    #expect(counter.level(at: Self.origin) == 5_000_000)
    Self.charge(&counter, 0, at: Self.origin)
    #expect(counter.level(at: Self.origin + .seconds(10)) == 5_000_000)
  }

  @Test func `a full counter is full even if ours showed less`() {
    var counter = Self.counter(5, 1_000_000)
    counter.fill(at: Self.origin)
    #expect(counter.wait(for: .units(1), at: Self.origin) == .seconds(1))
  }

  @Test func `a call under way does not decay, and counts from when it is over`() {
    var counter = Self.counter(5, 1_000_000)
    counter.begin(3_000_000)
    #expect(counter.level(at: Self.origin + .seconds(60)) == 3_000_000)
    counter.conclude(3_000_000, at: Self.origin + .seconds(60))
    #expect(counter.level(at: Self.origin + .seconds(61)) == 2_000_000)
  }

  @Test func `a cost that falls is waited for no longer than it takes to fall or the counter to make room`() {
    var counter = Self.counter(10, 1_000_000)
    Self.charge(&counter, 9, at: Self.origin)
    var cost = CallCost.units(8)
    cost.fall(by: 2_000_000, at: Self.origin + .seconds(5))
    cost.fall(by: 6_000_000, at: Self.origin + .milliseconds(5_500))
    // 8 fit after 7 s, 6 after 5 s: the fall is there first.
    #expect(counter.wait(for: cost, at: Self.origin) == .seconds(5))
    Self.charge(&counter, 1, at: Self.origin)
    #expect(counter.wait(for: cost, at: Self.origin) == .milliseconds(5_500))
  }

  @Test func `no number from outside traps a counter`() {
    let far = [Int.min, -1, 0, 1, .max / 2, .max]
    for level in far {
      for cost in far {
        var counter = DecayingCounter(maximum: .max, decayPerSecond: .max, level: level, start: Self.origin)
        counter.begin(cost)
        counter.conclude(cost, at: Self.origin + .seconds(Int64.max / 4))
        counter.fill(at: Self.origin)
        var falling = CallCost(millionths: cost)
        falling.fall(by: cost, at: Self.origin + .nanoseconds(Int64.max))
        falling.add(.units(level))
        #expect(counter.wait(for: falling, reserve: cost == .min ? 0 : cost, at: Self.origin) >= .zero)
        #expect(counter.level(at: Self.origin) >= 0)
      }
    }
  }

  private static func budget(_ maximum: Int, reserve: Int) -> CallBudget {
    let kind = CounterKind("calls", maximum: maximum, decayPerSecond: 1_000_000, reserve: reserve)
    return CallBudget("private", [kind], at: origin)
  }

  /// Asks, and has it over at once.
  private static func ask(
    _ budget: inout CallBudget, _ units: Int = 1, isUrgent: Bool, at now: ContinuousClock.Instant = origin
  ) -> CallBudget.Verdict {
    let verdict = budget.request([CallCharge("calls", cost: .units(units))], isUrgent: isUrgent, at: now)
    if case .go(let ticket) = verdict {
      budget.conclude(ticket, at: now)
      return .go(CallTicket())
    }
    return verdict
  }

  @Test func `what is kept for the urgent is there when others have to wait`() {
    var budget = Self.budget(5, reserve: 2)
    for _ in 0..<3 { #expect(Self.ask(&budget, isUrgent: false) == .go(CallTicket())) }
    #expect(Self.ask(&budget, isUrgent: false) == .wait(.seconds(1)))
    for _ in 0..<2 { #expect(Self.ask(&budget, isUrgent: true) == .go(CallTicket())) }
    #expect(Self.ask(&budget, isUrgent: true) == .wait(.seconds(1)))
    // What the venue's counter does not count passes a full one.
    #expect(Self.ask(&budget, 0, isUrgent: false) == .go(CallTicket()))
  }

  @Test func `nothing passes a ban, and a shorter ban does not end a longer one`() {
    var budget = Self.budget(5, reserve: 0)
    budget.ban(for: .seconds(60), at: Self.origin)
    budget.ban(for: .seconds(5), at: Self.origin)
    let late = Self.origin + .seconds(50)
    #expect(Self.ask(&budget, 0, isUrgent: true, at: late) == .banned(.seconds(10)))
    #expect(Self.ask(&budget, 0, isUrgent: true, at: Self.origin + .seconds(60)) == .go(CallTicket()))
  }

  @Test func `each refusal in a row keeps what is not urgent away longer, and what is urgent only until there is room`()
  {
    var budget = Self.budget(5, reserve: 0)
    for pause in [5, 10, 20, 40, 60, 60, 60, 60] {
      budget.noteFull("calls", pause: .seconds(5), at: Self.origin)
      #expect(Self.ask(&budget, isUrgent: false) == .wait(.seconds(pause)))
      #expect(Self.ask(&budget, isUrgent: true) == .wait(.seconds(1)))
    }
    budget.noteTaken("calls")
    budget.noteFull("calls", pause: .seconds(5), at: Self.origin)
    #expect(Self.ask(&budget, isUrgent: false) == .wait(.seconds(5)))
  }

  @Test func `too many markets to tell apart are counted too high, never too low`() {
    let kind = CounterKind("engine", maximum: 60, decayPerSecond: 1_000_000, reserve: 0)
    var budget = CallBudget("private", [kind], at: Self.origin)
    func ask(_ market: Int, _ units: Int) -> CallBudget.Verdict {
      let verdict = budget.request(
        [CallCharge("engine", "M\(market)", cost: .units(units))], isUrgent: true, at: Self.origin)
      if case .go(let ticket) = verdict { budget.conclude(ticket, at: Self.origin) }
      return verdict
    }
    for market in 0..<100 { _ = ask(market, 10 + market % 3) }
    for market in 0..<100 {
      guard case .wait = ask(market, 51 - market % 3 + 1) else {
        Issue.record("market \(market) was forgotten")
        continue
      }
    }
    // What cannot be a name is counted for all.
    for name in ["", " ", "\n", "é", String(repeating: "x", count: 100)] {
      let verdict = budget.request([CallCharge("engine", name, cost: .units(0))], isUrgent: true, at: Self.origin)
      #expect(verdict == .go(CallTicket()))
    }
  }

  /// Time that jumps when somebody sleeps.
  private static func jumpingTime() -> GateTime {
    let now = Mutex(origin)
    return GateTime(now: { now.withLock { $0 } }, sleep: { duration in now.withLock { $0 += duration } })
  }

  private static func pass(
    _ units: Int, _ patience: Duration, _ priority: HTTPRequest.Priority = .query
  ) -> CallPass {
    CallPass([CallCharge("calls", cost: .units(units))], priority: priority, patience: patience)
  }

  @Test func `a gate waits no longer than told, and says so before it waits`() async throws {
    let time = Self.jumpingTime()
    let gate = CallGate(Self.budget(2, reserve: 0), time: time)
    for _ in 0..<3 { try await gate.run(Self.pass(1, .seconds(1))) {} }
    #expect(time.now() == Self.origin + .seconds(1))
    let error = try await #require(throws: BrokerError.self) {
      try await gate.run(Self.pass(2, .milliseconds(1_999))) {}
    }
    #expect(error.code == .rateLimited && error.recovery == .retry(after: .seconds(2)) && !error.mayHaveExecuted)
    #expect(time.now() == Self.origin + .seconds(1))
  }

  @Test func `a gate is shut during a ban`() async throws {
    let gate = CallGate(Self.budget(2, reserve: 0), time: Self.jumpingTime())
    gate.ban(for: .seconds(900))
    let error = try await #require(throws: BrokerError.self) {
      try await gate.run(Self.pass(0, .seconds(1_000), .cancel)) {}
    }
    #expect(error.code == .lockedOut && error.recovery == .retry(after: .seconds(900)))
    #expect(throws: BrokerError.self) { try gate.checkOpen() }
  }
}
