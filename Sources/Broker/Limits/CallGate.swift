import Synchronization

/// Lets calls through as fast as a ``CallBudget`` allows, each waiting no longer than it may.
public final class CallGate: Sendable {
  private let budget: Mutex<CallBudget>
  private let time: GateTime

  /// A gate in front of one budget.
  public init(_ budget: CallBudget, time: GateTime = .continuous) {
    self.budget = Mutex(budget)
    self.time = time
  }

  /// Returns when the call may leave; its cost is then charged.
  /// - Parameters:
  ///   - isUrgent: whether it may use what is kept for cancels and exits.
  ///   - bound: the longest that it waits.
  /// - Throws: ``BrokerError/Code/rateLimited`` when it would have to wait longer, ``BrokerError/Code/lockedOut`` during
  ///   a ban, ``BrokerError/Code/notSent`` when the task is cancelled. Nothing was sent in any case.
  public func pass(cost: Int, isUrgent: Bool, within bound: Duration) async throws(BrokerError) {
    let deadline = time.now() + bound
    while true {
      let now = time.now()
      switch budget.withLock({ $0.request(cost: cost, isUrgent: isUrgent, at: now) }) {
      case .go: return
      case .banned(let rest):
        throw BrokerError(
          .lockedOut, scope: .account, recovery: .retry(after: rest),
          message: "the venue wants no calls for another \(rest)")
      case .wait(let duration):
        guard now + duration <= deadline else {
          throw BrokerError(
            .rateLimited, scope: .account, recovery: .retry(after: duration),
            message: "the call budget has no room for another \(duration)")
        }
        try await sleep(duration)
      }
    }
  }

  private func sleep(_ duration: Duration) async throws(BrokerError) {
    do {
      try await time.sleep(duration)
    } catch {
      throw BrokerError(.notSent, scope: .account, recovery: .never, message: "cancelled while waiting for the budget")
    }
  }

  /// The venue says that its counter is full.
  public func noteFull() { budget.withLock { $0.noteFull(at: time.now()) } }

  /// The venue wants silence for so long.
  public func ban(for duration: Duration) { budget.withLock { $0.ban(until: time.now() + duration) } }
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
