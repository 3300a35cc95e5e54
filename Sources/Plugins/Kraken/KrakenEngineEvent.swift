internal import Broker
internal import Core

/// What a call does to the counters of Kraken's matching engine: one for each market, of the whole account.
///
/// Orders are called by Kraken's id or by ours as it was sent; the client remembers the market and the age of what it
/// was told of (``KrakenLimits/remember(_:)``), and what it was not told of counts as the dearest.
/// https://docs.kraken.com/api/docs/guides/spot-ratelimits
enum KrakenEngineEvent: Hashable, Sendable {
  /// `AddOrder` with this `cl_ord_id`.
  case add(Symbol, named: String)
  /// `AddOrderBatch` in one market, with these `cl_ord_id`s.
  case addBatch(Symbol, named: [String])
  /// `AmendOrder`; the market and the last change where the caller knows them better.
  case amend(String, Symbol? = nil, changedAt: Timestamp? = nil)
  /// `EditOrder`; the market and the last change where the caller knows them better.
  case edit(String, Symbol? = nil, changedAt: Timestamp? = nil)
  /// `CancelOrder`.
  case cancel(String)
  /// `CancelOrderBatch`.
  case cancelBatch([String])
  /// `CancelAll`.
  case cancelAll
  /// `CancelAllOrdersAfter`.
  case deadManSwitch
}

/// One thing that Kraken's engine counts, about one market.
enum KrakenEngineCost: Hashable, Sendable {
  case add, amend, edit, cancel

  /// Charged whatever the order's age.
  var fixed: Int {
    switch self {
    case .add, .amend, .edit: 1
    case .cancel: 0
    }
  }

  /// Charged on top while the order, since it was made or last amended, is younger than so many seconds.
  var byAge: [(below: Int, cost: Int)] {
    switch self {
    case .add: []
    case .amend: [(5, 3), (10, 2), (15, 1)]
    case .edit: [(5, 6), (10, 5), (15, 4), (45, 2), (90, 1)]
    case .cancel: [(5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1)]
    }
  }

  /// What it costs for an order of an age: the dearest when nobody knows it.
  /// - Parameter changedAt: when the order was made or last amended, at the latest.
  func cost(changedAt: ContinuousClock.Instant?) -> CallCost {
    var cost = CallCost.units(fixed + (byAge.first?.cost ?? 0))
    guard let changedAt else { return cost }
    for (index, step) in byAge.enumerated() {
      let next = index + 1 < byAge.count ? byAge[index + 1].cost : 0
      cost.fall(by: (step.cost - next) * CallCost.unit, at: changedAt + .seconds(step.below))
    }
    return cost
  }
}

extension KrakenEngineEvent {
  /// What it adds to which market's counter; to every market's where that is not known.
  func costs(
    _ ages: KrakenOrderAges, now: ContinuousClock.Instant, wall: Timestamp
  ) -> [(symbol: Symbol?, cost: CallCost)] {
    func of(_ kind: KrakenEngineCost, _ name: String, _ symbol: Symbol? = nil, _ changedAt: Timestamp? = nil)
      -> (symbol: Symbol?, cost: CallCost)
    {
      let changed = ages.lastChange(name, reported: changedAt, now: now, wall: wall)
      return (ages[name]?.symbol ?? symbol, kind.cost(changedAt: changed))
    }
    switch self {
    case .add(let symbol, _): return [(symbol, KrakenEngineCost.add.cost(changedAt: nil))]
    case .addBatch(let symbol, let names): return [(symbol, CallCost(millionths: names.count * CallCost.unit / 2))]
    case .amend(let name, let symbol, let changedAt): return [of(.amend, name, symbol, changedAt)]
    case .edit(let name, let symbol, let changedAt): return [of(.edit, name, symbol, changedAt)]
    case .cancel(let name): return [of(.cancel, name)]
    case .cancelBatch(let names):
      var sums: [Symbol?: CallCost] = [:]
      for (symbol, cost) in names.map({ of(.cancel, $0) }) { sums[symbol, default: .units(0)].add(cost) }
      return sums.map { ($0.key, $0.value) }
    // One for each market with an order, and one for no market: nobody tells which, so for every one.
    case .cancelAll, .deadManSwitch: return [(nil, .units(1))]
    }
  }

  /// The orders whose age it changes, and their market where it tells.
  var changed: [(name: String, symbol: Symbol?)] {
    switch self {
    case .add(let symbol, let name): [(name, symbol)]
    case .addBatch(let symbol, let names): names.map { ($0, symbol) }
    case .amend(let name, let symbol, _), .edit(let name, let symbol, _): [(name, symbol)]
    case .cancel, .cancelBatch, .cancelAll, .deadManSwitch: []
    }
  }
}
