/// A venue's call counter: every call adds its cost, time takes off, and above the maximum the venue refuses.
///
/// Counted in millionths, so that `0.33 a second` is exact. A value: instants come in, decisions go out.
public struct DecayingCounter: Hashable, Sendable {
  /// The most the counter may show.
  public let maximum: Int
  /// Taken off in a second, in millionths.
  public let decayPerSecond: Int
  private var level: Int
  private var asOf: ContinuousClock.Instant

  private static let unit = 1_000_000

  /// A counter that shows `level` at `start`.
  /// - Parameter decayPerSecond: in millionths a second: 330,000 is 0.33.
  public init(maximum: Int, decayPerSecond: Int, level: Int = 0, start: ContinuousClock.Instant) {
    precondition(maximum > 0 && decayPerSecond > 0, "a counter needs room and decay")
    self.maximum = maximum
    self.decayPerSecond = decayPerSecond
    self.level = level * Self.unit
    self.asOf = start
  }

  /// What it shows, in millionths. Time that goes backwards takes nothing off.
  public func level(at now: ContinuousClock.Instant) -> Int {
    let elapsed = max(.zero, min(now - asOf, .seconds(1_000_000)))
    let nanoseconds =
      Int(elapsed.components.seconds) * 1_000_000_000 + Int(elapsed.components.attoseconds / 1_000_000_000)
    // Rounded down: never less on our counter than on the venue's.
    let (product, overflow) = nanoseconds.multipliedReportingOverflow(by: decayPerSecond)
    return overflow ? 0 : max(0, level - product / 1_000_000_000)
  }

  /// How long until a call of `cost` fits below the maximum less `reserve`; zero when it fits now.
  ///
  /// A cost that never fits waits until the counter shows nothing.
  public func wait(for cost: Int, reserve: Int = 0, at now: ContinuousClock.Instant) -> Duration {
    let room = max(0, (maximum - reserve - cost) * Self.unit)
    let excess = level(at: now) - room
    guard excess > 0 else { return .zero }
    // Rounded up, so that it fits then.
    return .nanoseconds((excess * 1_000 + decayPerSecond - 1) / decayPerSecond * 1_000_000)
  }

  /// Adds a call that leaves now.
  public mutating func charge(_ cost: Int, at now: ContinuousClock.Instant) {
    level = level(at: now) + cost * Self.unit
    asOf = max(asOf, now)
  }

  /// Shows the maximum from now on: the venue said that it does.
  public mutating func fill(at now: ContinuousClock.Instant) {
    level = max(level(at: now), maximum * Self.unit)
    asOf = max(asOf, now)
  }
}
