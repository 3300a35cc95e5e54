import Broker
import Core

/// Replays one example of the official documentation: a request's body, or an answer.
struct DocumentReplay {
  let one: ReplayCase
  private let json: JSONValue
  private let page: String

  init(_ one: ReplayCase) {
    self.one = one
    json = one.content["json"] ?? .null
    page = one.content["page"]?.text?.split(separator: "/").last.map(String.init) ?? ""
  }

  func differences() async throws -> [String] {
    if one.content["kind"] == "ws" || one.content["page"]?.text?.contains("websocket") == true {
      throw Unmapped("WebSocket")
    }
    if json["event"] != nil || page.hasPrefix("spot-ws") { throw Unmapped("WebSocket") }
    if let endpoint = try requestEndpoint() { return try await request(endpoint) }
    return try await AnswerRun(plan: try plan()).differences()
  }

  // MARK: Requests

  /// Method and URL of a request's body; `nil` for an answer.
  private func requestEndpoint() throws -> String? {
    switch one.venue {
    case .kraken:
      guard one.content["kind"] == "request" else { return nil }
      let endpoints = [
        "add-order": "AddOrder", "spot-rest-auth": "AddOrder", "add-order-batch": "AddOrderBatch",
        "amend-order": "AmendOrder", "spot-amends": "AmendOrder", "cancel-order": "CancelOrder",
        "cancel-order-batch": "CancelOrderBatch", "cancel-all-orders": "CancelAll",
        "cancel-all-orders-after": "CancelAllOrdersAfter", "get-closed-orders": "ClosedOrders",
        "get-open-orders": "OpenOrders", "get-orders-info": "QueryOrders", "get-trade-history": "TradesHistory",
        "get-extended-balance": "BalanceEx", "get-api-key-info": "GetApiKeyInfo", "get-ledgers": "Ledgers",
        "get-trade-volume": "TradeVolume",
      ]
      guard let endpoint = endpoints[page] else { throw Unmapped("the endpoint of \(page)") }
      return "https://api.kraken.com/0/private/\(endpoint)"
    case .coinbase:
      let orders = "https://api.coinbase.com/api/v3/brokerage/orders"
      if json["order_ids"] != nil { return "\(orders)/batch_cancel" }
      if json["order_configuration"] != nil, json["client_order_id"] != nil { return orders }
      if json["order_id"] != nil, json["price"] != nil { return "\(orders)/edit" }
      return nil
    }
  }

  private func request(_ url: String) async throws -> [String] {
    let expected = try WireRequest(method: "POST", url: url, body: json.encoded)
    let names = Names(one.venue, in: json)
    let operation = one.venue == .kraken ? try krakenOperation(names) : try coinbaseOperation()
    let preferred = (expected.parameters["pair"] ?? []).compactMap(\.text)
    let bench = try Bench(one.venue, names.instruments(preferred: preferred), now: operation.now) { request, _ in
      RequestReplay.emptyAnswer(request)
    }
    var outcome = ""
    do {
      _ = try await operation.perform(on: bench.plugin)
    } catch let error as BrokerError {
      outcome = error.description
    }
    if bench.venue.requests.isEmpty { return ["request: expected \(expected.path), nothing left (\(outcome))"] }
    return try RequestComparison(venue: one.venue, operation: operation, theirs: expected, skipped: [])
      .differences(bench.venue.requests)
  }

  private func krakenOperation(_ names: Names) throws -> Operation {
    let since = json["start"]?.text.flatMap { Int($0) }.flatMap { Timestamp(seconds: $0) } ?? StandingClock.pinned
    switch page {
    case "add-order", "spot-rest-auth": return .place(try krakenOrder(json, names))
    case "add-order-batch":
      return .placeSeveral(
        try (json["orders"]?.list ?? []).map { order in
          var order = order
          if let pair = json["pair"] { order = .object((order.members ?? []) + [("pair", pair)]) }
          return try krakenOrder(order, names)
        })
    case "amend-order", "spot-amends":
      return .amend(
        OrderAmendment(
          venueOrderID: VenueOrderID("OTEST-AMEND-ORDERX"), symbol: Symbol(base: "BTC", quote: "USD"),
          quantity: json["order_qty"]?.decimal.map(Quantity.init), limit: json["limit_price"]?.decimal.map(Price.init),
          trigger: json["trigger_price"]?.decimal.map(Price.init), deadline: StandingClock.pinned + .seconds(15)))
    case "cancel-order": return .cancel(VenueOrderID(try json.word("txid")))
    case "cancel-order-batch":
      return .cancelSeveral((json["orders"]?.list ?? []).compactMap(\.text).map { VenueOrderID($0) })
    case "cancel-all-orders": return .cancelAll
    case "cancel-all-orders-after":
      return .deadManSwitch(.seconds(Int(try json.word("timeout")) ?? 0))
    case "get-closed-orders", "get-open-orders":
      return .order(.client(ClientIDs.ours(try json.word("cl_ord_id")), since: since))
    case "get-orders-info": return .order(.venue(VenueOrderID(try json.word("txid"))))
    case "get-trade-history": return .fills(since: since)
    case "get-extended-balance": return .balances
    case "get-api-key-info": return .permissions
    case "get-ledgers": return .ledger(since: since)
    default: throw Unmapped("the endpoint of \(page)")
    }
  }

  private func krakenOrder(_ json: JSONValue, _ names: Names) throws -> OrderRequest {
    if json["close"] != nil { throw Unmapped("close") }
    guard let symbol = names.symbol(try json.word("pair")), json["ordertype"] == "limit" else {
      throw Unmapped("an order of another kind")
    }
    let parameters: [(key: String, value: JSONValue)] = [
      ("clientOrderId", json["cl_ord_id"] ?? "test"), ("timeInForce", json["timeinforce"] ?? .null),
    ]
    let input: [JSONValue] = [
      .string(symbol.description), "limit", try json.needed("type"), try json.needed("volume"),
      try json.needed("price"), .object(parameters),
    ]
    guard let order = try UnifiedCall(.kraken, "createOrder", input).operation().orders.first else {
      throw Unmapped("an order")
    }
    return order
  }

  private func coinbaseOperation() throws -> Operation {
    if let ids = json["order_ids"]?.list { return .cancelSeveral(ids.compactMap(\.text).map { VenueOrderID($0) }) }
    throw Unmapped("a schema with every alternative at once")
  }

  // MARK: Answers

  private func plan() throws -> AnswerPlan {
    let (operations, answer) = one.venue == .kraken ? try krakenAnswer() : try coinbaseAnswer()
    var plan = AnswerPlan(one.id, one.venue, answer, markets: .array([answer, "BTC/USD", "BTC-USD"]))
    plan.operations = operations
    if answer["error"]?.text != nil { plan.status = 403 }
    return plan
  }

  private var order: OrderRequest {
    get throws {
      let id = json["success_response"]?["client_order_id"] ?? "test"
      let input: [JSONValue] = ["BTC/USD", "limit", "buy", "1", "1", .object([("clientOrderId", id)])]
      guard let order = try UnifiedCall(one.venue, "createOrder", input).operation().orders.first else {
        throw Unmapped("an order")
      }
      return order
    }
  }

  private func krakenAnswer() throws -> ([Operation], JSONValue) {
    switch page {
    case "add-order": return ([.place(try order)], json)
    case "add-order-batch":
      return ([.placeSeveral(Array(repeating: try order, count: json["result"]?["orders"]?.list?.count ?? 0))], json)
    case "cancel-order-batch":
      let count = json["result"]?["count"]?.text.flatMap { Int($0) } ?? 0
      return ([.cancelSeveral((0..<count).map { VenueOrderID("O\($0)") })], json)
    case "spot-rest-intro" where json["result"]?["status"] != nil: return ([.venueStatus], json)
    case "spot-rest-intro": return ([.place(try order)], json)
    default: throw Unmapped("the endpoint of \(page)")
    }
  }

  private func coinbaseAnswer() throws -> ([Operation], JSONValue) {
    let bitcoin = Symbol(base: "BTC", quote: "USD")
    if let account = json["account"] { return ([.balances], .object([("accounts", [account])])) }
    if json["accounts"] != nil { return ([.balances], json) }
    if json["can_view"] != nil { return ([.permissions], json) }
    if json["fee_tier"] != nil { return ([.fees(bitcoin)], json) }
    if let id = json["results"]?.list?.first?["order_id"]?.text { return ([.cancel(VenueOrderID(id))], json) }
    if page == "close-position" || page.contains("portfolio") { throw Unmapped("the endpoint of \(page)") }
    if page == "edit-order-preview" { throw Unmapped("editOrder preview") }
    if json["success_response"] != nil { return ([.place(try order)], json) }
    if json["success"] != nil, json["errors"] != nil { return ([.amend(amendment)], json) }
    if let id = json["order"]?["order_id"]?.text { return ([.order(.venue(VenueOrderID(id)))], json) }
    if json["fills"] != nil { return ([.fills(since: Timestamp(nanoseconds: 0))], json) }
    if json["orders"] != nil { return ([.openOrders], json) }
    if json["errs"] != nil { return ([.preview(try order)], json) }
    if json["best_bid"] != nil, json["trades"] != nil { return ([.ticker(bitcoin)], json) }
    if json["pricebook"] != nil { return ([.book(bitcoin, depth: 10)], json) }
    if json["candles"] != nil { return ([try candles()], json) }
    if json["product_id"] != nil, json["base_increment"] != nil {
      return ([.instruments, .tickers], .object([("products", [json])]))
    }
    if json["products"] != nil { return ([.instruments, .tickers], json) }
    if json["epochMillis"] != nil { return ([.serverTime], json) }
    if json["error"]?.text != nil { return ([.openOrders], json) }
    throw Unmapped("the endpoint of \(page)")
  }

  private var amendment: OrderAmendment {
    OrderAmendment(
      venueOrderID: VenueOrderID("1"), symbol: Symbol(base: "BTC", quote: "USD"), quantity: Quantity(.one),
      limit: Price(.one), deadline: StandingClock.pinned + .seconds(15))
  }

  private func candles() throws -> Operation {
    let start = json["candles"]?.list?.first?["start"]?.decimal.flatMap { Timestamp(seconds: $0) }
    guard let start else { throw Unmapped("no candles") }
    return .candles(
      Symbol(base: "BTC", quote: "USD"), interval: .seconds(60), limit: 3, marketNow: start + .seconds(120))
  }
}
