import Core
import Market

/// What `trend_pullback` reads off a series: every indicator at the last bar, and at the one before where it matters.
struct TrendSignals: Hashable, Sendable {
  var last: Bar
  var previous: Bar
  var ema9: Double
  var ema21: Double
  var ema50: Double
  var rsi9: Double
  var rsi14: Double
  var rsi14Before: Double
  var histogram: Double
  var histogramBefore: Double
  var adx: Double
  var plusDI: Double
  var minusDI: Double
  var atr: Double
  /// `nil` while nothing has traded on the day.
  var vwap: Double?
  var meanVolume20: Double
  /// Of the two bars before the last.
  var meanVolumeBefore: Double
  var swingLow: Double
}

extension TrendSignals {
  /// `nil` when the series is too short for one of them.
  init?(_ bars: [Bar], swingCandles: Int) {
    var (ema9, ema21, ema50) = (EMA(period: 9), EMA(period: 21), EMA(period: 50))
    var (rsi9, rsi14, macd, vwap) = (RSI(period: 9), RSI(period: 14), MACD(), VWAP())
    var (movement, atr, volume) = (DirectionalMovement(period: 14), ATR(period: 14), SimpleMean(period: 20))
    var signals: TrendSignals?
    for (index, bar) in bars.enumerated() {
      let close = bar.close
      let before = signals
      signals = nil
      let lines = (
        ema9.add(close), ema21.add(close), ema50.add(close), rsi9.add(close), rsi14.add(close), macd.add(close),
        movement.add(bar), atr.add(bar), volume.add(bar.volume), vwap.add(bar)
      )
      guard index >= 2, let ema9 = lines.0, let ema21 = lines.1, let ema50 = lines.2, let rsi9 = lines.3,
        let rsi14 = lines.4, let macd = lines.5, let movement = lines.6, let adx = movement.adx, let atr = lines.7,
        let meanVolume = lines.8
      else { continue }
      signals = TrendSignals(
        last: bar, previous: bars[index - 1], ema9: ema9, ema21: ema21, ema50: ema50, rsi9: rsi9, rsi14: rsi14,
        rsi14Before: before?.rsi14 ?? rsi14, histogram: macd.histogram,
        histogramBefore: before?.histogram ?? macd.histogram, adx: adx, plusDI: movement.plusDI,
        minusDI: movement.minusDI, atr: atr, vwap: lines.9, meanVolume20: meanVolume,
        meanVolumeBefore: (bars[index - 1].volume + bars[index - 2].volume) / 2, swingLow: bar.low)
    }
    guard var found = signals else { return nil }
    found.swingLow = bars.suffix(swingCandles).map(\.low).min() ?? found.last.low
    self = found
  }

  // MARK: Conditions

  /// close > VWAP · EMA9 > EMA21 · EMA21 > EMA50 · MACD histogram > 0 · +DI > −DI
  var filterConditions: [Bool] {
    [vwap.map { last.close > $0 } ?? false, ema9 > ema21, ema21 > ema50, histogram > 0, plusDI > minusDI]
  }

  /// close near EMA21 or VWAP · RSI(14) within bounds and rising · RSI(9) above RSI(14) · bullish engulfing or hammer ·
  /// histogram rising · volume against the two bars before
  func entryConditions(of strategy: TrendPullback) -> [Bool] {
    [
      isNear(ema21, strategy.pullback) || (vwap.map { isNear($0, strategy.pullback) } ?? false),
      rsi14 > strategy.rsiLow && rsi14 < strategy.rsiHigh && rsi14 > rsi14Before,
      rsi9 > rsi14,
      isBullishEngulfing || isHammer,
      histogram > histogramBefore,
      meanVolumeBefore > 0 && last.volume >= strategy.entryVolume * meanVolumeBefore,
    ]
  }

  private func isNear(_ level: Double, _ share: Double) -> Bool { abs(last.close - level) <= share * level }

  /// A down candle, then an up candle whose body covers its body.
  var isBullishEngulfing: Bool {
    previous.close < previous.open && last.close > last.open && last.open <= previous.close
      && last.close >= previous.open
  }

  /// Lower shadow of two bodies and more, upper shadow of half a body and less, close in the upper third.
  var isHammer: Bool {
    let body = abs(last.close - last.open)
    let (lower, upper) = (min(last.open, last.close) - last.low, last.high - max(last.open, last.close))
    let range = last.high - last.low
    return range > 0 && lower >= 2 * body && upper <= body / 2 && last.close >= last.high - range / 3
  }
}
