import Core

/// The exponential moving average, α = 2/(n+1), seeded with the mean of the first n values.
public struct EMA: StreamingIndicator {
  private let period: Int
  private let alpha: Double
  private var value: Double?
  private var sum = 0.0
  private var count = 0

  /// An average over `period` ≥ 1 values.
  public init(period: Int) {
    precondition(period >= 1, "a period has at least one candle")
    self.period = period
    self.alpha = 2 / (Double(period) + 1)
  }

  /// Takes the next value.
  public mutating func add(_ x: Double) -> Double? {
    if let previous = value {
      value = (x - previous) * alpha + previous
    } else {
      sum += x
      count += 1
      if count == period { value = sum / Double(period) }
    }
    return value
  }
}

/// The mean of the last n values.
///
/// Summed anew each time, which for a fixed n costs the same for each candle: a running sum would keep the rounding of
/// every volume that ever passed through, and a quiet market after a storm would have a volume that never was.
public struct SimpleMean: StreamingIndicator {
  private let period: Int
  private var ring: [Double] = []
  private var oldest = 0

  /// A mean over `period` ≥ 1 values.
  public init(period: Int) {
    precondition(period >= 1, "a period has at least one candle")
    self.period = period
  }

  /// Takes the next value.
  public mutating func add(_ x: Double) -> Double? {
    if ring.count < period {
      ring.append(x)
    } else {
      ring[oldest] = x
      oldest = (oldest + 1) % period
    }
    guard ring.count == period else { return nil }
    var sum = 0.0
    for offset in 0..<period { sum += ring[(oldest + offset) % period] }
    return sum / Double(period)
  }
}

/// Moving average convergence/divergence: EMA(fast) − EMA(slow), its EMA(signal), and how far it is above that.
public struct MACD: StreamingIndicator {
  /// The three lines at one candle.
  public struct Value: Hashable, Sendable {
    /// EMA(fast) − EMA(slow).
    public let line: Double
    /// The EMA of the line.
    public let signal: Double
    /// Line − signal.
    public var histogram: Double { line - signal }
  }

  private var fast: EMA
  private var slow: EMA
  private var signal: EMA

  /// The usual periods are 12, 26 and 9.
  public init(fast: Int = 12, slow: Int = 26, signal: Int = 9) {
    self.fast = EMA(period: fast)
    self.slow = EMA(period: slow)
    self.signal = EMA(period: signal)
  }

  /// Takes the next close.
  public mutating func add(_ close: Double) -> Value? {
    let (quick, slack) = (fast.add(close), slow.add(close))
    guard let quick, let slack else { return nil }
    let line = quick - slack
    return signal.add(line).map { Value(line: line, signal: $0) }
  }
}

/// The volume-weighted average price since 00:00 UTC: Σ(typical × volume) / Σ volume.
///
/// Of a series that begins later in the day, since its beginning. `nil` while nothing has traded on the day.
public struct VWAP: StreamingIndicator {
  private var day: Int?
  private var paid = 0.0
  private var volume = 0.0

  /// Nothing traded yet.
  public init() {}

  /// Takes the next bar.
  public mutating func add(_ bar: Bar) -> Double? {
    let today = bar.start.floored(to: .seconds(86_400)).seconds
    if day != today {
      day = today
      paid = 0
      volume = 0
    }
    paid += bar.typical * bar.volume
    volume += bar.volume
    return volume > 0 ? paid / volume : nil
  }
}
