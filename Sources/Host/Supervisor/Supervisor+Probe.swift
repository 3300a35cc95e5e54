import Config
import Core
import Messages

/// What asking about one account came to.
enum AccountProbeAnswer: Hashable, Sendable {
  /// Its worker looked.
  case looked(ProbeReport)
  /// Its worker could not be asked, for this reason.
  case notAsked(String)
  /// This host runs no such account.
  case unknown
}

/// One account's answer, with where the account stands.
struct AccountProbe: Sendable {
  var account: String
  var answer: AccountProbeAnswer
  var state: AccountState?
  var nextStep: String?
}

/// A look under way.
struct ProbeFlight: Sendable {
  var number: Int
  var waiting: [CheckedContinuation<AccountProbeAnswer, Never>]
}

/// Looks at venues for whoever asks: through the workers that hold the keys, one look an account at a time.
extension Supervisor {
  /// Longer than a worker takes for its bounded steps, shorter than the asker waits.
  private static let probeLimit = Duration.seconds(25)

  /// A venue's clock is read through one of its accounts, and holds for all of them for so long.
  private static let clockValidity = Duration.seconds(10)

  /// Has these accounts looked at, side by side.
  func probe(_ accounts: [String]) async -> [AccountProbe] {
    await withTaskGroup(of: (Int, AccountProbe).self) { tasks in
      for (index, account) in accounts.enumerated() {
        tasks.addTask { (index, await self.probe(account)) }
      }
      var answers: [(Int, AccountProbe)] = []
      for await answer in tasks { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func probe(_ account: String) async -> AccountProbe {
    guard let unit = unit(account) else { return AccountProbe(account: account, answer: .unknown) }
    let answer: AccountProbeAnswer
    if let hindrance = Self.hindrance(unit) {
      answer = .notAsked(hindrance)
    } else {
      answer = await withCheckedContinuation { join(unit, $0) }
    }
    let standing = units[unit.id]?.standing
    return AccountProbe(account: account, answer: answer, state: standing?.state, nextStep: standing?.nextStep)
  }

  private func unit(_ account: String) -> WorkerUnit? {
    order.first { $0.role == .account && $0.name == account }.flatMap { units[$0] }
  }

  /// Why an account's worker cannot be asked; `nil` when it can.
  private static func hindrance(_ unit: WorkerUnit) -> String? {
    if case .running = unit.lifecycle.phase { return nil }
    return unit.standing.reason ?? "its worker does not run"
  }

  /// One message to the worker, however many ask while it looks.
  private func join(_ unit: WorkerUnit, _ asker: CheckedContinuation<AccountProbeAnswer, Never>) {
    let id = unit.id
    if probes[id] != nil {
      probes[id]?.waiting.append(asker)
      return
    }
    probeCount += 1
    let number = probeCount
    probes[id] = ProbeFlight(number: number, waiting: [asker])
    unit.process?.say(.probe(withClock: claimsClock(.feed(of: unit.plan))))
    Task {
      try? await Task.sleep(for: Self.probeLimit)
      guard probes[id]?.number == number else { return }
      landProbe(id, .notAsked("its worker did not answer within \(Self.probeLimit.components.seconds) s"))
    }
  }

  private func claimsClock(_ feed: WorkerID) -> Bool {
    if let known = clocks[feed], ContinuousClock.now - known.askedAt < Self.clockValidity { return false }
    clocks[feed] = (.now, nil)
    return true
  }

  /// Everybody who waits for this account's look hears what it came to.
  func landProbe(_ id: WorkerID, _ answer: AccountProbeAnswer) {
    var answer = answer
    if case .looked(var report) = answer, let feed = (units[id]?.plan).map(WorkerID.feed) {
      if report.clock.isAnswer { clocks[feed]?.outcome = report.clock }
      report.clock = clocks[feed]?.outcome ?? report.clock
      answer = .looked(report)
    }
    for asker in probes.removeValue(forKey: id)?.waiting ?? [] { asker.resume(returning: answer) }
  }
}

extension AccountProbe {
  /// One element of the control socket's answer.
  var json: JSONValue {
    .object([
      ("account", .string(account)), ("known", .boolean(answer != .unknown)),
      ("state", .optional(state?.rawValue)), ("next_step", .optional(nextStep)),
      ("not_asked", .optional(answer.reason)), ("report", answer.report?.json ?? .null),
    ])
  }

  /// Reads what ``json`` wrote.
  init(_ json: JSON) throws(JSONError) {
    account = try json.string("account")
    if let report = json["report"], !report.isNull {
      answer = .looked(try ProbeReport(report))
    } else if let reason = try json.optionalString("not_asked") {
      answer = .notAsked(reason)
    } else {
      answer = .unknown
    }
    state = try json.optionalString("state").flatMap(AccountState.init(rawValue:))
    nextStep = try json.optionalString("next_step")
  }
}

extension AccountProbeAnswer {
  fileprivate var report: ProbeReport? { if case .looked(let report) = self { report } else { nil } }
  fileprivate var reason: String? { if case .notAsked(let reason) = self { reason } else { nil } }
}
