import Core
import Synchronization

/// The sandbox's protocol clock: the wall, and what it was stepped by.
final class SteppableClock: ProtocolClock {
  private let wall: any ProtocolClock
  private let ahead = Mutex(Duration.zero)
  /// As far as it may be off the wall.
  static let limit = Duration.seconds(366 * 86_400)

  init(_ wall: any ProtocolClock) { self.wall = wall }

  var now: Timestamp { wall.now + ahead.withLock { $0 } }

  /// Steps it; `false` when that would take it too far.
  func step(by duration: Duration) -> Bool {
    ahead.withLock { ahead in
      guard abs((ahead + duration).components.seconds) <= Self.limit.components.seconds else { return false }
      ahead += duration
      return true
    }
  }
}
