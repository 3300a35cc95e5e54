import Broker
import Core
import Kraken

/// Replays one request: the case's call through our plugin, and what leaves against what the case says leaves.
struct RequestReplay {
  let one: ReplayCase

  init(_ one: ReplayCase) { self.one = one }

  func differences() async throws -> [String] {
    if one.content["notSupported"] != nil { return try await unsupported() }
    let expected = try expected()
    let operation = try call().operation()
    let names = Names(one.venue, in: .array([one.content["input"] ?? .null, market]))
    let preferred = (expected.parameters["pair"] ?? []).compactMap(\.text)
    let bench = try Bench(one.venue, names.instruments(preferred: preferred), now: operation.now) { request, _ in
      Self.emptyAnswer(request)
    }
    var outcome = ""
    do {
      _ = try await operation.perform(on: bench.plugin)
    } catch let error as BrokerError {
      // The empty answers satisfy nobody: what left is what counts.
      outcome = error.description
    }
    let sent = bench.venue.requests
    guard !sent.isEmpty else { return ["request: expected \(expected.path), nothing left (\(outcome))"] }
    let comparison = RequestComparison(
      venue: one.venue, operation: operation, theirs: expected, skipped: try skipped())
    return try comparison.differences(sent) + (try KrakenVector.recordedSignature(one))
  }

  /// What ccxt says a venue cannot do must not be offered by our plugin either.
  private func unsupported() async throws -> [String] {
    let operation = try call().operation()
    let bench = try Bench(one.venue, []) { request, _ in Self.emptyAnswer(request) }
    do {
      _ = try await operation.perform(on: bench.plugin)
    } catch is Unmapped {
      return []
    } catch let error as BrokerError where error.code == .unsupported && bench.venue.requests.isEmpty {
      return []
    } catch {}
    return ["support: expected none, seen \(operation.name)"]
  }

  // MARK: What the case says

  private var market: JSONValue { one.context["market"] ?? .null }

  /// The sixteen operations of `broker-requests-*` in ccxt's words; the other family has them already.
  private func call() throws -> UnifiedCall {
    if let method = one.content["method"]?.text {
      return UnifiedCall(one.venue, method, one.content["input"]?.list ?? [])
    }
    guard let op = one.content["op"]?.text, let symbol = market.list?.last else { throw Unmapped("a case without op") }
    func order(_ type: String, _ side: String, _ id: String, price: JSONValue = "30000", _ more: (String, JSONValue)...)
      -> (String, [JSONValue])
    {
      let parameters: [(key: String, value: JSONValue)] = [("clientOrderId", .string(id))] + more.map { ($0.0, $0.1) }
      return ("createOrder", [symbol, .string(type), .string(side), "0.001", price, .object(parameters)])
    }
    let calls: [String: (String, [JSONValue])] = [
      "time": ("fetchTime", []), "markets": ("fetchMarkets", []), "ticker": ("fetchTicker", [symbol]),
      "candles": ("fetchOHLCV", [symbol, "1h", .null, .integer(10)]),
      "book": ("fetchOrderBook", [symbol, .integer(20)]), "balances": ("fetchBalance", []),
      "limit_order": order("limit", "buy", "nija0001"),
      "post_only": order("limit", "buy", "nija0002", ("postOnly", .boolean(true))),
      "ioc_order": order("limit", "sell", "nija0003", ("timeInForce", "IOC")),
      "market_sell": order("market", "sell", "nija0004", price: .null),
      "market_buy_cost": ("createMarketBuyOrderWithCost", [symbol, .integer(25)]),
      "cancel": ("cancelOrder", ["1234567890", symbol]), "order_status": ("fetchOrder", ["1234567890", symbol]),
      "cancel_all": ("cancelAllOrders", [symbol]), "open_orders": ("fetchOpenOrders", [symbol]),
      "my_trades": ("fetchMyTrades", [symbol, .null, .integer(10)]),
    ]
    guard let (method, input) = calls[op] else { throw Unmapped(op) }
    return UnifiedCall(one.venue, method, input)
  }

  /// The request of the case; where a later ccxt sends another, which the case then quotes, that one.
  private func expected() throws -> WireRequest {
    if let request = one.content["request"] {
      return try WireRequest(
        method: request["method"]?.text ?? "", url: request["url"]?.text ?? "", body: request["body"]?.text)
    }
    var url = one.content["url"]?.text ?? "", body = one.content["output"]?.text
    for change in one.content["ccxt_4_5_90_difference"]?.list ?? [] {
      guard let text = change.text else { continue }
      if text.hasPrefix("url ") { url = String(text.dropFirst(4)) }
      if text.hasPrefix("body ") { body = String(text.dropFirst(5)) }
    }
    return try WireRequest(method: one.content["httpMethod"]?.text ?? "", url: url, body: body)
  }

  /// What the case skips; but not the bounds of candles, where the call says both.
  private func skipped() throws -> Set<String> {
    let skipped = Set((one.content["skipKeys"]?.list ?? []).compactMap(\.text))
    let input = one.content["input"]?.list ?? []
    let saysBounds = input.count > 2 && input[2].decimal != nil && input.last?["until"] != nil
    return saysBounds ? skipped.subtracting(["start", "end"]) : skipped
  }

  /// The least that makes a plugin go on to its next request.
  static func emptyAnswer(_ request: HTTPRequest) -> HTTPAnswer {
    let results = ["OpenOrders": "{\"open\":{}}", "ClosedOrders": "{\"closed\":{},\"count\":0}"]
    let name = request.path.split(separator: "/").last.map(String.init) ?? ""
    let isKraken = request.path.hasPrefix("/0/")
    let body = isKraken ? "{\"error\":[],\"result\":\(results[name] ?? "{}")}" : "{}"
    return HTTPAnswer(status: 200, headers: [:], body: Array(body.utf8))
  }
}
