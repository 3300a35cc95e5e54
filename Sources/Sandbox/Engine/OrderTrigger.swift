import Core

/// A price that an order waits for.
struct OrderTrigger: Hashable, Sendable {
  /// Which way the market has to go.
  enum Direction: String, Hashable, Sendable {
    case up, down
  }

  /// The last price at which it happens.
  var price: ExactDecimal
  let direction: Direction
  /// Whether the order rests at its limit until then and sells or buys at any price after; else it sleeps until then.
  var isBracket = false

  /// Whether a last price is enough.
  func isReached(by last: ExactDecimal) -> Bool { direction == .up ? last >= price : last <= price }

  /// Whether a market that went from `low` to `high` came by.
  func isReached(low: Double, high: Double) -> Bool {
    direction == .up ? high >= price.approximation : low <= price.approximation
  }
}

/// The order that each fill of another one makes, on the other side and as large as the fill.
struct ClosingOrder: Hashable, Sendable {
  let limit: ExactDecimal?
  let trigger: OrderTrigger?
  /// What the venue wants to remember with it.
  let detail: [String: String]
}

/// What a resting order becomes; `nil` leaves as it is.
struct OrderChange: Hashable, Sendable {
  var limit: ExactDecimal?
  var trigger: ExactDecimal?
  var quantity: ExactDecimal?
  /// Whether the order must not take at its new price.
  var postOnly = false
  var detail: [String: String]?
}

extension OrderTicket {
  /// The ticket after a change.
  func changed(by change: OrderChange) -> OrderTicket {
    var ticket = self
    if let limit = change.limit { ticket.limit = limit }
    if let trigger = change.trigger { ticket.trigger?.price = trigger }
    if let quantity = change.quantity { ticket.size = .base(quantity) }
    if let detail = change.detail { ticket.detail = detail }
    return ticket
  }

  /// The ticket once its price has come.
  var fired: OrderTicket {
    var ticket = self
    if trigger?.isBracket == true { ticket.limit = nil }
    if ticket.limit == nil { ticket.timeInForce = .immediateOrCancel }
    ticket.trigger = nil
    return ticket
  }
}

extension VenueOrder {
  /// Whether it waits for its price, out of the market's sight.
  var isAsleep: Bool { triggeredAt == nil && ticket.trigger?.isBracket == false }
  /// Whether it still waits for a price, asleep or at its limit.
  var isWaiting: Bool { triggeredAt == nil && ticket.trigger != nil }
  /// What it is in the market now.
  var active: OrderTicket { triggeredAt == nil ? ticket : ticket.fired }
}
