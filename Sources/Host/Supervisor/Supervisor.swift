import Config
import Core
import Glibc
import Messages

/// Performs what the lifecycles decide: the one place where workers are started, told and killed.
///
/// No account waits for another: each unit is moved by its own events alone.
actor Supervisor {
  let context: HostContext
  private var units: [WorkerID: WorkerUnit] = [:]
  /// In the order of the manifest, each brokerage's feed before its accounts.
  private(set) var order: [WorkerID] = []
  private var books: [WorkerID: FeedBook] = [:]
  private var venues: SandboxVenues?
  private var sandboxProcess: Int32?
  private var random = SystemRandomNumberGenerator()
  private var isDraining = false
  private let startedAt: Timestamp
  private let started: AsyncStream<WorkerProcess>
  private let start: AsyncStream<WorkerProcess>.Continuation

  private static let tickInterval = Duration.milliseconds(200)
  private static let credentialCheckTicks = 15

  init(_ context: HostContext) {
    self.context = context
    startedAt = context.clock.now
    (started, start) = AsyncStream.makeStream()
    // Before anybody can ask: a host that lists no account would look ready.
    let all = WorkerUnit.all(of: context, at: startedAt)
    order = all.map(\.id)
    units = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
  }

  // MARK: Running

  /// Runs every account until ``drain()`` has ended the last worker.
  func run() async {
    guard !isDraining else { return }
    for id in order where id.role == .account {
      release(id)
      announce(id)
    }
    await withDiscardingTaskGroup { tasks in
      let sandbox = Task { await runSandbox() }
      tasks.addTask { await self.tickUntilEnded() }
      for await process in started {
        tasks.addTask { [context] in
          await process.run(group: context.group, children: context.children) { await self.take($0, from: process) }
        }
      }
      sandbox.cancel()
      await sandbox.value
    }
  }

  /// Lets every worker finish, within ten seconds; asked again, kills what is left.
  func drain() {
    isDraining = true
    for id in order { handle(.drain, id) }
    finishIfEnded()
  }

  private func tickUntilEnded() async {
    var count = 0
    while !isFinished {
      try? await Task.sleep(for: Self.tickInterval)
      for id in order { handle(.tick, id) }
      count += 1
      if count.isMultiple(of: Self.credentialCheckTicks) { lookForCredentials() }
    }
  }

  private var isFinished: Bool { isDraining && units.values.allSatisfy { $0.lifecycle.phase == .ended } }

  private func finishIfEnded() {
    if isFinished { start.finish() }
  }

  private func lookForCredentials() {
    for id in order where units[id]?.watchesFiles == true { release(id) }
  }

  // MARK: Events and actions

  private func release(_ id: WorkerID) { handle(.release, id) }

  private func handle(_ event: WorkerLifecycle.Event, _ id: WorkerID) {
    guard let action = units[id]?.lifecycle.handle(event, at: .now, random: &random) else { return }
    switch action {
    case .none: break
    case .spawn: launch(id)
    case .sendSecrets:
      units[id]?.process?.say(.secrets(units[id]?.secrets ?? [:]))
      units[id]?.secrets = [:]
    case .sendDrain: units[id]?.process?.say(.drain)
    case .kill: kill(id)
    }
    stand(id)
    if isDraining { finishIfEnded() }
  }

  private func kill(_ id: WorkerID) {
    guard let unit = units[id], let process = unit.process else { return }
    let cause = unit.lifecycle.causeOfKill ?? "it is not wanted any more"
    log(id, LogEvent(.warning, "worker_killed", "the worker (pid \(process.process)) is killed: \(cause)"))
    context.children.signal(process.process, SIGKILL)
  }

  /// Brings what is shown of a unit up to date.
  private func stand(_ id: WorkerID) {
    if units[id]?.refreshStanding(at: context.clock.now) == true { announce(id) }
  }

  /// Logs where a unit stands, once.
  private func announce(_ id: WorkerID) {
    guard !isDraining, let standing = units[id]?.standing else { return }
    let lines = units[id]?.phrases.stateChange(standing.state, standing.reason, standing.nextStep) ?? []
    for line in lines { logBounded(id, line) }
  }

  private func launch(_ id: WorkerID) {
    let preparation: Preparation
    do throws(Refusal) {
      preparation = try prepare(id)
    } catch {
      units[id]?.watchesFiles = error.heals
      handle(.hold(error.hold), id)
      if let missing = error.missing { notConfigured(id, missing) }
      return
    }
    units[id]?.watchesFiles = false
    do {
      try spawn(id, preparation)
    } catch {
      handle(.spawnFailed("\(error)"), id)
    }
  }

  private func spawn(_ id: WorkerID, _ preparation: Preparation) throws(SystemError) {
    guard let unit = units[id] else { return }
    let generation = unit.generation + 1
    let process: WorkerProcess
    if id.role == .feed {
      process = try .start(
        id, generation: generation, programs: context.programs, children: context.children,
        book: preparation.book.descriptor)
    } else {
      let readOnly = try preparation.book.descriptor.reopenedReadOnly()
      process = try .start(
        id, generation: generation, programs: context.programs, children: context.children, book: readOnly)
    }
    process.say(.hello(build: context.programs.workerBuild ?? ""))
    process.say(.settings(preparation.settings))
    units[id]?.begin(process, generation, preparation.secrets, at: context.clock.now)
    start.yield(process)
  }

  /// What a process says counts only while it is the unit's own.
  private func take(_ news: WorkerProcess.News, from process: WorkerProcess) {
    let id = process.id
    guard units[id]?.generation == process.generation else { return }
    switch news {
    case .said(let message): take(message, id)
    case .printed(let line): logBounded(id, LogEvent(.info, "worker_output", line))
    case .linkFailed(let cause): handle(.linkFailed(cause), id)
    case .exited(let exit): exited(id, exit)
    }
  }

  private func exited(_ id: WorkerID, _ exit: ProcessExit) {
    guard let unit = units[id] else { return }
    if unit.lifecycle.isAlive {
      log(id, LogEvent(.warning, "worker_ended", "the worker (pid \(unit.process?.process ?? 0)) ended by \(exit)"))
    }
    units[id]?.process = nil
    units[id]?.secrets = [:]
    handle(.exited(exit, lastReport: unit.isReportCurrent ? unit.report : nil), id)
  }

  private func take(_ message: WorkerMessage, _ id: WorkerID) {
    switch message {
    case .hello(let build): handle(.hello(build: build), id)
    case .readyForSecrets: handle(.readyForSecrets, id)
    case .report(let report):
      units[id]?.report = report
      units[id]?.isReportCurrent = true
      handle(.word, id)
      for line in units[id]?.phrases.lines(for: report) ?? [] { logBounded(id, line) }
    case .feed(let report):
      units[id]?.feed = report
      handle(.word, id)
    case .event(let event):
      handle(.word, id)
      logBounded(id, event)
    }
  }

  // MARK: Log

  private func log(_ id: WorkerID, _ event: LogEvent) { context.log.write(id.label, event) }

  /// For what a worker causes: so many lines, the rest is counted.
  private func logBounded(_ id: WorkerID, _ event: LogEvent) {
    guard let refused = units[id]?.lines.take(at: .now) else { return }
    if refused > 0 { log(id, LogEvent(.warning, "lines_left_out", "\(refused) lines of this worker were left out")) }
    log(id, event)
  }

  private func notConfigured(_ id: WorkerID, _ missing: [String]) {
    guard units[id]?.lastMissing != missing, let line = units[id]?.phrases.notConfigured(missing: missing) else {
      return
    }
    units[id]?.lastMissing = missing
    log(id, line)
  }
}

// MARK: Preparing a start

extension Supervisor {
  /// What a worker is started with.
  private struct Preparation {
    var settings: WorkerSettings
    var secrets: [String: Secret]
    var book: FeedBook
  }

  /// Why a worker is not started now.
  private struct Refusal: Error {
    var hold: Hold
    var heals = false
    var missing: [String]?

    static func parked(_ reason: String, _ nextStep: String?) -> Refusal {
      Refusal(hold: Hold(state: .parked, reason: reason, nextStep: nextStep))
    }
  }

  private func prepare(_ id: WorkerID) throws(Refusal) -> Preparation {
    guard let plan = units[id]?.plan else { throw .parked("no such account", nil) }
    let (endpoint, clock) = try venue(for: plan)
    let book = try book(for: WorkerID.feed(of: plan))
    guard id.role == .account else {
      guard let settings = context.settings.feed(plans(servedBy: id), endpoint: endpoint, clock: clock) else {
        throw .parked("no account needs this feed", nil)
      }
      return Preparation(settings: settings, secrets: [:], book: book)
    }
    let secrets = try secrets(for: plan)
    guard let key = plan.credentials.first.flatMap({ secrets[$0.slot.name] }) else {
      throw .parked("the plugin \(plan.plugin) declares no credential", nil)
    }
    let settings = try settings(for: plan, endpoint, clock, key)
    try makeFolders(settings)
    release(WorkerID.feed(of: plan))
    return Preparation(settings: settings, secrets: secrets, book: book)
  }

  private func plans(servedBy id: WorkerID) -> [AccountPlan] {
    order.filter { $0.role == .account && $0.mode == id.mode }.compactMap { units[$0]?.plan }
      .filter { $0.broker == id.name && Holds.hold(for: $0, isLive: context.isLive) == nil }
  }

  private func venue(for plan: AccountPlan) throws(Refusal) -> (endpoint: String, clock: MarketClock) {
    if plan.mode == .sandbox {
      guard let venues else { throw Refusal(hold: Holds.awaitingVenues) }
      guard let endpoint = venues.endpoints[plan.plugin] else {
        throw .parked("the sandbox has no venue for the plugin \(plan.plugin)", "run this account in another mode")
      }
      return (endpoint, venues.clock)
    }
    guard let endpoint = plan.endpoint?.description ?? context.plugin(plan.plugin)?.defaultEndpoint else {
      throw .parked("the plugin \(plan.plugin) has no address of its own", "set endpoint, then restart the host")
    }
    return (endpoint, .wall)
  }

  private func secrets(for plan: AccountPlan) throws(Refusal) -> [String: Secret] {
    if plan.mode == .sandbox {
      switch venues?.accounts[plan.id] {
      case .success(let account): return account.credentials
      case .failure(let fault): throw .parked("the sandbox opened no account: \(fault)", "restart the host")
      case nil: throw Refusal(hold: Holds.awaitingVenues)
      }
    }
    var secrets: [String: Secret] = [:]
    for binding in plan.credentials {
      guard let secret = try? context.credentials.secret(for: binding) else { throw awaiting(plan) }
      secrets[binding.slot.name] = secret
    }
    return secrets
  }

  private func settings(
    for plan: AccountPlan, _ endpoint: String, _ clock: MarketClock, _ key: Secret
  ) throws(Refusal) -> WorkerSettings {
    do {
      return try context.settings.account(plan, endpoint: endpoint, clock: clock, key: key)
    } catch {
      throw .parked("the key's file has no name: \(error)", "restart the host")
    }
  }

  private func awaiting(_ plan: AccountPlan) -> Refusal {
    let findings = context.credentials.findings(for: plan)
    let bad = findings.filter { $0.problem != nil }
    return Refusal(
      hold: Holds.awaitingCredentials(findings), heals: bad.contains(where: \.healsByItself),
      missing: Holds.names(bad))
  }

  private func book(for feed: WorkerID) throws(Refusal) -> FeedBook {
    if let book = books[feed] { return book }
    do {
      let book = try FeedBook(broker: feed.name)
      books[feed] = book
      return book
    } catch {
      throw .parked("\(error)", "restart the host")
    }
  }

  private func makeFolders(_ settings: WorkerSettings) throws(Refusal) {
    do {
      try StateDirectory.create(settings.directory)
      let keyFolder = settings.keyFile.prefix(upTo: settings.keyFile.lastIndex(of: "/") ?? settings.keyFile.startIndex)
      try StateDirectory.create(String(keyFolder))
    } catch {
      throw .parked("\(error)", "put the folder right, then restart the host")
    }
  }
}

// MARK: The sandbox

extension Supervisor {
  private func runSandbox() async {
    let requests = SandboxRequest.all(in: context.manifest)
    guard !requests.isEmpty else { return }
    let runner = SandboxRunner(
      programs: context.programs, children: context.children,
      arguments: SandboxRunner.arguments(context.manifest, state: context.settings.state), accounts: requests,
      group: context.group, deliver: { await self.take($0) })
    await runner.run()
  }

  private func take(_ news: SandboxRunner.News) {
    switch news {
    case .printed(let line): context.log.write("sandbox", LogEvent(.info, "sandbox_output", line))
    case .lost(let cause):
      sandboxProcess = nil
      context.log.write(
        "sandbox", LogEvent(.error, "sandbox_lost", "the venues are gone: \(cause); they are started again"))
    case .ready(let venues, let process): opened(venues, process)
    }
  }

  private func opened(_ venues: SandboxVenues, _ process: Int32) {
    self.venues = venues
    sandboxProcess = process
    let list = venues.endpoints.sorted { $0.key < $1.key }.map { "\($0.key) at \($0.value)" }.joined(separator: ", ")
    context.log.write(
      "sandbox", LogEvent(.info, "sandbox_ready", "the venues are there: \(list)", fields: venues.endpoints))
    // Feeds come with their first account.
    for id in order where id.mode == Mode.sandbox.rawValue && !isDraining {
      handle(.renew, id)
      if id.role == .account { release(id) }
    }
  }
}

// MARK: Status

extension Supervisor {
  /// Everything that is known now.
  var status: HostStatus {
    HostStatus(
      pid: getpid(), startedAt: startedAt, mode: context.manifest.mode.rawValue, manifest: context.manifest.hash,
      sandboxProcess: sandboxProcess, accounts: order.compactMap { id in units[id].flatMap { accountStatus($0) } },
      feeds: order.compactMap { id in units[id].flatMap { feedStatus($0) } })
  }

  private func accountStatus(_ unit: WorkerUnit) -> AccountStatus? {
    guard unit.id.role == .account else { return nil }
    let plan = unit.plan
    return AccountStatus(
      id: plan.id, broker: plan.broker, plugin: plan.plugin, role: plan.role.rawValue, name: plan.name,
      mode: plan.mode.rawValue, control: plan.control.rawValue, standing: unit.standing,
      process: unit.livingProcess, restarts: unit.lifecycle.restarts, declaredAt: startedAt, boundAt: unit.boundAt,
      report: unit.report, isReportCurrent: unit.isReportCurrent)
  }

  private func feedStatus(_ unit: WorkerUnit) -> FeedStatus? {
    guard unit.id.role == .feed else { return nil }
    return FeedStatus(
      broker: unit.id.name, mode: unit.id.mode, standing: unit.standing, process: unit.livingProcess,
      restarts: unit.lifecycle.restarts, report: unit.feed)
  }
}
