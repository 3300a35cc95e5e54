import Core

/// Whether a call may leave now: the counters it adds to, and bans that the venue ordered.
///
/// A value that decides; ``CallGate`` waits and keeps.
public struct CallBudget: Hashable, Sendable {
  /// What a caller has to do.
  public enum Verdict: Hashable, Sendable {
    /// Send it, and hand the ticket back when it is over.
    case go(CallTicket)
    /// Ask again after this.
    case wait(Duration)
    /// Nothing may leave for so long: the venue banned us.
    case banned(Duration)
  }

  private var families: [String: CounterFamily] = [:]
  private var bannedUntil: ContinuousClock.Instant?
  private let banName: String
  /// The longest ban that any venue may order.
  public static let longestSilence = Duration.seconds(7 * 86_400)
  /// The longest ban that this venue usually orders: assumed where nobody knows whether there is one.
  private let longestBan: Duration
  /// Refusals for a full counter in a row, and until when what is not urgent keeps away from it for them.
  private var refusals: [String: Int] = [:]
  private var pausedUntil: [String: ContinuousClock.Instant] = [:]
  private var pending: [LevelChange] = []

  /// A budget of counters.
  /// - Parameters:
  ///   - name: under which its bans are kept.
  ///   - kept: the levels of the process before.
  ///   - longestBan: assumed where what was kept is lost.
  ///   - longestKept: the longest that is taken for a kept one; `longestBan` where it is left out.
  public init(
    _ name: String, _ kinds: [CounterKind], kept: KeptLevels = KeptLevels(), longestBan: Duration = .seconds(900),
    longestKept: Duration? = nil, at now: ContinuousClock.Instant
  ) {
    self.banName = "ban:\(name)"
    self.longestBan = longestBan
    for kind in kinds {
      var family = CounterFamily(kind, at: now)
      pending += family.restore(kept, at: now)
      families[kind.name] = family
    }
    let most = Int(clamping: longestBan.wholeNanoseconds)
    let silence = Int(clamping: (longestKept ?? longestBan).wholeNanoseconds)
    let ban = min(kept.value(banName, most: most, perSecond: 1_000_000_000), silence)
    if ban > 0 { bannedUntil = now + .nanoseconds(ban) }
    // Kept from the start, so that its absence can only mean damage.
    keepBan(at: now)
  }

  // MARK: Calls

  /// Decides about one call and charges it when it may leave.
  /// - Parameter ahead: the charges of calls that wait and go first.
  public mutating func request(
    _ charges: [CallCharge], isUrgent: Bool, ahead: [CallCharge] = [], at now: ContinuousClock.Instant
  ) -> Verdict {
    if let rest = ban(at: now) { return .banned(rest) }
    let wait = wait(charges, isUrgent: isUrgent, ahead: ahead, at: now)
    guard wait == .zero else { return .wait(wait) }
    var ticket = CallTicket()
    for charge in charges {
      let cost = charge.cost.millionths(at: now)
      guard cost > 0 else { continue }
      let member = update(charge.counter, charge.member, at: now) { $0.begin(cost) }
      ticket.entries.append(CallTicket.Entry(counter: charge.counter, member: member, millionths: cost))
    }
    return .go(ticket)
  }

  /// How long until the charges fit, bans apart.
  public func wait(
    _ charges: [CallCharge], isUrgent: Bool, ahead: [CallCharge] = [], at now: ContinuousClock.Instant
  ) -> Duration {
    charges.reduce(.zero) { longest, charge in
      guard let family = families[charge.counter], charge.cost.millionths(at: now) > 0 else { return longest }
      let before = ahead.lazy.filter(charge.meets).reduce(0) { DecayingCounter.sum($0, $1.cost.millionths(at: now)) }
      let reserve = isUrgent ? 0 : family.kind.reserve
      let pause = isUrgent ? nil : pausedUntil[charge.counter].map { $0 - now }
      return max(longest, pause ?? .zero, family.wait(charge, reserve: reserve, ahead: before, at: now))
    }
  }

  /// A call is over: answered, failed or given up.
  /// - Parameter late: where no answer came, it may still arrive for so long.
  public mutating func conclude(_ ticket: CallTicket, late: Duration = .zero, at now: ContinuousClock.Instant) {
    for entry in ticket.entries {
      _ = update(entry.counter, entry.member, at: now) { $0.conclude(entry.millionths, late: late, at: now) }
    }
  }

  private mutating func update(
    _ counter: String, _ member: String?, at now: ContinuousClock.Instant, _ change: (inout DecayingCounter) -> Void
  ) -> String? {
    guard let (member, changes) = families[counter]?.update(member, at: now, change) else { return nil }
    pending += changes
    return member
  }

  // MARK: What the venue says

  /// The venue says that a counter is full; with `nil` every one of its family.
  /// - Parameter pause: where asking again makes it worse, what is not urgent keeps away for so long, after each further
  ///   refusal in a row for twice as long, up to a minute.
  public mutating func noteFull(
    _ counter: String, _ member: String? = nil, pause: Duration? = nil, at now: ContinuousClock.Instant
  ) {
    if let pause {
      let before = refusals[counter] ?? 0
      pausedUntil[counter] = now + min(pause * (1 << before), .seconds(60))
      refusals[counter] = min(before + 1, 6)
    }
    _ = update(counter, member, at: now) { $0.fill(at: now) }
  }

  /// The venue took a call that adds to this counter.
  public mutating func noteTaken(_ counter: String) { refusals[counter] = nil }

  /// The venue wants silence for so long; a shorter ban never ends a longer one.
  public mutating func ban(for duration: Duration, at now: ContinuousClock.Instant) {
    let end = now + min(max(.zero, duration), Self.longestSilence)
    bannedUntil = max(bannedUntil ?? end, end)
    keepBan(at: now)
  }

  /// What is left of a ban.
  public func ban(at now: ContinuousClock.Instant) -> Duration? {
    guard let bannedUntil, bannedUntil > now else { return nil }
    return bannedUntil - now
  }

  private mutating func keepBan(at now: ContinuousClock.Instant) {
    let rest = Int(clamping: (ban(at: now) ?? .zero).wholeNanoseconds)
    // Forced to the disk, both that there is one and that there is none: they are rare, and cost most when forgotten.
    pending.append(LevelChange(banName, rest, isDurable: true))
  }

  /// What has changed since it was asked last, to be kept in this order.
  public mutating func takeChanges() -> [LevelChange] {
    defer { pending = [] }
    return pending
  }
}
