import Core
import Messages

/// Turns what was observed of one account into the lines that operators search for, each printed once per fact.
struct Phrases: Sendable {
  /// Whose account it is, in the words of the log.
  struct Subject: Hashable, Sendable {
    var broker: String
    var brokerTitle: String
    /// `nil` for the master.
    var user: String?
    var name: String

    /// `kraken`, `tania_gilbert_kraken`: the account's name in the phrases.
    var label: String { user.map { "\($0)_\(broker)" } ?? broker }
    var isMaster: Bool { user == nil }
  }

  private let subject: Subject
  private var saidConnected = false
  private var saidStarted = false
  private var lastCycle: Int?
  private var lastState: AccountState?
  private var lastReason: String?

  init(_ subject: Subject) { self.subject = subject }

  /// A new worker proves everything anew.
  mutating func workerStarted() {
    saidConnected = false
    saidStarted = false
  }

  /// The lines that a report gives cause for.
  mutating func lines(for report: AccountReport) -> [LogEvent] {
    var lines: [LogEvent] = []
    if !saidConnected, report.ladder[.authenticated] != nil {
      saidConnected = true
      lines.append(connected)
    }
    if !saidStarted, report.state == .trading {
      saidStarted = true
      lines.append(
        LogEvent(
          .info, "trading_started",
          "✅ Started independent trading thread for \(subject.label) (\(subject.isMaster ? "MASTER" : "USER"))"))
    }
    if let cycle = report.cycle, cycle.number != lastCycle {
      lastCycle = cycle.number
      lines += self.lines(for: cycle)
    }
    return lines + stateChange(report.state, report.reason, report.nextStep)
  }

  /// The venue answered a private call, and the key may do what is needed.
  var connected: LogEvent {
    let text =
      subject.isMaster
      ? "✅ \(subject.brokerTitle) MASTER connected"
      : "✅ USER: \(subject.name): connected (Broker: \(subject.broker.uppercased()))"
    return LogEvent(.info, "connected", text)
  }

  private func lines(for cycle: CycleReport) -> [LogEvent] {
    let number = "\(cycle.number)"
    let begun = LogEvent(
      .info, "cycle_started", "🔄 \(subject.label) - Cycle #\(number)",
      fields: ["cycle": number, "started_at": cycle.startedAt.description])
    if let failure = cycle.failure {
      let text = "❌ \(subject.label) trading cycle failed: \(failure); will retry next cycle"
      return [begun, LogEvent(.error, "cycle_failed", text, fields: ["cycle": number, "cause": failure])]
    }
    return [
      begun,
      LogEvent(
        .info, "cycle_completed", "✅ \(subject.label) cycle completed successfully",
        fields: [
          "cycle": number, "markets": "\(cycle.markets)", "signals": "\(cycle.signals)", "orders": "\(cycle.orders)",
          "finished_at": cycle.finishedAt.description,
        ]),
    ]
  }

  /// The line for a state that the host or the worker entered; none when nothing changed.
  mutating func stateChange(_ state: AccountState, _ reason: String?, _ nextStep: String?) -> [LogEvent] {
    guard state != lastState || reason != lastReason else { return [] }
    let isSameState = state == lastState
    lastState = state
    lastReason = reason
    // A trading account needs no line beside its phrase, and a reason that only counts on is no news.
    guard state != .trading, !isSameState || state != .starting else { return [] }
    let tail = [reason, nextStep.map { "next: \($0)" }].compactMap(\.self).joined(separator: "; ")
    let level: LogEvent.Level =
      switch state {
      case .parked, .degraded: .warning
      default: .info
      }
    var fields = ["state": state.rawValue]
    fields["reason"] = reason
    fields["next_step"] = nextStep
    return [
      LogEvent(level, "state_changed", tail.isEmpty ? state.rawValue : "\(state.rawValue): \(tail)", fields: fields)
    ]
  }

  /// The line for credentials that are not there. `missing` holds names, with what is wrong where it is more than that.
  func notConfigured(missing: [String]) -> LogEvent {
    let list = missing.joined(separator: ", ")
    let who = subject.isMaster ? "MASTER: \(subject.broker)" : "USER: \(subject.name)"
    return LogEvent(
      .warning, "not_configured",
      "⚪ \(who): NOT CONFIGURED (Broker: \(subject.broker.uppercased()), Credentials not set: \(list))",
      fields: ["missing": list])
  }
}
