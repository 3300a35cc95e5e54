import Core

/// Orders whose price has come.
extension ExchangeCore {
  /// What happens to an order whose price has come: it meets the book, and rests or ends with what is left.
  struct Firing {
    let events: [LedgerEvent]
    let executions: [Execution]
    let side: BookSide
    let time: Timestamp
  }

  /// What firing an order does.
  func firing(
    _ order: VenueOrder, _ listing: Listing, _ rules: VenueRules, _ moment: Moment
  ) throws(DecimalError) -> Firing? {
    guard let book = book(listing, venue: rules.name, depth: Self.matchingDepth, moment.market) else { return nil }
    let ticket = order.ticket.fired
    let side = BookSide(rules.name, listing, ticket.side)
    var events: [LedgerEvent] = [.triggered(order: order.number)]
    var rest = ticket
    rest.size = .base(order.remaining)
    let taken = try Matching(money: Money(rules: rules), listing: listing, ticket: rest)
      .take(from: book.opposite(of: ticket.side))
    guard try canPay(taken, of: order, rules) else {
      events.append(.ended(order: order.number, .cancelled, reason: "Insufficient funds"))
      return Firing(events: events, executions: [], side: side, time: book.time)
    }
    events += fills(taken, of: order, rules, isMaker: false, moment)
    var filled = ExactDecimal.zero
    for execution in taken { filled = try filled + execution.quantity }
    if filled != order.remaining, ticket.limit == nil {
      events.append(.ended(order: order.number, .cancelled, reason: "No liquidity"))
    }
    return Firing(events: events, executions: taken, side: side, time: book.time)
  }

  /// A purchase at any price may cost more than was held back for it.
  private func canPay(
    _ executions: [Execution], of order: VenueOrder, _ rules: VenueRules
  ) throws(DecimalError) -> Bool {
    guard order.ticket.side == .buy, order.ticket.fired.limit == nil, let account = state.accounts[order.account] else {
      return true
    }
    let hold = try Money(rules: rules).hold(of: order, last: nil)
    let isHeld = state.orders.indices.contains(order.number)
    let others = try (try held(account, rules)[hold.asset] ?? .zero) - (isHeld ? hold.amount : .zero)
    let available = try (account.totals[hold.asset] ?? .zero) - others
    var cost = ExactDecimal.zero
    for execution in executions {
      cost = try cost + execution.cost
      if !order.ticket.feeInBase { cost = try cost + execution.fee }
    }
    return cost <= available
  }

  // MARK: Orders made by fills

  /// Makes the orders that these fills of an order call for. One that the account cannot cover is not made.
  mutating func placeClosing(_ order: VenueOrder, filling quantities: [ExactDecimal], _ moment: Moment) {
    guard let close = order.ticket.close else { return }
    for quantity in quantities {
      var ticket = OrderTicket(
        symbol: order.ticket.symbol, side: order.ticket.side == .buy ? .sell : .buy, size: .base(quantity),
        limit: close.limit, timeInForce: .goodTillCancelled)
      ticket.trigger = close.trigger
      ticket.detail = close.detail.merging(["refid": order.id]) { $1 }
      if close.limit == nil, close.trigger == nil { ticket.timeInForce = .immediateOrCancel }
      // Whoever asked is told of the parent only; a child that is refused is one that is not there.
      _ = try? place(ticket, order.account, moment)
    }
  }
}
