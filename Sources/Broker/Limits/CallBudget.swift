/// Whether a call may leave now: one counter, and bans that the venue ordered.
///
/// A value that decides; ``CallGate`` waits.
public struct CallBudget: Hashable, Sendable {
  /// What a caller has to do.
  public enum Verdict: Hashable, Sendable {
    /// Send it; its cost is charged.
    case go
    /// Ask again after this.
    case wait(Duration)
    /// Nothing may leave for so long: the venue banned us.
    case banned(Duration)
  }

  private var counter: DecayingCounter
  private let reserve: Int
  private var bannedUntil: ContinuousClock.Instant?

  /// A budget of which `reserve` is kept for what is urgent: cancels and exits.
  public init(_ counter: DecayingCounter, reserve: Int) {
    self.counter = counter
    self.reserve = reserve
  }

  /// Decides about one call and charges it when it may leave.
  public mutating func request(cost: Int, isUrgent: Bool, at now: ContinuousClock.Instant) -> Verdict {
    if let bannedUntil {
      guard bannedUntil <= now else { return .banned(bannedUntil - now) }
      self.bannedUntil = nil
    }
    guard cost > 0 else { return .go }
    let wait = counter.wait(for: cost, reserve: isUrgent ? 0 : reserve, at: now)
    guard wait == .zero else { return .wait(wait) }
    counter.charge(cost, at: now)
    return .go
  }

  /// The venue says that its counter is full.
  public mutating func noteFull(at now: ContinuousClock.Instant) { counter.fill(at: now) }

  /// The venue wants silence until then; a shorter ban never ends a longer one.
  public mutating func ban(until instant: ContinuousClock.Instant) {
    bannedUntil = max(bannedUntil ?? instant, instant)
  }
}
