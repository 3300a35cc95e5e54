import Core

/// What the lock of an ``Exchange`` guards: the state, its record, and what was taken from the book this second.
struct ExchangeCore: Sendable {
  var state = ExchangeState()
  private let ledger: any LedgerStore
  let market: MarketData
  let rules: [String: VenueRules]
  private let skew: @Sendable (String, Timestamp) -> Duration
  var consumption = Consumption()
  /// The market's time up to which what rests was looked after.
  var sweptUntil: Timestamp?
  /// Set when the record and the state may differ: from then on nothing is done.
  private var broken: String?

  init(
    ledger: any LedgerStore, market: MarketData, venues: [VenueRules],
    skew: @escaping @Sendable (String, Timestamp) -> Duration = { _, _ in .zero }
  ) {
    self.skew = skew
    self.ledger = ledger
    self.market = market
    self.rules = Dictionary(uniqueKeysWithValues: venues.map { ($0.name, $0) })
  }

  /// A moment as the venue of an account sees it: its clock may be off.
  func moment(_ moment: Moment, of account: String) -> Moment {
    guard let venue = state.accounts[account]?.venue else { return moment }
    return Moment(wall: moment.wall + skew(venue, moment.wall), market: moment.market)
  }

  /// Records what happened, then makes it so.
  mutating func commit(_ events: [LedgerEvent], at moment: Moment) throws(LedgerError) {
    if let broken { throw .inconsistent(broken) }
    guard !events.isEmpty else { return }
    let entry = LedgerEntry(time: moment.wall, marketTime: moment.market, events: events)
    try ledger.append(entry)
    do throws(LedgerError) {
      try state.apply(entry)
    } catch {
      broken = error.description
      throw error
    }
  }

  // MARK: Accounts

  mutating func open(
    _ name: String, venue: String, funds: [String: ExactDecimal], identityBits: UInt64, _ moment: Moment
  ) throws(AccountRefusal) -> VenueAccount {
    guard let rules = rules[venue] else { throw .unknownVenue(venue) }
    if let account = state.accounts[name] {
      guard account.venue == venue else { throw .otherVenue(account.venue) }
      return account
    }
    guard !name.isEmpty, name.utf8.count <= 200 else { throw .name(name) }
    for (currency, amount) in funds {
      guard let asset = rules.asset(currency) else { throw .unknownCurrency(currency) }
      guard !amount.isNegative, amount <= .literal("1000000000000"), Int(amount.scale) <= asset.decimals else {
        throw .amount(amount.description)
      }
    }
    let identity = rules.identity(identityBits)
    do throws(LedgerError) {
      try commit([.accountOpened(name: name, venue: venue, identity: identity, funds: funds)], at: moment)
    } catch {
      throw .unavailable(error.description)
    }
    guard let account = state.accounts[name] else { throw .unavailable("the account is not in the state") }
    return account
  }

  mutating func move(
    _ name: String, _ currency: String, _ amount: ExactDecimal, _ moment: Moment
  ) throws(AccountRefusal) -> ExactDecimal {
    guard let account = state.accounts[name], let rules = rules[account.venue] else { throw .name(name) }
    guard let asset = rules.asset(currency) else { throw .unknownCurrency(currency) }
    let limit = ExactDecimal.literal("1000000000000")
    guard !amount.isZero, amount <= limit, let negative = try? -amount, negative <= limit,
      Int(amount.scale) <= asset.decimals, let held = try? held(account, rules)[currency] ?? .zero,
      let total = try? (account.totals[currency] ?? .zero) + amount, total >= held, total <= limit
    else { throw .amount(amount.description) }
    do throws(LedgerError) {
      try commit([.moved(account: name, currency: currency, amount: amount)], at: moment)
    } catch {
      throw .unavailable(error.description)
    }
    return total
  }

  func balances(_ name: String) -> [Balance] {
    guard let account = state.accounts[name], let rules = rules[account.venue],
      let held = try? held(account, rules)
    else { return [] }
    return rules.assets.compactMap { asset in
      guard let total = account.totals[asset.name] else { return nil }
      let held = held[asset.name] ?? .zero
      guard let available = try? total - held else { return nil }
      return Balance(currency: asset.name, total: total, held: held, available: available)
    }
  }

  /// What the account's open orders hold back, by asset.
  func held(_ account: VenueAccount, _ rules: VenueRules) throws(DecimalError) -> [String: ExactDecimal] {
    var held: [String: ExactDecimal] = [:]
    for order in state.openOrders(of: account) {
      let hold = try Money(rules: rules).hold(of: order, last: nil)
      held[hold.asset] = try (held[hold.asset] ?? .zero) + hold.amount
    }
    return held
  }

  // MARK: Market

  func book(_ listing: Listing, venue: String, depth: Int, _ time: Timestamp) -> MadeBook? {
    // Deeper than asked: what stands behind the prices that are gone moves up.
    guard var book = market.book(listing, depth: depth + Self.matchingDepth, now: time) else { return nil }
    book.bids = Array(consumption.rest(of: book.bids, BookSide(venue, listing, .sell), book.time).prefix(depth))
    book.asks = Array(consumption.rest(of: book.asks, BookSide(venue, listing, .buy), book.time).prefix(depth))
    return book
  }

  /// How many prices a side an order may eat through.
  static let matchingDepth = 25

  // MARK: Orders

  /// The listing, the book and nothing to say against the ticket.
  func checked(
    _ ticket: OrderTicket, _ name: String, _ moment: Moment
  ) throws(OrderRefusal) -> (listing: Listing, book: MadeBook, account: VenueAccount, rules: VenueRules) {
    if let broken { throw .unavailable(broken) }
    guard let account = state.accounts[name], let rules = rules[account.venue] else { throw .unknownAccount }
    guard let known = rules.listing(ticket.symbol),
      let book = book(known, venue: rules.name, depth: Self.matchingDepth, moment.market)
    else { throw .unknownInstrument }
    let listing = try TicketCheck(rules: rules).check(ticket, last: book.last)
    try checkClientOrderID(ticket, account, rules)
    try checkFunds(ticket, account, rules, last: book.last)
    let matching = Matching(money: Money(rules: rules), listing: listing, ticket: ticket)
    if ticket.postOnly, rules.postOnlyCrossing == .refused, matching.crosses(book.opposite(of: ticket.side).first) {
      throw .postOnlyWouldTake
    }
    return (listing, book, account, rules)
  }

  private func checkClientOrderID(
    _ ticket: OrderTicket, _ account: VenueAccount, _ rules: VenueRules
  ) throws(OrderRefusal) {
    guard let name = ticket.clientOrderID else { return }
    switch rules.clientOrderIDScope {
    case .none: break
    case .allOrders:
      if let number = account.clientOrderIDs[name] { throw .clientOrderIDInUse(state.orders[number]) }
    case .openOrders:
      let same = state.openOrders(of: account).first { $0.ticket.clientOrderID == name }
      if let same { throw .clientOrderIDInUse(same) }
    }
  }

  private func checkFunds(
    _ ticket: OrderTicket, _ account: VenueAccount, _ rules: VenueRules, last: ExactDecimal
  ) throws(OrderRefusal) {
    var quantity = ExactDecimal.zero
    if case .base(let coins) = ticket.size { quantity = coins }
    do throws(DecimalError) {
      let hold = try Money(rules: rules).hold(of: ticket, remaining: quantity, last: last)
      let held = try held(account, rules)[hold.asset] ?? .zero
      let available = try (account.totals[hold.asset] ?? .zero) - held
      guard hold.amount <= available else { throw DecimalError.overflow }
    } catch {
      throw .insufficientFunds
    }
  }

  mutating func place(_ ticket: OrderTicket, _ name: String, _ moment: Moment) throws(OrderRefusal) -> VenueOrder {
    let (listing, book, _, rules) = try checked(ticket, name, moment)
    let order = accepted(ticket, name, rules, moment)
    let number = order.number
    if ticket.trigger != nil { return try placeWaiting(order, listing, book, rules, moment) }
    let matching = Matching(money: Money(rules: rules), listing: listing, ticket: ticket)
    guard let placement = try? Placement(order, matching, book.opposite(of: ticket.side)) else {
      throw .unsupported("the amounts of this order cannot be computed exactly")
    }
    var events: [LedgerEvent] = [.orderAccepted(order)]
    events += fills(placement.executions, of: order, rules, isMaker: false, moment)
    if let end = placement.end { events.append(.ended(order: number, end.status, reason: end.reason)) }
    try record(events, moment)
    consumption.take(placement.executions, BookSide(rules.name, listing, ticket.side), book.time)
    placeClosing(state.orders[number], filling: placement.executions.map(\.quantity), moment)
    return state.orders[number]
  }

  /// The order that a ticket becomes.
  func accepted(_ ticket: OrderTicket, _ name: String, _ rules: VenueRules, _ moment: Moment) -> VenueOrder {
    let number = state.orders.count
    return VenueOrder(
      number: number, id: rules.orderID(Noise.mixed(ledger.salt &+ UInt64(number) &* 2)), account: name,
      ticket: ticket, createdAt: moment.wall, quantity: Placement.quantity(ticket))
  }

  /// Takes an order that waits for a price; one whose price has come is in the market at once.
  private mutating func placeWaiting(
    _ order: VenueOrder, _ listing: Listing, _ book: MadeBook, _ rules: VenueRules, _ moment: Moment
  ) throws(OrderRefusal) -> VenueOrder {
    var events: [LedgerEvent] = [.orderAccepted(order)]
    var firing: Firing?
    if order.isAsleep, order.ticket.trigger?.isReached(by: book.last) == true {
      guard let fired = try? self.firing(order, listing, rules, moment) else {
        throw .unsupported("the amounts of this order cannot be computed exactly")
      }
      events += fired.events
      firing = fired
    }
    try record(events, moment)
    if let firing {
      consumption.take(firing.executions, firing.side, firing.time)
      placeClosing(state.orders[order.number], filling: firing.executions.map(\.quantity), moment)
    }
    return state.orders[order.number]
  }

  mutating func record(_ events: [LedgerEvent], _ moment: Moment) throws(OrderRefusal) {
    do throws(LedgerError) {
      try commit(events, at: moment)
    } catch {
      throw .unavailable(error.description)
    }
  }

  func fills(
    _ executions: [Execution], of order: VenueOrder, _ rules: VenueRules, isMaker: Bool, _ moment: Moment
  ) -> [LedgerEvent] {
    let symbol = order.ticket.symbol
    return executions.enumerated().map { offset, execution in
      let number = state.fills.count + offset
      return .filled(
        VenueFill(
          number: number, id: rules.fillID(Noise.mixed(ledger.salt &+ UInt64(number) &* 2 &+ 1)), order: order.number,
          account: order.account, symbol: symbol, side: order.ticket.side, price: execution.price,
          quantity: execution.quantity, cost: execution.cost, fee: execution.fee,
          feeCurrency: order.ticket.feeInBase ? symbol.base : symbol.quote, isMaker: isMaker, time: moment.wall))
    }
  }

  mutating func cancel(
    _ id: String, _ name: String, _ reason: String, _ moment: Moment
  ) throws(CancelRefusal) -> VenueOrder {
    guard let number = state.orderNumbers[id], state.orders[number].account == name else { throw .neverExisted }
    guard state.orders[number].status == .open else { throw .ended(state.orders[number]) }
    do throws(LedgerError) {
      try commit([.ended(order: number, .cancelled, reason: reason)], at: moment)
    } catch {
      throw .unavailable(error.description)
    }
    return state.orders[number]
  }

  mutating func cancelAll(
    _ name: String, _ reason: String, _ moment: Moment
  ) throws(CancelRefusal) -> [VenueOrder] {
    let numbers = state.accounts[name]?.open ?? []
    do throws(LedgerError) {
      try commit(numbers.map { .ended(order: $0, .cancelled, reason: reason) }, at: moment)
    } catch {
      throw .unavailable(error.description)
    }
    return numbers.map { state.orders[$0] }
  }
}
