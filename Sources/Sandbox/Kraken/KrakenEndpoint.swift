/// The private calls.
enum KrakenEndpoint: String, Sendable {
  case balance = "Balance"
  case extendedBalance = "BalanceEx"
  case openOrders = "OpenOrders"
  case closedOrders = "ClosedOrders"
  case queryOrders = "QueryOrders"
  case tradesHistory = "TradesHistory"
  case tradeVolume = "TradeVolume"
  case addOrder = "AddOrder"
  case cancelOrder = "CancelOrder"
  case cancelAll = "CancelAll"
  case keyInfo = "GetApiKeyInfo"

  /// Any one of these opens it; none needed where it is empty.
  var permissions: Set<KrakenPermission> {
    switch self {
    case .balance, .extendedBalance, .tradeVolume: [.queryFunds]
    case .openOrders: [.queryOpenTrades]
    case .closedOrders, .tradesHistory: [.queryClosedTrades]
    case .queryOrders: [.queryOpenTrades, .queryClosedTrades]
    case .addOrder: [.modifyTrades]
    case .cancelOrder, .cancelAll: [.modifyTrades, .closeTrades]
    case .keyInfo: []
    }
  }

  /// What it adds to the key's REST counter; orders are counted by the engine.
  var cost: Double {
    switch self {
    case .addOrder, .cancelOrder: 0
    case .tradesHistory: 4
    default: 1
    }
  }
}
