import Core

/// A venue's call counter: every call adds its cost, time takes off, and above the maximum the venue refuses.
///
/// Counted in millionths, so that `0.33 a second` is exact. A value: instants come in, decisions go out. A call under
/// way does not decay: nobody knows when it arrives, and it counts from then. So what is shown here is never less than
/// what the venue's counter shows, however long a call takes.
public struct DecayingCounter: Hashable, Sendable {
  /// The most the counter may show.
  public let maximum: Int
  /// Taken off in a second, in millionths.
  public let decayPerSecond: Int
  private var settled: Int
  private var asOf: ContinuousClock.Instant
  /// Of calls under way.
  private var outstanding = 0

  /// Nothing is counted beyond this: far above every venue's maximum, far below the end of the type.
  static let ceiling = 1 << 52

  /// A counter that shows `level` millionths at `start`.
  /// - Parameter decayPerSecond: in millionths a second: 330,000 is 0.33.
  public init(maximum: Int, decayPerSecond: Int, level: Int = 0, start: ContinuousClock.Instant) {
    precondition(maximum > 0 && decayPerSecond > 0, "a counter needs room and decay")
    self.maximum = maximum
    self.decayPerSecond = decayPerSecond
    self.settled = min(max(0, level), Self.ceiling)
    self.asOf = start
  }

  /// What it shows, in millionths. Time that goes backwards takes nothing off.
  public func level(at now: ContinuousClock.Instant) -> Int { Self.sum(settled(at: now), outstanding) }

  /// Whether no call is under way, nor one that may arrive late: from now on it falls.
  func isSettled(at now: ContinuousClock.Instant) -> Bool { outstanding == 0 && asOf <= now }

  private func settled(at now: ContinuousClock.Instant) -> Int {
    // Rounded down: never less on our counter than on the venue's.
    let decay = Int128(max(0, (now - asOf).wholeNanoseconds)) * Int128(decayPerSecond) / 1_000_000_000
    return decay >= Int128(settled) ? 0 : settled - Int(decay)
  }

  /// Both together, held at the ceiling.
  static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? ceiling : min(sum, ceiling)
  }

  /// How long until a call of `cost` fits below the maximum less `reserve`; zero when it fits now.
  ///
  /// A cost that never fits waits until the counter shows nothing.
  /// - Parameter ahead: millionths of others that wait and go first.
  public func wait(
    for cost: CallCost, reserve: Int = 0, ahead: Int = 0, at now: ContinuousClock.Instant
  ) -> Duration {
    let shown = Self.sum(level(at: now), ahead)
    let limit = CallCost.units(max(0, maximum - max(0, reserve))).millionths(at: now)
    if shown <= limit - cost.millionths(at: now) { return .zero }
    let starts = [now] + cost.changes(after: now)
    for (index, start) in starts.enumerated() {
      let fits = now + fall(from: shown, to: max(0, limit - cost.millionths(at: start)))
      let next = index + 1 < starts.count ? starts[index + 1] : nil
      if next.map({ fits < $0 }) ?? true { return max(fits, start) - now }
    }
    return .zero
  }

  /// How long until it has fallen so far, rounded up so that it has then.
  private func fall(from level: Int, to target: Int) -> Duration {
    guard level > target else { return .zero }
    let decay = Int128(decayPerSecond)
    let nanoseconds = (Int128(level - target) * 1_000_000_000 + decay - 1) / decay
    return .nanoseconds(Int64(clamping: nanoseconds))
  }

  /// A call of so many millionths leaves.
  public mutating func begin(_ cost: Int) { outstanding = Self.sum(outstanding, max(0, cost)) }

  /// A call that began is over: it arrived by now, if it did at all.
  /// - Parameter late: where no answer came, it may still arrive for so long.
  public mutating func conclude(_ cost: Int, late: Duration = .zero, at now: ContinuousClock.Instant) {
    outstanding = max(0, outstanding - max(0, cost))
    set(Self.sum(settled(at: now), max(0, cost)), at: now + max(.zero, late))
  }

  /// The venue said that its counter is full.
  public mutating func fill(at now: ContinuousClock.Instant) {
    raise(to: CallCost.units(maximum).millionths(at: now), at: now)
  }

  /// Shows at least this from now on.
  mutating func raise(to level: Int, at now: ContinuousClock.Instant) {
    set(max(settled(at: now), min(level, Self.ceiling)), at: now)
  }

  private mutating func set(_ level: Int, at now: ContinuousClock.Instant) {
    settled = level
    asOf = max(asOf, now)
  }
}
