import Broker
import Core
import Market

extension TrendPullback {
  /// The rules in the order of the page: the candles, the market filter, the entry, the stop, the costs.
  public func evaluateEntry(_ view: MarketView) -> EntryDecision {
    guard view.quote.bid.value.isPositive, view.quote.bid <= view.quote.ask else { return .reject(.unusableQuote) }
    switch view.series() {
    case .failure(let reason): return .reject(reason)
    case .success(let series):
      guard series.bars.count >= candlesNeeded,
        let signals = TrendSignals(series.bars, swingCandles: swingCandles)
      else { return .reject(.notEnoughCandles) }
      return evaluate(signals, view)
    }
  }

  func evaluate(_ signals: TrendSignals, _ view: MarketView) -> EntryDecision {
    guard signals.adx >= adxFloor else { return .reject(.adxBelowFloor) }
    guard signals.meanVolume20 > 0, signals.last.volume >= volumeFloor * signals.meanVolume20 else {
      return .reject(.volumeTooLow)
    }
    let filter = signals.filterConditions.count { $0 }
    guard filter >= filterConditions else { return .reject(.marketFilter) }
    let entry = signals.entryConditions(of: self).count { $0 }
    guard entry >= entryConditions else { return .reject(.entryConditions) }
    // More conditions first, then the stronger trend; ADX is 0…100.
    let score = (filter + entry) * 1_000 + Int(min(100, signals.adx) * 9)
    do { return try plan(signals, view, score) } catch { return .reject(.numbersOutOfRange) }
  }

  private func plan(_ signals: TrendSignals, _ view: MarketView, _ score: Int) throws(DecimalError) -> EntryDecision {
    let (ask, tick) = (view.quote.ask.value, view.instrument.tickSize)
    let atr = try view.decimal(signals.atr)
    let stop = try stop(ask, swingLow: try view.decimal(signals.swingLow), atr).rounded(toMultipleOf: tick, .up)
    guard stop.isPositive, stop < view.quote.bid.value else { return .reject(.spreadTooWide) }
    let risk = try ask - stop
    let target = try (try ask + (try risk * firstTarget)).rounded(toMultipleOf: tick, .up)
    guard try target - ask > costs(target, view) else { return .reject(.edgeBelowCosts) }
    return .enter(
      EntryPlan(
        symbol: view.instrument.symbol, decidedAt: view.time, entry: view.quote.ask, stop: Price(stop),
        firstTarget: Price(target), atr: atr, score: score))
  }

  /// The lower of swing low − margin and entry − distance, but no further away than ``maxStop``.
  private func stop(
    _ ask: ExactDecimal, swingLow: ExactDecimal, _ atr: ExactDecimal
  ) throws(DecimalError) -> ExactDecimal {
    let swing = try swingLow - (try atr * swingMargin)
    let distance = try ask - (try atr * stopDistance)
    return max(min(swing, distance), try ask * (try .one - maxStop))
  }

  /// Both fees (limit-IOC takes on both sides), the spread and the least edge, in quote currency per unit of base.
  private func costs(_ target: ExactDecimal, _ view: MarketView) throws(DecimalError) -> ExactDecimal {
    let ask = view.quote.ask.value
    let fees = try (try ask + target) * view.fees.taker
    let spread = try ask - view.quote.bid.value
    return try (try fees + spread) + (try ask * minEdge)
  }
}

extension MarketView {
  /// An indicator in quote currency, six digits finer than the tick: fine enough not to move a stop, and bounded.
  func decimal(_ indicator: Double) throws(DecimalError) -> ExactDecimal {
    try ExactDecimal(indicator: indicator, places: Int(instrument.tickSize.scale) + 6)
  }
}
