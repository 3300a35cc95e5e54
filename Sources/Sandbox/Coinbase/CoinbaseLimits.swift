import Core
import Synchronization

/// Requests a second: 30 for a key's account, 10 for an address without a key (reference, Limits).
final class CoinbaseLimits: Sendable {
  /// Who is counted.
  enum Caller: Hashable, Sendable {
    case account(String)
    case address(String)

    /// Requests a second, and at once after a pause.
    var rate: Int64 {
      switch self {
      case .account: 30
      case .address: 10
      }
    }
  }

  /// Callers remembered at most; beyond them the ones whose buckets are full again are forgotten.
  private static let capacity = 4_096
  private let buckets = Mutex<[Caller: TokenBucket]>([:])

  /// Whether the caller may go on at `now` (protocol clock).
  func admit(_ caller: Caller, at now: Timestamp) -> Bool {
    buckets.withLock { buckets in
      if buckets.count >= Self.capacity, buckets[caller] == nil {
        buckets = buckets.filter { !$0.value.isFull(at: now) }
        guard buckets.count < Self.capacity else { return false }
      }
      return buckets[caller, default: TokenBucket(rate: caller.rate, at: now)].take(at: now)
    }
  }
}

/// Refills evenly, holds one second's worth.
private struct TokenBucket: Sendable {
  private let cost: Int64
  private let full: Int64 = 1_000_000_000
  private var level: Int64
  private var updated: Timestamp

  init(rate: Int64, at now: Timestamp) {
    self.cost = full / rate
    self.level = full
    self.updated = now
  }

  /// What it holds at `now`; a clock stepped back adds nothing.
  private func level(at now: Timestamp) -> Int64 {
    let elapsed = max(0, min(full, (now - updated).wholeNanoseconds))
    return min(full, level + elapsed)
  }

  func isFull(at now: Timestamp) -> Bool { level(at: now) == full }

  mutating func take(at now: Timestamp) -> Bool {
    level = level(at: now)
    updated = now
    guard level >= cost else { return false }
    level -= cost
    return true
  }
}
