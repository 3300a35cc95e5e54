import Core

/// Words and numbers as the venue writes them.
enum CoinbaseText {
  /// Digits behind the point of average prices.
  static let pricePlaces = 16

  static func productID(_ symbol: Symbol) -> String { "\(symbol.base)-\(symbol.quote)" }

  static func side(_ side: Side) -> String { side == .buy ? "BUY" : "SELL" }

  static func timeInForce(_ ticket: OrderTicket) -> String {
    switch ticket.timeInForce {
    case .immediateOrCancel: "IMMEDIATE_OR_CANCEL"
    case .fillOrKill: "FILL_OR_KILL"
    case .goodTillCancelled: "GOOD_UNTIL_CANCELLED"
    case .goodTillDate: "GOOD_UNTIL_DATE_TIME"
    }
  }

  /// RFC 3339 with microseconds.
  static func time(_ time: Timestamp) -> JSONValue { .string(time.text(fractionDigits: 6)) }

  static func money(_ value: ExactDecimal, _ currency: String) -> JSONValue {
    ["value": .string(value.description), "currency": .string(currency)]
  }
}

/// Shows orders of one account as `GET /orders/historical/…` does.
struct CoinbaseOrderText {
  let rules: VenueRules
  let switches: CoinbaseSwitches
  let account: VenueAccount
  /// Protocol clock.
  let now: Timestamp

  /// The venue's word for where an order stands.
  func status(_ order: VenueOrder) -> String {
    switch order.status {
    case .open: now < order.createdAt + switches.pending ? "PENDING" : "OPEN"
    case .filled: "FILLED"
    case .cancelled: "CANCELLED"
    case .expired: "EXPIRED"
    case .failed: "FAILED"
    }
  }

  /// Whether lists show it yet.
  func isVisible(_ order: VenueOrder) -> Bool { now >= order.createdAt + switches.invisible }

  /// An order; `lastFill` is when it was last filled.
  func json(_ order: VenueOrder, lastFill: Timestamp?) -> JSONValue {
    .object(identity(order) + progress(order, lastFill: lastFill) + constants(order))
  }

  private func identity(_ order: VenueOrder) -> [(key: String, value: JSONValue)] {
    [
      ("order_id", .string(order.id)), ("product_id", .string(CoinbaseText.productID(order.ticket.symbol))),
      ("user_id", .string(account.identity)),
      ("order_configuration", CoinbaseOrderConfiguration(remembered: order.ticket.detail).json),
      ("side", .string(CoinbaseText.side(order.ticket.side))),
      ("client_order_id", .string(order.ticket.clientOrderID ?? "")), ("status", .string(status(order))),
      ("time_in_force", .string(CoinbaseText.timeInForce(order.ticket))),
      ("created_time", CoinbaseText.time(order.createdAt)),
      ("order_type", .string(orderType(order.ticket))),
    ]
  }

  private func orderType(_ ticket: OrderTicket) -> String {
    guard let trigger = ticket.trigger else { return ticket.limit == nil ? "MARKET" : "LIMIT" }
    return trigger.isBracket ? "BRACKET" : "STOP_LIMIT"
  }

  private func triggerStatus(_ order: VenueOrder) -> String {
    guard order.ticket.trigger != nil else { return "INVALID_ORDER_TYPE" }
    return order.triggeredAt == nil ? "STOP_PENDING" : "STOP_TRIGGERED"
  }

  private func progress(_ order: VenueOrder, lastFill: Timestamp?) -> [(key: String, value: JSONValue)] {
    let isInQuote = order.ticket.isSizedInQuote
    let afterFees = order.ticket.side == .buy ? try? order.cost + order.fees : try? order.cost - order.fees
    return [
      ("completion_percentage", .string(completion(order))), ("filled_size", .string("\(order.filled)")),
      (
        "average_filled_price",
        .string(order.averagePrice(places: CoinbaseText.pricePlaces)?.description ?? "0")
      ),
      ("fee", ""), ("number_of_fills", .string("\(order.fills.count)")), ("filled_value", .string("\(order.cost)")),
      ("pending_cancel", .boolean(false)), ("size_in_quote", .boolean(isInQuote)),
      ("total_fees", .string("\(order.fees)")), ("size_inclusive_of_fees", .boolean(isInQuote)),
      ("total_value_after_fees", .string(afterFees?.description ?? "0")), ("settled", .boolean(isSettled(order))),
      ("outstanding_hold_amount", .string(hold(order))),
      ("last_fill_time", lastFill.map(CoinbaseText.time) ?? .null),
      ("cancel_message", .string(order.status == .cancelled ? order.reason ?? "" : "")),
    ]
  }

  private func constants(_ order: VenueOrder) -> [(key: String, value: JSONValue)] {
    [
      ("trigger_status", .string(triggerStatus(order))),
      (
        "reject_reason",
        order.status == .failed ? "HOLD_FAILURE" : "REJECT_REASON_UNSPECIFIED"
      ),
      ("reject_message", .string(order.status == .failed ? order.reason ?? "" : "")), ("product_type", "SPOT"),
      ("order_placement_source", "RETAIL_ADVANCED"),
      ("is_liquidation", .boolean(false)), ("edit_history", .array(order.amendments.map { Self.edit($0, order) })),
      ("leverage", ""),
      ("margin_type", "UNKNOWN_MARGIN_TYPE"), ("retail_portfolio_id", .string(account.identity)),
      ("originating_order_id", ""), ("attached_order_id", ""),
    ]
  }

  private static func edit(_ amendment: OrderAmendment, _ order: VenueOrder) -> JSONValue {
    [
      "price": .string((amendment.limit ?? order.ticket.limit)?.description ?? ""),
      "size": .string("\(amendment.quantity)"),
      "replace_accept_timestamp": CoinbaseText.time(amendment.time),
    ]
  }

  private func completion(_ order: VenueOrder) -> String {
    if order.status == .filled { return "100" }
    guard order.quantity.isPositive, let part = try? order.filled * ExactDecimal(integer: 100),
      let share = try? part.divided(by: order.quantity, places: 2, .down)
    else { return "0" }
    return share.description
  }

  private func isSettled(_ order: VenueOrder) -> Bool {
    guard order.status == .filled, let end = order.endedAt else { return false }
    return now >= end + switches.settling
  }

  private func hold(_ order: VenueOrder) -> String {
    guard order.status == .open, let hold = try? Money(rules: rules).hold(of: order, last: nil) else { return "0" }
    return hold.amount.description
  }
}

extension OrderTicket {
  /// Whether it asks for so much money rather than so many coins.
  var isSizedInQuote: Bool {
    if case .quote = size { return true }
    return false
  }
}
