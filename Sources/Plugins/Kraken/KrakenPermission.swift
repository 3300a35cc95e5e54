/// Permissions by the names of `GetApiKeyInfo`.
/// https://docs.kraken.com/api/docs/rest-api/get-api-key-info
enum KrakenPermission {
  static let querying = ["query-funds", "query-open-trades", "query-closed-trades"]
  /// One of the two is enough to cancel; several orders in one call need both.
  static let trading = ["modify-trades", "close-trades"]
  static let needed = querying + trading
  /// A key that has one of these is not for a trading program.
  static let movingFunds = [
    "withdraw-funds", "add-withdraw-address", "update-withdraw-address", "add-funds", "earn-funds",
  ]

  /// What an operation of ours needs, for those that Kraken refuses.
  static func needed(for operation: String) -> [String] {
    switch operation {
    case "fetchBalances", "fetchFees": ["query-funds"]
    case "fetchOpenOrders": ["query-open-trades"]
    case "fetchOrders": ["query-open-trades", "query-closed-trades"]
    case "fetchClosedOrders", "fetchFills": ["query-closed-trades"]
    case "fetchLedger": ["query-ledger"]
    case "place", "preview", "amend": ["modify-trades"]
    case "cancel", "cancelBatch", "cancelAll", "armDeadManSwitch", "disarmDeadManSwitch":
      ["modify-trades or close-trades"]
    case "placeBatch": ["modify-trades", "close-trades"]
    default: needed
    }
  }
}
