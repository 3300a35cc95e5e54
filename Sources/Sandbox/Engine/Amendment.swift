import Core

/// Changes of resting orders.
extension ExchangeCore {
  mutating func amend(
    _ id: String, _ name: String, limit: ExactDecimal, quantity: ExactDecimal, detail: [String: String],
    _ moment: Moment
  ) throws(AmendRefusal) -> VenueOrder {
    guard let number = state.orderNumbers[id], state.orders[number].account == name else { throw .neverExisted }
    let order = state.orders[number]
    guard order.status == .open else { throw .ended(order) }
    guard case .base = order.ticket.size, order.ticket.limit != nil else { throw .unsupported }
    guard order.filled < quantity else { throw .belowFilled }
    var ticket = order.ticket
    ticket.limit = limit
    ticket.size = .base(quantity)
    do throws(OrderRefusal) {
      let executions = try executions(of: ticket, replacing: order, moment)
      let change = LedgerEvent.amended(order: number, limit: limit, quantity: quantity, detail: detail)
      try record([change] + executions.events, moment)
      consumption.take(executions.taken, executions.side, executions.time)
    } catch {
      throw .order(error)
    }
    return state.orders[number]
  }

  /// What the book gives the changed order at once, and what that adds to the record.
  private struct Executions {
    let taken: [Execution]
    let events: [LedgerEvent]
    let side: BookSide
    let time: Timestamp
  }

  private func executions(
    of ticket: OrderTicket, replacing order: VenueOrder, _ moment: Moment
  ) throws(OrderRefusal) -> Executions {
    guard let venue = state.accounts[order.account]?.venue, let rules = rules[venue] else { throw .unknownAccount }
    guard let known = rules.listing(ticket.symbol),
      let book = book(known, venue: rules.name, depth: Self.matchingDepth, moment.market)
    else { throw .unknownInstrument }
    let listing = try TicketCheck(rules: rules).check(ticket, last: book.last)
    var rest = ticket
    guard case .base(let quantity) = ticket.size, let remaining = try? quantity - order.filled else {
      throw .quantityPrecision
    }
    rest.size = .base(remaining)
    try checkFunds(rest, replacing: order, rules)
    let matching = Matching(money: Money(rules: rules), listing: listing, ticket: rest)
    let levels = book.opposite(of: ticket.side)
    if ticket.postOnly, matching.crosses(levels.first) { throw .postOnlyWouldTake }
    guard let taken = try? matching.take(from: levels) else {
      throw .unsupported("the amounts of this order cannot be computed exactly")
    }
    return Executions(
      taken: taken, events: fills(taken, of: order, rules, isMaker: false, moment),
      side: BookSide(rules.name, listing, ticket.side), time: book.time)
  }

  /// The changed order may use what it held before.
  private func checkFunds(
    _ rest: OrderTicket, replacing order: VenueOrder, _ rules: VenueRules
  ) throws(OrderRefusal) {
    guard case .base(let remaining) = rest.size, let account = state.accounts[order.account] else {
      throw .unknownAccount
    }
    do throws(DecimalError) {
      let money = Money(rules: rules)
      let hold = try money.hold(of: rest, remaining: remaining, last: nil)
      let others = try (try held(account, rules)[hold.asset] ?? .zero) - money.hold(of: order, last: nil).amount
      let available = try (account.totals[hold.asset] ?? .zero) - others
      guard hold.amount <= available else { throw DecimalError.overflow }
    } catch {
      throw .insufficientFunds
    }
  }
}
