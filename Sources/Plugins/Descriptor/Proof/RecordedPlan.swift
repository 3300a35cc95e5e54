internal import Broker
internal import Core

/// What a descriptor has to do to make the request that a client recorded.
struct RecordedPlan {
  var operation: Operation
  var variables: CallVariables

  /// The name that a made-up id is looked for by, where the client made its own.
  static let unknownID = "nijaUNKNOWNid"

  /// Why there is no plan.
  struct Unsupported: Error { var reason: String }

  init(
    _ descriptor: Descriptor, _ recorded: RecordedRequests, _ operation: String, clientID: String?
  ) throws(Unsupported) {
    guard let task = Self.tasks[operation] else { throw Unsupported(reason: "not an operation of ours") }
    guard let name = task.names.first(where: { descriptor[$0] != nil }), let found = descriptor[name] else {
      throw Unsupported(reason: "the descriptor has no \(task.names.map(\.rawValue).joined(separator: " or "))")
    }
    guard descriptor.delegations[name] == nil else {
      throw Unsupported(reason: "a program makes the requests of \(name.rawValue)")
    }
    self.operation = found
    // What is asked first is what was recorded: the list of markets, before each of them.
    if name == .instruments, case .rows(let first, _)? = found.each { self.operation.call = first }
    variables = CallVariables(texts: task.texts, clientIDs: descriptor.clientIDs)
    variables["symbol"] = .string(recorded.marketID)
    variables["base"] = .string(recorded.symbol.base)
    variables["quote"] = .string(recorded.symbol.quote)
    if found.call.mentions(["each"]) { variables["each"] = .string(recorded.marketID) }
    if name == .candles { try addCandles(descriptor, recorded.now) }
    if let order = task.order { try add(order, descriptor, clientID) }
  }

  private mutating func addCandles(_ descriptor: Descriptor, _ now: Timestamp) throws(Unsupported) {
    let hour = Duration.seconds(3_600)
    guard let word = descriptor.words.intervals[hour] else { throw Unsupported(reason: "no candles of 1h") }
    variables["interval"] = .string(word)
    variables.set("since", now.floored(to: hour) - hour * 9)
    variables.set("until", now.floored(to: hour))
  }

  private mutating func add(
    _ order: (kind: OrderKindKey.Kind, side: Side, id: String?), _ descriptor: Descriptor, _ clientID: String?
  ) throws(Unsupported) {
    let forms = descriptor.orderKinds
    guard let form = forms[OrderKindKey(kind: order.kind, side: order.side)] ?? forms[OrderKindKey(kind: order.kind)]
    else { throw Unsupported(reason: "no entry for \(order.kind.rawValue)") }
    guard let side = descriptor.words.sides[order.side] else { throw Unsupported(reason: "no word for the side") }
    variables["side"] = .string(side)
    variables["client_id"] = .string(
      clientID ?? order.id.map { descriptor.clientIDs.prefix + $0 } ?? Self.unknownID)
    variables.add(form)
  }

  private typealias Task = (
    names: [OperationName], texts: [String: String], order: (kind: OrderKindKey.Kind, side: Side, id: String?)?
  )

  /// What the operations of recorded requests are, with their arguments.
  private static let tasks: [String: Task] = [
    "time": ([.serverTime], [:], nil), "markets": ([.instruments], [:], nil),
    "ticker": ([.ticker, .tickers], [:], nil), "candles": ([.candles], ["limit": "10"], nil),
    "book": ([.orderBook], ["depth": "20"], nil), "balances": ([.balances], [:], nil),
    "limit_order": ([.place], ["quantity": "0.001", "price": "30000"], (.limit, .buy, "nija0001")),
    "post_only": ([.place], ["quantity": "0.001", "price": "30000"], (.limitPostOnly, .buy, "nija0002")),
    "ioc_order": ([.place], ["quantity": "0.001", "price": "30000"], (.limitImmediateOrCancel, .sell, "nija0003")),
    "market_sell": ([.place], ["quantity": "0.001"], (.market, .sell, "nija0004")),
    "market_buy_cost": ([.place], ["notional": "25"], (.marketQuote, .buy, nil)),
    "cancel": ([.cancel], ["order_id": "1234567890"], nil), "cancel_all": ([.cancelAll], [:], nil),
    "order_status": ([.order], ["order_id": "1234567890"], nil), "open_orders": ([.openOrders], [:], nil),
    "my_trades": ([.fills], ["limit": "10"], nil),
  ]
}
