import Core
import Synchronization

/// What an order's age makes dear at the matching engine (reference §3.2): seconds since it was taken or last changed,
/// and what doing it before then adds.
enum KrakenEngineCost: Sendable {
  case amend, edit, cancel

  /// Charged at any age.
  var fixed: Double { self == .cancel ? 0 : 1 }

  private var steps: [(below: Int64, cost: Double)] {
    switch self {
    case .amend: [(5, 3), (10, 2), (15, 1)]
    case .edit: [(5, 6), (10, 5), (15, 4), (45, 2), (90, 1)]
    case .cancel: [(5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1)]
    }
  }

  /// Charged besides for an order of this age.
  func penalty(age: Duration) -> Double { steps.first { age < .seconds($0.below) }?.cost ?? 0 }
}

/// What the matching engine counts, per account and market.
final class EngineCounters: Sendable {
  private let counters = Mutex<[String: DecayingCounter]>([:])

  /// Counts a placement or a change; `false` when it goes over the limit.
  func add(_ cost: Double, _ account: String, _ symbol: Symbol, _ tier: KrakenTier, _ now: Timestamp) -> Bool {
    counters.withLock {
      $0["\(account) \(symbol)", default: DecayingCounter()]
        .add(cost, limit: tier.engineLimit, decay: tier.engineDecay, at: now)
    }
  }

  /// Counts what is never refused for it: a cancellation, or the dear part of a change that was made.
  func charge(_ cost: Double, _ account: String, _ symbol: Symbol, _ tier: KrakenTier, _ now: Timestamp) {
    counters.withLock {
      $0["\(account) \(symbol)", default: DecayingCounter()].charge(cost, decay: tier.engineDecay, at: now)
    }
  }
}
