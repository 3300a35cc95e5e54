internal import Broker
internal import Core

/// What a call does to the counters of Kraken's matching engine: one for each market, of the whole account.
///
/// Orders are called by Kraken's id or by ours as it was sent; the client remembers the market and the age of what it
/// was told of (``KrakenClient/remember(_:)``), and what it was not told of counts as the dearest.
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
}
