import Broker
import Config
import Core
import Messages

/// Makes a worker's settings out of an account's plan.
struct SettingsBuilder: Sendable {
  /// The state folder, absolute.
  let state: String
  /// Where live keys keep their nonces and locks: one folder per machine and person, since a key can move between
  /// manifests.
  let keys: String
  /// `SSL_CERT_DIR`, where it is set.
  let certificatesDirectory: String?

  /// Where every worker finds the feed book.
  static let bookDescriptor = 4

  /// The folder of throw-away keys.
  var sandboxKeys: String { "\(state)/sandbox/keys" }

  /// An account's settings.
  func account(_ plan: AccountPlan, endpoint: String, clock: MarketClock, key: Secret) throws(KeyFileError)
    -> WorkerSettings
  {
    var settings = base(.account, plan.id, plan, endpoint, clock)
    settings.directory = directory(of: plan)
    settings.keyFile = try keyFile(of: plan, key)
    settings.control = plan.control.rawValue
    settings.strategy = plan.strategy.name
    settings.parameters = plan.strategy.parameters.mapValues(\.description)
    settings.candles = plan.candles
    settings.cycle = plan.cycle
    settings.markets.quote = plan.markets.quote
    settings.markets.filter = plan.markets.filter
    settings.markets.top = plan.markets.top
    settings.limits = Self.limits(plan)
    return settings
  }

  /// The settings of one look at an account's venue: its key's file and nothing else of its own.
  func probe(_ plan: AccountPlan, endpoint: String, key: Secret) throws(KeyFileError) -> WorkerSettings {
    var settings = base(.probe, plan.id, plan, endpoint, .wall)
    settings.keyFile = try keyFile(of: plan, key)
    settings.markets.quote = plan.markets.quote
    return settings
  }

  private func keyFile(of plan: AccountPlan, _ key: Secret) throws(KeyFileError) -> String {
    "\(plan.mode == .sandbox ? sandboxKeys : keys)/\(try KeyFile.name(forKey: key))"
  }

  /// Where an account's journal lives.
  func directory(of plan: AccountPlan) -> String { "\(state)/\(plan.mode.rawValue)/\(plan.folder)" }

  /// The settings of the feed that serves a brokerage's accounts.
  /// - Parameter plans: those accounts; the feed fetches what any of them looks at.
  func feed(_ plans: [AccountPlan], endpoint: String, clock: MarketClock) -> WorkerSettings? {
    guard let first = plans.first else { return nil }
    var settings = base(.feed, first.broker, first, endpoint, clock)
    settings.candles = first.candles
    settings.cycle = plans.map(\.cycle).min() ?? first.cycle
    settings.markets.quote = first.markets.quote
    settings.markets.top = plans.map(\.markets.top).max() ?? first.markets.top
    return settings
  }

  private func base(
    _ role: WorkerSettings.Role, _ account: String, _ plan: AccountPlan, _ endpoint: String, _ clock: MarketClock
  ) -> WorkerSettings {
    var settings = WorkerSettings(
      role: role, account: account, broker: plan.broker, plugin: plan.plugin, mode: plan.mode.rawValue,
      endpoint: endpoint, clock: clock, bookDescriptor: Self.bookDescriptor)
    settings.programs = plan.programOrigins
    settings.options = plan.options.mapValues(\.description)
    if case .descriptor(let file) = plan.source { settings.descriptor = file.text }
    settings.certificatesDirectory = certificatesDirectory
    return settings
  }

  private static func limits(_ plan: AccountPlan) -> AccountLimits {
    var limits = AccountLimits()
    let risk = plan.risk.effective
    limits.orderShare = risk.orderShare
    limits.orderAmount = risk.orderAmount
    limits.maximumOrder = risk.maxOrder
    limits.maximumPositions = risk.maxPositions
    limits.maximumExposure = risk.maxExposure
    limits.maximumSlippage = plan.orders.maxSlippage
    limits.restsProtectiveStops = plan.orders.restsProtectiveStops
    limits.deadManSwitch = plan.orders.deadManSwitch
    return limits
  }
}
