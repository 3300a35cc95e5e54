import Config
import Core
import Glibc
import Messages

/// Performs what the lifecycles decide: the one place where workers are started, told and killed.
///
/// No account waits for another: each unit is moved by its own events alone.
actor Supervisor {
  let context: HostContext
  var units: [WorkerID: WorkerUnit] = [:]
  /// In the order of the manifest, each brokerage's feed before its accounts.
  private(set) var order: [WorkerID] = []
  var books: [WorkerID: FeedBook] = [:]
  var venues: SandboxVenues?
  var sandboxProcess: Int32?
  private var random = SystemRandomNumberGenerator()
  var isDraining = false
  /// Looks under way, each with those who wait for it.
  var probes: [WorkerID: ProbeFlight] = [:]
  var probeCount = 0
  /// When each venue's clock was last asked for, by its feed's id, and what it showed.
  var clocks: [WorkerID: (askedAt: ContinuousClock.Instant, outcome: ProbeOutcome<ClockOffset>?)] = [:]
  let startedAt: Timestamp
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

  func release(_ id: WorkerID) { handle(.release, id) }

  func handle(_ event: WorkerLifecycle.Event, _ id: WorkerID) {
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
    let plugins = preparation.plugins
    let process: WorkerProcess
    if id.role == .feed {
      process = try .start(
        id, generation: generation, programs: context.programs, children: context.children,
        book: preparation.book.descriptor, plugins: plugins)
    } else {
      let readOnly = try preparation.book.descriptor.reopenedReadOnly()
      process = try .start(
        id, generation: generation, programs: context.programs, children: context.children, book: readOnly,
        plugins: plugins)
    }
    process.say(.hello(build: context.programs.workerBuild ?? ""))
    var settings = preparation.settings
    settings.note(started: process.plugins)
    process.say(.settings(settings))
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
    landProbe(id, .notAsked("its worker ended by \(exit)"))
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
    case .probed(let report):
      handle(.word, id)
      landProbe(id, .looked(report))
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
