import Core

/// What becomes of an order in the instant it is taken.
struct Placement {
  let executions: [Execution]
  /// How it ended, if it did; an order that is wholly filled ends by its last fill.
  let end: (status: VenueOrder.Status, reason: String)?

  init(_ order: VenueOrder, _ matching: Matching, _ levels: [BookLevel]) throws(DecimalError) {
    let ticket = order.ticket
    if ticket.postOnly {
      executions = []
      end = matching.crosses(levels.first) ? (.cancelled, "Post only order") : nil
      return
    }
    let taken = try matching.take(from: levels)
    var filled = ExactDecimal.zero
    for execution in taken { filled = try filled + execution.quantity }
    guard case .base(let wanted) = ticket.size else {
      executions = taken
      end = taken.isEmpty ? (.cancelled, "No liquidity") : (.filled, "")
      return
    }
    let isWhole = filled == wanted
    executions = !isWhole && ticket.timeInForce == .fillOrKill ? [] : taken
    end = isWhole ? nil : Self.end(of: ticket)
  }

  /// How an order ends that could not be filled wholly at once; `nil` when it rests.
  private static func end(of ticket: OrderTicket) -> (status: VenueOrder.Status, reason: String)? {
    if ticket.limit == nil { return (.cancelled, "No liquidity") }
    return switch ticket.timeInForce {
    case .immediateOrCancel: (.cancelled, "IOC order cancelled")
    case .fillOrKill: (.cancelled, "FOK order cancelled")
    case .goodTillCancelled, .goodTillDate: nil
    }
  }

  /// The coins a ticket asks for; none known yet when it is sized in money.
  static func quantity(_ ticket: OrderTicket) -> ExactDecimal {
    if case .base(let quantity) = ticket.size { return quantity }
    return .zero
  }
}

/// Which side of which book, by the side of the orders that take from it.
struct BookSide: Hashable, Sendable {
  let venue: String
  let symbol: Symbol
  let taker: Side

  init(_ venue: String, _ listing: Listing, _ taker: Side) {
    self.venue = venue
    self.symbol = listing.symbol
    self.taker = taker
  }
}

/// What accounts took from books that still stand. A book stands for a market second; the next one is whole again.
struct Consumption: Sendable {
  private var time: Timestamp?
  private var taken: [BookSide: [ExactDecimal: ExactDecimal]] = [:]

  func rest(of levels: [BookLevel], _ side: BookSide, _ time: Timestamp) -> [BookLevel] {
    guard time == self.time, let taken = taken[side] else { return levels }
    return levels.compactMap { level in
      guard let gone = taken[level.price] else { return level }
      guard let rest = try? level.quantity - gone, rest.isPositive else { return nil }
      return BookLevel(price: level.price, quantity: rest)
    }
  }

  mutating func take(_ executions: [Execution], _ side: BookSide, _ time: Timestamp) {
    if time != self.time { taken = [:] }
    self.time = time
    for execution in executions {
      let before = taken[side]?[execution.price] ?? .zero
      taken[side, default: [:]][execution.price] = try? before + execution.quantity
    }
  }
}
