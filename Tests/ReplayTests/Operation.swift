import Broker
import Core

/// One operation of the plugin contract with its arguments: what every case is turned into.
enum Operation: Sendable {
  case serverTime
  case venueStatus
  case instruments
  case tickers
  case ticker(Symbol)
  case book(Symbol, depth: Int)
  case candles(Symbol, interval: Duration, limit: Int, marketNow: Timestamp)
  case permissions
  case balances
  case fees(Symbol)
  case openOrders
  case closedOrders(since: Timestamp)
  case order(OrderReference)
  case fills(since: Timestamp)
  case fillsOfOrder(VenueOrderID)
  case ledger(since: Timestamp)
  case place(OrderRequest)
  case preview(OrderRequest)
  case placeSeveral([OrderRequest])
  case amend(OrderAmendment)
  case cancel(VenueOrderID)
  case cancelByClientID(ClientOrderID)
  case cancelSeveral([VenueOrderID])
  case cancelAll
  case deadManSwitch(Duration)

  /// What the table of declared differences calls it.
  var name: String {
    switch self {
    case .serverTime: "serverTime"
    case .venueStatus: "venueStatus"
    case .instruments: "instruments"
    case .tickers: "tickers"
    case .ticker: "ticker"
    case .book: "book"
    case .candles: "candles"
    case .permissions: "permissions"
    case .balances: "balances"
    case .fees: "fees"
    case .openOrders: "openOrders"
    case .closedOrders: "closedOrders"
    case .order: "order"
    case .fills: "fills"
    case .fillsOfOrder: "fillsOfOrder"
    case .ledger: "ledger"
    case .place: "place"
    case .preview: "preview"
    case .placeSeveral: "placeSeveral"
    case .amend: "amend"
    case .cancel: "cancel"
    case .cancelByClientID: "cancelByClientID"
    case .cancelSeveral: "cancelSeveral"
    case .cancelAll: "cancelAll"
    case .deadManSwitch: "deadManSwitch"
    }
  }

  /// The protocol clock of the call.
  var now: Timestamp {
    if case .amend(let amendment) = self { return amendment.deadline - .seconds(15) }
    return orders.first.map { $0.deadline - .seconds(15) } ?? StandingClock.pinned
  }

  /// The orders it places or would place.
  var orders: [OrderRequest] {
    switch self {
    case .place(let order), .preview(let order): [order]
    case .placeSeveral(let orders): orders
    default: []
    }
  }
}

/// What an operation answered.
enum Seen: Sendable {
  case time(Timestamp)
  case status(VenueStatus)
  case instruments([Instrument])
  case tickers([Ticker])
  case ticker(Quote, Ticker?)
  case book(OrderBook)
  case candles([Candle])
  case permissions(Permissions)
  case balances([Balance])
  case fees(FeeRates)
  case orders([Order])
  case fills([Fill])
  case ledger([LedgerEntry])
  case placed(Acknowledgement, OrderRequest)
  case placedSeveral([Result<Acknowledgement, BrokerError>])
  case previewed([String])
  case amended
  case cancelled(CancelOutcome)
  case cancelledSeveral([Result<CancelOutcome, BrokerError>])
  case cancelledAll(Int)
  case armed(Timestamp?)
}

extension Operation {
  /// Calls the plugin.
  /// - Throws: ``Unmapped`` when the plugin lacks the ability, else what the plugin throws.
  func perform(on plugin: any BrokerPlugin) async throws -> Seen {
    switch self {
    case .serverTime: .time(try await plugin.fetchServerTime())
    case .venueStatus: .status(try await able(plugin as? any ReportsVenueStatus).fetchVenueStatus())
    case .instruments: .instruments(try await plugin.fetchInstruments())
    case .tickers: .tickers(try await plugin.fetchTickers())
    case .ticker(let symbol): try await Self.ticker(symbol, plugin)
    case .book(let symbol, let depth): .book(try await plugin.fetchOrderBook(symbol, depth: depth))
    case .candles(let symbol, let interval, let limit, let now):
      .candles(try await plugin.fetchCandles(symbol, interval: interval, limit: limit, marketNow: now))
    case .permissions: .permissions(try await plugin.fetchPermissions())
    case .balances: .balances(try await plugin.fetchBalances())
    case .fees(let symbol): .fees(try await plugin.fetchFees(symbol))
    case .openOrders: .orders(try await plugin.fetchOpenOrders())
    case .closedOrders(let since): .orders(try await plugin.fetchClosedOrders(since: since))
    case .order(let reference): .orders(try await plugin.fetchOrders(reference))
    case .fills(let since): .fills(try await plugin.fetchFills(since: since))
    case .fillsOfOrder(let order): .fills(try await plugin.fetchFills(of: order))
    case .ledger(let since): .ledger(try await able(plugin as? any ReadsLedger).fetchLedger(since: since))
    default: try await change(plugin)
    }
  }

  private func change(_ plugin: any BrokerPlugin) async throws -> Seen {
    switch self {
    case .place(let order): return .placed(try await plugin.place(order), order)
    case .preview(let order): return .previewed(try await able(plugin as? any PreviewsOrders).preview(order))
    case .placeSeveral(let orders):
      return .placedSeveral(try await able(plugin as? any PlacesBatches).place(orders))
    case .amend(let amendment):
      try await able(plugin as? any AmendsOrders).amend(amendment)
      return .amended
    case .cancel(let order): return .cancelled(try await plugin.cancel(order))
    case .cancelByClientID(let id): return .cancelled(try await able(plugin as? any CancelsByClientID).cancel(id))
    case .cancelSeveral(let orders):
      return .cancelledSeveral(try await able(plugin as? any CancelsBatches).cancel(orders))
    case .cancelAll: return .cancelledAll(try await able(plugin as? any CancelsAll).cancelAll())
    case .deadManSwitch(let timeout):
      let plugin = try able(plugin as? any ArmsDeadManSwitch)
      guard timeout > .zero else {
        try await plugin.disarmDeadManSwitch()
        return .armed(nil)
      }
      return .armed(try await plugin.armDeadManSwitch(timeout))
    default: throw Unmapped(name)
    }
  }

  /// Bid and ask of one market; the row of the all-markets call too where that one answers in the same form.
  private static func ticker(_ symbol: Symbol, _ plugin: any BrokerPlugin) async throws -> Seen {
    let quote = try await plugin.fetchQuote(symbol)
    guard plugin.spec.capabilities.contains(.quotesInTickers) else { return .ticker(quote, nil) }
    return .ticker(quote, try await plugin.fetchTickers().first { $0.symbol == symbol })
  }

  private func able<Ability>(_ ability: Ability?) throws -> Ability {
    guard let ability else { throw Unmapped("\(name): the plugin does not offer it") }
    return ability
  }
}
