import Broker
import Core
import Journal
import Market

/// One pass: reconcile, exits, entries, record. A cycle that failed says so.
extension Trader {
  /// What a pass saw.
  struct Tally {
    var markets = 0
    var signals = 0
    var orders = 0
    var rejected: [String: Int] = [:]
    mutating func reject(_ reason: String) { rejected[reason, default: 0] += 1 }
  }

  /// Runs one cycle and says in ``report`` how the account stands afterwards.
  /// - Throws: only ``TraderError/refused(_:)``: the account cannot go on. Any other failure is the cycle's own.
  package func cycle() async throws(TraderError) {
    let startedAt = clock.now
    var tally = Tally()
    let sentBefore = ordersSent
    var failure: TraderError?
    do throws(TraderError) {
      try await journalStopped == nil ? pass(&tally) : lookWithoutJournal()
    } catch .refused(let refusal) {
      throw .refused(refusal)
    } catch { failure = error }
    if let journalStopped { failure = .journal(journalStopped) }
    // What a pass that failed had written down by then is shown all the same.
    if failure != nil { failure = reread() ?? failure }
    tally.orders = ordersSent - sentBefore
    try refuseIfHopeless(failure)
    do throws(TraderError) {
      try finish(startedAt: startedAt, tally, failure)
      // It takes rows again: the next pass catches up.
      journalStopped = nil
    } catch {
      failure = failure ?? error
      // A cycle that could not be written down did not succeed.
      report.cycle?.failure = failure?.description
    }
    settle(failure, markets: tally.markets)
  }

  /// What fails on the way to entries keeps no position from its stop.
  private func pass(_ tally: inout Tally) async throws(TraderError) {
    try await reconcile(full: false)
    try await renewDeadManSwitch()
    _ = try await checkExits()
    var entering: TraderError?
    do throws(TraderError) {
      try await enterMarkets(&tally)
    } catch {
      if case .refused = error { throw error }
      entering = error
    }
    try await keepStops()
    try readJournal()
    try savePlans()
    if let failure = entering ?? balanceFailure { throw failure }
  }

  /// Reads what was written down since the journal was last read: nothing is decided on less than it has.
  func catchUp() throws(TraderError) { if isBehind { try readJournal() } }

  func reread() -> TraderError? {
    do throws(TraderError) {
      try readJournal()
      return nil
    } catch { return error }
  }

  /// A failure of the whole account that no retry heals ends it.
  private func refuseIfHopeless(_ failure: TraderError?) throws(TraderError) {
    guard case .broker(let error) = failure, error.scope == .account, error.recovery == .never,
      !error.mayHaveExecuted, error.code != .notSent
    else { return }
    throw .refused(
      TraderRefusal(
        .credentials, error.description, nextStep: "check the key and its permissions at \(spec.declaration.title)"))
  }

  private func finish(startedAt: Timestamp, _ tally: Tally, _ failure: TraderError?) throws(TraderError) {
    let last = try journalled { () throws(JournalError) in try journal.lastCycleNumber() }
    let number = max(last, report.cycle?.number ?? 0) + 1
    let finished = CycleReport(
      number: number, startedAt: startedAt, finishedAt: clock.now, markets: tally.markets, signals: tally.signals,
      orders: tally.orders, rejected: tally.rejected, failure: failure?.description)
    report.cycle = finished
    if failure == nil && tally.markets > 0 { reached(.scanning) }
    // While an order's outcome is unknown, so is what the account is worth.
    let equity = unresolved.isEmpty ? try? equity() : nil
    try journalledIfRoom { () throws(JournalError) in
      try journal.recordCycle(
        CycleRecord(
          number: number, startedAt: startedAt, finishedAt: finished.finishedAt,
          marketTime: marketClock.time(atWall: startedAt), markets: tally.markets, signals: tally.signals,
          orders: tally.orders,
          rejected: JSONValue.object(
            tally.rejected.sorted { $0.key < $1.key }.map { (key: $0.key, value: .integer($0.value)) }
          ).encoded,
          equity: equity?.value, failure: finished.failure),
        cause: "cycle")
    }
  }

  /// The state that the cycle's evidence supports.
  func settle(_ failure: TraderError?, markets: Int) {
    if let failure { return enter(.degraded, after: failure, nextStep: "tried again in the next cycle") }
    if let journalFull {
      return enter(
        .parked, reason: "\(journalFull): no entries; exits go on with the space kept for them",
        nextStep: journalFull.nextStep)
    }
    switch settings.control {
    case .paused: return enter(.paused, reason: "control: paused", nextStep: "set control in the user's file")
    case .exitOnly: return enter(.exitOnly, reason: "control: exit_only", nextStep: "set control in the user's file")
    case .independent: break
    }
    if let lasting { return enter(.degraded, reason: lasting, nextStep: "use a key whose permissions can be read") }
    if let (symbol, misfit) = misfits.min(by: { $0.key < $1.key }) {
      return enter(
        .degraded, reason: "the position in \(symbol) is unknown: \(misfit)",
        nextStep: "compare the account's fills with the venue's")
    }
    if let (symbol, oddity) = oddities.min(by: { $0.key < $1.key }) {
      return enter(
        .degraded, reason: "\(symbol): \(oddity): no entries there; the other markets go on",
        nextStep: "compare the account's fills and balance with the venue's")
    }
    if let symbol = unmanaged.min() {
      return enter(
        .degraded,
        reason: "nothing decides when to sell \(symbol): it has no plan, or the feed does not know the market",
        nextStep: "sell it at the venue, or wait for the market to come back")
    }
    if let reason = feedFault() {
      return enter(.degraded, reason: reason, nextStep: "exits go on; entries resume when the feed does")
    }
    guard markets > 0 else {
      return enter(
        .degraded, reason: "no online market in \(settings.quoteCurrency) passes include and exclude",
        nextStep: "widen markets in the manifest")
    }
    if let needed = shortOfFunds() {
      return enter(.unfunded, reason: needed, nextStep: "deposit \(settings.quoteCurrency)")
    }
    enter(.trading)
  }

  /// Cash and positions at bid, some left out. Unknown prices make it unknown, not zero.
  func equity(without: Set<Symbol> = []) throws(TraderError) -> Notional? {
    guard let cash = balances[settings.quoteCurrency] else { return nil }
    do {
      var sum = Notional(cash.total)
      for position in positions.values
      where position.isOpen && position.symbol.quote == settings.quoteCurrency && !without.contains(position.symbol) {
        guard let bid = try? bookQuote(position.symbol)?.bid else { return nil }
        sum = try sum + bid * position.quantity
      }
      return sum
    } catch { throw .arithmetic(error) }
  }

  /// Worth of what is held, at bid.
  func exposure() throws(TraderError) -> Notional? {
    guard let equity = try equity(), let cash = balances[settings.quoteCurrency] else { return nil }
    do { return try equity - Notional(cash.total) } catch { throw .arithmetic(error) }
  }

  /// Why the account is too small for any of its markets; `nil` when it is not.
  private func shortOfFunds() -> String? {
    guard let cash = balances[settings.quoteCurrency], !positions.values.contains(where: \.isOpen) else { return nil }
    let minimums = instruments.values.filter(takes).compactMap { instrument -> ExactDecimal? in
      guard let quote = try? bookQuote(instrument.symbol) else { return nil }
      let byQuantity = instrument.minimumQuantity.flatMap { try? quote.ask * $0 }?.value ?? .zero
      return max(byQuantity, instrument.minimumNotional?.value ?? .zero)
    }
    guard let least = minimums.min(), cash.available < least else { return nil }
    return "\(cash.available) \(settings.quoteCurrency) is below the least order, \(least) \(settings.quoteCurrency)"
  }

  /// Whether this account may look at an instrument at all.
  func takes(_ instrument: Instrument) -> Bool {
    instrument.status == .online && instrument.symbol.quote == settings.quoteCurrency
      && settings.filter.admits(instrument.symbol.description)
  }
}
