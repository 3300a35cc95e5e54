import Broker
import Core
import Journal

/// Stops that rest at the venue: the position is guarded while this process is not.
extension Trader {
  /// Whether this account's venue can rest stops and the operator wants them.
  private var keepsStops: Bool { settings.restsProtectiveStops && stopCapability != nil }

  private var stopCapability: Capability? {
    let all = spec.capabilities
    return [Capability.stopLossMarket, .stopLossLimit].first(where: all.contains)
  }

  /// Makes what rests at the venue what should rest, position by position. One that cannot be guarded does not keep the
  /// others from being.
  func keepStops() async throws(TraderError) {
    guard keepsStops, settings.control != .paused, journalStopped == nil else { return }
    var first: TraderError?
    let symbols = Set(positions.values.filter(\.isOpen).map(\.symbol)).union(restingStops.keys)
    for symbol in symbols.sorted() {
      do throws(TraderError) {
        try catchUp()
        guard !unresolved.contains(symbol), misfits[symbol] == nil else { continue }
        try await keepStop(symbol)
      } catch { first = first ?? error }
    }
    if let first { throw first }
  }

  private func keepStop(_ symbol: Symbol) async throws(TraderError) {
    guard let instrument = instruments[symbol] else { return }
    let resting = restingStops[symbol]
    switch try action(symbol, instrument, resting) {
    case .nothing: return
    case .place(let stop):
      // What the venue refuses is not asked for again in every cycle.
      if let refused = stopRefusedAt[symbol], clock.now - refused < Self.refusalPause, clock.now >= refused { return }
      try await placeStop(stop, instrument)
    case .raise(let trigger): if let resting { try await raise(resting, to: trigger) }
    case .replace(let stop):
      guard try await removeStop(symbol) else { return }
      try catchUp()
      // Some of it may have been sold while it was taken away: what is held now is what is guarded.
      let held = Quantity(max(.zero, positions[symbol]?.quantity.value ?? .zero))
      guard held.value.isPositive else { return }
      try await placeStop(StopKeeping.Stop(quantity: min(stop.quantity, held), trigger: stop.trigger), instrument)
    case .remove: _ = try await removeStop(symbol)
    }
  }

  private func action(
    _ symbol: Symbol, _ instrument: Instrument, _ resting: OrderRecord?
  ) throws(TraderError) -> StopKeeping.Action {
    let position = positions[symbol].flatMap { $0.isOpen ? $0 : nil }
    var plan: PositionPlan?
    if let position { plan = try self.plan(of: position) }
    // A position that nothing is planned for is not guarded by us, and a stop that rests there is left alone.
    guard position == nil || plan != nil else { return .nothing }
    do throws(DecimalError) {
      var wanted: StopKeeping.Stop?
      if let plan, let position, instrument.takesStops {
        var held = position.quantity
        if !unbalanced.contains(symbol.base) { held = min(held, Quantity(balances[symbol.base]?.total ?? .zero)) }
        wanted = try StopKeeping.wanted(held: held, planned: plan.stop, instrument)
      }
      var rests: StopKeeping.Stop?
      if let resting { rests = try stop(resting) }
      return try StopKeeping.action(
        wanted: wanted, resting: rests, canRaise: broker is any AmendsOrders && spec.capabilities.contains(.amendStops))
    } catch { throw .arithmetic(error) }
  }

  /// What of a resting stop is left, and where it is now.
  private func stop(_ record: OrderRecord) throws(DecimalError) -> StopKeeping.Stop? {
    guard let quantity = record.request.quantity else { return nil }
    let left = try quantity - record.filled
    // Two steps: `a ?? b` over these types is miscompiled by Swift 6.3.1 in builds for debugging (a misaligned load).
    if let raised = stopTriggers[record.request.symbol] { return StopKeeping.Stop(quantity: left, trigger: raised) }
    guard let trigger = record.request.kind.trigger else { return nil }
    return StopKeeping.Stop(quantity: left, trigger: trigger)
  }

  private func placeStop(_ stop: StopKeeping.Stop, _ instrument: Instrument) async throws(TraderError) {
    guard let capability = stopCapability else { return }
    let kind: OrderKind
    do throws(DecimalError) {
      kind = .stopLoss(
        trigger: stop.trigger, limit: capability == .stopLossLimit ? try limit(below: stop.trigger, instrument) : nil)
    } catch { throw .arithmetic(error) }
    stopTriggers[instrument.symbol] = nil
    let outcome = try await submit(
      Decision(
        symbol: instrument.symbol, side: .sell, quantity: stop.quantity, kind: kind,
        timeInForce: .goodTillCancelled, purpose: .protectiveStop, plan: nil, cause: "protective_stop"))
    guard outcome != .taken else { return }
    if outcome == .refused { stopRefusedAt[instrument.symbol] = clock.now }
    tell(.warning, "position_unguarded", "\(instrument.symbol): no stop rests at the venue")
  }

  /// A stop that needs a limit gets one ten slippages further: it is to sell in a fall, and still not at any price.
  private func limit(below trigger: Price, _ instrument: Instrument) throws(DecimalError) -> Price {
    let slack = try settings.limits.maximumSlippage * ExactDecimal(integer: 10)
    let price = try trigger.value * (try .one - min(slack, try ExactDecimal(coefficient: 2, scale: 1)))
    return Price(try price.rounded(toMultipleOf: instrument.tickSize, .up))
  }

  private func raise(_ resting: OrderRecord, to trigger: Price) async throws(TraderError) {
    guard let amends = broker as? any AmendsOrders, let id = resting.venueOrderID else { return }
    let symbol = resting.request.symbol
    do throws(BrokerError) {
      try await amends.amend(
        OrderAmendment(
          venueOrderID: id, symbol: symbol, trigger: trigger, lastChangedAt: resting.changedAt,
          deadline: clock.now + spec.orderLifetime))
      answered()
      stopTriggers[symbol] = trigger
      tell(.info, "stop_raised", "\(symbol): the stop at the venue is at \(trigger) now")
    } catch {
      // Whether it was raised or not, it rests: asked about in the next comparison, and raised again by the next step.
      if error.code == .unknownOrder { _ = try await resolve(resting.request.clientOrderID) }
      tell(.warning, "stop_not_raised", "\(symbol): \(error)")
    }
  }

  /// Takes the resting stop of a market away, and waits until it is certain that it is gone.
  /// - Returns: whether it is: nothing may be sold while that is not known.
  func removeStop(_ symbol: Symbol) async throws(TraderError) -> Bool {
    guard let resting = restingStops[symbol], let id = resting.venueOrderID else { return true }
    OrderStep.stopCancelling.pass()
    do throws(BrokerError) {
      _ = try await broker.cancel(id)
      answered()
    } catch {
      // An order that the venue does not have open any more has ended: the look-up tells how.
      guard error.code == .unknownOrder || error.mayHaveExecuted else {
        countFailedCancel(symbol, error)
        throw .broker(error)
      }
      if error.code == .unknownOrder {
        tell(.debug, "stop_ended", "\(symbol): the stop at the venue has ended already")
      } else {
        countFailedCancel(symbol, error)
      }
    }
    OrderStep.stopCancelled.pass()
    for pause in Self.cancelPauses {
      await sleep(pause)
      guard try await resolve(resting.request.clientOrderID) else { continue }
      stopTriggers[symbol] = nil
      unbalanced.insert(symbol.base)
      if let failed = failedCancels.removeValue(forKey: symbol) {
        let lasted = (clock.now - failed.since).roundedUpToSeconds
        tell(.info, "cancel_done", "\(symbol): the stop is gone, after \(failed.count) failed cancels in \(lasted)")
      }
      try await fetchBalances(cause: "stop_cancelled")
      try readJournal()
      return true
    }
    return false
  }

  /// The first of a row is said; the others are counted until one succeeds.
  private func countFailedCancel(_ symbol: Symbol, _ error: BrokerError) {
    if failedCancels[symbol] == nil {
      tell(.warning, "cancel_failed", "\(symbol): the stop at the venue is not cancelled: \(error); tried again")
    }
    failedCancels[symbol] = ((failedCancels[symbol]?.count ?? 0) + 1, failedCancels[symbol]?.since ?? clock.now)
  }

  /// Which open positions no stop guards, and since when.
  func noteUnguarded() {
    var open: Set<Symbol> = []
    if keepsStops { open = Set(positions.values.filter { isUnguarded($0) }.map(\.symbol)) }
    unguardedSince = unguardedSince.filter { open.contains($0.key) }
    for symbol in open where unguardedSince[symbol] == nil { unguardedSince[symbol] = clock.now }
    report.unguarded = Dictionary(unguardedSince.map { ($0.key.description, $0.value) }) { first, _ in first }
  }

  /// Dust that no venue takes a stop for does not count.
  private func isUnguarded(_ position: Position) -> Bool {
    guard position.isOpen, restingStops[position.symbol] == nil else { return false }
    guard let instrument = instruments[position.symbol], let plan = plans[position.symbol]?.plan else { return true }
    let wanted = try? StopKeeping.wanted(held: position.quantity, planned: plan.stop, instrument)
    return wanted != nil
  }

  private static let refusalPause = Duration.seconds(300)
  private static let cancelPauses: [Duration] = [
    .zero, .milliseconds(50), .milliseconds(150), .milliseconds(400), .milliseconds(1_000),
  ]
}

extension Instrument {
  /// Whether the venue takes an order that sells and rests.
  fileprivate var takesStops: Bool { status == .online || status == .limitOnly || status == .reduceOnly }
}
