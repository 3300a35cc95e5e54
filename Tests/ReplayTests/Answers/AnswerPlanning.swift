import Broker
import Core

extension AnswerPlan {
  /// - Throws: ``Unmapped`` when no operation of ours gets such an answer.
  init(_ one: ReplayCase) throws {
    guard let raw = one.content["httpResponse"] ?? one.content["raw"] else {
      throw Unmapped("a case without an answer")
    }
    let call = try AnswerCall(one, raw)
    self.init(
      one.id, one.venue, call.answer, markets: .array([one.content["input"] ?? .null, call.answer, call.parse]))
    isFiltered = !call.input.isEmpty
    status = call.status
    if let expected = one.content["expectedFields"] { parses.append(Parse(value: expected, skipped: [])) }
    if let parsed = one.content["parsedByCcxt_4_5_90"] ?? one.content["parsedByCcxt"] {
      let differing = (one.content["ccxt_4_5_90_difference"]?.list ?? []).compactMap(\.text)
      parses.append(Parse(value: parsed, skipped: Set(differing.map { String($0.prefix { $0 != ":" }) })))
    }
    operations = try call.operations(names)
  }

  init(_ id: String, _ venue: Venue, _ raw: JSONValue, markets: JSONValue) {
    self.id = id
    self.venue = venue
    self.raw = raw
    self.operations = []
    names = Names(venue, in: markets)
    answer = raw.replacing(under: ClientIDs.keys) { text in
      if text.isEmpty { return text }
      return venue == .kraken ? ClientIDs.ours(text).hex : ClientIDs.ours(text).uuidShaped
    }
  }
}

/// Which call got an answer: as the case says it, or as the answer's own form shows.
struct AnswerCall {
  let venue: Venue
  var method: String
  var input: [JSONValue]
  /// Put into the form in which it comes over the wire.
  var answer: JSONValue
  var parse: JSONValue
  var status = 200

  init(_ one: ReplayCase, _ raw: JSONValue) throws {
    venue = one.venue
    answer = raw
    parse = one.content["parsedByCcxt_4_5_90"] ?? one.content["parsedByCcxt"] ?? one.content["expectedFields"] ?? .null
    if let file = one.content["file"]?.text, file.contains("/ws_") { throw Unmapped("WebSocket") }
    if let method = one.content["method"]?.text {
      self.method = method
      input = one.content["input"]?.list ?? []
    } else if let call = one.content["call"]?.list, let method = call.first?.text {
      self.method = method
      input = (call.dropFirst().first?.list ?? []).filter { $0.text != "raw" }
    } else if let function = one.content["function"]?.text {
      method = function
      input = []
    } else {
      let file = one.content["file"]?.text ?? ""
      if file.contains("futures") { throw Unmapped("derivatives") }
      guard let method = try AnswerForms.method(venue, raw) else { throw Unmapped("the answer in \(file)") }
      self.method = method
      input = []
    }
    if venue == .coinbase { try shapeCoinbase() } else { try shapeKraken() }
  }

  // MARK: Forms

  private mutating func shapeKraken() throws {
    guard answer["error"] == nil else {
      if method == "fetch_order_trades" { answer = Self.kraken(trades: answer["result"] ?? .null) }
      return
    }
    switch method {
    case "parse_order" where answer["txid"] != nil:
      (method, answer) = ("createOrder", Self.result(answer.members ?? []))
    case "parse_order" where answer["amend_id"] != nil:
      (method, answer) = ("editOrder", Self.result(answer.members ?? []))
    case "parse_order": (method, answer) = ("fetchOrder", Self.result([("OTEST-PARSE-ORDERX", answer)]))
    case "parse_ledger_entry": (method, answer) = ("fetchLedger", Self.kraken(ledger: answer))
    case "parse_ohlcv": (method, answer) = ("fetchOHLCV", Self.kraken(candle: answer))
    case "parse_ticker": (method, answer) = ("fetchTicker", Self.result([("XXBTZUSD", answer)]))
    case "create_order", "createOrder":
      (method, answer) = ("createOrder", Self.result([("txid", ["OTEST-PARSE-ORDERX"]), ("descr", answer)]))
    case "parse_trade" where answer["ordertxid"] != nil:
      (method, answer) = ("fetchMyTrades", Self.kraken(trades: .object([("TTEST-PARSE-TRADEX", answer)])))
    case "parse_trade": throw Unmapped("fetchTrades")
    case "parse_transaction": throw Unmapped("transfers")
    default: throw Unmapped(method)
    }
  }

  private static func result(_ members: [(key: String, value: JSONValue)]) -> JSONValue {
    .object([("error", .array([])), ("result", .object(members))])
  }

  private static func kraken(ledger entry: JSONValue) -> JSONValue {
    let id = entry["id"]?.text ?? "LTEST-PARSE-LEDGER"
    return result([("ledger", .object([(id, entry)])), ("count", .integer(1))])
  }

  /// One candle alone, and behind it the one that runs.
  private static func kraken(candle: JSONValue) -> JSONValue {
    var running = candle.list ?? []
    if let start = running.first?.decimal, let next = try? start + ExactDecimal(integer: 60) {
      running[0] = .number(next.description)
    }
    return result([("XXBTZUSD", .array([candle, .array(running)]))])
  }

  private static func kraken(trades: JSONValue) -> JSONValue {
    result([("trades", trades), ("count", .integer(trades.members?.count ?? 0))])
  }

  private mutating func shapeCoinbase() throws {
    if answer["data"] != nil || answer["resource"] != nil || method == "fetch_currencies_from_cache" {
      throw Unmapped(method == "parse_transaction" ? "transfers" : "Coinbase API v2")
    }
    if answer["uris"] != nil { throw Unmapped("CDP token claims") }
    if answer["fee_tier"] != nil { method = "fetchTradingFees" }
    if answer["product_type"] == "FUTURE" { throw Unmapped("derivatives") }
    switch method {
    case "parse_account":
      (method, answer) = ("fetchBalance", .object([("accounts", [answer]), ("has_next", .boolean(false))]))
    case "parse_transaction": throw Unmapped("transfers")
    case "parse_trade":
      guard answer["entry_id"] != nil else { throw Unmapped("fetchTrades") }
      (method, answer) = ("fetchMyTrades", .object([("fills", [answer]), ("cursor", "")]))
    case "parse_order" where answer["failure_reason"] != nil:
      (method, answer) = ("cancelOrder", .object([("results", [answer])]))
    case "parse_order" where answer["status"] == nil:
      (method, answer) = ("createOrder", .object([("success", .boolean(true)), ("success_response", answer)]))
    case "parse_order": (method, answer) = ("fetchOrder", .object([("order", answer)]))
    case "parse_ticker":
      guard answer.list != nil else { throw Unmapped("Coinbase API v2") }
      (method, answer) = ("fetchTickers", .object([("products", answer)]))
    case "parse_ohlcv": (method, answer) = ("fetchOHLCV", .object([("candles", answer)]))
    case "handle_errors": shapeError()
    default: break
    }
  }

  /// The statuses with which the three shapes of an error come.
  private mutating func shapeError() {
    method = answer["success"] == nil ? "fetchOpenOrders" : "createOrder"
    let statuses = ["not_found": 404, "PERMISSION_DENIED": 403, "rate_limit_exceeded": 429]
    guard answer["success"] == nil else { return }
    let word = answer["errors"]?.list?.first?["id"]?.text ?? answer["error"]?.text ?? ""
    status = statuses[word] ?? 400
  }

  // MARK: Operations

  func operations(_ names: Names) throws -> [Operation] {
    let method = UnifiedCall(venue, method, []).method
    if method == "fetchOHLCV" || method == "fetchOhlcv" { return [try candles(names)] }
    let operation = try UnifiedCall(venue, method, filled(names)).operation()
    let begin = Timestamp(nanoseconds: 0)
    switch operation {
    case .fills, .fillsOfOrder: return [.fills(since: begin)]
    case .closedOrders where isAllOrders: return [.openOrders, .closedOrders(since: begin)]
    case .closedOrders: return [.closedOrders(since: begin)]
    case .ledger: return [.ledger(since: begin)]
    case .order(.client(let id, _)): return [.order(.client(id, since: begin))]
    case .tickers where answer["products"] != nil, .instruments where answer["products"] != nil:
      return method.lowercased().contains("ticker") ? [.tickers, .instruments] : [.instruments, .tickers]
    default: return [operation]
    }
  }

  private var isAllOrders: Bool {
    ["fetchOrders", "fetch_orders", "fetch_orders_by_status", "fetchOrdersByStatus"].contains(method)
  }

  /// The input, with what the answer belongs to where the case does not say.
  private func filled(_ names: Names) throws -> [JSONValue] {
    let symbol = JSONValue.string(names.primary.description)
    switch UnifiedCall(venue, method, input).method {
    case "fetchTicker", "fetchTickerV3", "fetchOrderBook", "fetchTradingFee":
      return input.isEmpty ? [symbol] : input
    case "fetchOrderTrades": return input.isEmpty ? ["OID"] : input
    case "fetchOrder": return [.string(orderID ?? "OID")] + input.dropFirst()
    case "cancelOrder": return input.isEmpty ? [.string(orderID ?? "OID")] : input
    case "cancelOrders":
      let ids = answer["results"]?.list?.compactMap { $0["order_id"] }
      let count = answer["result"]?["count"]?.text.flatMap { Int($0) } ?? 0
      return [.array(ids ?? (0..<count).map { .string("O\($0)") })]
    case "cancelAllOrdersAfter": return input.isEmpty ? [.integer(60_000)] : input
    case "editOrder": return input.isEmpty ? ["OID", symbol, "limit", "buy", "1", "1"] : input
    case "createOrders":
      let one: [(key: String, value: JSONValue)] = [
        ("symbol", symbol), ("type", "limit"), ("side", "buy"), ("amount", "1"), ("price", "1"),
      ]
      let count = answer["result"]?["orders"]?.list?.count ?? 0
      return input.isEmpty ? [.array(Array(repeating: .object(one), count: count))] : input
    case "createOrder" where input.isEmpty:
      let id = answer["success_response"]?["client_order_id"] ?? "test"
      let side = answer["success_response"]?["side"]?.text?.lowercased() ?? "buy"
      return [symbol, "limit", .string(side), "1", "1", .object([("clientOrderId", id)])]
    default: return input
    }
  }

  private var orderID: String? {
    if let id = answer["order"]?["order_id"]?.text { return id }
    if let id = answer["results"]?.list?.first?["order_id"]?.text { return id }
    return answer["result"]?.members?.first { $0.value.members != nil }?.key
  }

  /// Everything that the answer holds, at an instant when all of it is complete; from an instant on where the case asks so.
  private func candles(_ names: Names) throws -> Operation {
    if input.count > 3, input[2].decimal != nil { return try UnifiedCall(venue, "fetchOHLCV", input).operation() }
    let rows = answer["candles"]?.list ?? answer["result"]?.members?.first { $0.value.list != nil }?.value.list ?? []
    let starts = rows.compactMap { ($0["start"] ?? $0.list?.first)?.decimal }.compactMap { Timestamp(seconds: $0) }
    let given = input.count > 1 ? input[1].text : nil
    let interval = try given.map(UnifiedCall.interval) ?? .seconds(60)
    guard let first = starts.min(), let last = starts.max() else { throw Unmapped("no candles") }
    let now = last + interval * 2
    let count = Int((now - first).wholeNanoseconds / max(1, interval.wholeNanoseconds)) + 1
    return .candles(names.primary, interval: interval, limit: min(count, 3_000), marketNow: now)
  }
}
