/// The private calls.
enum KrakenEndpoint: String, CaseIterable, Sendable {
  case balance = "Balance"
  case extendedBalance = "BalanceEx"
  case openOrders = "OpenOrders"
  case closedOrders = "ClosedOrders"
  case queryOrders = "QueryOrders"
  case tradesHistory = "TradesHistory"
  case ledgers = "Ledgers"
  case tradeVolume = "TradeVolume"
  case addOrder = "AddOrder"
  case addOrderBatch = "AddOrderBatch"
  case amendOrder = "AmendOrder"
  case editOrder = "EditOrder"
  case cancelOrder = "CancelOrder"
  case cancelOrderBatch = "CancelOrderBatch"
  case cancelAll = "CancelAll"
  case cancelAllOrdersAfter = "CancelAllOrdersAfter"
  case keyInfo = "GetApiKeyInfo"
  case webSocketsToken = "GetWebSocketsToken"

  /// Which rights open it: one of each set.
  var permissions: [Set<KrakenPermission>] {
    switch self {
    case .balance, .extendedBalance, .tradeVolume: [[.queryFunds]]
    case .openOrders: [[.queryOpenTrades]]
    case .closedOrders, .tradesHistory: [[.queryClosedTrades]]
    case .queryOrders: [[.queryOpenTrades, .queryClosedTrades]]
    case .ledgers: [[.queryLedger]]
    case .addOrder, .editOrder: [[.modifyTrades]]
    case .addOrderBatch: [[.modifyTrades], [.closeTrades]]
    case .amendOrder, .cancelOrder, .cancelOrderBatch, .cancelAll, .cancelAllOrdersAfter:
      [[.modifyTrades, .closeTrades]]
    case .webSocketsToken: [[.createWebSocketToken]]
    case .keyInfo: []
    }
  }

  /// What it adds to the key's REST counter; orders are counted by the engine.
  var cost: Double {
    switch self {
    case .addOrder, .addOrderBatch, .amendOrder, .editOrder, .cancelOrder, .cancelOrderBatch: 0
    case .tradesHistory, .ledgers: 4
    default: 1
    }
  }
}

extension KrakenVenue {
  static var endpoints: [String] {
    ["Time", "SystemStatus", "Assets", "AssetPairs", "Ticker", "OHLC", "Depth", "Trades"]
      + KrakenEndpoint.allCases.map(\.rawValue)
  }
}
