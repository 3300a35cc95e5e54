public import Broker
public import Core
import Market

/// What a strategy sees of one market at one instant.
public struct MarketView: Hashable, Sendable {
  /// The market and its rules.
  public var instrument: Instrument
  /// Completed candles, oldest first, all of ``interval``; empty where none are known.
  public var candles: [Candle]
  /// How long one candle is.
  public var interval: Duration
  /// When the candles were asked for (market clock): up to here, an absent candle means that nothing traded.
  public var candlesAsOf: Timestamp
  /// The best bid and ask.
  public var quote: Quote
  /// The account's own fees here, as shares of the notional.
  public var fees: FeeRates
  /// Now, on the market clock.
  public var time: Timestamp

  /// A view with everything named.
  public init(
    instrument: Instrument, candles: [Candle], interval: Duration, candlesAsOf: Timestamp, quote: Quote,
    fees: FeeRates, time: Timestamp
  ) {
    self.instrument = instrument
    self.candles = candles
    self.interval = interval
    self.candlesAsOf = candlesAsOf
    self.quote = quote
    self.fees = fees
    self.time = time
  }
}

extension MarketView {
  /// So many intervals may lie between the last bar's end and now: one that is not fetched yet, and one fetch missed.
  static let staleAfterIntervals = 3

  /// The candles without gaps, up to where they are known; none that ends after now is looked at.
  func series() -> Result<CandleSeries, RejectReason> {
    do {
      let series = try CandleSeries(filling: candles, interval: interval, through: min(candlesAsOf, time))
      guard let end = series.end else { return .failure(.notEnoughCandles) }
      return time - end <= interval * Self.staleAfterIntervals ? .success(series) : .failure(.staleCandles)
    } catch {
      return .failure(.unusableCandles)
    }
  }
}

/// A position that a strategy opened.
public struct HeldPosition: Hashable, Sendable {
  /// Held now, in base units.
  public var quantity: Quantity
  /// What was planned at the entry and has been seen since.
  public var plan: PositionPlan

  /// A position.
  public init(quantity: Quantity, plan: PositionPlan) {
    self.quantity = quantity
    self.plan = plan
  }
}
