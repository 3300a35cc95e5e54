import Core
import Synchronization

/// Where an exchange keeps its record.
protocol LedgerStore: Sendable {
  /// What tells this ledger's ids from another's.
  var salt: UInt64 { get }
  /// Keeps an entry; when this returns it outlives the process.
  func append(_ entry: LedgerEntry) throws(LedgerError)
}

extension LedgerFile: LedgerStore {
  var salt: UInt64 { header.salt }
}

/// The venues' common engine: accounts, balances, holds, orders and fills against the generated market.
///
/// Every call is atomic and ends before it returns; what it changed is in the ledger by then. Nothing here knows a wire
/// format: venues translate. All names are the usual ones (`BTC/USD`, `USD`).
final class Exchange: Sendable {
  private let state: Mutex<ExchangeCore>
  private let wall: any ProtocolClock
  private let skew: @Sendable (String, Timestamp) -> Duration
  private let marketTime: MarketTime
  /// Quotes, books and candles.
  let market: MarketData

  /// An exchange that goes on from a ledger's entries. `skew` is how far a venue's clock is ahead of the protocol clock.
  init(
    ledger: any LedgerStore, entries: [LedgerEntry], market: MarketData, marketTime: MarketTime,
    wall: any ProtocolClock, venues: [VenueRules],
    skew: @escaping @Sendable (_ venue: String, _ now: Timestamp) -> Duration = { _, _ in .zero }
  ) throws(LedgerError) {
    var core = ExchangeCore(ledger: ledger, market: market, venues: venues, skew: skew)
    for entry in entries { try core.state.apply(entry) }
    let start = LedgerEvent.started(seed: market.model.seed, clock: marketTime.line)
    try core.commit([start], at: Moment(wall: wall.now, market: marketTime.now))
    self.state = Mutex(core)
    self.market = market
    self.marketTime = marketTime
    self.wall = wall
    self.skew = skew
  }

  /// The protocol clock. Whole microseconds, since venues tell no more.
  private var now: Timestamp { wall.now.floored(to: .microseconds(1)) }
  /// The protocol clock as a venue's own clock shows it: nonces, expiries, order times.
  func now(at venue: String) -> Timestamp {
    let now = now
    return now + skew(venue, now)
  }
  /// The market clock: candles and books.
  var marketNow: Timestamp { marketTime.now }
  /// The line the market clock follows.
  var marketClock: MarketClock { marketTime.line }

  private var moment: Moment { Moment(wall: now, market: marketTime.now) }

  /// Fills and expires what rests, up to now. Every other call does so first; a timer calls it when nobody asks.
  func advance() { state.withLock { $0.sweep(moment) } }

  // MARK: Accounts

  /// The account of that name, made with these funds on its first opening.
  /// - Throws: ``AccountRefusal``.
  func openAccount(
    _ name: String, venue: String, funds: [String: ExactDecimal]
  ) throws(AccountRefusal) -> VenueAccount {
    let bits = UInt64.random(in: .min ... .max)
    return try state.withLock { core throws(AccountRefusal) in
      try core.open(name, venue: venue, funds: funds, identityBits: bits, moment)
    }
  }

  /// An account by its name.
  func account(_ name: String) -> VenueAccount? { read { $0.accounts[name] } }

  /// Moves money or coins into an account or, below zero, out of it; what it holds then.
  func move(_ name: String, currency: String, amount: ExactDecimal) throws(AccountRefusal) -> ExactDecimal {
    try change { core, moment throws(AccountRefusal) in
      try core.move(name, currency, amount, core.moment(moment, of: name))
    }
  }

  /// What an account holds, in the order of the venue's assets; only what it ever held.
  func balances(_ account: String) -> [Balance] {
    state.withLock { core in
      core.sweep(moment)
      return core.balances(account)
    }
  }

  /// Looks at everything at once, up to date: for pages of orders and fills.
  func read<Value: Sendable>(_ body: (borrowing ExchangeState) -> Value) -> Value {
    state.withLock { core in
      core.sweep(moment)
      return body(core.state)
    }
  }

  /// Changes everything at once, up to date.
  func change<Value: Sendable, Failure: Error>(
    _ body: (inout ExchangeCore, Moment) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try state.withLock { core throws(Failure) in
      core.sweep(moment)
      return try body(&core, moment)
    }
  }

  // MARK: Orders

  /// What would be said against a ticket; changes nothing.
  func check(_ ticket: OrderTicket, account: String) throws(OrderRefusal) {
    try state.withLock { core throws(OrderRefusal) in
      core.sweep(self.moment)
      _ = try core.checked(ticket, account, core.moment(self.moment, of: account))
    }
  }

  /// Takes an order and fills what can be filled at once. `deadline` (protocol clock) refuses it when it comes too late.
  func place(_ ticket: OrderTicket, account: String, deadline: Timestamp? = nil) throws(OrderRefusal) -> VenueOrder {
    try state.withLock { core throws(OrderRefusal) in
      let moment = core.moment(self.moment, of: account)
      core.sweep(self.moment)
      if let deadline, deadline < moment.wall { throw .deadlineElapsed }
      return try core.place(ticket, account, moment)
    }
  }

  /// Moves a resting order of the account to other prices and another size, and fills what can be filled there at once.
  func amend(_ id: String, account: String, to change: OrderChange) throws(AmendRefusal) -> VenueOrder {
    try state.withLock { core throws(AmendRefusal) in
      let moment = core.moment(self.moment, of: account)
      core.sweep(self.moment)
      return try core.amend(id, account, to: change, moment)
    }
  }

  /// Cancels an order of the account by its venue id.
  func cancel(_ id: String, account: String, reason: String) throws(CancelRefusal) -> VenueOrder {
    try state.withLock { core throws(CancelRefusal) in
      core.sweep(moment)
      return try core.cancel(id, account, reason, core.moment(self.moment, of: account))
    }
  }

  /// Cancels every open order of the account; those that were.
  func cancelAll(account: String, reason: String) throws(CancelRefusal) -> [VenueOrder] {
    try state.withLock { core throws(CancelRefusal) in
      core.sweep(moment)
      return try core.cancelAll(account, reason, core.moment(self.moment, of: account))
    }
  }

  /// An order of the account by its venue id.
  func order(_ id: String, account: String) -> VenueOrder? {
    read { state in
      guard let number = state.orderNumbers[id] else { return nil }
      let order = state.orders[number]
      return order.account == account ? order : nil
    }
  }

  /// The latest order of the account under its own name.
  func order(clientOrderID: String, account: String) -> VenueOrder? {
    read { state in
      state.accounts[account]?.clientOrderIDs[clientOrderID].map { state.orders[$0] }
    }
  }

  /// The account's open orders, oldest first.
  func openOrders(_ account: String) -> [VenueOrder] {
    read { state in
      guard let account = state.accounts[account] else { return [] }
      return state.openOrders(of: account)
    }
  }

  // MARK: Market

  /// The book of a venue's market now, without what accounts took from it this second.
  func book(_ listing: Listing, venue: String, depth: Int) -> MadeBook? {
    state.withLock { $0.book(listing, venue: venue, depth: depth, marketTime.now) }
  }

  /// The candles that begin from `from` to `to`, oldest first, the last unfinished when it reaches now.
  func candles(_ listing: Listing, interval: Int, from: Int, to: Int) -> [MarketBar] {
    market.candles(listing, interval: interval, from: from, to: to, now: marketTime.now)
  }

  /// The 24 hours up to now.
  func day(_ listing: Listing) -> DayStatistics? { market.day(listing, now: marketTime.now) }
}

/// Now, on both clocks.
struct Moment: Hashable, Sendable {
  let wall: Timestamp
  let market: Timestamp
}

/// Why an account was not opened.
enum AccountRefusal: Error, Hashable, Sendable {
  case unknownVenue(String)
  /// There is an account of that name at another venue.
  case otherVenue(String)
  case unknownCurrency(String)
  /// Below zero, too large or finer than the venue keeps it.
  case amount(String)
  case name(String)
  case unavailable(String)
}
