import Core

/// An account of a venue, with what it holds.
struct VenueAccount: Hashable, Sendable {
  /// The name the host gave it: `kraken/tania_gilbert`.
  let name: String
  let venue: String
  /// What the venue calls it, stable for its life.
  let identity: String
  let openedAt: Timestamp
  /// By the asset's usual name, what open orders hold included.
  var totals: [String: ExactDecimal]
  /// The numbers of its orders, oldest first.
  var orders: [Int] = []
  /// The numbers of its fills, oldest first.
  var fills: [Int] = []
  /// What it was opened with.
  let funds: [String: ExactDecimal]
  /// Everything that changed what it holds, oldest first.
  var moves: [AccountMove] = []
  /// The numbers of its open orders, oldest first.
  var open: [Int] = []
  /// The number of the latest order under each of its own names.
  var clientOrderIDs: [String: Int] = [:]
}

/// What changed an account's balances.
enum AccountMove: Hashable, Sendable {
  case fill(Int)
  case transfer(Int)
}

/// Money or coins that came in from outside, or went out.
struct VenueTransfer: Hashable, Sendable {
  /// Its place among all transfers of the exchange.
  let number: Int
  let account: String
  let currency: String
  /// Below zero for what went out.
  let amount: ExactDecimal
  /// Protocol clock.
  let time: Timestamp
}

/// Everything the exchange knows: the sum of the ledger's entries.
struct ExchangeState: Sendable {
  /// By name.
  private(set) var accounts: [String: VenueAccount] = [:]
  /// Names in the order of opening.
  private(set) var accountNames: [String] = []
  /// By number.
  private(set) var orders: [VenueOrder] = []
  /// By number.
  private(set) var fills: [VenueFill] = []
  /// By number.
  private(set) var transfers: [VenueTransfer] = []
  /// The number of each order by its id.
  private(set) var orderNumbers: [String: Int] = [:]
  /// The latest market time seen.
  private(set) var marketTime: Timestamp?
  /// The last start.
  private(set) var started: (seed: UInt64, clock: MarketClock)?

  /// The account's orders that are open, oldest first.
  func openOrders(of account: VenueAccount) -> [VenueOrder] { account.open.map { orders[$0] } }

  mutating func apply(_ entry: LedgerEntry) throws(LedgerError) {
    for event in entry.events { try apply(event, at: entry.time) }
    marketTime = max(marketTime ?? entry.marketTime, entry.marketTime)
  }

  private mutating func apply(_ event: LedgerEvent, at time: Timestamp) throws(LedgerError) {
    switch event {
    case .started(let seed, let clock): started = (seed, clock)
    case .accountOpened(let name, let venue, let identity, let funds):
      guard accounts[name] == nil else { throw .inconsistent("account \(name) is opened twice") }
      accounts[name] = VenueAccount(
        name: name, venue: venue, identity: identity, openedAt: time, totals: funds, funds: funds)
      accountNames.append(name)
    case .orderAccepted(let order): try accept(order)
    case .filled(let fill): try book(fill)
    case .amended(let number, let change, let detail): try amend(number, change, detail)
    case .triggered(let number): try trigger(number, at: time)
    case .moved(let account, let currency, let amount): try move(account, currency, amount, at: time)
    case .ended(let number, let status, let reason): try end(number, status, reason, time)
    }
  }

  private mutating func accept(_ order: VenueOrder) throws(LedgerError) {
    guard order.number == orders.count, orderNumbers[order.id] == nil else {
      throw .inconsistent("order \(order.id) is out of turn")
    }
    try change(order.account) { account in
      account.orders.append(order.number)
      account.open.append(order.number)
      if let name = order.ticket.clientOrderID { account.clientOrderIDs[name] = order.number }
    }
    orderNumbers[order.id] = order.number
    orders.append(order)
  }

  private mutating func amend(
    _ number: Int, _ amendment: OrderAmendment, _ detail: [String: String]
  ) throws(LedgerError) {
    guard orders.indices.contains(number), orders[number].status == .open,
      orders[number].filled < amendment.quantity
    else { throw .inconsistent("order number \(number) is changed but cannot be") }
    if let limit = amendment.limit { orders[number].ticket.limit = limit }
    if let trigger = amendment.trigger { orders[number].ticket.trigger?.price = trigger }
    orders[number].ticket.size = .base(amendment.quantity)
    orders[number].ticket.detail = detail
    orders[number].quantity = amendment.quantity
    orders[number].amendments.append(amendment)
  }

  private mutating func trigger(_ number: Int, at time: Timestamp) throws(LedgerError) {
    guard orders.indices.contains(number), orders[number].status == .open, orders[number].isWaiting else {
      throw .inconsistent("order number \(number) waits for no price")
    }
    orders[number].triggeredAt = time
  }

  private mutating func move(
    _ name: String, _ currency: String, _ amount: ExactDecimal, at time: Timestamp
  ) throws(LedgerError) {
    guard let total = try? (accounts[name]?.totals[currency] ?? .zero) + amount else {
      throw .inconsistent("\(amount) \(currency) cannot be added to \(name)")
    }
    let number = transfers.count
    try change(name) { account in
      account.totals[currency] = total
      account.moves.append(.transfer(number))
    }
    transfers.append(VenueTransfer(number: number, account: name, currency: currency, amount: amount, time: time))
  }

  private mutating func book(_ fill: VenueFill) throws(LedgerError) {
    guard fill.number == fills.count, orders.indices.contains(fill.order), orders[fill.order].status == .open,
      orders[fill.order].account == fill.account, accounts[fill.account] != nil
    else {
      throw .inconsistent("fill \(fill.id) is out of turn")
    }
    do throws(DecimalError) {
      orders[fill.order].filled = try orders[fill.order].filled + fill.quantity
      orders[fill.order].cost = try orders[fill.order].cost + fill.cost
      orders[fill.order].fees = try orders[fill.order].fees + fill.fee
      if case .quote = orders[fill.order].ticket.size { orders[fill.order].quantity = orders[fill.order].filled }
      orders[fill.order].fills.append(fill.number)
      try settle(fill)
    } catch {
      throw .inconsistent("fill \(fill.id) cannot be added up: \(error)")
    }
    fills.append(fill)
    guard case .base = orders[fill.order].ticket.size, orders[fill.order].remaining.isZero else { return }
    try close(fill.order, .filled, nil, fill.time)
  }

  /// Moves coins, money and fee.
  private mutating func settle(_ fill: VenueFill) throws(DecimalError) {
    let coins = fill.side == .buy ? fill.quantity : try -fill.quantity
    let money = fill.side == .buy ? try -fill.cost : fill.cost
    let moves = [(fill.symbol.base, coins), (fill.symbol.quote, money), (fill.feeCurrency, try -fill.fee)]
    guard var account = accounts.removeValue(forKey: fill.account) else { return }
    defer { accounts[fill.account] = account }
    for (currency, amount) in moves {
      account.totals[currency] = try (account.totals[currency] ?? .zero) + amount
    }
    account.fills.append(fill.number)
    account.moves.append(.fill(fill.number))
  }

  private mutating func end(
    _ number: Int, _ status: VenueOrder.Status, _ reason: String, _ time: Timestamp
  ) throws(LedgerError) {
    guard orders.indices.contains(number), orders[number].status == .open else {
      throw .inconsistent("order number \(number) ends but is not open")
    }
    try close(number, status, reason.isEmpty ? nil : reason, time)
  }

  private mutating func close(
    _ number: Int, _ status: VenueOrder.Status, _ reason: String?, _ time: Timestamp
  ) throws(LedgerError) {
    orders[number].status = status
    orders[number].reason = reason
    orders[number].endedAt = time
    try change(orders[number].account) { $0.open.removeAll { $0 == number } }
  }

  private mutating func change(_ name: String, _ body: (inout VenueAccount) -> Void) throws(LedgerError) {
    guard var account = accounts.removeValue(forKey: name) else { throw .inconsistent("no account is named \(name)") }
    body(&account)
    accounts[name] = account
  }
}

/// Why the record cannot be read or kept.
enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operating system refused.
  case system(String, code: Int32)
  /// A line that is not the last is damaged.
  case damaged(line: Int, String)
  /// The entries contradict each other.
  case inconsistent(String)
  /// Another sandbox uses the directory.
  case inUse(String)

  var description: String {
    switch self {
    case .system(let what, let code): "\(what): error \(code)"
    case .damaged(let line, let what): "line \(line) of the ledger is damaged (\(what)); move the state directory away"
    case .inconsistent(let what): "the ledger contradicts itself: \(what)"
    case .inUse(let path): "\(path) is in use by another sandbox"
    }
  }
}
