import Glibc

/// Where the wall says we are: nonces, expiries, counters and the journal follow it. Passed in, so that tests can step it.
public protocol ProtocolClock: Sendable {
  /// The instant now.
  var now: Timestamp { get }
}

/// The machine's own wall clock.
public struct WallClock: ProtocolClock {
  /// The machine's own wall clock.
  public init() {}
  /// The instant now.
  public var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}

/// The clock of candles, cycles and the trading day: the wall, or in the sandbox a line that runs faster than it.
public struct MarketClock: Hashable, Sendable {
  /// The wall's instant at which the market clock showed `origin`.
  public let wallOrigin: Timestamp
  /// What the market clock showed then.
  public let origin: Timestamp
  /// How many market seconds pass in one second of the wall; at least 1.
  public let speed: Int

  /// A clock that showed `origin` at the wall's `wallOrigin` and runs `speed` times as fast.
  public init(wallOrigin: Timestamp, origin: Timestamp, speed: Int) {
    self.wallOrigin = wallOrigin
    self.origin = origin
    self.speed = max(1, speed)
  }

  /// The wall itself.
  public static let wall = MarketClock(
    wallOrigin: Timestamp(nanoseconds: 0), origin: Timestamp(nanoseconds: 0), speed: 1)

  /// What the market clock shows when the wall shows `wall`.
  public func time(atWall wall: Timestamp) -> Timestamp {
    let (elapsed, overflow) = (wall - wallOrigin).wholeNanoseconds.multipliedReportingOverflow(by: Int64(speed))
    return origin + .nanoseconds(overflow ? .max : elapsed)
  }

  /// How long the wall takes for a duration of the market.
  public func wallDuration(of duration: Duration) -> Duration { duration / speed }

  /// How long the market clock advances in a duration of the wall.
  public func marketDuration(of duration: Duration) -> Duration { duration * speed }
}
