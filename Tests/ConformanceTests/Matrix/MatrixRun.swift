import Broker
import Core
import Synchronization

@testable import Conformance
@testable import Host

/// Names that a performed call leaves for its judge.
final class Taken: Sendable {
  private let names = Mutex<[VenueOrderID]>([])
  var ids: [VenueOrderID] { names.withLock { $0 } }
  func note(_ id: VenueOrderID) { names.withLock { $0.append(id) } }
}

/// Outcomes that a performed batch leaves for its judge.
final class Outcomes: Sendable {
  private let outcomes = Mutex<[Result<Acknowledgement, BrokerError>]>([])
  var all: [Result<Acknowledgement, BrokerError>] { outcomes.withLock { $0 } }
  func note(_ outcomes: [Result<Acknowledgement, BrokerError>]) { self.outcomes.withLock { $0 = outcomes } }
}

extension MatrixTrial {
  /// A number out of the ledger once nothing can change it any more: requests that the fault delays have arrived.
  func settled(_ number: (AccountFacts) -> Int) async throws -> Int {
    if let wait = fault.lateness { try await Task.sleep(for: wait) }
    return number(try await account.facts())
  }
}

extension MatrixFault {
  /// How long after the call a request may still be carried out.
  var lateness: Duration? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let milliseconds = Int(parts[1]) else { return nil }
    return ["delay_before", "lost"].contains(parts[0]) ? .milliseconds(milliseconds + 400) : nil
  }
}

/// One cell of the matrix, filled.
struct MatrixCell: Sendable {
  let operation: String
  let fault: String
  /// `answered`, or code, scope, whether it may have executed, how long it took.
  let report: String
  /// Which rules it breaks.
  let broken: [String]
}

/// Runs one operation under every fault, at a venue of its own.
struct MatrixRow: Sendable {
  let subject: PluginKind
  let operation: MatrixOperation
  let faults: [MatrixFault]
  let venues: SandboxConformanceVenues
  let transport: any Transport

  /// No call waits longer for an answer, whatever the plugin says.
  static let cap = Duration.milliseconds(700)
  /// What a call may take on top of that: waiting for its turn and its budget, on a machine that is busy.
  static let slack = Duration.seconds(12)

  func run() async throws -> [MatrixCell] {
    let venue = try await venues.open(speed: 1)
    do {
      let survey = try await Survey.take(subject, venue, transport).get()
      let trial = Trial(subject, venue, survey, transport)
      let cells = try await run(trial)
      await venue.close()
      return cells
    } catch {
      await venue.close()
      throw error
    }
  }

  private func run(_ trial: Trial) async throws -> [MatrixCell] {
    let shared = operation.nature == .question ? try await Self.prepared(trial) : nil
    let baseline: String
    do {
      baseline = try await self.baseline(trial, shared)
    } catch let error as BrokerError where error.code == .unsupported {
      print("fault matrix: \(operation.name) is not served by the venue \(subject.name)")
      return []
    }
    var cells: [MatrixCell] = []
    for fault in faults {
      let account = try await account(trial, shared)
      let cell = MatrixTrial(
        trial: trial, account: account, fault: fault, baseline: baseline, isOrder: operation.name.hasPrefix("place"))
      cells.append(try await fill(cell))
      try await trial.venue.clearFaults()
      // What keeps the venue busy is not to be seen in the next cell.
      _ = try await trial.feed().plugin.fetchServerTime()
      // The venue's counters fall meanwhile.
      try await trial.venue.stepClock(by: .seconds(30))
    }
    return cells
  }

  /// An account with an order of each end.
  private static func prepared(_ trial: Trial) async throws -> TrialAccount {
    let account = try await trial.account()
    _ = try await account.place(try account.taking())
    let gone = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(gone)
    _ = try await account.final(gone)
    _ = try await account.place(try account.resting())
    return account
  }

  private func account(_ trial: Trial, _ shared: TrialAccount?) async throws -> TrialAccount {
    if let shared { return try await shared.anotherKey() }
    guard operation.nature == .publicQuestion else { return try await trial.account() }
    let (plugin, wire) = try trial.feed()
    return TrialAccount(
      trial, AccountWish(name: "nobody", funds: [:]), OpenedAccount(credentials: [:], identity: nil), plugin, wire)
  }

  private func baseline(_ trial: Trial, _ shared: TrialAccount?) async throws -> String {
    let cell = MatrixTrial(
      trial: trial, account: try await account(trial, shared), fault: MatrixFault(text: ""), baseline: "")
    return try await operation.prepare(cell).perform()
  }

  private func fill(_ cell: MatrixTrial) async throws -> MatrixCell {
    let prepared = try await operation.prepare(cell)
    let before = cell.account.wire.sent
    cell.account.wire.cap = Self.cap
    let state = ["clock_skew"].contains { cell.fault.text.hasPrefix($0) }
    let name = operation.nature == .publicQuestion || state ? nil : cell.account.wish.name
    try await cell.trial.venue.set(
      VenueFault(cell.fault.text, account: name, count: cell.fault.isOfTheVenue ? 1 : 50))
    let started = ContinuousClock.now
    let outcome = await Bounded.run(within: Self.cap * 6 + Self.slack) { await Self.outcome(prepared.perform) }
    let took = ContinuousClock.now - started
    let sent = cell.account.wire.sent - before
    var broken: [String] = []
    if let outcome, case .failure(let error) = outcome {
      broken += try await Self.failure(error, cell, prepared, sent: sent)
    }
    try await cell.trial.venue.clearFaults()
    cell.account.wire.cap = nil
    guard let outcome else {
      return MatrixCell(
        operation: operation.name, fault: cell.fault.text, report: "HANGS", broken: ["no end after \(took)"])
    }
    if took > Self.cap * max(1, sent) + Self.slack { broken.append("\(took) for \(sent) requests") }
    broken += try await prepared.judge(outcome)
    return MatrixCell(
      operation: operation.name, fault: cell.fault.text, report: Self.report(outcome, took), broken: broken)
  }

  private static func outcome(
    _ perform: @Sendable () async throws(BrokerError) -> String
  ) async -> Result<String, BrokerError> {
    do throws(BrokerError) { return .success(try await perform()) } catch { return .failure(error) }
  }

  /// What every failure has to keep to, the fault still being there.
  private static func failure(
    _ error: BrokerError, _ cell: MatrixTrial, _ prepared: MatrixOperation.Prepared, sent: Int
  ) async throws -> [String] {
    var broken: [String] = []
    do throws(Mismatch) { try KeyCases.checkNothingShown(error, cell.account) } catch {
      broken.append(error.description)
    }
    if error.operation.isEmpty { broken.append("an error without its operation") }
    let isCertain = cell.fault.isCertainRefusal || (cell.isOrder && cell.fault.isCertainRefusalOfOrders)
    if isCertain, error.mayHaveExecuted { broken.append("certainly refused, said to be in doubt") }
    guard cell.fault.isBan, sent > 0 else { return broken }
    let before = cell.account.wire.sent
    if case .success = await outcome(prepared.perform) { broken.append("an answer during a ban") }
    if cell.account.wire.sent > before { broken.append("\(cell.account.wire.sent - before) requests during a ban") }
    return broken
  }

  private static func report(_ outcome: Result<String, BrokerError>, _ took: Duration) -> String {
    let speed = took < .milliseconds(300) ? "at once" : took < cap ? "late" : "after its time-out"
    switch outcome {
    case .success: return "answered \(speed)"
    case .failure(let error):
      return "\(error.code.rawValue)/\(error.scope.rawValue)\(error.mayHaveExecuted ? " MAYBE" : "") \(speed)"
    }
  }
}

extension MatrixFault {
  /// Whether it holds until it is cleared, so that it strikes no number of calls.
  var isOfTheVenue: Bool {
    let name = text.prefix { $0 != ":" }
    return [
      "lockout", "revoked", "permission_removed", "maintenance", "cancel_only", "post_only", "clock_skew",
      "nonce_ahead",
      "flaky_401", "visibility", "settlement", "unknown_method", "cancel_race",
    ].contains(name)
  }
}
