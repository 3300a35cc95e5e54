internal import Broker
internal import Config
internal import Core

/// What in a descriptor makes a capability true.
enum CapabilityBacking {
  /// How much of it is there.
  enum Extent {
    /// It must be listed.
    case all
    /// It must not be listed, and nobody needs to.
    case some
    /// A program's word counts: it may be listed.
    case open
    case none(String)
  }

  /// The capabilities that a descriptor can have; the others need a program.
  static let offered: [Capability] = [
    .orderByClientID, .orderDeadline, .quotesInTickers, .permissions, .postOnly, .fillOrKill, .goodTillDate,
    .marketOrders, .quoteAmounts, .stopLossLimit, .stopLossMarket, .takeProfitLimit, .takeProfitMarket,
    .cancelByClientID, .cancelAll, .deadManSwitch,
  ]

  static func extent(of capability: Capability, in set: OperationSet) -> Extent {
    func operation(_ name: OperationName) -> Extent {
      set.operations[name] != nil || set.written.contains(name) ? .all : .none("there is no \(name.rawValue)")
    }
    let keys = Set(set.kinds.keys)
    func kind(_ kind: OrderKindKey.Kind) -> Extent {
      if keys.covers(kind) { return .all }
      return keys.mentions(kind) ? .some : .none("`place` has no kind \(kind.rawValue)")
    }
    switch capability {
    case .orderByClientID: return operation(.orderByClientID)
    case .permissions: return operation(.permissions)
    case .cancelByClientID: return operation(.cancelByClientID)
    case .cancelAll: return operation(.cancelAll)
    case .deadManSwitch: return operation(.deadManSwitch)
    case .postOnly: return kind(.limitPostOnly)
    case .fillOrKill: return kind(.limitFillOrKill)
    case .goodTillDate: return kind(.limitGoodTillDate)
    case .marketOrders: return kind(.market)
    case .quoteAmounts:
      return keys.buys(.marketQuote) ? .all : .none("`place` has no kind market_quote that buys")
    case .stopLossLimit: return kind(.stopLossLimit)
    case .stopLossMarket: return kind(.stopLoss)
    case .takeProfitLimit: return kind(.takeProfitLimit)
    case .takeProfitMarket: return kind(.takeProfit)
    case .quotesInTickers:
      if set.isUndescribed(.tickers) { return .open }
      let fields = set.operations[.tickers]?.call.fields
      // A side that nobody offers on has no price: that they may be absent is no lack.
      guard fields?["bid"] != nil, fields?["ask"] != nil else { return .none("tickers do not read bid and ask") }
      return .all
    case .orderDeadline:
      if set.isUndescribed(.place) { return .open }
      return placeVariables(set).isDisjoint(with: OperationRule.deadline)
        ? .none("`place` does not use {deadline_s}, {deadline_ms} or {deadline_iso}") : .all
    default: return .none("no descriptor can offer it")
    }
  }

  private static func placeVariables(_ set: OperationSet) -> Set<String> {
    guard let call = set.operations[.place]?.call else { return [] }
    var templates = (call.query + call.headers).map(\.value)
    switch call.carrier {
    case .none: break
    case .form(let parameters): templates += parameters.map(\.value)
    case .json(let tree), .payload(let tree): templates += tree.templates
    }
    for form in set.kinds.values { templates += form.variables.values.flatMap(\.templates) }
    return Set(templates.flatMap(\.variables))
  }
}

extension OperationSet {
  /// Whether only a program knows how an operation looks.
  func isUndescribed(_ name: OperationName) -> Bool { delegations[name] != nil && operations[name] == nil }
}

extension DescriptorSession {
  /// What it can do: as listed, which must be what operations and kinds make true.
  mutating func readCapabilities(_ top: ParsedBlock, _ set: OperationSet) -> Set<Capability> {
    let spec = DescriptorKeys.capabilities
    path.push(spec.name)
    defer { path.pop() }
    var listed: Set<Capability> = []
    for (index, parsed) in (top[spec.name]?.list ?? []).enumerated() {
      guard let capability = parsed.scalar?.text.flatMap(Capability.init(rawValue:)) else { continue }
      path.push(index: index)
      defer { path.pop() }
      if !listed.insert(capability).inserted { error(parsed.mark, "stands twice") }
      switch CapabilityBacking.extent(of: capability, in: set) {
      case .all, .open: break
      case .some: error(parsed.mark, "\(capability.rawValue) is there only in part")
      case .none(let reason):
        if set.operations[.place] != nil || set.delegations[.place] != nil { error(parsed.mark, reason) }
      }
    }
    guard !top.refused.contains(spec.name) else { return listed }
    for capability in CapabilityBacking.offered where !listed.contains(capability) {
      if case .all = CapabilityBacking.extent(of: capability, in: set) {
        error(top.mark(of: spec), "lacks \(capability.rawValue), which operations and kinds offer")
      }
    }
    return listed
  }
}
