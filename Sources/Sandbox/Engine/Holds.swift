import Core

/// What open orders hold back, and what a fill costs, in the amounts the venue keeps.
struct Money {
  let rules: VenueRules

  /// How far above the last price a market buy is assumed to go.
  static let marketBuyMargin = ExactDecimal.literal("1.05")

  /// What an open order holds: the rest at its limit with the taker's fee for buys, the coins for sells.
  func hold(of order: VenueOrder, last: ExactDecimal?) throws(DecimalError) -> (asset: String, amount: ExactDecimal) {
    try hold(of: order.ticket, remaining: order.remaining, last: last)
  }

  func hold(
    of ticket: OrderTicket, remaining: ExactDecimal, last: ExactDecimal?
  ) throws(DecimalError) -> (asset: String, amount: ExactDecimal) {
    let withFee = try .one + rules.fees.taker
    guard ticket.side == .buy else {
      return (ticket.symbol.base, ticket.feeInBase ? try cut(remaining * withFee, ticket.symbol.base, .up) : remaining)
    }
    let quote = ticket.symbol.quote
    if case .quote(let amount, let includingFee) = ticket.size {
      return (quote, includingFee || ticket.feeInBase ? amount : try cut(amount * withFee, quote, .up))
    }
    let price =
      if let worst = try worstPrice(ticket) { worst } else { try (last ?? .zero) * Self.marketBuyMargin }
    let cost = try price * remaining
    return (quote, try cut(ticket.feeInBase ? cost : cost * withFee, quote, .up))
  }

  /// The dearest price that a purchase is held for; `nil` where only the market's last one tells.
  private func worstPrice(_ ticket: OrderTicket) throws(DecimalError) -> ExactDecimal? {
    guard let trigger = ticket.trigger else { return ticket.limit }
    let afterwards = try trigger.price * Self.marketBuyMargin
    guard let limit = ticket.limit else { return afterwards }
    return trigger.isBracket ? max(limit, afterwards) : limit
  }

  /// Money moved by `quantity` at `price`: cut to the digits the venue keeps.
  func cost(_ price: ExactDecimal, _ quantity: ExactDecimal, _ symbol: Symbol) throws(DecimalError) -> ExactDecimal {
    try cut(price * quantity, symbol.quote, .down)
  }

  /// The fee of an execution, in its currency.
  func fee(
    _ ticket: OrderTicket, cost: ExactDecimal, quantity: ExactDecimal, isMaker: Bool
  ) throws(DecimalError) -> ExactDecimal {
    let rate = rules.fees.rate(isMaker: isMaker)
    let base = ticket.symbol.base
    return ticket.feeInBase
      ? try cut(quantity * rate, base, .down) : try cut(cost * rate, ticket.symbol.quote, .down)
  }

  private func cut(
    _ amount: ExactDecimal, _ asset: String, _ rounding: Rounding
  ) throws(DecimalError) -> ExactDecimal {
    try amount.rounded(places: rules.asset(asset)?.decimals ?? 8, rounding)
  }
}
