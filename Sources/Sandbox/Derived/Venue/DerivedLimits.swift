import Core
import Descriptor
import Synchronization

/// The counters that a descriptor's `limits` name, as the venue keeps them.
final class DerivedLimits: Sendable {
  private let limits: [CallLimit]
  private let counters = Mutex<[String: DecayingCounter]>([:])

  /// Four feeds of a fast market may share an address, as at the other venues of the sandbox.
  private static let feeds = 4.0

  init(_ limits: [CallLimit]) { self.limits = limits }

  /// Counts a call; `false` when one of its counters is full. What is counted for an address is counted for each of its
  /// keys here, since all accounts of a sandbox come from one.
  func admit(_ cost: [String: Int], key: String?, remote: String, market: String?, at now: Timestamp) -> Bool {
    counters.withLock { counters in
      var isAdmitted = true
      for limit in limits {
        guard let added = cost[limit.name], added > 0 else { continue }
        let owner = key.map { "key \($0)" } ?? "address \(remote)"
        let name = "\(limit.name) \(owner) \(limit.scope == .instrument ? market ?? "" : "")"
        let seconds = max(0.001, Double(limit.per.wholeMilliseconds) / 1_000)
        let most = Double(limit.most) * (key == nil ? Self.feeds : 1)
        // A call may take as long to come as the one before it was quick: the client's count is not the venue's.
        let room = most * 1.02 + 1
        isAdmitted =
          counters[name, default: DecayingCounter()].add(Double(added), limit: room, decay: most / seconds, at: now)
          && isAdmitted
      }
      return isAdmitted
    }
  }
}
