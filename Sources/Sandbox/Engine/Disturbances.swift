import Core

/// What an exchange does only while a fault has it do so.
extension Exchange {
  /// Fills what is left of a resting order at its own price: the cancellation that was asked for came too late.
  func fill(_ id: String, account: String) throws(CancelRefusal) -> VenueOrder {
    try change { core, moment throws(CancelRefusal) in try core.fill(id, account, core.moment(moment, of: account)) }
  }

  /// Takes an order and refuses it in the same instant, after its sender was told that it was taken.
  func fail(_ ticket: OrderTicket, account: String, reason: String) throws(OrderRefusal) -> VenueOrder {
    try change { core, moment throws(OrderRefusal) in
      try core.fail(ticket, account, reason, core.moment(moment, of: account))
    }
  }

  /// Whether a sale is covered by coins that were bought longer ago than `lag`; purchases always are.
  func isSettled(_ ticket: OrderTicket, account name: String, after lag: Duration) -> Bool {
    guard ticket.side == .sell, case .base(let quantity) = ticket.size, let account = account(name) else { return true }
    let horizon = now(at: account.venue) - lag
    let available = balances(name).first { $0.currency == ticket.symbol.base }?.available ?? .zero
    return read { state in
      let late = account.fills.reversed().map { state.fills[$0] }.prefix { $0.time > horizon }
        .filter { $0.side == .buy && $0.symbol.base == ticket.symbol.base }
      guard let unsettled = try? late.reduce(.zero, { try $0 + $1.quantity }),
        let settled = try? available - unsettled
      else { return false }
      return quantity <= settled
    }
  }
}

extension ExchangeCore {
  mutating func fail(
    _ ticket: OrderTicket, _ name: String, _ reason: String, _ moment: Moment
  ) throws(OrderRefusal) -> VenueOrder {
    let order = accepted(ticket, name, try checked(ticket, name, moment).rules, moment)
    try record([.orderAccepted(order), .ended(order: order.number, .failed, reason: reason)], moment)
    return state.orders[order.number]
  }

  mutating func fill(_ id: String, _ name: String, _ moment: Moment) throws(CancelRefusal) -> VenueOrder {
    guard let number = state.orderNumbers[id], state.orders[number].account == name else { throw .neverExisted }
    let order = state.orders[number]
    guard order.status == .open else { throw .ended(order) }
    guard let venue = state.accounts[name]?.venue, let rules = rules[venue],
      let listing = rules.listing(order.ticket.symbol), let limit = order.ticket.limit ?? order.ticket.trigger?.price,
      let execution = try? Matching(money: Money(rules: rules), listing: listing, ticket: order.ticket)
        .execute(order.remaining, at: limit, isMaker: true)
    else { throw .unavailable("the order has no price to fill at") }
    do throws(LedgerError) {
      let wakes: [LedgerEvent] = order.isAsleep ? [.triggered(order: order.number)] : []
      try commit(wakes + fills([execution], of: order, rules, isMaker: true, moment), at: moment)
    } catch {
      throw .unavailable(error.description)
    }
    return state.orders[number]
  }
}
