import Broker
import Core
import Journal
import Market

/// Leaving positions: before entries, outside every gate of theirs.
extension Trader {
  /// Positions are judged by the book's price while it is no older than this (wall); then by a call of our own.
  private static let bookPriceLimit = Duration.seconds(15)

  /// A look at every position between two cycles, from the feed's book.
  package func exitsBetweenCycles() async throws(TraderError) {
    guard report.ladder[.reconciled] != nil, settings.control != .paused, journalStopped == nil else { return }
    do throws(TraderError) {
      let sold = try await checkExits()
      if sold > 0 { try await keepStops() }
    } catch {
      // What was written down by then is shown, and is what the next look decides on.
      _ = reread()
      throw error
    }
  }

  /// Sells what the strategy says. A position that cannot be sold does not keep the others from being.
  /// - Returns: how many orders were sent.
  func checkExits() async throws(TraderError) -> Int {
    guard settings.control != .paused, journalStopped == nil else { return 0 }
    var sent = 0
    var first: TraderError?
    for symbol in positions.values.filter(\.isOpen).map(\.symbol).sorted() {
      do throws(TraderError) {
        try catchUp()
        guard let position = positions[symbol], position.isOpen, !unresolvedSales.contains(symbol),
          misfits[symbol] == nil
        else { continue }
        guard let instrument = instruments[symbol] else {
          unmanaged.insert(symbol)
          continue
        }
        if try await checkExit(position, instrument) { sent += 1 }
      } catch { first = first ?? error }
    }
    if let first { throw first }
    return sent
  }

  private func checkExit(_ position: Position, _ instrument: Instrument) async throws(TraderError) -> Bool {
    guard let plan = try plan(of: position) else {
      unmanaged.insert(position.symbol)
      return false
    }
    unmanaged.remove(position.symbol)
    guard let quote = try await priceForExit(position.symbol) else { return false }
    guard case .exit = try decide(position, plan, instrument, quote) else { return false }
    // What moves money is decided on a fresh price.
    let fresh = try await currentQuote(position.symbol)
    guard case .exit(let exit) = try decide(position, plan, instrument, fresh) else { return false }
    return try await sell(exit, instrument, fresh)
  }

  private func priceForExit(_ symbol: Symbol) async throws(TraderError) -> Quote? {
    if let quote = try bookQuote(symbol), clock.now - quote.asOf <= Self.bookPriceLimit { return quote }
    // Our own calls are bounded too: one in this time for each position.
    if let asked = askedPriceAt[symbol], clock.now - asked < .seconds(5) { return nil }
    askedPriceAt[symbol] = clock.now
    return try await currentQuote(symbol)
  }

  private func decide(
    _ position: Position, _ plan: PositionPlan, _ instrument: Instrument, _ quote: Quote
  ) throws(TraderError) -> ExitDecision.Action {
    let known = try? book.candles(position.symbol, interval: settings.candles)
    let rates = fees[position.symbol]?.rates ?? FeeRates(maker: .zero, taker: .zero)
    let view = MarketView(
      instrument: instrument, candles: known?.candles ?? [], interval: settings.candles,
      candlesAsOf: marketClock.time(atWall: known?.asOf ?? clock.now), quote: quote, fees: rates,
      time: marketClock.time(atWall: clock.now))
    do {
      let decision = try strategy.evaluateExit(HeldPosition(quantity: position.quantity, plan: plan), view)
      keep(decision.plan, of: position.symbol)
      return decision.action
    } catch { throw .arithmetic(error) }
  }

  private func sell(_ exit: Exit, _ instrument: Instrument, _ quote: Quote) async throws(TraderError) -> Bool {
    let symbol = instrument.symbol
    // An exit that could not be written down to its end leaves the stop where it is.
    guard try hasRoomForExit(symbol) else { return false }
    if restingStops[symbol] != nil { try journalled { () throws(JournalError) in try journal.proveWritable() } }
    // The stop at the venue holds the coins: it goes first, and nothing is sold while that is not certain.
    guard try await removeStop(symbol) else { return false }
    try catchUp()
    guard !unresolvedSales.contains(symbol) else { return false }
    let held = positions[symbol]?.quantity ?? .zero
    guard held.value.isPositive else { return false }
    // What is held, not what was ordered: the venue may hold some of it back.
    var quantity = min(exit.quantity, held)
    if !unbalanced.contains(symbol.base) {
      quantity = min(quantity, Quantity(balances[symbol.base]?.available ?? .zero))
    }
    let attempts = exitAttempts[symbol] ?? 0
    let slippage: ExactDecimal
    do { slippage = try settings.limits.maximumSlippage * ExactDecimal(integer: 1 + min(attempts, 9)) } catch {
      throw .arithmetic(error)
    }
    guard case .order(let sized) = Sizing.exit(quantity, instrument, quote, slippage: slippage) else {
      if exitAttempts[symbol] == nil {
        tell(.warning, "exit_impossible", "\(symbol): \(quantity) cannot be sold (\(exit.reason)): below the minimum")
      }
      exitAttempts[symbol] = attempts
      return false
    }
    let before = positions[symbol]?.quantity
    let outcome = try await submit(
      Decision(
        symbol: symbol, side: .sell, quantity: sized.quantity, kind: .limit(sized.limit), purpose: .exit, plan: nil,
        cause: exit.reason.rawValue))
    try await fetchBalances(cause: "sold")
    exitAttempts[symbol] = positions[symbol]?.quantity == before ? attempts + 1 : nil
    return outcome != .refused
  }

  private func hasRoomForExit(_ symbol: Symbol) throws(TraderError) -> Bool {
    guard try !journalled({ () throws(JournalError) in try journal.hasRoomForExit() }) else { return true }
    let error = JournalError.diskFull(operation: "keep room for an exit")
    if journalFull != error {
      tell(.error, "exit_without_room", "\(symbol): the space kept for exits is used up: its stop stays at the venue")
    }
    journalFull = error
    return false
  }

  // MARK: Plans

  /// The plan in force for a position: as last kept, or made anew from its entry order's plan and fills. A position
  /// without one was not opened by a strategy and is left alone.
  func plan(of position: Position) throws(TraderError) -> PositionPlan? {
    let symbol = position.symbol
    if let known = plans[symbol], known.openedAt == position.openedAt { return known.plan }
    guard let made = try entryPlan(of: position) else { return nil }
    let kept = try journalled { () throws(JournalError) in try journal.plan(symbol: symbol) }
    let stored = kept.flatMap { try? PositionPlan(JSON(parsing: $0.value)) }
    let plan = stored?.entry == made.entry ? stored ?? made : made
    plans[symbol] = (plan, position.openedAt)
    return plan
  }

  private func entryPlan(of position: Position) throws(TraderError) -> PositionPlan? {
    let entry = try journalled { () throws(JournalError) in try journal.filledEntry(of: position.symbol) }
    guard let entry, let text = entry.plan, let plan = try? EntryPlan(JSON(parsing: text)) else { return nil }
    let fills = try journalled { () throws(JournalError) in try journal.fills(of: entry.request.clientOrderID) }
    return try? PositionPlan(entry: plan, fills: fills.map(\.fill))
  }

  /// Remembers what a look at the market added to a plan; durable with the cycle.
  private func keep(_ plan: PositionPlan, of symbol: Symbol) {
    guard let known = plans[symbol], known.plan != plan else { return }
    plans[symbol] = (plan, known.openedAt)
    changedPlans.insert(symbol)
  }

  /// Writes the plans that changed, and forgets those of closed positions.
  func savePlans() throws(TraderError) {
    unmanaged = unmanaged.filter { positions[$0]?.isOpen == true }
    for (symbol, _) in plans where positions[symbol]?.isOpen != true {
      plans[symbol] = nil
      exitAttempts[symbol] = nil
      changedPlans.remove(symbol)
      try journalledIfRoom { () throws(JournalError) in
        try journal.savePlan(symbol: symbol, json: nil, cause: "closed")
      }
    }
    for symbol in changedPlans.sorted() {
      let text = plans[symbol]?.plan.json.encoded
      try journalledIfRoom { () throws(JournalError) in
        try journal.savePlan(symbol: symbol, json: text, cause: "cycle")
      }
    }
    // What found no room is tried again: the plan in force is the one in memory.
    if journalFull == nil { changedPlans = [] }
  }
}
