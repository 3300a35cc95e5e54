import Broker
import Core
import Journal
import Market

/// Looking for entries: each market either becomes a candidate or is tallied under one reason.
extension Trader {
  private struct Candidate {
    let instrument: Instrument
    let plan: EntryPlan
    let candle: Timestamp?
  }

  /// Scans the market list and places what the strategy and the limits allow. Exits were looked after before.
  func enterMarkets(_ tally: inout Tally) async throws(TraderError) {
    guard settings.control == .independent, journalFull == nil, journalStopped == nil, balanceFailure == nil,
      lasting == nil, feedFault() == nil
    else { return }
    let markets = try rankedMarkets()
    tally.markets = markets.count
    var candidates: [Candidate] = []
    for instrument in markets {
      do throws(RejectReason) {
        candidates.append(try await consider(instrument))
      } catch { tally.reject(error.rawValue) }
    }
    tally.signals = candidates.count
    candidates.sort { ($1.plan.score, $0.instrument.symbol) < ($0.plan.score, $1.instrument.symbol) }
    for candidate in candidates {
      // What the last one cost is not known: nothing more is bought on it.
      guard balanceFailure == nil else { break }
      if let reason = try await enter(candidate) { tally.reject(reason) }
    }
  }

  /// The account's markets, busiest first.
  private func rankedMarkets() throws(TraderError) -> [Instrument] {
    var ranked: [(instrument: Instrument, turnover: Double)] = []
    for instrument in instruments.values where takes(instrument) {
      let ticker: Ticker?
      do { ticker = try book.ticker(instrument.symbol) } catch { throw .book(error) }
      guard let ticker else { continue }
      ranked.append((instrument, ticker.last.value.approximation * ticker.volume24h.value.approximation))
    }
    ranked.sort { ($1.turnover, $0.instrument.symbol) < ($0.turnover, $1.instrument.symbol) }
    return ranked.prefix(settings.topMarkets).map(\.instrument)
  }

  private func consider(_ instrument: Instrument) async throws(RejectReason) -> Candidate {
    let symbol = instrument.symbol
    if barred[symbol] != nil { throw .barred }
    if unresolved.contains(symbol) { throw .orderUnresolved }
    if misfits[symbol] != nil || oddities[symbol] != nil { throw .positionUnknown }
    if positions[symbol]?.isOpen == true { throw .positionOpen }
    guard let quote = try? bookQuote(symbol) else { throw .noQuote }
    guard let rates = try? await scanRates(symbol) else { throw .feesUnknown }
    let view = try view(of: instrument, quote, rates)
    let newest = view.candles.last?.start
    if let newest, enteredOn[symbol] == newest { throw .enteredThisCandle }
    switch strategy.evaluateEntry(view) {
    case .enter(let plan): return Candidate(instrument: instrument, plan: plan, candle: newest)
    case .reject(let reason): throw reason
    }
  }

  /// The rates of any market will do for a first look: the order itself is judged by its own market's.
  private func scanRates(_ symbol: Symbol) async throws(TraderError) -> FeeRates {
    if let known = fees[symbol] ?? fees.first?.value { return known.rates }
    return try await feeRates(symbol)
  }

  private func view(
    of instrument: Instrument, _ quote: Quote, _ rates: FeeRates
  ) throws(RejectReason) -> MarketView {
    guard let known = try? book.candles(instrument.symbol, interval: settings.candles) else { throw .noCandles }
    return MarketView(
      instrument: instrument, candles: known.candles, interval: settings.candles,
      candlesAsOf: marketClock.time(atWall: known.asOf), quote: quote, fees: rates,
      time: marketClock.time(atWall: clock.now))
  }

  /// Judges a candidate once more by a fresh quote and its own fees, sizes it and sends it.
  /// - Returns: why it was not sent, or that it was refused; `nil` when it was taken, or may have been.
  private func enter(_ candidate: Candidate) async throws(TraderError) -> String? {
    let instrument = candidate.instrument, symbol = instrument.symbol
    let quote: Quote
    do { quote = try await currentQuote(symbol) } catch {
      // One market without a price keeps nobody from the others.
      tell(.warning, "quote_failed", "\(symbol): \(error)")
      return RejectReason.noQuote.rawValue
    }
    let rates = try await feeRates(symbol)
    let plan: EntryPlan
    do throws(RejectReason) {
      switch strategy.evaluateEntry(try view(of: instrument, quote, rates)) {
      case .enter(let decided): plan = decided
      case .reject(let reason): return reason.rawValue
      }
    } catch { return error.rawValue }
    try catchUp()
    guard !unresolved.contains(symbol) else { return RejectReason.orderUnresolved.rawValue }
    switch Sizing.entry(try sizingAccount(), settings.limits, instrument, quote, rates) {
    case .skip(let skip):
      return skip.reason.rawValue
    case .order(let sized):
      enteredOn[symbol] = candidate.candle
      return try await buy(sized, plan) == .refused ? "refused" : nil
    }
  }

  func sizingAccount() throws(TraderError) -> SizingAccount {
    // Of an order that nobody knows the outcome of, the worse is taken: bought as exposure, sold as gone.
    SizingAccount(
      equity: try equity(without: unresolvedSales),
      freeCash: Notional(balances[settings.quoteCurrency]?.available ?? .zero),
      exposure: try exposureAtMost(), openPositions: positions.values.count(where: \.isOpen) + unresolved.count)
  }

  /// What is held at bid, and what orders of unknown outcome may have bought.
  private func exposureAtMost() throws(TraderError) -> Notional? {
    guard var sum = try exposure() else { return nil }
    for order in lastUnfinished
    where !order.rests && order.request.side == .buy && order.request.symbol.quote == settings.quoteCurrency {
      guard let quantity = order.request.quantity, let limit = order.request.kind.limit else { return nil }
      do throws(DecimalError) { sum = try sum + limit * (try quantity - order.filled) } catch {
        throw .arithmetic(error)
      }
    }
    return sum
  }

  private func buy(_ sized: SizedOrder, _ plan: EntryPlan) async throws(TraderError) -> SendOutcome {
    let outcome = try await submit(
      Decision(
        symbol: plan.symbol, side: .buy, quantity: sized.quantity, kind: .limit(sized.limit), purpose: .entry,
        plan: plan.json.encoded, cause: settings.strategyName))
    try await fetchBalances(cause: "bought")
    return outcome
  }
}

extension RejectReason {
  static let barred = RejectReason(rawValue: "barred_by_venue")
  static let orderUnresolved = RejectReason(rawValue: "order_unresolved")
  static let positionUnknown = RejectReason(rawValue: "position_unknown")
  static let positionOpen = RejectReason(rawValue: "position_open")
  static let noQuote = RejectReason(rawValue: "no_quote")
  static let noCandles = RejectReason(rawValue: "no_candles")
  static let feesUnknown = RejectReason(rawValue: "fees_unknown")
  static let enteredThisCandle = RejectReason(rawValue: "entered_this_candle")
}
