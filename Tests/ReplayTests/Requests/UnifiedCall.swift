import Broker
import Core

/// A call in ccxt's unified vocabulary, turned into an operation of ours.
struct UnifiedCall {
  let venue: Venue
  let method: String
  var arguments: Arguments

  /// - Parameter method: `fetchOrderBook` or `fetch_order_book`.
  init(_ venue: Venue, _ method: String, _ input: [JSONValue]) {
    self.venue = venue
    let words = method.split(separator: "_")
    self.method = words.dropFirst().reduce(String(words.first ?? "")) {
      $0 + $1.prefix(1).uppercased() + $1.dropFirst()
    }
    arguments = Arguments(input)
  }

  /// The operation; ``Unmapped`` names what of the call has none.
  func operation() throws -> Operation {
    var call = self
    let operation = try call.read()
    try call.arguments.finish()
    return operation
  }

  private mutating func read() throws -> Operation {
    if method.hasPrefix("create") { return try orderOperation() }
    if let operation = try publicOperation() { return operation }
    if let operation = try accountOperation() { return operation }
    if let operation = try cancelOperation() { return operation }
    throw Unmapped(method)
  }

  func symbol(_ index: Int) throws -> Symbol {
    let text = try arguments.text(index, "a symbol")
    if text.contains(":") { throw Unmapped("derivatives") }
    guard let symbol = Names.symbol(text, venue) ?? Symbol(parsing: text) else { throw Unmapped("the symbol \(text)") }
    return symbol
  }

  private mutating func publicOperation() throws -> Operation? {
    switch method {
    case "fetchTime": return .serverTime
    case "fetchStatus": return .venueStatus
    case "fetchMarkets", "fetchMarketsV3", "loadMarkets": return .instruments
    case "fetchTicker", "fetchTickerV3": return .ticker(try symbol(0))
    case "fetchTickers", "fetchTickersV3":
      for name in arguments.at(0)?.list ?? [] where name.text?.contains(":") == true { throw Unmapped("derivatives") }
      return .tickers
    case "fetchOrderBook":
      let depth = arguments.at(1)?.text.flatMap { Int($0) }
      return .book(try symbol(0), depth: depth ?? 100)
    case "fetchOHLCV", "fetchOhlcv": return try candles()
    default: return nil
    }
  }

  private mutating func accountOperation() throws -> Operation? {
    switch method {
    case "fetchBalance":
      if let type = arguments.take("type")?.text, type != "spot" { throw Unmapped("the account \(type)") }
      return .balances
    case "fetchAccounts", "fetchAccountsV3": return .balances
    case "fetchTradingFee", "fetchTradingFees":
      return .fees(arguments.at(0) == nil ? Symbol(base: "BTC", quote: "USD") : try symbol(0))
    case "fetchPermissions": return .permissions
    case "fetchLedger", "fetchLedgerEntry": return .ledger(since: since(1))
    case "fetchOpenOrders": return try named() ?? .openOrders
    case "fetchClosedOrders", "fetchCanceledOrders", "fetchOrders", "fetchOrdersByStatus":
      _ = arguments.take("until")
      return try named() ?? .closedOrders(since: since(1))
    case "fetchOrder":
      if let operation = try named() { return operation }
      return .order(.venue(VenueOrderID(try arguments.text(0, "an order id"))))
    case "fetchMyTrades":
      _ = arguments.take("until")
      return .fills(since: since(1))
    case "fetchOrderTrades": return .fillsOfOrder(VenueOrderID(try arguments.text(0, "an order id")))
    default: return nil
    }
  }

  private mutating func cancelOperation() throws -> Operation? {
    switch method {
    case "cancelOrder":
      if let id = arguments.take("clientOrderId", "cl_ord_id")?.text { return .cancelByClientID(ClientIDs.ours(id)) }
      return .cancel(VenueOrderID(try arguments.text(0, "an order id")))
    case "cancelOrders":
      let ids = (arguments.at(0)?.list ?? []).compactMap(\.text)
      if ids.isEmpty { throw Unmapped("cancelOrders without ids") }
      return .cancelSeveral(ids.map { VenueOrderID($0) })
    case "cancelAllOrders": return .cancelAll
    case "cancelAllOrdersAfter": return .deadManSwitch(.milliseconds(arguments.milliseconds(0) ?? 0))
    case "editOrder", "editOrderWs": return try amendment()
    default: return nil
    }
  }

  /// An order looked up by our own id.
  private mutating func named() throws -> Operation? {
    guard let id = arguments.take("clientOrderId", "cl_ord_id")?.text else { return nil }
    return .order(.client(ClientIDs.ours(id), since: since(1)))
  }

  private func since(_ index: Int) -> Timestamp {
    arguments.milliseconds(index).map(Timestamp.init(milliseconds:)) ?? StandingClock.pinned - .seconds(86_400)
  }

  private mutating func amendment() throws -> Operation {
    if arguments.take("preview")?.truth == true { throw Unmapped("editOrder preview") }
    let id: String
    if let given = arguments.at(0)?.text { id = given } else { throw Unmapped("editOrder by client id alone") }
    let trigger = arguments.take("triggerPrice", "stopPrice", "stopLossPrice", "takeProfitPrice")?.decimal
    return .amend(
      OrderAmendment(
        venueOrderID: VenueOrderID(id), symbol: try symbol(1), quantity: try arguments.decimal(4).map(Quantity.init),
        limit: try arguments.decimal(5).map(Price.init), trigger: trigger.map(Price.init),
        deadline: StandingClock.pinned + .seconds(15)))
  }

  // MARK: Candles

  /// Ours asks for the newest completed candles before an instant, theirs from an instant on.
  private mutating func candles() throws -> Operation {
    let symbol = try symbol(0)
    let interval = try Self.interval(arguments.at(1)?.text ?? "1m")
    let until = arguments.take("until", "end")?.text.flatMap { Int($0) }.map(Timestamp.init(milliseconds:))
    let since = arguments.milliseconds(2).map(Timestamp.init(milliseconds:))
    let asked = arguments.milliseconds(3)
    guard let since else {
      let all = venue == .kraken ? 1_000 : 300
      return .candles(symbol, interval: interval, limit: asked ?? all, marketNow: until ?? StandingClock.pinned)
    }
    let first = venue == .kraken ? since.raised(to: interval) : since.floored(to: interval)
    let end = until ?? (first + interval * (asked ?? 300))
    let count = Int((end.floored(to: interval) - first).wholeNanoseconds / max(1, interval.wholeNanoseconds))
    return .candles(symbol, interval: interval, limit: count, marketNow: end)
  }

  /// `1m`, `4h`, `1d`, `1w`.
  static func interval(_ text: String) throws -> Duration {
    let seconds: [Character: Int] = ["m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    guard let count = Int(text.dropLast()), let unit = text.last.flatMap({ seconds[$0] }) else {
      throw Unmapped("the interval \(text)")
    }
    return .seconds(count * unit)
  }
}
