internal import Core

/// The keys under `risk`.
enum RiskKeys {
  static let orderSize = Key(
    FieldSpec(
      "order_size", .shareOrAmount, unit: "of the account's equity, or an amount in the quote currency", default: "5%",
      moreThanZero: true, doc: "How much one entry buys for."),
    { $0.share.map(SizeLimit.share) ?? $0.amount.map(SizeLimit.amount) })
  static let maxOrder = Key(
    FieldSpec(
      "max_order", .amount, unit: "quote currency", default: "250", moreThanZero: true,
      doc: "The most that one order may be worth."), { $0.amount })
  static let maxPositions = Key(
    FieldSpec(
      "max_positions", .integer, default: "8", minimum: "0", maximum: "10000",
      doc: "How many positions may be open at once; 0 opens none."), { $0.integer })
  static let maxExposure = Key(
    FieldSpec(
      "max_exposure", .share, unit: "of the account's equity", default: "80%",
      doc: "How much of the equity may be in positions."), { $0.share })
  static let maxDailyLoss = Key(
    FieldSpec(
      "max_daily_loss", .share, unit: "of the equity at the day's start", default: "5%", moreThanZero: true,
      doc: "The loss of one UTC day after which the account only exits until the next."), { $0.share })
  static let maxDrawdown = Key(
    FieldSpec(
      "max_drawdown", .share, unit: "of the highest equity", default: "20%", moreThanZero: true,
      doc: "The fall from the highest equity after which the account only exits until an operator resumes it."),
    { $0.share })

  static let all = [
    orderSize.spec, maxOrder.spec, maxPositions.spec, maxExposure.spec, maxDailyLoss.spec, maxDrawdown.spec,
  ]
}

/// The keys under `markets`.
enum MarketKeys {
  static let quote = Key(
    FieldSpec("quote", .word(.asset), default: "USD", doc: "The currency that markets are paid in."), { $0.text })
  static let include = FieldSpec(
    "include", .list(of: .word(.symbolPattern)),
    doc: "The markets to look at, [\"*\"] when left out; levels intersect.")
  static let exclude = FieldSpec(
    "exclude", .list(of: .word(.symbolPattern)), doc: "The markets never to enter; levels unite.")
  static let top = Key(
    FieldSpec(
      "top", .integer, default: "50", minimum: "1", maximum: "1000",
      doc: "How many markets, by turnover, are scanned."), { $0.integer })

  static let all = [quote.spec, include, exclude, top.spec]
}

/// The keys under `restart`.
enum RestartKeys {
  static let limit = Key(
    FieldSpec(
      "limit", .integer, default: "5", minimum: "0", maximum: "1000",
      doc: "More deaths of the worker than this within the window park the account."), { $0.integer })
  static let within = Key(
    FieldSpec(
      "within", .duration, default: "10m", minimum: "1s", maximum: "7d", doc: "The window in which deaths are counted."),
    { $0.duration })

  static let all = [limit.spec, within.spec]
}

/// The keys under `orders`.
enum OrderKeys {
  static let maxSlippage = Key(
    FieldSpec(
      "max_slippage", .share, unit: "of the touch", default: "0.3%", maximum: "10%",
      doc: "How far behind the touch the limit of an order may lie."), { $0.share })
  static let protectiveStop = Key(
    FieldSpec(
      "protective_stop", .choice(["venue", "off"]), default: "venue",
      doc: "Whether a stop rests at the venue for every position, where the plugin can."), { $0.text })
  static let deadManSwitch = Key(
    FieldSpec(
      "dead_man_switch", .either([.choice(["off"]), .duration]), default: "off", minimum: "10s", maximum: "1h",
      doc: "After how long without a word from us the venue cancels all our orders; not with resting protective stops."),
    { .some($0.duration) })
  static let adopt = Key(
    FieldSpec(
      "adopt", .choice(["ignore", "manage"]), default: "ignore",
      doc: "What to do with holdings that the journal does not know: leave them, or manage them by a trailing stop."),
    { $0.text })

  static let all = [maxSlippage.spec, protectiveStop.spec, deadManSwitch.spec, adopt.spec]
}

/// The keys that `defaults`, a broker and a user's file share.
enum SettingsKeys {
  static let candles = Key(
    FieldSpec("candles", .duration, default: "5m", minimum: "1m", maximum: "1d", doc: "The length of a candle."),
    { $0.duration })
  static let cycle = Key(
    FieldSpec(
      "cycle", .duration, unit: "of the market clock", default: "150s", minimum: "1s", maximum: "1d",
      doc: "How often the strategy is asked."), { $0.duration })
  static let markets = FieldSpec("markets", .block(MarketKeys.all), doc: "Which markets are traded.")
  static let risk = FieldSpec(
    "risk", .block(RiskKeys.all), doc: "Ceilings: the narrowest of host, master and user holds.")
  static let restart = FieldSpec("restart", .block(RestartKeys.all), doc: "When a dying worker is given up.")
  static let orders = FieldSpec("orders", .block(OrderKeys.all), doc: "How orders are placed and guarded.")

  /// `strategy`, whose parameters depend on which strategies there are.
  static func strategy(_ strategies: [StrategyDeclaration]) -> FieldSpec {
    let names = strategies.map(\.name).sorted()
    let name = FieldSpec("name", .choice(names), required: true, doc: "A registered strategy.")
    let variant = FieldVariant(
      key: "name", common: [name], cases: strategies.map { FieldCase(name: $0.name, fields: $0.parameters) })
    return FieldSpec(
      "strategy", .either([.choice(names), .variant(variant)]),
      doc: "A registered strategy, or {name: …, its parameters}.")
  }

  static func all(_ vocabulary: ManifestVocabulary) -> [FieldSpec] {
    [strategy(vocabulary.strategies), candles.spec, cycle.spec, markets, risk, restart, orders]
  }
}
