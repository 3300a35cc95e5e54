import Core

/// Changes of resting orders.
extension ExchangeCore {
  mutating func amend(
    _ id: String, _ name: String, to change: OrderChange, _ moment: Moment
  ) throws(AmendRefusal) -> VenueOrder {
    guard let number = state.orderNumbers[id], state.orders[number].account == name else { throw .neverExisted }
    let order = state.orders[number]
    guard order.status == .open else { throw .ended(order) }
    guard case .base(let before) = order.ticket.size, change.limit == nil || order.active.limit != nil,
      change.trigger == nil || order.isWaiting
    else { throw .unsupported }
    let quantity = change.quantity ?? before
    guard order.filled < quantity else { throw .belowFilled }
    var ticket = order.ticket.changed(by: change)
    ticket.postOnly = ticket.postOnly || change.postOnly
    if order.triggeredAt != nil { ticket = ticket.fired }
    do throws(OrderRefusal) {
      let executions = try executions(of: ticket, replacing: order, moment)
      let amendment = OrderAmendment(
        limit: change.limit, trigger: change.trigger, quantity: quantity, time: moment.wall)
      let event = LedgerEvent.amended(order: number, amendment, detail: change.detail ?? order.ticket.detail)
      try record([event] + executions.events, moment)
      consumption.take(executions.taken, executions.side, executions.time)
      placeClosing(state.orders[number], filling: executions.taken.map(\.quantity), moment)
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
    let side = BookSide(rules.name, listing, ticket.side)
    // What waits for its price meets no book before that.
    if ticket.trigger != nil { return Executions(taken: [], events: [], side: side, time: book.time) }
    let matching = Matching(money: Money(rules: rules), listing: listing, ticket: rest)
    let levels = book.opposite(of: ticket.side)
    if ticket.postOnly, matching.crosses(levels.first) { throw .postOnlyWouldTake }
    guard let taken = try? matching.take(from: levels) else {
      throw .unsupported("the amounts of this order cannot be computed exactly")
    }
    return Executions(
      taken: taken, events: fills(taken, of: order, rules, isMaker: false, moment),
      side: side, time: book.time)
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
