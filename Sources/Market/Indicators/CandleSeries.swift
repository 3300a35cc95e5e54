public import Core

/// A completed candle as indicators see it: binary numbers, which never go back to a venue.
public struct Bar: Hashable, Sendable {
  /// When the interval began (market clock).
  public let start: Timestamp
  /// First price.
  public let open: Double
  /// Highest price.
  public let high: Double
  /// Lowest price.
  public let low: Double
  /// Last price.
  public let close: Double
  /// Base quantity traded.
  public let volume: Double
  /// Whether nothing traded in the interval: the close is carried from the bar before, the volume zero.
  public let isFilled: Bool

  /// A bar.
  public init(
    start: Timestamp, open: Double, high: Double, low: Double, close: Double, volume: Double, isFilled: Bool = false
  ) {
    self.start = start
    self.open = open
    self.high = high
    self.low = low
    self.close = close
    self.volume = volume
    self.isFilled = isFilled
  }

  /// `(high + low + close) / 3`
  public var typical: Double { (high + low + close) / 3 }
}

/// Why candles make no series.
public enum CandleSeriesError: Error, Hashable, Sendable {
  /// The interval is nothing or less.
  case noInterval
  /// A candle does not begin a whole number of intervals after the one before it: out of order, twice, or of another
  /// timeframe.
  case misplaced(Timestamp)
  /// A candle's prices or volume contradict each other, or a price is not above zero.
  case impossible(Timestamp)
  /// With its gaps filled it would have more bars than ``CandleSeries/maximumBars``.
  case tooLong
}

/// Candles of one timeframe, oldest first, without gaps.
///
/// Venues leave out intervals in which nothing traded; here each of them is a bar that carries the close, has zero
/// volume and is marked.
public struct CandleSeries: Hashable, Sendable {
  /// The most bars of a series: two weeks of minutes.
  public static let maximumBars = 20_160

  /// How long one bar is.
  public let interval: Duration
  /// Oldest first.
  public private(set) var bars: [Bar] = []

  /// Fills the gaps between candles and, where `end` is given, those up to it; a candle that ends later than `end` is
  /// unfinished and dropped.
  /// - Parameter end: until when the candles are known (market clock).
  public init(
    filling candles: [Candle], interval: Duration, through end: Timestamp? = nil
  ) throws(CandleSeriesError) {
    guard interval.wholeNanoseconds > 0 else { throw .noInterval }
    self.interval = interval
    bars.reserveCapacity(candles.count)
    for candle in candles {
      if let end, candle.start + interval > end { break }
      let bar = try Self.bar(candle)
      try fill(upTo: candle.start)
      bars.append(bar)
    }
    if let end, let last = bars.last {
      let missing = Self.count(of: interval, in: end - last.start) - 1
      try append(fillers: max(0, missing))
    }
  }

  /// When the last bar ended (market clock); `nil` when there is none.
  public var end: Timestamp? { bars.last.map { $0.start + interval } }

  private static func count(of interval: Duration, in span: Duration) -> Int {
    Int(span.wholeNanoseconds / interval.wholeNanoseconds)
  }

  private mutating func fill(upTo start: Timestamp) throws(CandleSeriesError) {
    guard let last = bars.last else { return }
    let span = start - last.start
    guard span >= interval, span.wholeNanoseconds % interval.wholeNanoseconds == 0 else { throw .misplaced(start) }
    try append(fillers: Self.count(of: interval, in: span) - 1)
  }

  private mutating func append(fillers count: Int) throws(CandleSeriesError) {
    guard count < Self.maximumBars - bars.count else { throw .tooLong }
    for _ in 0..<count {
      guard let last = bars.last else { return }
      bars.append(
        Bar(
          start: last.start + interval, open: last.close, high: last.close, low: last.close, close: last.close,
          volume: 0, isFilled: true))
    }
  }

  private static func bar(_ candle: Candle) throws(CandleSeriesError) -> Bar {
    let (body, range) = ([candle.open, candle.close], candle.low...max(candle.low, candle.high))
    guard candle.low.value.isPositive, candle.high >= candle.low, body.allSatisfy(range.contains),
      !candle.volume.value.isNegative
    else { throw .impossible(candle.start) }
    return Bar(
      start: candle.start, open: candle.open.value.approximation, high: candle.high.value.approximation,
      low: candle.low.value.approximation, close: candle.close.value.approximation,
      volume: candle.volume.value.approximation)
  }
}
