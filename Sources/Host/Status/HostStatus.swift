import Core
import Messages

/// Everything the host knows, at one instant.
struct HostStatus: Sendable {
  var pid: Int32
  var startedAt: Timestamp
  var mode: String
  var manifest: String
  var sandboxProcess: Int32?
  /// Each master followed by its users.
  var accounts: [AccountStatus]
  var feeds: [FeedStatus]

  /// The account called `id`.
  func account(_ id: String) -> AccountStatus? { accounts.first { $0.id == id } }

  /// The accounts that are neither trading nor where the operator wants them.
  var unready: [AccountStatus] { accounts.filter { !$0.isReady } }
}

/// One account: what the host decided and what its worker observed.
struct AccountStatus: Sendable {
  var id: String
  var broker: String
  var plugin: String
  var role: String
  var name: String
  var mode: String
  var control: String
  var standing: WorkerUnit.Standing
  var process: Int32?
  var restarts: Int
  var declaredAt: Timestamp
  var boundAt: Timestamp?
  /// The last report, of the process that runs or of the one before it.
  var report: AccountReport?
  /// Whether it is of the process that runs: only then does its ladder count.
  var isReportCurrent: Bool
  /// How far our clock is from the venue's, as the brokerage's feed or a probe measured it last.
  var clock: ClockOffset?

  /// Trading, or in a state that the operator chose.
  var isReady: Bool {
    switch standing.state {
    case .trading, .disabled, .paused, .halted: true
    case .exitOnly: control == "exit_only"
    case .awaitingCredentials, .starting, .unfunded, .degraded, .parked: false
    }
  }

  /// When each rung was reached.
  var ladder: [Rung: Timestamp] {
    var ladder = isReportCurrent ? report?.ladder ?? [:] : [:]
    ladder[.declared] = ladder[.declared] ?? declaredAt
    ladder[.bound] = ladder[.bound] ?? boundAt
    return ladder
  }
}

/// One brokerage's feed.
struct FeedStatus: Sendable {
  var broker: String
  var mode: String
  var standing: WorkerUnit.Standing
  var process: Int32?
  var restarts: Int
  var report: FeedReport?
}
