import Config
import Core
import Messages

/// One worker as the supervisor knows it: what it is for, where its life stands, what it said last.
struct WorkerUnit: Sendable {
  let id: WorkerID
  /// The account; for a feed one of those it serves, whose broker, plugin and endpoint are the feed's.
  let plan: AccountPlan
  var lifecycle: WorkerLifecycle
  var phrases: Phrases
  var lines: LineBudget
  /// The process now, and its running number under this id.
  var process: WorkerProcess?
  var generation = 0
  /// Read when it was started, dropped when they were sent.
  var secrets: [String: Secret] = [:]
  /// When the credentials were found whole.
  var boundAt: Timestamp?
  /// The last word of the account's process, and of the one before until the new one reports.
  var report: AccountReport?
  var feed: FeedReport?
  /// Whether the report is of the process that runs now.
  var isReportCurrent = false
  /// Whether a credential in a file may come while the host runs.
  var watchesFiles = false
  /// The credentials last logged as missing.
  var lastMissing: [String]?
  private(set) var standing: Standing

  /// What `status` shows first.
  struct Standing: Hashable, Sendable {
    var state: AccountState
    var reason: String?
    var nextStep: String?
    var since: Timestamp
  }

  init(id: WorkerID, plan: AccountPlan, lifecycle: WorkerLifecycle, phrases: Phrases, at now: Timestamp) {
    self.id = id
    self.plan = plan
    self.lifecycle = lifecycle
    self.phrases = phrases
    lines = LineBudget(burst: 200, perSecond: 20, at: .now)
    standing = Standing(state: .starting, reason: nil, nextStep: nil, since: now)
    _ = refreshStanding(at: now)
  }

  /// A new process serves it.
  mutating func begin(_ process: WorkerProcess, _ generation: Int, _ secrets: [String: Secret], at now: Timestamp) {
    self.process = process
    self.generation = generation
    self.secrets = secrets
    if id.role == .account { boundAt = boundAt ?? now }
    isReportCurrent = false
    lastMissing = nil
    phrases.workerStarted()
    lifecycle.spawned(at: .now)
  }

  /// Brings the standing up to what the lifecycle and the last report say.
  /// - Returns: whether it changed.
  mutating func refreshStanding(at now: Timestamp) -> Bool {
    let (state, reason, nextStep, since) = observed
    guard state != standing.state || reason != standing.reason || nextStep != standing.nextStep else { return false }
    let isSameState = state == standing.state
    standing = Standing(
      state: state, reason: reason, nextStep: nextStep, since: since ?? (isSameState ? standing.since : now))
    return true
  }

  private var observed: (AccountState, String?, String?, Timestamp?) {
    switch lifecycle.phase {
    case .held(let hold): return (hold.state, hold.reason, hold.nextStep, nil)
    case .backingOff(_, let cause): return (.starting, "\(cause); it is started again", nil, nil)
    case .greeting, .lockingIn: return (.starting, "the worker starts", nil, nil)
    case .closing(_, let cause): return (.starting, cause, nil, nil)
    case .killed(.judge(let cause)): return (.starting, "\(cause); it is killed and started again", nil, nil)
    case .killed(.hold(let hold)): return (hold.state, hold.reason, hold.nextStep, nil)
    case .draining, .killed, .ended: return (.starting, "the worker is told to finish", nil, nil)
    case .running:
      if id.role == .feed { return observedFeed }
      guard isReportCurrent, let report else { return (.starting, "the worker starts", nil, nil) }
      return (report.state, report.reason, report.nextStep, report.since)
    }
  }

  private var observedFeed: (AccountState, String?, String?, Timestamp?) {
    guard let feed else { return (.starting, "the worker starts", nil, nil) }
    return feed.isFresh ? (.trading, nil, nil, nil) : (.degraded, feed.fault ?? "nothing fetched yet", nil, nil)
  }

  /// The process that lives, if one does.
  var livingProcess: Int32? {
    switch lifecycle.phase {
    case .held, .backingOff, .ended: nil
    case .greeting, .lockingIn, .running, .closing, .draining, .killed: process?.process
    }
  }
}
