internal import Core

/// The broker that an account belongs to, as the manifest declares it.
struct BrokerContext {
  let id: String
  let file: String
  let block: ParsedBlock
  let plugin: String
  let declaration: PluginDeclaration?
  let source: PluginSource
  let mode: Mode
  let path: FieldPath
}

/// Makes one account's plan from its levels, and notes what does not go together.
struct AccountResolver {
  let vocabulary: ManifestVocabulary
  let defaults: Layer?
  var diagnostics = DiagnosticList()

  mutating func master(_ broker: BrokerContext) -> AccountPlan? {
    let own = Layer(file: broker.file, path: broker.path, block: broker.block)
    let layers = Layers(all: [defaults, own].compactMap(\.self))
    let isNamesake = broker.id == broker.plugin
    let title = isNamesake ? broker.declaration?.title : nil
    let identity = Identity(
      id: broker.id, user: nil, name: broker.block[BrokerKeys.name] ?? title ?? broker.id, role: .master,
      mode: broker.mode, control: .independent,
      disabledIn: broker.block[BrokerKeys.enabled] == false ? broker.file : nil)
    return resolve(identity, broker, own, settings: layers, risk: layers)
  }

  mutating func user(_ id: String, _ file: String, _ block: ParsedBlock, _ broker: BrokerContext) -> AccountPlan? {
    let own = Layer(file: file, path: FieldPath(), block: block)
    let master = Layer(file: broker.file, path: broker.path, block: broker.block)
    let inherits = broker.block[BrokerKeys.usersInherit] ?? true
    let isStopped = broker.block[BrokerKeys.enabled] == false
    let identity = Identity(
      id: "\(broker.id)/\(id)", user: id, name: block[UserKeys.name] ?? id, role: .user,
      mode: block[TopKeys.mode] ?? broker.mode, control: block[UserKeys.control] ?? .independent,
      disabledIn: isStopped ? broker.file : (block[UserKeys.enabled] == false ? file : nil))
    return resolve(
      identity, broker, own,
      settings: Layers(all: [defaults, inherits ? master : nil, own].compactMap(\.self)),
      risk: Layers(all: [defaults, master, own].compactMap(\.self)))
  }

  private struct Identity {
    let id: String
    let user: String?
    let name: String
    let role: Role
    let mode: Mode
    let control: Control
    let disabledIn: String?
  }

  private mutating func resolve(
    _ identity: Identity, _ broker: BrokerContext, _ own: Layer, settings: Layers, risk: Layers
  ) -> AccountPlan? {
    let markets = settings.markets()
    let orders = settings.orders()
    check(settings, broker, own)
    if let markets { check(markets, settings) }
    if let orders { check(orders, settings) }
    for warning in IdleLimits(layers: risk, hasDefaults: defaults != nil).diagnostics() { diagnostics.add(warning) }
    guard let strategy = settings.strategy(vocabulary), let candles = settings.value(SettingsKeys.candles),
      let cycle = settings.value(SettingsKeys.cycle), let markets, let orders,
      let restart = settings.restart(),
      let ceilings = ceilings(risk, own, identity.role)
    else { return nil }
    return AccountPlan(
      id: identity.id, broker: broker.id, user: identity.user, name: identity.name, role: identity.role,
      plugin: broker.plugin, source: broker.source, mode: identity.mode, control: identity.control,
      disabledIn: identity.disabledIn, endpoint: broker.block[BrokerKeys.endpoint], options: options(broker),
      credentials: credentials(own, broker, identity.mode), strategy: strategy, candles: candles, cycle: cycle,
      markets: markets, risk: ceilings, restart: restart, orders: orders)
  }

  private func ceilings(_ risk: Layers, _ own: Layer, _ role: Role) -> RiskPlan? {
    let host = (defaults?.limits() ?? RiskLimits()).withDefaults
    guard role == .user else { return RiskPlan(host: host, master: own.limits(), user: RiskLimits()) }
    let master = risk.all.dropLast().last?.limits() ?? RiskLimits()
    return RiskPlan(host: host, master: master, user: own.limits())
  }

  private func options(_ broker: BrokerContext) -> [String: FieldValue] {
    var options: [String: FieldValue] = [:]
    for option in broker.declaration?.options ?? [] { options[option.name] = option.default }
    for entry in broker.block["options"]?.block?.entries ?? [] { options[entry.name] = entry.parsed.plain }
    return options
  }

  /// Where the credentials are. In the sandbox and on paper none are needed, so the block may be left out.
  private mutating func credentials(_ own: Layer, _ broker: BrokerContext, _ mode: Mode) -> [CredentialBinding] {
    guard let block = own.block["credentials"]?.block else {
      if mode == .live, !own.block.refused.contains("credentials"), broker.declaration?.credentials.isEmpty != true {
        let path = own.path.appending("credentials")
        error(own, own.block.mark, path, "is required in live mode: \(BrokerKeys.credentialsDoc)")
      }
      return []
    }
    let slots =
      broker.declaration?.credentials
      ?? block.entries.map { CredentialSlot($0.name, .text, doc: "A credential of \(broker.plugin).") }
    return slots.compactMap { slot in
      block[slot.name]?.scalar?.secret.map { reference in
        CredentialBinding(slot: slot, reference: reference.resolved(in: Path.directory(of: own.file)))
      }
    }
  }
}

// MARK: What does not go together

extension AccountResolver {
  private mutating func error(_ layer: Layer, _ mark: Mark, _ path: FieldPath, _ message: String) {
    diagnostics.add(Diagnostic(file: layer.file, mark: mark, severity: .error, path: path.text, message: message))
  }

  private mutating func check(_ layers: Layers, _ broker: BrokerContext, _ own: Layer) {
    if layers.origin(of: "strategy") == nil, !layers.isRefused("strategy") {
      error(own, own.block.mark, own.path.appending("strategy"), "is required here or under defaults")
    }
    checkCandles(layers, broker)
  }

  private mutating func check(_ markets: MarketPlan, _ layers: Layers) {
    if markets.filter.isEmpty,
      let origin = layers.origin(of: "include", in: SettingsKeys.markets)
        ?? layers.origin(of: "exclude", in: SettingsKeys.markets)
    {
      diagnostics.add(
        Diagnostic(
          file: origin.layer.file, mark: origin.mark, severity: .warning, path: origin.path.text,
          message: "leaves no market to trade, together with what the levels above say"))
    }
  }

  private mutating func checkCandles(_ layers: Layers, _ broker: BrokerContext) {
    guard let plugin = broker.declaration, !plugin.candles.isEmpty, let candles = layers.value(SettingsKeys.candles),
      !plugin.candles.contains(candles)
    else { return }
    let known = plugin.candles.sorted().map(DurationText.text).joined(separator: ", ")
    let message = "\(plugin.title) gives candles of \(known)"
    guard let origin = layers.origin(of: SettingsKeys.candles.spec.name) else {
      error(
        Layer(file: broker.file, path: broker.path, block: broker.block), broker.block.mark,
        broker.path.appending(SettingsKeys.candles.spec.name), "is required: \(message)")
      return
    }
    error(origin.layer, origin.mark, origin.path, message)
  }

  /// The venue's dead man's switch cancels every order, the resting stops too.
  private mutating func check(_ orders: OrderPlan, _ layers: Layers) {
    guard orders.restsProtectiveStops, orders.deadManSwitch != nil,
      let origin = layers.origin(of: OrderKeys.deadManSwitch.spec.name, in: SettingsKeys.orders)
    else { return }
    error(
      origin.layer, origin.mark, origin.path,
      "would cancel the protective stops that rest at the venue; set protective_stop: off, or leave this off")
  }
}
