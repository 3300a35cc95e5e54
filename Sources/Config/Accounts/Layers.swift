internal import Core

/// The settings of one level and the file they stand in.
struct Layer {
  let file: String
  /// The key of the settings in that file: `defaults`, `brokers.kraken`, or nothing.
  let path: FieldPath
  let block: ParsedBlock

  func limits() -> RiskLimits {
    guard let risk = block.block(SettingsKeys.risk) else { return RiskLimits() }
    var limits = RiskLimits()
    limits.orderSize = risk[RiskKeys.orderSize]
    limits.maxOrder = risk[RiskKeys.maxOrder]
    limits.maxPositions = risk[RiskKeys.maxPositions]
    limits.maxExposure = risk[RiskKeys.maxExposure]
    limits.maxDailyLoss = risk[RiskKeys.maxDailyLoss]
    limits.maxDrawdown = risk[RiskKeys.maxDrawdown]
    return limits
  }
}

/// The levels that an account inherits from, the outermost first.
struct Layers {
  let all: [Layer]

  /// The innermost value of a key at the level's top, or the declared default.
  func value<Value>(_ key: Key<Value>) -> Value? {
    for layer in all.reversed() {
      if let value = layer.block[key] { return value }
    }
    return key.default
  }

  /// The innermost value of a key within a block, or the declared default.
  func value<Value>(_ key: Key<Value>, in spec: FieldSpec) -> Value? {
    for layer in all.reversed() {
      if let value = layer.block.block(spec)?[key] { return value }
    }
    return key.default
  }

  /// Whether any level has a key whose value was refused: then it is no use to say that it is missing.
  func isRefused(_ name: String) -> Bool { all.contains { $0.block.refused.contains(name) } }

  /// The innermost level that has a key, and where its value stands.
  func origin(of name: String, in spec: FieldSpec? = nil) -> (layer: Layer, mark: Mark, path: FieldPath)? {
    for layer in all.reversed() {
      let block = spec.map { layer.block.block($0) } ?? layer.block
      guard let parsed = block?[name] else { continue }
      let path = spec.map { layer.path.appending($0.name) } ?? layer.path
      return (layer, parsed.mark, path.appending(name))
    }
    return nil
  }

  func markets() -> MarketPlan? {
    var filter = MarketFilter()
    for layer in all {
      guard let markets = layer.block.block(SettingsKeys.markets) else { continue }
      if let list = markets[MarketKeys.include.name]?.list { filter.narrow(include: list.compactMap(\.scalar?.text)) }
      if let list = markets[MarketKeys.exclude.name]?.list { filter.add(exclude: list.compactMap(\.scalar?.text)) }
    }
    guard let quote = value(MarketKeys.quote, in: SettingsKeys.markets),
      let top = value(MarketKeys.top, in: SettingsKeys.markets)
    else { return nil }
    return MarketPlan(quote: quote, filter: filter, top: top)
  }

  func restart() -> RestartPlan? {
    guard let limit = value(RestartKeys.limit, in: SettingsKeys.restart),
      let within = value(RestartKeys.within, in: SettingsKeys.restart)
    else { return nil }
    return RestartPlan(limit: limit, within: within)
  }

  func orders() -> OrderPlan? {
    let block = SettingsKeys.orders
    guard let slippage = value(OrderKeys.maxSlippage, in: block), let stop = value(OrderKeys.protectiveStop, in: block),
      let adopt = value(OrderKeys.adopt, in: block)
    else { return nil }
    return OrderPlan(
      maxSlippage: slippage, restsProtectiveStops: stop == "venue",
      deadManSwitch: value(OrderKeys.deadManSwitch, in: block) ?? nil, adoptsHoldings: adopt == "manage")
  }

  /// The innermost strategy with the parameters written beside its name, and its defaults for the others.
  func strategy(_ vocabulary: ManifestVocabulary) -> StrategyPlan? {
    guard let parsed = all.reversed().lazy.compactMap({ $0.block["strategy"] }).first else { return nil }
    guard let name = parsed.scalar?.text ?? parsed.block?["name"]?.scalar?.text else { return nil }
    var parameters: [String: FieldValue] = [:]
    for parameter in vocabulary.strategy(name)?.parameters ?? [] {
      parameters[parameter.name] = parsed.block?[parameter.name]?.plain ?? parameter.default
    }
    return StrategyPlan(name: name, parameters: parameters)
  }
}
