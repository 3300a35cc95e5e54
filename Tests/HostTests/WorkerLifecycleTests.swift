import Core
import Testing

@testable import Host

@Suite struct WorkerLifecycleTests {
  private let start = ContinuousClock.now
  private let hold = Hold(state: .starting, reason: "not started yet")

  private func report(_ reason: String?, next: String? = nil) -> AccountReport {
    var report = AccountReport(since: Timestamp(nanoseconds: 0))
    report.reason = reason
    report.nextStep = next
    return report
  }

  private func held(_ life: WorkerLifecycle) -> Hold? {
    if case .held(let hold) = life.phase { hold } else { nil }
  }

  /// A lifecycle that runs, at `at`.
  private func running(_ policy: RestartPolicy = RestartPolicy(), at: ContinuousClock.Instant) -> WorkerLifecycle {
    var life = WorkerLifecycle(hold: hold, policy: policy, expectedBuild: "b1")
    var random = SeededRandom(1)
    #expect(life.handle(.release, at: at, random: &random) == .spawn)
    bringUp(&life, at: at)
    return life
  }

  private func bringUp(_ life: inout WorkerLifecycle, at: ContinuousClock.Instant) {
    var random = SeededRandom(1)
    life.spawned(at: at)
    #expect(life.handle(.hello(build: "b1"), at: at, random: &random) == .none)
    #expect(life.handle(.readyForSecrets, at: at, random: &random) == .sendSecrets)
  }

  @Test func `secrets go out after the greeting and the lock-in, once, and at no other time`() {
    var random = SeededRandom(1)
    var life = WorkerLifecycle(hold: hold, policy: RestartPolicy(), expectedBuild: "b1")
    _ = life.handle(.release, at: start, random: &random)
    life.spawned(at: start)
    #expect(life.handle(.readyForSecrets, at: start, random: &random) == .none)
    _ = life.handle(.hello(build: "b1"), at: start, random: &random)
    #expect(life.handle(.readyForSecrets, at: start, random: &random) == .sendSecrets)
    #expect(life.handle(.readyForSecrets, at: start, random: &random) == .none)
  }

  @Test func `the first restart is immediate, later ones wait longer and longer within bounds`() {
    var random = SeededRandom(7)
    var policy = RestartPolicy()
    policy.limit = 100
    var life = running(policy, at: start)
    var now = start
    #expect(life.handle(.exited(.signal(9), lastReport: nil), at: now, random: &random) == .spawn)
    for attempt in 1...10 {
      bringUp(&life, at: now)
      #expect(life.handle(.exited(.signal(9), lastReport: nil), at: now, random: &random) == .none)
      guard case .backingOff(let until, _) = life.phase else {
        Issue.record("attempt \(attempt) does not wait")
        return
      }
      let longest = min(Duration.seconds(60), .seconds(1 << (attempt - 1)))
      #expect(now.duration(to: until) <= longest && now.duration(to: until) >= longest / 2)
      #expect(life.handle(.tick, at: until - .milliseconds(1), random: &random) == .none)
      #expect(life.handle(.tick, at: until, random: &random) == .spawn)
      now = until
    }
  }

  @Test(arguments: [0, 1, 5]) func `a crash loop ends in parking after as many deaths as the limit allows`(limit: Int)
    throws
  {
    var random = SeededRandom(3)
    var policy = RestartPolicy()
    policy.limit = limit
    var life = running(policy, at: start)
    var now = start
    var deaths = 0
    while deaths < 50 {
      deaths += 1
      var action = life.handle(.exited(.code(1), lastReport: nil), at: now, random: &random)
      if case .held = life.phase { break }
      if case .backingOff(let until, _) = life.phase, action == .none {
        now = until
        action = life.handle(.tick, at: now, random: &random)
      }
      #expect(action == .spawn)
      bringUp(&life, at: now)
    }
    #expect(deaths == limit + 1)
    let hold = try #require(held(life))
    #expect(hold.state == .parked)
    #expect(hold.reason.contains("\(limit + 1) deaths") && hold.nextStep != nil)
    #expect(
      life.handle(.release, at: now, random: &random) == .none,
      "a parked account starts by nobody's will but the operator's")
  }

  @Test func `deaths further apart than the window never park`() {
    var random = SeededRandom(3)
    var life = running(at: start)
    var now = start
    for _ in 0..<50 {
      now += .seconds(601)
      var action = life.handle(.exited(.signal(11), lastReport: nil), at: now, random: &random)
      if case .backingOff(let until, _) = life.phase, action == .none {
        now = until
        action = life.handle(.tick, at: now, random: &random)
      }
      #expect(action == .spawn)
      bringUp(&life, at: now)
    }
  }

  @Test func `five healthy minutes make the next restart immediate again`() {
    var random = SeededRandom(3)
    var life = running(at: start)
    #expect(life.handle(.exited(.signal(9), lastReport: nil), at: start, random: &random) == .spawn)
    bringUp(&life, at: start)
    _ = life.handle(.word, at: start + .seconds(300), random: &random)
    #expect(life.handle(.exited(.signal(9), lastReport: nil), at: start + .seconds(301), random: &random) == .spawn)
  }

  @Test func `a worker that says try again is tried for ever and keeps its reason`() {
    var random = SeededRandom(3)
    var life = running(at: start)
    var now = start
    for _ in 0..<40 {
      var action = life.handle(
        .exited(.code(75), lastReport: report("the venue is away")), at: now, random: &random)
      if case .backingOff(let until, let cause) = life.phase, action == .none {
        #expect(cause == "the venue is away")
        #expect(now.duration(to: until) <= .seconds(60))
        now = until
        action = life.handle(.tick, at: now, random: &random)
      }
      #expect(action == .spawn)
      bringUp(&life, at: now)
    }
  }

  @Test(arguments: [77, 78] as [Int32]) func `what cannot heal parks at once, in the worker's own words`(code: Int32)
    throws
  {
    var random = SeededRandom(3)
    var life = running(at: start)
    let last = report("the key may withdraw", next: "make a key without it")
    #expect(life.handle(.exited(.code(code), lastReport: last), at: start, random: &random) == .none)
    #expect(
      life.phase == .held(Hold(state: .parked, reason: "the key may withdraw", nextStep: "make a key without it")))
    var silent = running(at: start)
    _ = silent.handle(.exited(.code(code), lastReport: nil), at: start, random: &random)
    let hold = try #require(held(silent))
    #expect(hold.state == .parked && hold.nextStep?.contains("restart the host") == true)
  }

  @Test func `silence is killed and counts as a death, words keep it alive`() {
    var random = SeededRandom(3)
    var life = running(at: start)
    _ = life.handle(.word, at: start + .seconds(14), random: &random)
    #expect(life.handle(.tick, at: start + .seconds(28), random: &random) == .none)
    #expect(life.handle(.tick, at: start + .seconds(29), random: &random) == .kill)
    #expect(life.handle(.tick, at: start + .seconds(30), random: &random) == .none, "killed once")
    #expect(life.handle(.exited(.signal(9), lastReport: nil), at: start + .seconds(30), random: &random) == .spawn)
  }

  @Test func `another build is named and parks`() throws {
    var random = SeededRandom(3)
    var life = WorkerLifecycle(hold: hold, policy: RestartPolicy(), expectedBuild: "b1")
    _ = life.handle(.release, at: start, random: &random)
    life.spawned(at: start)
    #expect(life.handle(.hello(build: "b2"), at: start, random: &random) == .kill)
    _ = life.handle(.exited(.signal(9), lastReport: nil), at: start, random: &random)
    let hold = try #require(held(life))
    #expect(hold.state == .parked && hold.reason.contains("b2") && hold.nextStep == "restart the host")
  }

  @Test func `the exit code counts even when the socket closes first`() throws {
    var random = SeededRandom(3)
    var life = running(at: start)
    #expect(life.handle(.linkFailed("closed"), at: start, random: &random) == .none)
    _ = life.handle(.exited(.code(77), lastReport: report("revoked")), at: start, random: &random)
    let hold = try #require(held(life))
    #expect(hold.reason == "revoked")
  }

  @Test func `draining asks, then kills, and twice asked kills at once`() {
    var random = SeededRandom(3)
    var life = running(at: start)
    #expect(life.handle(.drain, at: start, random: &random) == .sendDrain)
    #expect(life.handle(.tick, at: start + .seconds(8), random: &random) == .none)
    #expect(life.handle(.tick, at: start + .seconds(10), random: &random) == .kill)
    _ = life.handle(.exited(.signal(9), lastReport: nil), at: start, random: &random)
    #expect(life.phase == .ended)
    var impatient = running(at: start)
    _ = impatient.handle(.drain, at: start, random: &random)
    #expect(impatient.handle(.drain, at: start, random: &random) == .kill)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func `whatever happens, there is one process at most and none is started after draining`(seed: UInt64) {
    var random = SeededRandom(seed)
    var life = WorkerLifecycle(hold: hold, policy: RestartPolicy(), expectedBuild: "b1")
    var now = start
    var (isAlive, isDrained, isReady) = (false, false, false)
    for step in 0..<400 {
      now += .milliseconds(Int.random(in: 0...8_000, using: &random))
      let event = Self.event(isAlive: isAlive, &random)
      if case .exited = event { (isAlive, isReady) = (false, false) }
      if case .drain = event { isDrained = true }
      if case .hello = event, isAlive { isReady = true }
      switch life.handle(event, at: now, random: &random) {
      case .spawn:
        #expect(!isAlive && !isDrained, "seed \(seed), step \(step)")
        isAlive = true
        life.spawned(at: now)
      case .sendSecrets: #expect(isAlive && isReady, "seed \(seed), step \(step)")
      case .kill, .sendDrain: #expect(isAlive, "seed \(seed), step \(step)")
      case .none: break
      }
    }
  }

  private static func event(isAlive: Bool, _ random: inout SeededRandom) -> WorkerLifecycle.Event {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<20: .tick
    case 20..<35 where isAlive: .hello(build: "b1")
    case 35..<50 where isAlive: .readyForSecrets
    case 50..<70 where isAlive: .word
    case 70..<72 where isAlive: .linkFailed("x")
    case 72..<80 where isAlive:
      .exited([.signal(9), .code(75), .code(0)].randomElement(using: &random) ?? .code(1), lastReport: nil)
    case 80..<83: .renew
    case 83..<95: .release
    case 99: .drain
    default: .tick
    }
  }
}

/// SplitMix64: the same seed, the same walk.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
