import Core

/// Why an account does not run, decided by the host.
struct Hold: Hashable, Sendable {
  var state: AccountState
  var reason: String
  var nextStep: String?
}

/// One worker's life as a pure state machine: events and instants in, one action out.
///
/// The first restart is immediate, later ones back off exponentially with jitter; five healthy minutes forgive all.
/// More than `limit` deaths within `window` park. Exit 75 is no death: a venue that is away must not park an account.
struct WorkerLifecycle: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// What follows when the process has ended.
  enum Sequel: Hashable, Sendable {
    case respawn
    case hold(Hold)
    case end
    /// As its death deserves, with the cause.
    case judge(String)
  }

  /// Where the worker stands; a case carries what exists only then.
  enum Phase: Hashable, Sendable {
    /// Not to run.
    case held(Hold)
    /// Runs again at this instant.
    case backingOff(until: Instant, cause: String)
    /// Started; its greeting is due.
    case greeting(deadline: Instant)
    /// Greeted; its word that it has locked itself in is due.
    case lockingIn(deadline: Instant)
    /// Has its secrets.
    case running(since: Instant, lastWord: Instant)
    /// Its socket is closed or unusable; its end is due, and tells more.
    case closing(deadline: Instant, cause: String)
    /// Told to finish; killed at the deadline.
    case draining(deadline: Instant, then: Sequel)
    /// Killed; its end is awaited.
    case killed(then: Sequel)
    /// For good, the host leaves.
    case ended
  }

  enum Event: Sendable {
    /// Nothing stands against running (any more).
    case release
    case spawnFailed(String)
    case hello(build: String)
    case readyForSecrets
    /// Any message: the heartbeat.
    case word
    /// It closed its end, or said what is no message.
    case linkFailed(String)
    case exited(ProcessExit, lastReport: AccountReport?)
    /// Credentials could not be read when they were due, or the like.
    case hold(Hold)
    /// Its settings changed: let it finish and start anew.
    case renew
    case drain
    case tick
  }

  enum Action: Hashable, Sendable {
    case none
    case spawn
    case sendSecrets
    case sendDrain
    case kill
  }

  private(set) var phase: Phase
  /// Times the worker was started again.
  private(set) var restarts = 0
  private var wasStarted = false
  private var deaths: [Instant] = []
  private var attempts = 0
  private let policy: RestartPolicy
  private let expectedBuild: String?

  /// - Parameters:
  ///   - hold: what keeps it from running until it is released.
  ///   - expectedBuild: the worker's build when the host started.
  init(hold: Hold, policy: RestartPolicy, expectedBuild: String?) {
    phase = .held(hold)
    self.policy = policy
    self.expectedBuild = expectedBuild
  }

  /// Takes an event in and says what to do.
  mutating func handle(
    _ event: Event, at now: Instant, random: inout some RandomNumberGenerator
  ) -> Action {
    switch event {
    case .release: return release()
    case .spawnFailed(let cause): return judge(cause, isDeath: true, now, &random)
    case .hello(let build): return hello(build, now)
    case .readyForSecrets: return readyForSecrets(now)
    case .word: return word(now)
    case .linkFailed(let cause): return linkFailed(cause, now)
    case .exited(let exit, let report): return exited(exit, report, now, &random)
    case .hold(let hold): return self.hold(hold)
    case .renew: return renew(now)
    case .drain: return drain(now)
    case .tick: return tick(now)
    }
  }

  /// Whether a process exists that has not been told to go.
  var isAlive: Bool {
    switch phase {
    case .greeting, .lockingIn, .running, .closing: true
    case .held, .backingOff, .draining, .killed, .ended: false
    }
  }

  /// Why a worker that is being killed is.
  var causeOfKill: String? {
    guard case .killed(let sequel) = phase else { return nil }
    switch sequel {
    case .judge(let cause): return cause
    case .hold(let hold): return hold.reason
    case .respawn, .end: return "it did not finish in time"
    }
  }

  private mutating func release() -> Action {
    guard case .held(let hold) = phase, hold.state != .parked, hold.state != .disabled else { return .none }
    return .spawn
  }

  /// The process is there: to be told when `spawn` was carried out.
  mutating func spawned(at now: Instant) {
    if wasStarted { restarts += 1 }
    wasStarted = true
    phase = .greeting(deadline: now + policy.startLimit)
  }

  private mutating func hello(_ build: String, _ now: Instant) -> Action {
    guard case .greeting = phase else { return .none }
    guard let expectedBuild, build != expectedBuild else {
      phase = .lockingIn(deadline: now + policy.startLimit)
      return .none
    }
    let hold = Hold(
      state: .parked, reason: "nija-worker was rebuilt: it is \(build), the host started with \(expectedBuild)",
      nextStep: "restart the host")
    return killed(then: .hold(hold))
  }

  private mutating func readyForSecrets(_ now: Instant) -> Action {
    guard case .lockingIn = phase else { return .none }
    phase = .running(since: now, lastWord: now)
    return .sendSecrets
  }

  private mutating func word(_ now: Instant) -> Action {
    guard case .running(let since, _) = phase else { return .none }
    phase = .running(since: since, lastWord: now)
    if now - since >= policy.healthyAfter {
      attempts = 0
      deaths.removeAll()
    }
    return .none
  }

  private mutating func linkFailed(_ cause: String, _ now: Instant) -> Action {
    switch phase {
    case .greeting, .lockingIn, .running: phase = .closing(deadline: now + policy.closingLimit, cause: cause)
    case .held, .backingOff, .closing, .draining, .killed, .ended: break
    }
    return .none
  }

  private mutating func hold(_ hold: Hold) -> Action {
    switch phase {
    case .greeting, .lockingIn, .running, .closing: return killed(then: .hold(hold))
    case .held, .backingOff: phase = .held(hold)
    case .draining, .killed, .ended: break
    }
    return .none
  }

  private mutating func renew(_ now: Instant) -> Action {
    switch phase {
    case .greeting, .lockingIn, .closing: return killed(then: .respawn)
    case .running:
      phase = .draining(deadline: now + policy.drainLimit, then: .respawn)
      return .sendDrain
    case .backingOff: return .spawn
    case .held, .draining, .killed, .ended: return .none
    }
  }

  private mutating func drain(_ now: Instant) -> Action {
    switch phase {
    case .greeting, .lockingIn, .running, .closing:
      phase = .draining(deadline: now + policy.drainLimit, then: .end)
      return .sendDrain
    // Asked twice: now.
    case .draining(_, .end): return killed(then: .end)
    case .draining(let deadline, _): phase = .draining(deadline: deadline, then: .end)
    case .killed: phase = .killed(then: .end)
    case .held, .backingOff: phase = .ended
    case .ended: break
    }
    return .none
  }

  private mutating func tick(_ now: Instant) -> Action {
    switch phase {
    case .backingOff(let until, _) where now >= until: return .spawn
    case .greeting(let deadline) where now >= deadline: return killed(then: .judge("the worker did not greet"))
    case .lockingIn(let deadline) where now >= deadline:
      return killed(then: .judge("the worker did not lock itself in"))
    case .running(_, let lastWord) where now - lastWord >= policy.heartbeatLimit:
      return killed(then: .judge("no word from the worker for \(policy.heartbeatLimit.components.seconds) s"))
    case .closing(let deadline, let cause) where now >= deadline: return killed(then: .judge(cause))
    case .draining(let deadline, let sequel) where now >= deadline: return killed(then: sequel)
    default: return .none
    }
  }

  private mutating func killed(then sequel: Sequel) -> Action {
    phase = .killed(then: sequel)
    return .kill
  }
}

// MARK: Ends

extension WorkerLifecycle {
  private mutating func exited(
    _ exit: ProcessExit, _ report: AccountReport?, _ now: Instant, _ random: inout some RandomNumberGenerator
  ) -> Action {
    switch phase {
    case .held, .backingOff, .ended: return .none
    case .killed(let sequel), .draining(_, let sequel): return follow(sequel, now, &random)
    case .greeting, .lockingIn, .running, .closing: break
    }
    switch exit {
    case .code(75): return judge(Self.cause(exit, report), isDeath: false, now, &random)
    case .code(77):
      return park(report, "its credentials or permissions were refused", "put the credentials right")
    case .code(78): return park(report, "the worker cannot work with its settings", "put brokers.yaml right")
    case .code, .signal: return judge(Self.cause(exit, report), isDeath: true, now, &random)
    }
  }

  private mutating func follow(
    _ sequel: Sequel, _ now: Instant, _ random: inout some RandomNumberGenerator
  ) -> Action {
    switch sequel {
    case .respawn: return .spawn
    case .hold(let hold): phase = .held(hold)
    case .end: phase = .ended
    case .judge(let cause): return judge(cause, isDeath: true, now, &random)
    }
    return .none
  }

  /// What the worker said last outlives it: it knows better than its exit code.
  private static func cause(_ exit: ProcessExit, _ report: AccountReport?) -> String {
    guard case .code = exit, let reason = report?.reason else { return "the worker ended by \(exit)" }
    return reason
  }

  private mutating func park(_ report: AccountReport?, _ reason: String, _ nextStep: String) -> Action {
    phase = .held(
      Hold(
        state: .parked, reason: report?.reason ?? reason,
        nextStep: report?.nextStep ?? "\(nextStep), then restart the host"))
    return .none
  }

  private mutating func judge(
    _ cause: String, isDeath: Bool, _ now: Instant, _ random: inout some RandomNumberGenerator
  ) -> Action {
    if isDeath {
      deaths = deaths.filter { now - $0 <= policy.window }
      deaths.append(now)
    }
    guard deaths.count <= policy.limit else {
      let window = policy.window.components.seconds
      phase = .held(
        Hold(
          state: .parked, reason: "\(deaths.count) deaths of the worker within \(window) s, the last: \(cause)",
          nextStep: "look for the cause in the log, then restart the host"))
      return .none
    }
    let delay = policy.delay(attempt: attempts, random: &random)
    attempts += 1
    phase = .backingOff(until: now + delay, cause: cause)
    return delay == .zero ? .spawn : .none
  }
}
