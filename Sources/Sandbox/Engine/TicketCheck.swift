import Core

/// The checks that need nothing but the ticket and the listing, in the order in which venues make them.
struct TicketCheck {
  let rules: VenueRules

  /// The listing, when there is nothing to say against the ticket.
  func check(_ ticket: OrderTicket, last: ExactDecimal) throws(OrderRefusal) -> Listing {
    guard let listing = rules.listing(ticket.symbol) else { throw .unknownInstrument }
    try checkForm(ticket)
    try checkSize(ticket, listing)
    try checkPrice(ticket, listing)
    try checkNotional(ticket, listing, last)
    try checkStatus(ticket, listing.instrument.status)
    try checkTrigger(ticket, last)
    return listing
  }

  private func checkForm(_ ticket: OrderTicket) throws(OrderRefusal) {
    if case .quote = ticket.size, ticket.side == .sell || ticket.limit != nil {
      throw .unsupported("only a market buy can be sized in money")
    }
    if let trigger = ticket.trigger {
      if case .quote = ticket.size { throw .unsupported("an order that waits for a price is sized in coins") }
      if ticket.postOnly { throw .unsupported("an order that waits for a price cannot be post-only") }
      if trigger.isBracket, ticket.limit == nil { throw .unsupported("a bracket has two prices") }
    }
    guard ticket.limit == nil else { return }
    if ticket.postOnly { throw .unsupported("a market order cannot be post-only") }
  }

  private func checkSize(_ ticket: OrderTicket, _ listing: Listing) throws(OrderRefusal) {
    guard case .base(let quantity) = ticket.size else { return try checkMoney(ticket, listing) }
    guard quantity.isPositive, Int(quantity.scale) <= listing.quantityDecimals,
      isMultiple(quantity, listing.instrument.lotStep)
    else { throw .quantityPrecision }
    if let minimum = listing.instrument.minimumQuantity?.value, quantity < minimum {
      throw .quantityTooSmall(minimum: minimum)
    }
    if let maximum = listing.instrument.maximumQuantity?.value, quantity > maximum {
      throw .quantityTooLarge(maximum: maximum)
    }
  }

  private func checkMoney(_ ticket: OrderTicket, _ listing: Listing) throws(OrderRefusal) {
    guard case .quote(let amount, _) = ticket.size else { return }
    let places = rules.asset(listing.symbol.quote)?.decimals ?? 8
    guard amount.isPositive, Int(amount.scale) <= places else { throw .quantityPrecision }
    guard amount < .literal("1000000000000") else { throw .quantityTooLarge(maximum: .literal("1000000000000")) }
  }

  private func checkPrice(_ ticket: OrderTicket, _ listing: Listing) throws(OrderRefusal) {
    for price in [ticket.trigger?.price, ticket.limit].compactMap({ $0 }) {
      guard price.isPositive, price < .literal("1000000000"), Int(price.scale) <= listing.priceDecimals else {
        throw .pricePrecision
      }
      guard isMultiple(price, listing.instrument.tickSize) else { throw .priceNotOnTick }
    }
  }

  private func checkNotional(
    _ ticket: OrderTicket, _ listing: Listing, _ last: ExactDecimal
  ) throws(OrderRefusal) {
    guard let minimum = listing.instrument.minimumNotional?.value else { return }
    let notional: ExactDecimal?
    switch ticket.size {
    case .base(let quantity): notional = try? (ticket.limit ?? ticket.trigger?.price ?? last) * quantity
    case .quote(let amount, _): notional = amount
    }
    guard let notional else { throw .quantityTooLarge(maximum: minimum) }
    guard notional >= minimum else { throw .notionalTooSmall(minimum: minimum) }
  }

  private func checkStatus(_ ticket: OrderTicket, _ status: Instrument.Status) throws(OrderRefusal) {
    let isTaken =
      switch status {
      case .online: true
      case .postOnly: ticket.postOnly
      case .limitOnly: ticket.limit != nil
      case .reduceOnly: ticket.side == .sell
      case .cancelOnly, .offline: false
      }
    guard isTaken else { throw .marketStatus(status) }
  }

  private func checkTrigger(_ ticket: OrderTicket, _ last: ExactDecimal) throws(OrderRefusal) {
    guard let trigger = ticket.trigger else { return }
    if trigger.isBracket {
      let isBehind = ticket.limit.map { ticket.side == .buy ? $0 > last : $0 < last } ?? true
      if isBehind || trigger.isReached(by: last) { throw .bracketPrices }
    } else if rules.reachedTrigger == .refused, trigger.isReached(by: last) {
      throw .triggerReached(trigger.direction)
    }
  }

  private func isMultiple(_ number: ExactDecimal, _ step: ExactDecimal) -> Bool {
    (try? number.isMultiple(of: step)) ?? false
  }
}
