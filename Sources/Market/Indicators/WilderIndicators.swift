/// Wilder's relative strength index, 0…100: how much of the movement of closes went up.
///
/// 0 where nothing moved at all, as TA-Lib has it.
public struct RSI: StreamingIndicator {
  private var previous: Double?
  private var gains: WilderMean
  private var losses: WilderMean

  /// An index over `period` ≥ 1 changes.
  public init(period: Int) {
    self.gains = WilderMean(period: period)
    self.losses = WilderMean(period: period)
  }

  /// Takes the next close.
  public mutating func add(_ close: Double) -> Double? {
    defer { previous = close }
    guard let previous else { return nil }
    let change = close - previous
    let (gain, loss) = (gains.add(max(0, change)), losses.add(max(0, -change)))
    guard let gain, let loss else { return nil }
    let movement = gain + loss
    return movement > 0 ? 100 * (gain / movement) : 0
  }
}

/// Wilder's average true range: how far a candle reaches, the jump from the close before it included.
public struct ATR: StreamingIndicator {
  private var previous: Bar?
  private var ranges: WilderMean

  /// An average over `period` ≥ 1 true ranges; the first candle, which has no close before it, has none.
  public init(period: Int) { self.ranges = WilderMean(period: period) }

  /// Takes the next bar.
  public mutating func add(_ bar: Bar) -> Double? {
    defer { previous = bar }
    guard let previous else { return nil }
    return ranges.add(bar.trueRange(after: previous))
  }
}

extension Bar {
  /// The longest of high − low, high − close before, close before − low.
  func trueRange(after previous: Bar) -> Double {
    max(high - low, abs(high - previous.close), abs(low - previous.close))
  }
}

/// Wilder's directional movement: +DI, −DI and the ADX, each 0…100.
public struct DirectionalMovement: StreamingIndicator {
  /// The lines at one candle.
  public struct Value: Hashable, Sendable {
    /// How much of the range was movement up.
    public let plusDI: Double
    /// How much of the range was movement down.
    public let minusDI: Double
    /// How one-sided the movement is; `nil` while there were too few candles.
    public let adx: Double?
  }

  private var previous: Bar?
  private var up: WilderMean
  private var down: WilderMean
  private var range: WilderMean
  private var index: WilderMean

  /// Movement over `period` ≥ 1 changes.
  public init(period: Int) {
    self.up = WilderMean(period: period)
    self.down = WilderMean(period: period)
    self.range = WilderMean(period: period)
    self.index = WilderMean(period: period)
  }

  /// Takes the next bar.
  public mutating func add(_ bar: Bar) -> Value? {
    defer { previous = bar }
    guard let previous else { return nil }
    let rise = bar.high - previous.high
    let fall = previous.low - bar.low
    let meanUp = up.add(rise > fall && rise > 0 ? rise : 0)
    let meanDown = down.add(fall > rise && fall > 0 ? fall : 0)
    let meanRange = range.add(bar.trueRange(after: previous))
    guard let meanUp, let meanDown, let meanRange else { return nil }
    let plus = meanRange > 0 ? 100 * (meanUp / meanRange) : 0
    let minus = meanRange > 0 ? 100 * (meanDown / meanRange) : 0
    return Value(plusDI: plus, minusDI: minus, adx: adx(plus, minus))
  }

  /// Where nothing moved there is no direction to take in: the index stays what it was, as TA-Lib has it, and counts
  /// as nothing while it is being seeded.
  private mutating func adx(_ plus: Double, _ minus: Double) -> Double? {
    let sum = plus + minus
    if sum > 0 { return index.add(100 * (abs(plus - minus) / sum)) }
    return index.value ?? index.add(0)
  }
}
