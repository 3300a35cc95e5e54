package import Broker
package import Core

/// How much to buy or sell and at which limit: a pure function of account, limits, prices and the instrument's rules.
///
/// Quantities are rounded down, buy limits down, sell limits up; what falls below a minimum is skipped with the amount
/// it would take, never bumped up to it.
package enum Sizing {
  /// The limit of an entry: the ask plus the slippage, rounded down to the tick.
  package static func entryLimit(
    _ quote: Quote, _ slippage: ExactDecimal, tick: ExactDecimal
  ) throws(DecimalError) -> Price {
    Price(try (try quote.ask.value * (try .one + slippage)).rounded(toMultipleOf: tick, .down))
  }

  /// The limit of an exit: the bid less the slippage, rounded up to the tick.
  package static func exitLimit(
    _ quote: Quote, _ slippage: ExactDecimal, tick: ExactDecimal
  ) throws(DecimalError) -> Price {
    Price(try (try quote.bid.value * (try .one - slippage)).rounded(toMultipleOf: tick, .up))
  }

  /// The size of an entry: `order_size`, cut by every ceiling.
  package static func entry(
    _ account: SizingAccount, _ limits: SizingLimits, _ instrument: Instrument, _ quote: Quote, _ fees: FeeRates
  ) -> SizingDecision {
    guard instrument.status == .online || instrument.status == .limitOnly else {
      return .skip(.init(.instrumentClosed))
    }
    if let most = limits.maximumPositions, account.openPositions >= most { return .skip(.init(.maximumPositions)) }
    guard instrument.hasUsableSteps else { return .skip(.init(.unusableInstrument)) }
    do {
      let limit = try entryLimit(quote, limits.maximumSlippage, tick: instrument.tickSize)
      guard limit.value.isPositive else { return .skip(.init(.unusableInstrument)) }
      guard let ceilings = try ceilings(account, limits, instrument, limit, fees) else {
        return .skip(.init(.equityUnknown))
      }
      return try size(under: ceilings, instrument, limit)
    } catch {
      return .skip(.init(.numbersOutOfRange))
    }
  }

  /// The size of an exit: what is held or a part of it, in whole steps, up to the instrument's maximum.
  package static func exit(
    _ quantity: Quantity, _ instrument: Instrument, _ quote: Quote, slippage: ExactDecimal
  ) -> SizingDecision {
    let closed: Set<Instrument.Status> = [.cancelOnly, .postOnly, .offline]
    guard !closed.contains(instrument.status) else { return .skip(.init(.instrumentClosed)) }
    guard instrument.hasUsableSteps, quote.bid.value.isPositive else { return .skip(.init(.unusableInstrument)) }
    do {
      let limit = try exitLimit(quote, slippage, tick: instrument.tickSize)
      guard limit.value.isPositive else { return .skip(.init(.unusableInstrument)) }
      let most = try min(quantity, instrument.greatestQuantity(at: limit) ?? quantity)
      let sold = Quantity(try most.value.rounded(toMultipleOf: instrument.lotStep, .down))
      let least = try instrument.leastQuantity(at: limit)
      guard sold.value.isPositive, sold >= least else {
        return .skip(.init(.belowMinimum, needed: try limit * least, available: try limit * quantity))
      }
      return .order(SizedOrder(quantity: sold, limit: limit, notional: try limit * sold))
    } catch {
      return .skip(.init(.numbersOutOfRange))
    }
  }
}

// MARK: Ceilings

extension Sizing {
  /// One limit of an entry: what it leaves, and what an order of a notional takes of it.
  private struct Ceiling {
    let reason: SizingSkip.Reason
    let available: Notional
    /// 1, or 1 + fee where the fee comes out of the same pot.
    let share: ExactDecimal

    init(_ reason: SizingSkip.Reason, _ available: Notional, share: ExactDecimal = .one) {
      self.reason = reason
      self.available = available
      self.share = share
    }

    /// Whether it leaves an order less worth: compared crosswise, without a division that would have to round.
    func isNarrower(than other: Ceiling) throws(DecimalError) -> Bool {
      try available.value * other.share < other.available.value * share
    }
  }

  /// Every ceiling that holds; `nil` when one depends on an equity or exposure that is not known.
  private static func ceilings(
    _ account: SizingAccount, _ limits: SizingLimits, _ instrument: Instrument, _ limit: Price, _ fees: FeeRates
  ) throws(DecimalError) -> [Ceiling]? {
    var ceilings: [Ceiling] = []
    switch limits.orderSize {
    case .amount(let amount): ceilings.append(Ceiling(.orderSize, amount))
    case .share(let share):
      guard let equity = account.equity else { return nil }
      ceilings.append(Ceiling(.orderSize, Notional(try equity.value * share)))
    }
    if let most = limits.maximumOrder { ceilings.append(Ceiling(.maximumOrder, most)) }
    if let share = limits.maximumExposure {
      guard let equity = account.equity, let exposure = account.exposure else { return nil }
      let room = try Notional(try equity.value * share) - exposure
      ceilings.append(Ceiling(.maximumExposure, max(.zero, room)))
    }
    ceilings.append(Ceiling(.freeCash, max(.zero, account.freeCash), share: try .one + fees.taker))
    if let most = try instrument.greatestQuantity(at: limit) {
      ceilings.append(Ceiling(.instrumentMaximum, try limit * most))
    }
    return ceilings
  }

  /// The largest whole number of steps that every ceiling allows; where that is below the minimum, the ceiling that
  /// allows least is the reason.
  private static func size(
    under ceilings: [Ceiling], _ instrument: Instrument, _ limit: Price
  ) throws(DecimalError) -> SizingDecision {
    let least = try instrument.leastQuantity(at: limit)
    guard var narrowest = ceilings.first else { return .skip(.init(.numbersOutOfRange)) }
    for ceiling in ceilings where try ceiling.isNarrower(than: narrowest) { narrowest = ceiling }
    let perStep = try (try limit.value * instrument.lotStep) * narrowest.share
    let steps = try narrowest.available.value.divided(by: perStep, places: 0, .down)
    let quantity = try steps * instrument.lotStep
    guard quantity.isPositive, quantity >= least.value else {
      let needed = try (try limit * least).value * narrowest.share
      return .skip(SizingSkip(narrowest.reason, needed: Notional(needed), available: narrowest.available))
    }
    let sized = Quantity(quantity)
    return .order(SizedOrder(quantity: sized, limit: limit, notional: try limit * sized))
  }
}

extension Instrument {
  fileprivate var hasUsableSteps: Bool { tickSize.isPositive && lotStep.isPositive }

  /// The least whole number of steps that both minimums take at this price, at least one.
  fileprivate func leastQuantity(at price: Price) throws(DecimalError) -> Quantity {
    var least = max(lotStep, minimumQuantity?.value ?? lotStep)
    if let minimumNotional {
      let steps = try minimumNotional.value.divided(by: try price.value * lotStep, places: 0, .up)
      least = max(least, try steps * lotStep)
    }
    return Quantity(try least.rounded(toMultipleOf: lotStep, .up))
  }

  /// The greatest quantity that both maximums take at this price; `nil` where there is none.
  fileprivate func greatestQuantity(at price: Price) throws(DecimalError) -> Quantity? {
    var greatest = maximumQuantity
    if let maximumNotional {
      let steps = try maximumNotional.value.divided(by: try price.value * lotStep, places: 0, .down)
      let quantity = Quantity(try steps * lotStep)
      greatest = min(greatest ?? quantity, quantity)
    }
    return greatest
  }
}
