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
    return listing
  }

  private func checkForm(_ ticket: OrderTicket) throws(OrderRefusal) {
    if case .quote = ticket.size, ticket.side == .sell || ticket.limit != nil {
      throw .unsupported("only a market buy can be sized in money")
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
    guard let limit = ticket.limit else { return }
    guard limit.isPositive, limit < .literal("1000000000"), Int(limit.scale) <= listing.priceDecimals else {
      throw .pricePrecision
    }
    guard isMultiple(limit, listing.instrument.tickSize) else { throw .priceNotOnTick }
  }

  private func checkNotional(
    _ ticket: OrderTicket, _ listing: Listing, _ last: ExactDecimal
  ) throws(OrderRefusal) {
    guard let minimum = listing.instrument.minimumNotional?.value else { return }
    let notional: ExactDecimal?
    switch ticket.size {
    case .base(let quantity): notional = try? (ticket.limit ?? last) * quantity
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

  private func isMultiple(_ number: ExactDecimal, _ step: ExactDecimal) -> Bool {
    (try? number.isMultiple(of: step)) ?? false
  }
}
