import Core

/// An execution that the book offers, not yet a fill.
struct Execution: Hashable, Sendable {
  let price: ExactDecimal
  let quantity: ExactDecimal
  let cost: ExactDecimal
  let fee: ExactDecimal
}

/// Takes from a book, level by level, what a ticket may take.
struct Matching {
  let money: Money
  let listing: Listing
  let ticket: OrderTicket

  /// Whether an order with this limit would take from the best level.
  func crosses(_ level: BookLevel?) -> Bool {
    guard let level, let limit = ticket.limit else { return level != nil }
    return ticket.side == .buy ? level.price <= limit : level.price >= limit
  }

  /// What the levels give, best first.
  func take(from levels: [BookLevel]) throws(DecimalError) -> [Execution] {
    var executions: [Execution] = []
    var wanted = try Wanted(ticket)
    for level in levels where crosses(level) {
      let quantity = try wanted.quantity(at: level, places: listing.quantityDecimals, fees: money.rules.fees)
      guard quantity.isPositive else { break }
      let execution = try execute(quantity, at: level.price, isMaker: false)
      try wanted.subtract(execution)
      executions.append(execution)
    }
    return executions
  }

  /// One execution of so many coins.
  func execute(
    _ quantity: ExactDecimal, at price: ExactDecimal, isMaker: Bool
  ) throws(DecimalError) -> Execution {
    let cost = try money.cost(price, quantity, ticket.symbol)
    let fee = try money.fee(ticket, cost: cost, quantity: quantity, isMaker: isMaker)
    return Execution(price: price, quantity: quantity, cost: cost, fee: fee)
  }
}

/// What is still to be got: coins, or the coins for some money.
private struct Wanted {
  private var coins: ExactDecimal?
  private var money = ExactDecimal.zero
  private var paysFee = false

  init(_ ticket: OrderTicket) throws(DecimalError) {
    switch ticket.size {
    case .base(let quantity): coins = quantity
    case .quote(let amount, let includingFee):
      money = amount
      paysFee = includingFee && !ticket.feeInBase
    }
  }

  func quantity(at level: BookLevel, places: Int, fees: FeeRates) throws(DecimalError) -> ExactDecimal {
    if let coins { return min(coins, level.quantity) }
    let price = paysFee ? try level.price * (.one + fees.taker) : level.price
    return min(level.quantity, try money.divided(by: price, places: places, .down))
  }

  mutating func subtract(_ execution: Execution) throws(DecimalError) {
    if let coins { self.coins = try coins - execution.quantity }
    money = try money - execution.cost
    if paysFee { money = try money - execution.fee }
  }
}
