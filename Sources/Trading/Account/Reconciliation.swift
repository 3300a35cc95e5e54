import Broker
import Core
import Journal
import Market

/// The venue's orders, fills and balances against the journal.
extension Trader {
  /// How long the full comparison may be put off while nothing of ours is open and nothing was sent: reading history is
  /// the dearest call a venue counts.
  static let fullInterval = Duration.seconds(60)
  /// Fills are asked for from this long before the last one seen, since venues' lists lag.
  private static let fillOverlap = Duration.seconds(120)
  private static let cursor = "fills_seen_until"

  /// Compares and catches up. The cheap part (our unfinished orders, balances) every time; open orders and the list of
  /// fills when `full`, when due, or when something of ours was unfinished.
  package func reconcile(full: Bool) async throws(TraderError) {
    try learnInstruments()
    let unfinished = try journalled { () throws(JournalError) in try journal.openOrUnknownOrders() }
    for order in unfinished { _ = try await resolve(order.request.clientOrderID) }
    let isDue = reconciledAt.map { clock.now - $0 >= Self.fullInterval || clock.now < $0 } ?? true
    if full || isDue || !unfinished.isEmpty { try await compareLists() }
    try await fetchBalances()
    try readJournal()
    reached(.reconciled)
  }

  /// Makes the instruments of the feed's book known when the book has others than we know.
  func learnInstruments() throws(TraderError) {
    do {
      let current = book.instrumentsGeneration
      guard generation != current else { return }
      let list = try book.instruments()
      guard !list.isEmpty else { return }
      broker.learn(list)
      instruments = Dictionary(list.map { ($0.symbol, $0) }) { first, _ in first }
      generation = current
    } catch { throw .book(error) }
  }

  private func compareLists() async throws(TraderError) {
    let asked = clock.now
    let open = try await ask { broker throws(BrokerError) in try await broker.fetchOpenOrders() }
    var foreign = 0
    for order in open {
      let ours = try journalled { () throws(JournalError) in try journal.clientOrderID(of: order.venueOrderID) }
      if ours == nil && order.clientOrderID.map(isOurs) != true { foreign += 1 }
    }
    foreignOrders = foreign
    try await catchUpFills()
    reconciledAt = asked
  }

  private func isOurs(_ id: ClientOrderID) -> Bool { id.journal == journal.name }

  private func catchUpFills() async throws(TraderError) {
    let marker = try journalled { () throws(JournalError) in try journal.marker(Self.cursor) }
    let began = try journalled { () throws(JournalError) in try journal.createdAt() }
    let seen = marker.flatMap { Timestamp(rfc3339: $0.value) } ?? began
    let fills = try await ask { broker throws(BrokerError) in
      try await broker.fetchFills(since: seen - Self.fillOverlap)
    }
    for fill in fills {
      let ours = try journalled { () throws(JournalError) in try journal.clientOrderID(of: fill.venueOrderID) }
      // A fill of an order whose venue id we have not learnt yet waits until the order is resolved.
      if let ours { try take(fill, of: ours) }
    }
    if let newest = fills.map(\.time).max(), newest > seen {
      try journalled { () throws(JournalError) in
        try journal.setMarker(Self.cursor, newest.description, cause: "reconcile")
      }
    }
  }

  func fetchBalances() async throws(TraderError) {
    let list = try await ask { broker throws(BrokerError) in try await broker.fetchBalances() }
    balances = Dictionary(list.map { ($0.currency, $0) }) { first, _ in first }
    let cash =
      balances[settings.quoteCurrency]
      ?? Balance(currency: settings.quoteCurrency, total: .zero, held: .zero, available: .zero)
    report.balance = BalanceReport(balance: cash, asOf: clock.now)
    if cash.total.isPositive { reached(.funded) }
  }

  /// Positions and counts from the journal's rows.
  func readJournal() throws(TraderError) {
    let holdings = try journalled { () throws(JournalError) in try journal.holdings() }
    positions = Dictionary(holdings.positions.map { ($0.symbol, $0) }) { first, _ in first }
    misfits = Dictionary(
      holdings.misfits.map { ($0.symbol, "fill \($0.fillID) does not fit: \($0.error)") }
    ) { first, _ in first }
    let unfinished = try journalled { () throws(JournalError) in try journal.openOrUnknownOrders() }
    unresolved = Set(unfinished.map(\.request.symbol))
    report.openOrders = unfinished.count { $0.state == .accepted || $0.state == .partiallyFilled }
    report.unknownOrders = unfinished.count - (report.openOrders ?? 0)
    report.placedOrders = try journalled { () throws(JournalError) in try journal.placedCount() }
    report.positions = holdings.positions.count { $0.isOpen }
    do {
      var realised = Notional.zero, fees = Notional.zero
      for position in holdings.positions where position.symbol.quote == settings.quoteCurrency {
        realised = try realised + position.realised
        fees = try fees + position.fees
      }
      report.realisedProfit = realised.value
      report.feesPaid = fees.value
    } catch { throw .arithmetic(error) }
  }
}
