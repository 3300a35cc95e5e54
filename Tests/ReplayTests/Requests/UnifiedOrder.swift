import Broker
import Core

/// Orders in ccxt's words.
extension UnifiedCall {
  /// `createOrder` and its shorthands, which are `createOrder` with some arguments fixed.
  mutating func orderOperation() throws -> Operation {
    switch method {
    case "createOrder": return try orderOperation(0, 1, 2, 3, 4)
    case "createPostOnlyOrder": return try orderOperation(0, 1, 2, 3, 4, isPostOnly: true)
    case "createLimitOrder": return try orderOperation(0, "limit", 1, 2, 3)
    case "createMarketOrder": return try orderOperation(0, "market", 1, 2, 3)
    case "createLimitBuyOrder": return try order(0, "limit", "buy", 1, 2)
    case "createLimitSellOrder": return try order(0, "limit", "sell", 1, 2)
    case "createMarketBuyOrder": return try order(0, "market", "buy", 1, nil)
    case "createMarketSellOrder": return try order(0, "market", "sell", 1, nil)
    case "createMarketBuyOrderWithCost": return try order(0, "market", "buy", nil, nil, cost: try arguments.decimal(1))
    case "createMarketSellOrderWithCost":
      return try order(0, "market", "sell", nil, nil, cost: try arguments.decimal(1))
    case "createMarketOrderWithCost":
      return try order(0, "market", try arguments.text(1, "a side"), nil, nil, cost: try arguments.decimal(2))
    case "createStopLossOrder":
      return try order(
        0, try arguments.text(1, "a type"), try arguments.text(2, "a side"), 3, 4, stopLoss: try arguments.decimal(5))
    case "createTakeProfitOrder":
      return try order(
        0, try arguments.text(1, "a type"), try arguments.text(2, "a side"), 3, 4, takeProfit: try arguments.decimal(5))
    case "createStopLimitOrder":
      return try order(0, "limit", try arguments.text(1, "a side"), 2, 3, trigger: try arguments.decimal(4))
    case "createStopMarketOrder":
      return try order(0, "market", try arguments.text(1, "a side"), 2, nil, trigger: try arguments.decimal(3))
    case "createTriggerOrder", "createStopOrder":
      return try order(
        0, try arguments.text(1, "a type"), try arguments.text(2, "a side"), 3, 4, trigger: try arguments.decimal(5))
    case "createOrders":
      return .placeSeveral(try (arguments.at(0)?.list ?? []).flatMap { try Self.one(venue, $0).orders })
    default: throw Unmapped(method)
    }
  }

  /// One element of `createOrders`.
  private static func one(_ venue: Venue, _ entry: JSONValue) throws -> Operation {
    let positions = ["symbol", "type", "side", "amount", "price"].map { entry[$0] ?? .null }
    return try UnifiedCall(venue, "createOrder", positions + [entry["params"] ?? .object([])]).operation()
  }

  private mutating func orderOperation(
    _ symbol: Int, _ type: Int, _ side: Int, _ amount: Int, _ price: Int, isPostOnly: Bool = false
  ) throws -> Operation {
    try order(
      symbol, try arguments.text(type, "a type"), try arguments.text(side, "a side"), amount, price,
      isPostOnly: isPostOnly)
  }

  private mutating func orderOperation(
    _ symbol: Int, _ type: String, _ side: Int, _ amount: Int, _ price: Int
  ) throws -> Operation {
    try order(symbol, type, try arguments.text(side, "a side"), amount, price)
  }

  private mutating func order(
    _ symbol: Int, _ type: String, _ side: String, _ amount: Int?, _ price: Int?, cost: ExactDecimal? = nil,
    stopLoss: ExactDecimal? = nil, takeProfit: ExactDecimal? = nil, trigger: ExactDecimal? = nil,
    isPostOnly: Bool = false
  ) throws -> Operation {
    for name in Self.margin where arguments.take(name) != nil { throw Unmapped(name) }
    guard let side = Side(rawValue: side.lowercased()) else { throw Unmapped("the side \(side)") }
    var draft = OrderDraft(venue: venue, side: side, isMarket: try Self.isMarket(type))
    draft.amount = try amount.flatMap { try arguments.decimal($0) }
    draft.price = try price.flatMap { try arguments.decimal($0) }
    draft.cost = arguments.take("cost")?.decimal ?? cost
    draft.stopLoss = try Self.price(arguments.take("stopLossPrice")) ?? stopLoss
    draft.takeProfit = try Self.price(arguments.take("takeProfitPrice")) ?? takeProfit
    draft.trigger = try Self.price(arguments.take("triggerPrice", "stopPrice", "stop_price")) ?? trigger
    draft.direction = arguments.take("stopDirection", "stop_direction")?.text
    draft.isPostOnly = isPostOnly || arguments.take("postOnly", "post_only")?.truth == true
    // What waits for a price rests.
    if draft.stopLoss ?? draft.takeProfit ?? draft.trigger != nil { draft.timeInForce = .goodTillCancelled }
    try draft.read(flags: arguments.take("oflags")?.text)
    try draft.read(
      timeInForce: arguments.take("timeInForce", "timeinforce")?.text,
      end: arguments.take("end_time", "endTime", "expiretm", "expireTime")?.text)
    let isPreview = arguments.take("preview", "validate")?.truth == true
    let id = arguments.take("clientOrderId", "cl_ord_id", "client_order_id")?.text
    let request = OrderRequest(
      clientOrderID: ClientIDs.ours(id ?? ""), symbol: try self.symbol(symbol), side: side,
      amount: try draft.orderAmount(), kind: try draft.kind(), timeInForce: draft.timeInForce,
      isPostOnly: draft.isPostOnly, deadline: draft.now + .seconds(15))
    return isPreview ? .preview(request) : .place(request)
  }

  /// Margin, and stops that the venue moves by itself.
  private static let margin = [
    "leverage", "marginMode", "reduceOnly", "reduce_only", "trailingAmount", "trailingPercent", "trailingLimitAmount",
    "trailingLimitPercent", "close",
  ]

  private static func price(_ value: JSONValue?) throws -> ExactDecimal? {
    guard let value else { return nil }
    guard let price = value.decimal else { throw Unmapped("a price that is more than a number") }
    return price
  }

  private static func isMarket(_ type: String) throws -> Bool {
    switch type.lowercased() {
    case "market": true
    case "limit": false
    default: throw Unmapped("the order type \(type)")
    }
  }
}

/// What is known of an order while its arguments are read.
struct OrderDraft {
  let venue: Venue
  let side: Side
  let isMarket: Bool
  var amount: ExactDecimal?
  var price: ExactDecimal?
  var cost: ExactDecimal?
  var stopLoss: ExactDecimal?
  var takeProfit: ExactDecimal?
  var trigger: ExactDecimal?
  var direction: String?
  var isPostOnly = false
  private var inQuote = false
  var timeInForce: TimeInForce

  init(venue: Venue, side: Side, isMarket: Bool) {
    self.venue = venue
    self.side = side
    self.isMarket = isMarket
    timeInForce = isMarket ? .immediateOrCancel : .goodTillCancelled
  }

  /// When it is sent: as pinned, or an hour before the end it names.
  var now: Timestamp {
    guard case .goodTillDate(let end) = timeInForce else { return StandingClock.pinned }
    return min(StandingClock.pinned, end - .seconds(3_600))
  }

  /// Kraken's order flags.
  mutating func read(flags: String?) throws {
    for flag in (flags ?? "").split(separator: ",") {
      switch flag {
      case "post": isPostOnly = true
      case "viqc": inQuote = true
      case "fciq": break
      default: throw Unmapped("oflags \(flag)")
      }
    }
  }

  mutating func read(timeInForce word: String?, end: String?) throws {
    if let end {
      guard let instant = Timestamp(rfc3339: end) ?? Int(end).flatMap({ Timestamp(seconds: $0) }) else {
        throw Unmapped("an end that is no time")
      }
      timeInForce = .goodTillDate(instant)
      return
    }
    switch word?.uppercased() {
    case nil, "": break
    case "GTC": timeInForce = .goodTillCancelled
    case "IOC": timeInForce = .immediateOrCancel
    case "FOK": timeInForce = .fillOrKill
    case "PO": isPostOnly = true
    default: throw Unmapped("timeInForce \(word ?? "")")
    }
  }

  /// In money where ccxt sizes a market order that buys in money.
  func orderAmount() throws -> OrderAmount {
    if isMarket, stopLoss ?? takeProfit ?? trigger == nil {
      if let cost { return .quote(Notional(cost)) }
      if inQuote, let amount { return .quote(Notional(amount)) }
      if venue == .coinbase, side == .buy, let amount {
        return .quote(Notional(try price.map { try amount * $0 } ?? amount))
      }
    }
    guard let amount else { throw Unmapped("an order without an amount") }
    return .base(Quantity(amount))
  }

  func kind() throws -> OrderKind {
    let limit = isMarket ? nil : price.map(Price.init)
    if !isMarket, limit == nil { throw Unmapped("a limit order without a price") }
    if let stopLoss { return .stopLoss(trigger: Price(stopLoss), limit: limit) }
    if let takeProfit { return .takeProfit(trigger: Price(takeProfit), limit: limit) }
    if let trigger {
      // ccxt's own default at Coinbase wakes a buy by a fall and a sell by a rise; a bare trigger at Kraken is a stop.
      let rises = direction.map { $0.hasSuffix("UP") } ?? (venue == .coinbase ? side == .sell : side == .buy)
      return rises == (side == .buy)
        ? .stopLoss(trigger: Price(trigger), limit: limit) : .takeProfit(trigger: Price(trigger), limit: limit)
    }
    return limit.map(OrderKind.limit) ?? .market
  }
}
