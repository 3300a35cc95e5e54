import Core

@testable import Sandbox

/// The entry rule of the default strategy, written down plainly and apart from the strategy itself: is the market such
/// that it trades?
struct TrendPullbackRule {
  let open: [Double], high: [Double], low: [Double], close: [Double], volume: [Double], start: [Int]
  /// What a round trip costs in fees, as a share.
  let roundTrip: Double

  init(_ bars: [MarketBar], roundTrip: Double) {
    open = bars.map(\.open.approximation)
    high = bars.map(\.high.approximation)
    low = bars.map(\.low.approximation)
    close = bars.map(\.close.approximation)
    volume = bars.map(\.volume.approximation)
    start = bars.map(\.start)
    self.roundTrip = roundTrip
  }

  /// Whether the rule buys after each candle.
  func signals() -> [Bool] {
    let atr = wilder(trueRanges(), 14, from: 1)
    let (plus, minus, adx) = directions(atr)
    let ema9 = ema(close, 9), ema21 = ema(close, 21), ema50 = ema(close, 50)
    let histogram = histogram()
    let vwap = vwap(), rsi14 = rsi(14), rsi9 = rsi(9)
    return close.indices.map { i in
      guard i >= 100 else { return false }
      let mean20 = volume[(i - 19)...i].reduce(0, +) / 20
      guard adx[i] >= 20, volume[i] >= 0.5 * mean20 else { return false }
      let filter = [
        close[i] > vwap[i], ema9[i] > ema21[i], ema21[i] > ema50[i], histogram[i] > 0, plus[i] > minus[i],
      ]
      let isNear = abs(close[i] / ema21[i] - 1) <= 0.01 || abs(close[i] / vwap[i] - 1) <= 0.01
      let entry = [
        isNear, rsi14[i] > 30 && rsi14[i] < 70 && rsi14[i] > rsi14[i - 1], rsi9[i] > rsi14[i], isTurn(i),
        histogram[i] > histogram[i - 1], volume[i] >= 0.6 * (volume[i - 1] + volume[i - 2]) / 2,
      ]
      guard filter.count(where: { $0 }) >= 3, entry.count(where: { $0 }) >= 3 else { return false }
      let swing = low[(i - 9)...i].min() ?? low[i]
      let stop = max(min(swing - 0.25 * atr[i], close[i] - 1.5 * atr[i]), close[i] * 0.95)
      return 1.5 * (close[i] - stop) / close[i] > roundTrip + 0.000_3 + 0.002
    }
  }

  private func isTurn(_ i: Int) -> Bool {
    let isEngulfing =
      close[i - 1] < open[i - 1] && close[i] > open[i] && open[i] <= close[i - 1] && close[i] >= open[i - 1]
    let body = abs(close[i] - open[i])
    let isHammer =
      min(open[i], close[i]) - low[i] >= 2 * body && high[i] - max(open[i], close[i]) <= body / 2
      && close[i] >= high[i] - (high[i] - low[i]) / 3
    return isEngulfing || isHammer
  }

  private func ema(_ values: [Double], _ n: Int, from: Int = 0) -> [Double] {
    var result = [Double](repeating: .nan, count: values.count)
    let first = from + n - 1
    result[first] = values[from...first].reduce(0, +) / Double(n)
    for i in (first + 1)..<values.count {
      result[i] = result[i - 1] + 2 / Double(n + 1) * (values[i] - result[i - 1])
    }
    return result
  }

  private func wilder(_ values: [Double], _ n: Int, from: Int) -> [Double] {
    var result = [Double](repeating: .nan, count: values.count)
    let first = from + n - 1
    result[first] = values[from...first].reduce(0, +) / Double(n)
    for i in (first + 1)..<values.count { result[i] = result[i - 1] + (values[i] - result[i - 1]) / Double(n) }
    return result
  }

  private func histogram() -> [Double] {
    let slow = ema(close, 26)
    let macd = zip(ema(close, 12), slow).map { $0 - $1 }
    return zip(macd, ema(macd, 9, from: 25)).map { $0 - $1 }
  }

  private func trueRanges() -> [Double] {
    high.indices.map { i in
      guard i > 0 else { return high[i] - low[i] }
      return max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
    }
  }

  private func directions(_ atr: [Double]) -> (plus: [Double], minus: [Double], adx: [Double]) {
    var up = [Double](repeating: 0, count: close.count)
    var down = up
    for i in 1..<close.count {
      let rise = high[i] - high[i - 1], fall = low[i - 1] - low[i]
      if rise > fall, rise > 0 { up[i] = rise }
      if fall > rise, fall > 0 { down[i] = fall }
    }
    let plus = zip(wilder(up, 14, from: 1), atr).map { 100 * $0 / $1 }
    let minus = zip(wilder(down, 14, from: 1), atr).map { 100 * $0 / $1 }
    let dx = zip(plus, minus).map { 100 * abs($0 - $1) / ($0 + $1) }
    return (plus, minus, wilder(dx, 14, from: 14))
  }

  private func rsi(_ n: Int) -> [Double] {
    let changes = close.indices.map { $0 == 0 ? 0 : close[$0] - close[$0 - 1] }
    let gains = wilder(changes.map { max(0, $0) }, n, from: 1)
    let losses = wilder(changes.map { max(0, -$0) }, n, from: 1)
    return zip(gains, losses).map { 100 * $0 / ($0 + $1) }
  }

  private func vwap() -> [Double] {
    var result: [Double] = []
    var money = 0.0, coins = 0.0
    for i in close.indices {
      if i == 0 || start[i] / 86_400 != start[i - 1] / 86_400 { (money, coins) = (0, 0) }
      money += (high[i] + low[i] + close[i]) / 3 * volume[i]
      coins += volume[i]
      result.append(money / coins)
    }
    return result
  }
}
