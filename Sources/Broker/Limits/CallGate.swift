import Core
import Synchronization

/// Lets calls through as fast as a ``CallBudget`` allows, the more urgent first, each waiting no longer than it may.
public final class CallGate: Sendable {
  private struct Waiter {
    let id: Int
    let pass: CallPass
  }

  private struct State {
    var budget: CallBudget
    var waiters: [Waiter] = []
    var lastID = 0
    /// What could not be kept when it changed: tried again with the next change.
    var unkept: [LevelChange] = []

    mutating func takeChanges() -> [LevelChange] {
      defer { unkept = [] }
      return unkept + budget.takeChanges()
    }

    /// Puts them back, the last of each name.
    mutating func putBack(_ changes: [LevelChange]) {
      let last = Dictionary(changes.enumerated().map { ($1.name, $0) }) { max($0, $1) }
      unkept = changes.enumerated().filter { last[$1.name] == $0 }.map(\.element)
    }
  }

  private enum Step {
    case go(CallTicket)
    case sleep(Duration)
  }

  private let state: Mutex<State>
  private let store: any LevelStore
  private let time: GateTime
  private let limit: Int

  /// A gate in front of one budget.
  /// - Parameters:
  ///   - store: where the levels outlive the process.
  ///   - limit: how many calls of one urgency may wait.
  public init(
    _ budget: CallBudget, store: any LevelStore = NoLevelStore(), limit: Int = 256, time: GateTime = .continuous
  ) {
    self.state = Mutex(State(budget: budget))
    self.store = store
    self.limit = limit
    self.time = time
    change { _, _ in }
  }

  /// Runs `body` when the call may leave; it is charged before, and from when `body` ends its charge decays.
  /// - Throws: ``BrokerError/Code/rateLimited`` when it would have to wait longer than it may,
  ///   ``BrokerError/Code/lockedOut`` during a ban, ``BrokerError/Code/notSent`` when the task is cancelled, too many wait
  ///   or the charge cannot be kept: nothing was sent. And what `body` throws.
  public func run<Result>(
    _ pass: CallPass, _ body: () async throws(BrokerError) -> Result
  ) async throws(BrokerError) -> Result {
    let ticket = try await enter(pass)
    do throws(BrokerError) {
      let result = try await body()
      conclude(ticket, late: .zero)
      return result
    } catch {
      let isAnswered = error.code != .network && !error.mayHaveExecuted
      conclude(ticket, late: isAnswered ? .zero : Self.lateArrival)
      throw error
    }
  }

  /// What was sent and not answered may arrive for so long.
  private static let lateArrival = LevelTable.lateArrival

  private func enter(_ pass: CallPass) async throws(BrokerError) -> CallTicket {
    let deadline = time.now() + pass.patience
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    defer { forget(id) }
    while true {
      switch try step(id, pass, deadline) {
      case .go(let ticket): return ticket
      case .sleep(let duration): try await sleep(duration)
      }
    }
  }

  private func step(_ id: Int, _ pass: CallPass, _ deadline: ContinuousClock.Instant) throws(BrokerError) -> Step {
    try state.withLock { (state) throws(BrokerError) in
      let now = time.now()
      let ahead = state.waiters.prefix { $0.id != id && $0.pass.urgency <= pass.urgency }.flatMap(\.pass.charges)
      switch state.budget.request(pass.charges, isUrgent: pass.isUrgent, ahead: ahead, at: now) {
      case .go(let ticket):
        try keep(&state, ticket, pass, now)
        return .go(ticket)
      case .banned(let rest): throw Self.lockedOut(rest)
      case .wait(let duration):
        guard now + duration <= deadline else { throw Self.rateLimited(duration) }
        try queue(&state, id, pass)
        return .sleep(duration)
      }
    }
  }

  /// Kept before it leaves, so that a crash after it cannot forget it. A disk in trouble stops no cancel and no exit.
  private func keep(
    _ state: inout State, _ ticket: CallTicket, _ pass: CallPass, _ now: ContinuousClock.Instant
  ) throws(BrokerError) {
    do throws(BrokerError) {
      try keep(&state)
    } catch {
      guard pass.isUrgent else {
        state.budget.conclude(ticket, at: now)
        throw error
      }
    }
  }

  private func keep(_ state: inout State) throws(BrokerError) {
    let changes = state.takeChanges()
    do throws(BrokerError) {
      try store.keep(changes)
    } catch {
      state.putBack(changes)
      throw error
    }
  }

  private func queue(_ state: inout State, _ id: Int, _ pass: CallPass) throws(BrokerError) {
    guard !state.waiters.contains(where: { $0.id == id }) else { return }
    guard state.waiters.count(where: { $0.pass.urgency == pass.urgency }) < limit else {
      throw BrokerError(
        .notSent, scope: .account, recovery: .retry(after: .seconds(1)),
        message: "\(limit) calls as urgent as this wait for the call budget already")
    }
    let place = state.waiters.firstIndex { $0.pass.urgency > pass.urgency } ?? state.waiters.endIndex
    state.waiters.insert(Waiter(id: id, pass: pass), at: place)
  }

  private func forget(_ id: Int) {
    state.withLock { state in state.waiters.removeAll { $0.id == id } }
  }

  private func sleep(_ duration: Duration) async throws(BrokerError) {
    do {
      try await time.sleep(duration)
    } catch {
      throw BrokerError(.notSent, scope: .account, recovery: .never, message: "cancelled while waiting for the budget")
    }
  }

  private func conclude(_ ticket: CallTicket, late: Duration) {
    guard !ticket.entries.isEmpty else { return }
    change { $0.conclude(ticket, late: late, at: $1) }
  }

  /// Changes the budget and keeps what came of it; what cannot be kept now is tried again with the next call.
  private func change(_ body: (inout CallBudget, ContinuousClock.Instant) -> Void) {
    state.withLock { state in
      body(&state.budget, time.now())
      try? keep(&state)
    }
  }

  // MARK: What the venue says

  /// Whether anything may leave now: asked again right before a call leaves, since a ban may have come while it waited.
  /// - Throws: ``BrokerError/Code/lockedOut``.
  public func checkOpen() throws(BrokerError) {
    if let rest = state.withLock({ $0.budget.ban(at: time.now()) }) { throw Self.lockedOut(rest) }
  }

  /// The venue says that a counter is full; see ``CallBudget/noteFull(_:_:pause:at:)``.
  public func noteFull(_ counter: String, _ member: String? = nil, pause: Duration? = nil) {
    change { $0.noteFull(counter, member, pause: pause, at: $1) }
  }

  /// The venue took a call that adds to this counter.
  public func noteTaken(_ counter: String) { state.withLock { $0.budget.noteTaken(counter) } }

  /// The venue wants silence for so long.
  public func ban(for duration: Duration) { change { $0.ban(for: duration, at: $1) } }

  private static func lockedOut(_ rest: Duration) -> BrokerError {
    BrokerError(
      .lockedOut, scope: .account, recovery: .retry(after: rest),
      message: "the venue wants no calls for another \(rest.roundedUpToSeconds)")
  }

  private static func rateLimited(_ wait: Duration) -> BrokerError {
    BrokerError(
      .rateLimited, scope: .account, recovery: .retry(after: wait),
      message: "the call budget has no room for another \(wait.roundedUpToSeconds)")
  }
}

/// A call that wants to leave.
public struct CallPass: Sendable {
  /// What it adds to which counters.
  public var charges: [CallCharge]
  /// Who goes first.
  public var priority: HTTPRequest.Priority
  /// Whether it may use what is kept for what is urgent.
  public var isUrgent: Bool
  /// The longest that it waits.
  public var patience: Duration

  /// A call; cancels and orders that reduce are urgent.
  public init(
    _ charges: [CallCharge], priority: HTTPRequest.Priority, isUrgent: Bool = false, patience: Duration
  ) {
    self.charges = charges
    self.priority = priority
    self.isUrgent = isUrgent || priority <= .reduce
    self.patience = patience
  }

  /// Less goes first.
  var urgency: Int { priority.rawValue * 2 + (isUrgent ? 0 : 1) }
}

/// Where a gate takes its time from: the machine's steady clock, or a stand-in of tests.
public struct GateTime: Sendable {
  /// The instant now.
  public var now: @Sendable () -> ContinuousClock.Instant
  /// Waits; throws when the task is cancelled.
  public var sleep: @Sendable (Duration) async throws -> Void

  /// A source of time.
  public init(
    now: @escaping @Sendable () -> ContinuousClock.Instant, sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.sleep = sleep
  }

  /// The machine's steady clock.
  public static let continuous = GateTime(now: { .now }, sleep: { try await Task.sleep(for: $0) })
}
