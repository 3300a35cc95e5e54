import Config
import Core
import Messages

/// What a start needs: venue, secrets, settings, folders; or why there is none now.
extension Supervisor {
  /// What a worker is started with.
  struct Preparation {
    var settings: WorkerSettings
    var secrets: [String: Secret]
    var book: FeedBook
    /// The programs that the plugin is made of.
    var plugins: [PluginProgram]
  }

  /// Why a worker is not started now.
  struct Refusal: Error {
    var hold: Hold
    var heals = false
    var missing: [String]?

    static func parked(_ reason: String, _ nextStep: String?) -> Refusal {
      Refusal(hold: Hold(state: .parked, reason: reason, nextStep: nextStep))
    }
  }

  func prepare(_ id: WorkerID) throws(Refusal) -> Preparation {
    guard let plan = units[id]?.plan else { throw .parked("no such account", nil) }
    let plugins = try plugins(of: plan)
    let (endpoint, clock) = try venue(for: plan)
    let book = try book(for: WorkerID.feed(of: plan))
    guard id.role == .account else {
      guard let settings = context.settings.feed(plans(servedBy: id), endpoint: endpoint, clock: clock) else {
        throw .parked("no account needs this feed", nil)
      }
      return Preparation(settings: settings, secrets: [:], book: book, plugins: plugins)
    }
    let secrets = try secrets(for: plan)
    guard let key = plan.credentials.first.flatMap({ secrets[$0.slot.name] }) else {
      throw .parked("the plugin \(plan.plugin) declares no credential", nil)
    }
    let settings = try settings(for: plan, endpoint, clock, key)
    try makeFolders(settings)
    release(WorkerID.feed(of: plan))
    return Preparation(settings: settings, secrets: secrets, book: book, plugins: plugins)
  }

  private func plugins(of plan: AccountPlan) throws(Refusal) -> [PluginProgram] {
    do throws(PluginProgram.Trouble) { return try context.pluginPrograms.programs(of: plan) } catch {
      throw .parked(error.description, "put the program or its sha256 right, then restart the host")
    }
  }

  private func plans(servedBy id: WorkerID) -> [AccountPlan] {
    order.filter { $0.role == .account && $0.mode == id.mode }.compactMap { units[$0]?.plan }
      .filter { $0.broker == id.name && Holds.hold(for: $0, isLive: context.isLive) == nil }
  }

  private func venue(for plan: AccountPlan) throws(Refusal) -> (endpoint: String, clock: MarketClock) {
    if plan.mode == .sandbox {
      guard let venues else { throw Refusal(hold: Holds.awaitingVenues) }
      guard let endpoint = venues.endpoints[plan.sandboxVenue] else {
        throw .parked("the sandbox has no venue for the plugin \(plan.plugin)", "run this account in another mode")
      }
      return (endpoint, venues.clock)
    }
    guard let endpoint = plan.endpoint?.description ?? context.plugin(of: plan)?.defaultEndpoint else {
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
