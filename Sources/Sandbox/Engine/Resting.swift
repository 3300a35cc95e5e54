import Core

/// What becomes of resting orders as time goes by.
extension ExchangeCore {
  /// Expires orders whose date has come and fills those the market traded through since the last time.
  mutating func sweep(_ moment: Moment) {
    let since = sweptUntil ?? moment.market
    sweptUntil = moment.market
    for account in state.accountNames where !(state.accounts[account]?.open.isEmpty ?? true) {
      let moment = self.moment(moment, of: account)
      for number in state.accounts[account]?.open ?? [] {
        // A record that cannot be written leaves the order as it is; the next call says so to whoever asks.
        try? sweep(state.orders[number], since: since, moment)
      }
    }
  }

  private mutating func sweep(
    _ order: VenueOrder, since: Timestamp, _ moment: Moment
  ) throws {
    if case .goodTillDate(let end) = order.ticket.timeInForce, end <= moment.wall {
      return try commit([.ended(order: order.number, .expired, reason: "Order expired")], at: moment)
    }
    guard let venue = state.accounts[order.account]?.venue, let rules = rules[venue],
      let listing = rules.listing(order.ticket.symbol)
    else { return }
    if isReached(order, listing, since: since, moment) {
      guard let firing = try firing(order, listing, rules, moment) else { return }
      try commit(firing.events, at: moment)
      consumption.take(firing.executions, firing.side, firing.time)
      return placeClosing(state.orders[order.number], filling: firing.executions.map(\.quantity), moment)
    }
    guard !order.isAsleep, let limit = order.ticket.limit,
      let offered = offered(to: order, listing, rules, since: since, moment)
    else { return }
    let quantity = min(order.remaining, offered)
    let matching = Matching(money: Money(rules: rules), listing: listing, ticket: order.ticket)
    let execution = try matching.execute(quantity, at: limit, isMaker: true)
    try commit(fills([execution], of: order, rules, isMaker: true, moment), at: moment)
    placeClosing(state.orders[order.number], filling: [quantity], moment)
  }

  /// Whether the price that an order waits for came by since the last look.
  private func isReached(_ order: VenueOrder, _ listing: Listing, since: Timestamp, _ moment: Moment) -> Bool {
    guard order.isWaiting, let trigger = order.ticket.trigger,
      let range = market.model.extremes(of: listing.symbol.base, from: since, to: moment.market)
    else { return false }
    return trigger.isReached(low: range.low, high: range.high)
  }

  /// How many coins came by at a resting order's limit since the last look; `nil` when the market did not reach it.
  private func offered(
    to order: VenueOrder, _ listing: Listing, _ rules: VenueRules, since: Timestamp, _ moment: Moment
  ) -> ExactDecimal? {
    let asset = listing.symbol.base
    guard let limit = order.ticket.limit, since < moment.market,
      let range = market.model.extremes(of: asset, from: since, to: moment.market),
      let book = market.book(listing, depth: 1, now: moment.market)
    else { return nil }
    let isReached =
      order.ticket.side == .buy
      ? range.low * (1 + MarketData.halfSpread) <= limit.approximation
      : range.high * (1 - MarketData.halfSpread) >= limit.approximation
    return isReached ? book.opposite(of: order.ticket.side).first?.quantity : nil
  }
}
