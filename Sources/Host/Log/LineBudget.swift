/// How many lines (or messages) one worker may give: a bucket that refills steadily. Pure; instants are passed in.
struct LineBudget: Sendable {
  typealias Instant = ContinuousClock.Instant

  private let burst: Double
  private let perSecond: Double
  private var level: Double
  private var last: Instant
  /// Refused since the last one let through.
  private(set) var refused = 0

  /// A full bucket.
  init(burst: Int, perSecond: Int, at now: Instant) {
    self.burst = Double(burst)
    self.perSecond = Double(perSecond)
    level = Double(burst)
    last = now
  }

  private mutating func refill(_ now: Instant) {
    let seconds = (now - last) / .seconds(1)
    guard seconds > 0 else { return }
    level = min(burst, level + seconds * perSecond)
    last = now
  }

  /// Whether one more may pass; how many were refused before it.
  mutating func take(at now: Instant) -> Int? {
    refill(now)
    guard level >= 1 else {
      refused += 1
      return nil
    }
    level -= 1
    defer { refused = 0 }
    return refused
  }

  /// How long until one more may pass, taking it ahead of time.
  mutating func delay(at now: Instant) -> Duration {
    refill(now)
    level -= 1
    return level >= 0 ? .zero : .seconds(-level / perSecond)
  }
}
