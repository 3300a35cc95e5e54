import Broker
import Core
import Glibc
import Journal
import Market
import Messages
import ProcessPlugins
import Registry
import Trading

/// From secrets to exit: builds what the role needs, runs its loop, and says in an exit code how it ended.
struct WorkerLife: Sendable {
  let settings: WorkerSettings
  let secrets: [String: Secret]
  let link: HostLink
  let stop: StopSignal
  let memory: MemoryMeter
  let started: Timestamp
  let desk: ProbeDesk
  /// Whether a probe reads the venue's clock too.
  let probesClock: Bool
  let clock = WallClock()
  let progress = Progress()
  /// The programs by their names; that of the whole plugin has none.
  let inherited: [String: InheritedPrograms]

  init(
    settings: WorkerSettings, secrets: [String: Secret], link: HostLink, stop: StopSignal, memory: MemoryMeter,
    started: Timestamp, desk: ProbeDesk, probesClock: Bool
  ) {
    self.settings = settings
    self.secrets = secrets
    self.link = link
    self.stop = stop
    self.memory = memory
    self.started = started
    self.desk = desk
    self.probesClock = probesClock
    inherited = Dictionary(settings.programs.map { ($0.name, InheritedPrograms($0)) }) { first, _ in first }
  }

  /// How long a successor waits for an orphan's lock on the key.
  private static let predecessorLimit = Duration.seconds(30)

  /// How long between two tries of a journal that cannot be opened.
  private static let journalPause = Duration.seconds(15)

  /// How long between two looks for a book that the feed has not begun.
  private static let bookPause = Duration.milliseconds(20)

  func run() async -> ExitCode {
    do throws(TraderRefusal) {
      let code = try await runRole()
      switch stop.reason {
      case .programFailed(let fault):
        tell(fault)
        settings.endPrograms()
      case .orphaned: await settings.endOrphanedPrograms()
      default: break
      }
      return code
    } catch {
      var report = AccountReport(since: clock.now)
      report.state = .parked
      report.reason = error.reason
      report.nextStep = error.nextStep
      if settings.role == .account { link.send(.report(report)) }
      link.send(.event(LogEvent(.error, "refused", "\(settings.account): \(error.reason)")))
      settings.endPrograms()
      return error.kind == .credentials ? .credentials : .configuration
    }
  }

  private func runRole() async throws(TraderRefusal) -> ExitCode {
    switch settings.role {
    case .feed: try await runFeed()
    case .account: try await runAccount()
    case .probe: try await runProbe()
    }
  }

  private func runFeed() async throws(TraderRefusal) -> ExitCode {
    let plugin = try makePlugin(try makeTransport(), secrets, key: nil)
    let book: FeedBookWriter
    do {
      book = try FeedBookWriter(descriptor: Int32(settings.bookDescriptor), layout: FeedLoop.layout)
    } catch { throw configuration("the feed's book cannot be written: \(error)") }
    let loop = FeedLoop(
      settings: settings, plugin: plugin, book: book, clock: clock, link: link, stop: stop, progress: progress)
    await loop.run()
    return stop.reason?.exitCode ?? .tryAgain
  }

  private func runAccount() async throws(TraderRefusal) -> ExitCode {
    let key = try await holdKey()
    let transport = try makeTransport()
    let plugin = try makePlugin(transport, secrets, key: key)
    openDesk(plugin, transport)
    guard let book = try await openBook() else { return stop.reason?.exitCode ?? .tryAgain }
    let traderSettings = try traderSettings(), strategy = try makeStrategy()
    let look = VenueLook(
      broker: plugin, quoteCurrency: traderSettings.quoteCurrency, book: book, clock: clock,
      onEvent: { [link] in link.send(.event($0)) })
    guard let journal = await awaitJournal(look) else { return stop.reason?.exitCode ?? .tryAgain }
    let trader = Trader(
      settings: traderSettings, broker: plugin, strategy: strategy, journal: journal,
      book: book, clock: clock, marketClock: settings.clock, pause: { [stop] in await stop.wait(atMost: $0) },
      onEvent: { [link] in link.send(.event($0)) })
    openDesk(plugin, transport, trader)
    let loop = AccountLoop(
      settings: settings, trader: trader, clock: clock, link: link, stop: stop, memory: memory, started: started,
      progress: progress)
    // On the transport's own thread an order leaves without changing threads.
    return try await withTaskExecutorPreference(transport.executor) { () async throws(TraderRefusal) in
      try await loop.run()
    }
  }

  // MARK: Parts

  func configuration(_ reason: String, _ nextStep: String = "mend it, then restart the host") -> TraderRefusal {
    TraderRefusal(.configuration, reason, nextStep: nextStep)
  }

  func makePlugin(
    _ transport: CurlTransport, _ secrets: [String: Secret], key: KeyFile?
  ) throws(TraderRefusal) -> any BrokerPlugin {
    let kind = try pluginKind()
    do throws(BrokerError) {
      let endpoint = try Broker.Endpoint(parsing: settings.endpoint)
      return try kind.make(
        PluginContext(
          endpoint: endpoint, credentials: secrets, options: settings.options,
          transport: WatchedTransport(base: transport, progress: progress),
          nonces: key, limits: key ?? NoLevelStore(), clock: clock))
    } catch {
      throw TraderRefusal(
        error.code == .misconfigured && !secrets.isEmpty ? .credentials : .configuration, error.message,
        nextStep: "mend the credential or option it names, then restart the host")
    }
  }

  private func pluginKind() throws(TraderRefusal) -> PluginKind {
    if let program = settings.program { return try pluginKind(program) }
    guard let text = settings.descriptor else {
      guard let kind = Registry.plugin(named: settings.plugin) else {
        throw configuration("plugin \(settings.plugin) is not registered")
      }
      return kind
    }
    let programs = try operationPrograms()
    do throws(DescriptorTrouble) {
      return try Registry.plugin(describedBy: text, named: settings.plugin, carriers: programs.carrier)
    } catch {
      throw configuration("the descriptor of \(settings.plugin): \(error)")
    }
  }

  func makeTransport() throws(TraderRefusal) -> CurlTransport {
    var curl = CurlSettings()
    if let folder = settings.certificatesDirectory { curl.certificateFolder = folder }
    do { return try CurlTransport(curl) } catch { throw configuration("no transport: \(error.detail)") }
  }

  /// The key is ours alone from here on, whatever account, manifest or host names it.
  private func holdKey() async throws(TraderRefusal) -> KeyFile {
    var waiting = AccountReport(since: clock.now)
    do {
      return try await KeyFile.open(
        KeyPlace(settings.keyFile), scale: NonceScale(options: settings.options), copiesIn: settings.copyFolders,
        wait: Self.predecessorLimit, clock: clock, onWait: { tellOfHolder($0, &waiting) })
    } catch {
      throw TraderRefusal(.credentials, error.description, nextStep: "give every account its own key")
    }
  }

  /// Every second anew: a worker that says nothing is taken for one that hangs.
  private func tellOfHolder(_ process: Int32?, _ waiting: inout AccountReport) {
    let holder = process.map { "process \($0)" } ?? "another process"
    let reason = "\(holder) holds this key; waiting for up to 30 s for it to end"
    if waiting.reason != reason { link.send(.event(LogEvent(.warning, "key_held", "\(settings.account): \(reason)"))) }
    waiting.reason = reason
    waiting.nextStep = "goes on by itself when it ends; else give every account its own key"
    link.send(.report(waiting))
  }

  private func makeStrategy() throws(TraderRefusal) -> any Strategy {
    guard let type = Registry.strategy(named: settings.strategy) else {
      throw configuration("strategy \(settings.strategy) is not registered")
    }
    do { return try type.init(texts: settings.parameters) } catch {
      throw configuration("strategy \(settings.strategy): \(error)")
    }
  }

  private func openJournal() throws(JournalError) -> sending Journal {
    let journal = try Journal.open(
      directory: settings.directory,
      binding: JournalBinding(account: settings.account, mode: settings.mode, broker: settings.broker),
      clock: clock,
      hash: { row throws(JournalError) in
        do { return try SHA256.digest(row) } catch { throw .failed(operation: "hash a row", cause: "\(error)") }
      })
    for finding in journal.findings {
      link.send(.event(LogEvent(.warning, "journal_found", "\(settings.account): \(finding)")))
    }
    return journal
  }

  /// The journal, as soon as it can be had. An account whose journal is damaged, full or another's sends no order, is
  /// parked with that reason, and lives on with its key; what may pass is tried again.
  /// - Returns: `nil` when told to leave before that.
  private func awaitJournal(_ look: consuming VenueLook) async -> sending Journal? {
    var parked = AccountReport(since: clock.now)
    parked.state = .parked
    while !stop.isSet {
      let failure: JournalError
      do throws(JournalError) { return try openJournal() } catch { failure = error }
      if parked.reason != failure.description {
        link.send(.event(LogEvent(.error, "journal_refused", "\(settings.account): \(failure)")))
      }
      parked.reason = failure.description
      parked.nextStep = failure.nextStep + (failure.mayPass ? "; tried again by itself" : ", then restart the host")
      repeat {
        link.send(.report(parked))
        await look.refresh(&parked)
        await beat(parked, until: clock.now + Self.journalPause)
      } while !failure.mayPass && !stop.isSet
    }
    return nil
  }

  /// Reports the same, as the heartbeat, until then or until told to leave.
  private func beat(_ report: AccountReport, until end: Timestamp) async {
    while !stop.isSet, clock.now < end {
      link.send(.report(report))
      await stop.wait(atMost: .seconds(1))
    }
  }

  /// The book, as soon as the feed has begun it: the two start side by side.
  /// - Returns: `nil` when told to leave before that.
  private func openBook() async throws(TraderRefusal) -> FeedBookReader? {
    var waiting = AccountReport(since: clock.now)
    waiting.reason = "the feed has not begun its book yet"
    waiting.nextStep = "goes on by itself"
    link.send(.report(waiting))
    var told = clock.now
    while !stop.isSet {
      do {
        return try FeedBookReader(descriptor: Int32(settings.bookDescriptor))
      } catch .notReady {
        if clock.now - told > .seconds(1) {
          link.send(.report(waiting))
          told = clock.now
        }
        await stop.wait(atMost: Self.bookPause)
      } catch { throw configuration("the feed's book cannot be read: \(error)") }
    }
    return nil
  }

  private func traderSettings() throws(TraderRefusal) -> TraderSettings {
    guard let control = TraderSettings.Control(rawValue: settings.control) else {
      throw configuration("control \(settings.control) is not something this version can do", "choose another control")
    }
    return TraderSettings(
      account: settings.account, quoteCurrency: settings.markets.quote, filter: settings.markets.filter,
      topMarkets: settings.markets.top, strategyName: settings.strategy, candles: settings.candles,
      control: control, limits: try sizingLimits(), restsProtectiveStops: settings.limits.restsProtectiveStops,
      deadManSwitch: settings.limits.deadManSwitch,
      keyFingerprint: settings.keyFile.split(separator: "/").last.map(String.init) ?? "")
  }

  private func sizingLimits() throws(TraderRefusal) -> SizingLimits {
    let limits = settings.limits
    let size: OrderSize
    if let amount = limits.orderAmount {
      size = .amount(Notional(amount))
    } else if let share = limits.orderShare {
      size = .share(share)
    } else {
      throw configuration("risk.order_size is not set")
    }
    guard let slippage = limits.maximumSlippage else { throw configuration("orders.max_slippage is not set") }
    return SizingLimits(
      orderSize: size, maximumOrder: limits.maximumOrder.map { Notional($0) },
      maximumPositions: limits.maximumPositions, maximumExposure: limits.maximumExposure, maximumSlippage: slippage)
  }
}
