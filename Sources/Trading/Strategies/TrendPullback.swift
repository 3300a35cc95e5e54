public import Core

/// Buys a pull-back in an up-trend, long only.
public struct TrendPullback: Strategy {
  /// `trend_pullback` and its parameters.
  public static let declaration = StrategyDeclaration(
    name: "trend_pullback", doc: "Buys a pull-back in an up-trend, sells half at a first target and trails the rest.",
    parameters: [
      FieldSpec(
        "adx_floor", .decimal, default: "20", minimum: "0", maximum: "100",
        doc: "The market filter's least ADX(14)."),
      FieldSpec(
        "volume_floor", .share, unit: "of the mean of 20 candles", default: "50%",
        doc: "The market filter's least volume of the last candle."),
      FieldSpec(
        "filter_conditions", .integer, default: "3", minimum: "1", maximum: "5",
        doc: "How many of the five conditions of the market filter must hold."),
      FieldSpec(
        "entry_conditions", .integer, default: "3", minimum: "1", maximum: "6",
        doc: "How many of the six conditions of the entry must hold."),
      FieldSpec(
        "pullback", .share, unit: "of EMA21 or VWAP", default: "1%",
        doc: "How near the close must be to count as pulled back."),
      FieldSpec(
        "rsi_low", .decimal, default: "30", minimum: "0", maximum: "100", doc: "RSI(14) must be above this."),
      FieldSpec(
        "rsi_high", .decimal, default: "70", minimum: "0", maximum: "100", doc: "RSI(14) must be below this."),
      FieldSpec(
        "entry_volume", .share, unit: "of the mean of the two candles before", default: "60%",
        doc: "The volume of the last candle that counts as an entry condition."),
      FieldSpec(
        "swing_candles", .integer, default: "10", minimum: "1", maximum: "100",
        doc: "How many candles the swing low spans."),
      FieldSpec(
        "swing_margin", .decimal, unit: "ATR(14)", default: "0.25", minimum: "0", maximum: "10",
        doc: "How far the stop lies below the swing low."),
      FieldSpec(
        "stop_distance", .decimal, unit: "ATR(14)", default: "1.5", minimum: "0.1", maximum: "10",
        doc: "How far the stop lies below the entry at least."),
      FieldSpec(
        "max_stop", .share, unit: "of the entry", default: "5%", minimum: "0.1%", maximum: "5%",
        doc: "How far the stop may lie below the entry."),
      FieldSpec(
        "first_target", .decimal, unit: "the risk (entry - stop)", default: "1.5", minimum: "0.1", maximum: "100",
        doc: "Where half is sold."),
      FieldSpec(
        "trail_after", .decimal, unit: "the risk (entry - stop)", default: "1", minimum: "0", maximum: "100",
        doc: "From where on the stop trails."),
      FieldSpec(
        "trail_distance", .decimal, unit: "ATR(14)", default: "1.5", minimum: "0.1", maximum: "10",
        doc: "How far behind the highest bid the stop trails."),
      FieldSpec(
        "time_stop", .duration, unit: "of the market clock", default: "8h", minimum: "1m", maximum: "365d",
        doc: "After how long a position that has not gained time_stop_gain is sold."),
      FieldSpec(
        "time_stop_gain", .decimal, unit: "the risk (entry - stop)", default: "0.5", minimum: "0", maximum: "100",
        doc: "The gain that keeps a position from the time stop."),
      FieldSpec(
        "min_edge", .share, unit: "of the entry", default: "0.2%",
        doc: "How far above both fees and the spread the first target must lie."),
    ])

  let adxFloor: Double
  let volumeFloor: Double
  let filterConditions: Int
  let entryConditions: Int
  let pullback: Double
  let rsiLow: Double
  let rsiHigh: Double
  let entryVolume: Double
  let swingCandles: Int
  let swingMargin: ExactDecimal
  let stopDistance: ExactDecimal
  let maxStop: ExactDecimal
  let firstTarget: ExactDecimal
  let trailAfter: ExactDecimal
  let trailDistance: ExactDecimal
  let timeStop: Duration
  let timeStopGain: ExactDecimal
  let minEdge: ExactDecimal

  /// Takes its parameters.
  public init(parameters: [String: FieldValue]) throws(StrategyError) {
    let read = try ParameterReader(parameters, of: Self.declaration)
    adxFloor = try read.number("adx_floor").approximation
    volumeFloor = try read.number("volume_floor").approximation
    filterConditions = try read.integer("filter_conditions")
    entryConditions = try read.integer("entry_conditions")
    pullback = try read.number("pullback").approximation
    rsiLow = try read.number("rsi_low").approximation
    rsiHigh = try read.number("rsi_high").approximation
    entryVolume = try read.number("entry_volume").approximation
    swingCandles = try read.integer("swing_candles")
    swingMargin = try read.number("swing_margin")
    stopDistance = try read.number("stop_distance")
    maxStop = try read.number("max_stop")
    firstTarget = try read.number("first_target")
    trailAfter = try read.number("trail_after")
    trailDistance = try read.number("trail_distance")
    timeStop = try read.duration("time_stop")
    timeStopGain = try read.number("time_stop_gain")
    minEdge = try read.number("min_edge")
  }

  /// 100: what EMA50 and ADX(14) need to be worth something.
  public var candlesNeeded: Int { 100 }
}
