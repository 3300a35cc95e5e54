import Broker
import Core
import Journal
import Market

/// The venue's orders, fills and balances against the journal.
extension Trader {
  /// How long the full comparison may be put off while nothing of ours is under way and nothing was sent: reading
  /// history is the dearest call a venue counts.
  static let fullInterval = Duration.seconds(60)
  /// Fills are asked for from this long before the last one seen, since venues' lists lag.
  private static let fillOverlap = Duration.seconds(120)
  private static let cursor = "fills_seen_until"

  /// Compares and catches up. The cheap part (our unfinished orders, balances) every time; open orders and the list of
  /// fills when `full`, when due, or when something of ours was unfinished.
  package func reconcile(full: Bool) async throws(TraderError) {
    try learnInstruments()
    if reconciledAt == nil { try readJournal() }
    try followMarkets()
    let isDue = reconciledAt.map { clock.now - $0 >= Self.fullInterval || clock.now < $0 } ?? true
    var wasUnfinished = false
    for order in try unfinished() where full || isDue || !order.rests || isStirred(order) {
      if !order.rests || isStirred(order) { wasUnfinished = true }
      _ = try await resolve(order.request.clientOrderID)
    }
    if full || isDue || wasUnfinished { try await compareLists() }
    try await fetchBalances(cause: "reconcile")
    try readJournal()
    try followMarkets()
    guard balanceFailure == nil else { return }
    if full || isDue { try await checkConservation() }
    reached(.reconciled)
  }

  /// Orders of ours to which something can still happen.
  func unfinished() throws(TraderError) -> [OrderRecord] {
    try journalled { () throws(JournalError) in try journal.openOrUnknownOrders() }
  }

  /// Whether a resting stop's coins have moved: fewer are there than the position should have.
  private func isStirred(_ order: OrderRecord) -> Bool {
    guard let position = positions[order.request.symbol], let balance = balances[order.request.symbol.base] else {
      return false
    }
    return balance.total < position.quantity.value
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
    try readOddities()
    let asked = clock.now
    let marker = try journalled { () throws(JournalError) in try journal.marker(Self.cursor) }
    let began = try journalled { () throws(JournalError) in try journal.createdAt() }
    let seen = marker.flatMap { Timestamp(rfc3339: $0.value) } ?? began
    let since = seen - Self.fillOverlap
    let open = try await ask { broker throws(BrokerError) in try await broker.fetchOpenOrders() }
    let fills = try await ask { broker throws(BrokerError) in try await broker.fetchFills(since: since) }
    OrderStep.listed.pass()
    var snapshot = VenueSnapshot(open: open, fills: fills)
    var found = try compared(snapshot, began)
    if !found.unowned.isEmpty {
      // Whose these executions are tells the list of what has ended.
      snapshot.closed = try await ask { broker throws(BrokerError) in try await broker.fetchClosedOrders(since: since) }
      found = try compared(snapshot, began)
    }
    try take(found)
    report.foreignOrders = found.foreign.count
    if let newest = fills.map(\.time).max(), newest > seen {
      try journalledIfRoom { () throws(JournalError) in
        try journal.setMarker(Self.cursor, newest.description, cause: "reconcile")
      }
    }
    reconciledAt = asked
  }

  private func compared(_ snapshot: VenueSnapshot, _ began: Timestamp) throws(TraderError) -> Reconciled {
    let journal = journal
    let known = KnownOrders(
      began: began, isLost: { id in journal.isLost(id) },
      life: { id throws(JournalError) in try Self.life(of: id, in: journal) },
      owner: { id throws(JournalError) in try journal.clientOrderID(of: id) },
      hasFill: { id throws(JournalError) in try journal.fill(id: id) != nil })
    return try journalled { () throws(JournalError) in try Reconciler.reconcile(snapshot, known) }
  }

  /// Writes down what a pass found; what it found wrong ends the account's trading.
  private func take(_ found: Reconciled) throws(TraderError) {
    for news in found.news { try write(news, cause: "reconcile") }
    for fill in found.notTrades { try notTrade(fill) }
    for order in found.lost where lostOrders.insert(order.venueOrderID).inserted {
      tell(
        .warning, "order_not_in_journal",
        "\(order.venueOrderID) is ours, but the journal, an older copy, lacks it: "
          + "what it filled is shown as not ours",
        ["venue_order_id": order.venueOrderID.rawValue])
    }
    for fill in found.foreignFills + found.unowned where fill.kind != .trade { foreignNotTrade(fill) }
    for fill in found.foreignFills + found.unowned where fill.isRecordable {
      let isNew = try journalled { () throws(JournalError) in try journal.recordFill(fill, cause: "foreign") }
      guard isNew else { continue }
      tell(
        .info, "foreign_fill", "\(fill.side.rawValue) \(fill.quantity) \(fill.symbol) at \(fill.price): not ours",
        ["fill_id": fill.id, "venue_order_id": fill.venueOrderID.rawValue])
    }
    if let intruder = found.intruders.first {
      throw .refused(
        TraderRefusal(
          .configuration,
          "the venue has order \(intruder.venueOrderID) with an id of our form that this journal never made: another "
            + "program uses this key, or the journal was lost",
          nextStep: "stop the other program or restore the journal, cancel what is open, then restart"))
    }
    if let (id, contradiction) = found.contradictions.min(by: { $0.key.hex < $1.key.hex }) {
      throw Self.contradicted("order \(id): \(contradiction)")
    }
  }

  /// What the venue says we have, now; written down where it changed.
  ///
  /// A read that fails keeps no position from its stop and none from being sold: ``balanceFailure`` says so, nothing is
  /// entered, and the pass fails at its end.
  func fetchBalances(cause: String) async throws(TraderError) {
    let list: [Balance]
    do throws(TraderError) {
      list = try await ask { broker throws(BrokerError) in try await broker.fetchBalances() }
    } catch {
      guard case .broker = error else { throw error }
      return balanceFailure = error
    }
    balanceFailure = nil
    unbalanced = []
    try journalledIfRoom { () throws(JournalError) in try journal.recordBalances(list, cause: cause) }
    show(list)
  }

  /// Takes balances that were answered just now for what the account has.
  func show(_ list: [Balance]) {
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
    let unfinished = try unfinished()
    lastUnfinished = unfinished
    let doubtful = unfinished.filter { !$0.rests }
    unresolved = Set(doubtful.map(\.request.symbol))
    unresolvedSales = Set(doubtful.filter { $0.request.side == .sell }.map(\.request.symbol))
    restingStops = Dictionary(
      unfinished.filter { $0.rests && $0.purpose == .protectiveStop }.map { ($0.request.symbol, $0) }
    ) { first, _ in first }
    report.openOrders = unfinished.count { $0.state == .accepted || $0.state == .partiallyFilled }
    report.unknownOrders = unfinished.count - (report.openOrders ?? 0)
    report.placedOrders = try journalled { () throws(JournalError) in try journal.placedCount() }
    report.positions = holdings.positions.count { $0.isOpen }
    noteUnguarded()
    isBehind = false
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

extension Fill {
  /// Whether the journal can hold it: somebody else's correction, or a market without a name, cannot be added up.
  fileprivate var isRecordable: Bool {
    kind == .trade && quantity.value.isPositive && !price.value.isNegative && !symbol.base.isEmpty
      && !symbol.quote.isEmpty
  }
}

extension OrderRecord {
  /// Whether it lies in the venue's book as it should: nothing about it is open but whether it will fill.
  var rests: Bool {
    (state == .accepted || state == .partiallyFilled) && request.timeInForce == .goodTillCancelled
  }
}
