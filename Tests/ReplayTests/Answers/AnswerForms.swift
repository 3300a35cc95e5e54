import Core

/// Which call an answer belongs to, told from its own form: for files whose name says nothing.
enum AnswerForms {
  /// In ccxt's words; `nil` for a form that nobody knows.
  static func method(_ venue: Venue, _ answer: JSONValue) throws -> String? {
    venue == .kraken ? try kraken(answer) : try coinbase(answer)
  }

  private static func kraken(_ answer: JSONValue) throws -> String? {
    if answer["sendStatus"] != nil || answer["serverTime"] != nil { throw Unmapped("derivatives") }
    guard let result = answer["result"] else { return answer["error"] == nil ? nil : "createOrder" }
    let members: [(key: String, method: String)] = [
      ("open", "fetchOpenOrders"), ("closed", "fetchClosedOrders"), ("trades", "fetchMyTrades"),
      ("ledger", "fetchLedger"), ("txid", "createOrder"), ("orders", "createOrders"), ("amend_id", "editOrder"),
      ("unixtime", "fetchTime"), ("triggerTime", "cancelAllOrdersAfter"), ("fees", "fetchTradingFee"),
      ("permissions", "fetchPermissions"), ("count", "cancelOrder"),
    ]
    if result["originaltxid"] != nil { throw Unmapped("the endpoint of edit-order") }
    if result["token"] != nil { throw Unmapped("WebSocket") }
    if result["eb"] != nil { throw Unmapped("fetchPositions") }
    if let found = members.first(where: { result[$0.key] != nil }) { return found.method }
    if result["status"]?.text != nil { return "fetchStatus" }
    return try krakenRow((result.members ?? []).first { $0.key != "last" }?.value)
  }

  /// Of answers keyed by pair, asset or id.
  private static func krakenRow(_ row: JSONValue?) throws -> String? {
    guard let row else { return nil }
    if let rows = row.list { return try krakenRows(rows) }
    let members: [(key: String, method: String)] = [
      ("wsname", "fetchMarkets"), ("asks", "fetchOrderBook"), ("a", "fetchTicker"), ("hold_trade", "fetchBalance"),
      ("descr", "fetchOrder"), ("ordertxid", "fetchOrderTrades"), ("altname", "fetchCurrencies"),
    ]
    if row.text != nil { throw Unmapped("the endpoint of get-account-balance") }
    return members.first { row[$0.key] != nil }?.method
  }

  private static func krakenRows(_ rows: [JSONValue]) throws -> String? {
    guard let first = rows.first?.list else { return nil }
    // A candle has eight numbers; a trade says which side it was.
    if first.contains(where: { ["b", "s"].contains($0.text) }) { throw Unmapped("fetchTrades") }
    return first.count == 8 ? "fetchOHLCV" : nil
  }

  private static func coinbase(_ answer: JSONValue) throws -> String? {
    if answer["data"] != nil { throw Unmapped("Coinbase API v2") }
    if answer["channel"] != nil || answer["type"] == "subscribe" { throw Unmapped("WebSocket") }
    if answer["pricebooks"] != nil { throw Unmapped("fetchBidsAsks") }
    if answer["portfolios"] != nil || answer["breakdown"] != nil { throw Unmapped("fetchPortfolios") }
    if answer["trades"] != nil, answer["best_bid"] == nil { throw Unmapped("fetchTrades") }
    let members: [(key: String, method: String)] = [
      ("accounts", "fetchBalance"), ("can_view", "fetchPermissions"), ("fee_tier", "fetchTradingFees"),
      ("results", "cancelOrders"), ("success_response", "createOrder"), ("order", "fetchOrder"),
      ("orders", "fetchOrders"), ("fills", "fetchMyTrades"), ("best_bid", "fetchTicker"),
      ("pricebook", "fetchOrderBook"), ("candles", "fetchOHLCV"), ("products", "fetchMarkets"),
      ("epochMillis", "fetchTime"), ("success", "createOrder"),
    ]
    return members.first { answer[$0.key] != nil }?.method
  }
}
