public import Core
import Market

extension TrendPullback {
  /// Stop (drawn up behind the price once it is far enough) · half at the first target · time stop · trend exit.
  public func evaluateExit(_ position: HeldPosition, _ view: MarketView) throws(DecimalError) -> ExitDecision {
    let bid = view.quote.bid
    let signals = signals(view)
    let plan = try trailed(position.plan, bid, signals, view)
    let all = { (reason: ExitReason) in ExitDecision(.exit(Exit(.all, position.quantity, reason)), plan: plan) }
    if bid <= plan.stop { return all(plan.isTrailing ? .trailingStop : .stop) }
    if let target = try plan.price(atRisk: firstTarget), bid >= target,
      let half = try half(of: position, plan, view)
    {
      return ExitDecision(.exit(Exit(.half, half, .firstTarget)), plan: plan)
    }
    let hasGained = try plan.price(atRisk: timeStopGain).map { bid >= $0 } ?? false
    if !hasGained, view.time - plan.entry.decidedAt >= timeStop { return all(.timeStop) }
    if let signals, signals.ema9 < signals.ema21, signals.histogram < 0 { return all(.trendExit) }
    return ExitDecision(.hold, plan: plan)
  }

  /// `nil` without fresh candles: then only prices and the plan decide.
  private func signals(_ view: MarketView) -> TrendSignals? {
    guard case .success(let series) = view.series(), series.bars.count >= candlesNeeded else { return nil }
    return TrendSignals(series.bars, swingCandles: swingCandles)
  }

  private func trailed(
    _ before: PositionPlan, _ bid: Price, _ signals: TrendSignals?, _ view: MarketView
  ) throws(DecimalError) -> PositionPlan {
    var plan = before
    plan.high = max(plan.high, bid)
    guard let from = try plan.price(atRisk: trailAfter), plan.high >= from else { return plan }
    let atr = try signals.map { signals throws(DecimalError) in try view.decimal(signals.atr) } ?? plan.entry.atr
    let trail = try (try plan.high.value - (try atr * trailDistance))
      .rounded(toMultipleOf: view.instrument.tickSize, .up)
    plan.stop = max(plan.stop, Price(trail))
    return plan
  }

  /// What is left to sell of one half; `nil` when that is done, or when either part would be below a minimum, valued
  /// where the rest may have to be sold: at the stop.
  private func half(
    of position: HeldPosition, _ plan: PositionPlan, _ view: MarketView
  ) throws(DecimalError) -> Quantity? {
    let step = view.instrument.lotStep
    let half = try (try plan.entryQuantity.value.divided(by: try step + step, places: 0, .down)) * step
    let sold = try plan.entryQuantity - position.quantity
    let left = Quantity(try half - max(.zero, sold.value))
    guard left.value.isPositive, left < position.quantity else { return nil }
    let parts = [left, try position.quantity - left]
    for part in parts where try !view.instrument.takes(part, at: plan.stop) { return nil }
    return left
  }
}

extension Instrument {
  /// Whether `quantity` at `price` is not below a minimum.
  func takes(_ quantity: Quantity, at price: Price) throws(DecimalError) -> Bool {
    if let minimumQuantity, quantity < minimumQuantity { return false }
    if let minimumNotional, try price * quantity < minimumNotional { return false }
    return true
  }
}
