import Broker
import Config
import Core
import Messages
import Registry
import Synchronization

/// Looks at every wanted account, read-only: through the running host where there is one, else by workers of its own.
///
/// A key is used by one process at a time: what a host runs is asked of the host, and a key that anybody else holds is
/// left alone.
final class ProbeRun: Sendable {
  /// What looking at one account came to.
  fileprivate enum Look: Sendable {
    case looked(ProbeReport, ProbedAccount.Source)
    case none([ProbeFinding], ProbedAccount.Source?)
  }

  let children = Children()
  private let manifest: Manifest
  private let programs: Programs
  private let settings: SettingsBuilder
  private let credentials = CredentialCheck(variable: Programs.variable)
  private let host: HostAsker
  /// Venues whose clock somebody reads already: once is enough for all accounts there.
  private let clocks = Mutex<Set<String>>([])

  /// So many accounts at a time.
  private static let width = 8

  init(_ manifest: Manifest, programs: Programs) {
    self.manifest = manifest
    self.programs = programs
    settings = .system(state: manifest.state)
    host = HostAsker(path: ControlServer.path(inState: manifest.state))
  }

  /// Looks at the accounts with these ids, or at all that are enabled, in the manifest's order.
  func run(_ accounts: [String]) async -> [ProbedAccount] {
    let plans = manifest.accounts.filter { accounts.isEmpty ? $0.isEnabled : accounts.contains($0.id) }
    let presence = await host.ask([])
    let looks = await withTaskGroup(of: (Int, Look).self) { tasks in
      var looks: [Int: Look] = [:]
      for (index, plan) in plans.enumerated() {
        if index >= Self.width, let (done, look) = await tasks.next() { looks[done] = look }
        tasks.addTask { (index, await self.look(plan, presence)) }
      }
      for await (done, look) in tasks { looks[done] = look }
      return plans.indices.compactMap { looks[$0] }
    }
    return judged(Array(zip(plans, looks)))
  }

  // MARK: Looking

  private func look(_ plan: AccountPlan, _ presence: HostAsker.Answer) async -> Look {
    switch presence {
    case .noHost: return await lookAlone(plan)
    case .mute(let reason): return .mute(reason)
    case .told: break
    }
    switch await host.ask([plan.id]) {
    case .noHost: return .mute("the running host has just left")
    case .mute(let reason): return .mute(reason)
    case .told(let answers):
      guard let answer = answers.first else { return .mute("the running host does not know how to probe") }
      return await self.look(plan, answer)
    }
  }

  private func look(_ plan: AccountPlan, _ told: AccountProbe) async -> Look {
    switch told.answer {
    case .looked(let report): return .looked(report, .host)
    case .unknown where plan.mode == .live: return await lookAlone(plan)
    case .unknown:
      return .none(
        [ProbeFinding("account", .open, "the running host does not know this account", nextStep: "restart the host")],
        .host)
    case .notAsked(let reason):
      let state = told.state ?? .starting
      let mark: ProbeFinding.Mark = [.disabled, .paused, .halted].contains(state) ? .open : .bad
      return .none(
        [ProbeFinding("account", mark, "\(state.rawValue): \(reason)", nextStep: told.nextStep)], .host)
    }
  }

  /// Without a host: by a worker of our own, which takes the key's lock for as long as it looks.
  private func lookAlone(_ plan: AccountPlan) async -> Look {
    if let problem = plan.programProblem, plan.isEnabled {
      let step = "put the program or its sha256 right"
      return .none([ProbeFinding("account", .bad, problem, nextStep: step)], nil)
    }
    // What may not run signs nothing with the account's key either.
    if plan.isEnabled, plan.mode == .live, let hold = Holds.hold(forSourceOf: plan) {
      return .none([ProbeFinding("account", .bad, hold.reason, nextStep: hold.nextStep)], nil)
    }
    if let reason = Self.reasonNotToLook(plan) { return .none([ProbeFinding("account", .open, reason)], nil) }
    guard let endpoint = endpoint(of: plan) else {
      return .none(
        [
          ProbeFinding("account", .bad, "the plugin \(plan.plugin) has no address of its own", nextStep: "set endpoint")
        ],
        nil)
    }
    var secrets: [String: Secret] = [:]
    for binding in plan.credentials {
      guard let secret = try? credentials.secret(for: binding) else { return .none([notConfigured(plan)], nil) }
      secrets[binding.slot.name] = secret
    }
    do throws(ProbeFailure) {
      return .looked(try await work(plan, endpoint, secrets), .venue)
    } catch {
      return .none([ProbeFinding("account", .bad, error.message, nextStep: error.nextStep)], nil)
    }
  }

  private func work(
    _ plan: AccountPlan, _ endpoint: String, _ secrets: [String: Secret]
  ) async throws(ProbeFailure) -> ProbeReport {
    guard let key = plan.credentials.first.flatMap({ secrets[$0.slot.name] }) else {
      throw ProbeFailure(code: "no_credential", message: "the plugin \(plan.plugin) declares no credential")
    }
    let settings: WorkerSettings
    do throws(KeyFileError) {
      settings = try self.settings.probe(plan, endpoint: endpoint, key: key)
    } catch {
      throw ProbeFailure(code: "no_key_file", message: "the key's file has no name: \(error)")
    }
    let readsClock = clocks.withLock { $0.insert(venue(of: plan)).inserted }
    return try await ProbeWorker(programs: programs, children: children).look(
      plan, settings: settings, secrets: secrets, withClock: readsClock)
  }

  /// Where there is no venue to ask.
  private static func reasonNotToLook(_ plan: AccountPlan) -> String? {
    if let file = plan.disabledIn { return "switched off by enabled: false in \(file)" }
    switch plan.mode {
    case .sandbox: return "mode: sandbox, and no host runs: venues and keys are made by a host, so nothing is to ask"
    case .paper: return "mode: paper needs no key, so nothing is to ask"
    case .live: return nil
    }
  }

  private func notConfigured(_ plan: AccountPlan) -> ProbeFinding {
    let bad = credentials.findings(for: plan).filter { $0.problem != nil }
    let phrases = Phrases(Phrases.Subject(plan, title: spec(of: plan)?.declaration.title))
    let line = phrases.notConfigured(missing: Holds.names(bad)).text
    var finding = ProbeFinding(
      "credentials", .bad, String(line.drop { $0 == "⚪" || $0 == " " }),
      nextStep: "set or mend \(bad.map(\.place).joined(separator: ", ")), then check again")
    // As operators search for it.
    finding.sign = "⚪"
    return finding
  }

  // MARK: Meaning

  private func judged(_ looks: [(AccountPlan, Look)]) -> [ProbedAccount] {
    var shared: [String: ProbeReport] = [:]
    for case (let plan, .looked(let report, _)) in looks where report.clock.isAnswer && shared[venue(of: plan)] == nil {
      shared[venue(of: plan)] = report
    }
    return looks.map { plan, look in
      var account = ProbedAccount(
        account: plan.id, mode: plan.mode.rawValue, endpoint: endpoint(of: plan), findings: [])
      switch look {
      case .none(let findings, let source):
        account.findings = findings
        account.asked = source
      case .looked(var report, let source):
        if let shared = shared[venue(of: plan)] { report.take(from: shared) }
        account.report = report
        account.asked = source
        guard let spec = spec(of: plan) else { break }
        let judge = ProbeJudge(plan: plan, spec: spec, endpoint: account.endpoint ?? "its sandbox")
        account.findings = judge.findings(report)
      }
      return account
    }
  }

  private func venue(of plan: AccountPlan) -> String {
    "\(plan.mode.rawValue) \(plan.plugin) \(endpoint(of: plan) ?? "")"
  }

  /// Where the account's venue is; a sandbox's venues are known to their host alone.
  private func endpoint(of plan: AccountPlan) -> String? {
    guard plan.mode != .sandbox else { return nil }
    return plan.endpoint?.description ?? spec(of: plan)?.declaration.defaultEndpoint
  }

  private func spec(of plan: AccountPlan) -> PluginSpec? { plan.programSpec ?? HostPlugins.kind(of: plan)?.spec }
}

extension ProbeRun.Look {
  /// A host is there, and nothing can be learnt from it: its keys are left alone.
  fileprivate static func mute(_ reason: String) -> Self {
    .none([ProbeFinding("account", .bad, reason, nextStep: "see that the host is well, or restart it")], nil)
  }
}

extension ProbeReport {
  /// Takes over what one account of a venue finds out for all of them.
  fileprivate mutating func take(from other: ProbeReport) {
    if !clock.isAnswer { clock = other.clock }
    guard case .observed(let list) = balances else { return }
    balances = .observed(
      list.map { balance in
        Balance(
          currency: other.currencyNames[balance.currency] ?? balance.currency, total: balance.total,
          held: balance.held, available: balance.available)
      })
  }
}

extension ProbeOutcome {
  /// Whether it was asked at all.
  var isAnswer: Bool { if case .notAsked = self { false } else { true } }
}
