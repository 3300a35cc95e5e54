import Config
import Core
import Messages

/// Names a worker: an account's, the feed of one brokerage in one mode, or a probe.
struct WorkerID: Hashable, Sendable {
  let role: WorkerSettings.Role
  /// The account's id, or the broker's for a feed.
  let name: String
  /// `sandbox`, `paper` or `live`: a brokerage may have accounts in more than one.
  let mode: String

  /// How log lines call it.
  var label: String { role == .account ? name : "\(role.rawValue) \(name)" }

  /// An account's.
  static func account(_ plan: AccountPlan) -> WorkerID {
    WorkerID(role: .account, name: plan.id, mode: plan.mode.rawValue)
  }

  /// The one that looks at an account which no host runs.
  static func probe(_ plan: AccountPlan) -> WorkerID {
    WorkerID(role: .probe, name: plan.id, mode: plan.mode.rawValue)
  }

  /// The feed that serves an account.
  static func feed(of plan: AccountPlan) -> WorkerID {
    WorkerID(role: .feed, name: plan.broker, mode: plan.mode.rawValue)
  }
}
