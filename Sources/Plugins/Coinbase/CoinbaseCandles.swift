internal import Core

/// Candles: which pages to ask for, and what came back.
struct CoinbaseCandles {
  /// Lengths the venue has, and their names.
  static let granularities: [(interval: Duration, name: String)] = [
    (.seconds(60), "ONE_MINUTE"), (.seconds(300), "FIVE_MINUTE"), (.seconds(900), "FIFTEEN_MINUTE"),
    (.seconds(1_800), "THIRTY_MINUTE"), (.seconds(3_600), "ONE_HOUR"), (.seconds(7_200), "TWO_HOUR"),
    (.seconds(14_400), "FOUR_HOUR"), (.seconds(21_600), "SIX_HOUR"), (.seconds(86_400), "ONE_DAY"),
  ]
  /// The most candles one call answers; its bounds are both included.
  static let perPage = 350
  /// The most candles that are asked for: ten pages.
  static let maximum = 3_500

  let interval: Duration
  let granularity: String
  /// Beginnings of the oldest and the newest completed candle that are wanted.
  let first: Timestamp
  let last: Timestamp

  /// `nil` when the venue has no candles of this length, or none are wanted.
  init?(interval: Duration, limit: Int, marketNow: Timestamp) {
    guard limit > 0, let known = Self.granularities.first(where: { $0.interval == interval }) else { return nil }
    self.interval = interval
    self.granularity = known.name
    self.last = marketNow.floored(to: interval) - interval
    self.first = last - interval * (min(limit, Self.maximum) - 1)
  }

  /// Bounds of the calls to make, newest first.
  var pages: [(start: Timestamp, end: Timestamp)] {
    var pages: [(start: Timestamp, end: Timestamp)] = []
    var end = last
    while end >= first {
      let start = max(first, end - interval * (Self.perPage - 1))
      pages.append((start, end))
      end = start - interval
    }
    return pages
  }

  /// The wanted ones of all pages, oldest first, each once; an unfinished one is none of them.
  func sorted(_ candles: [Candle]) -> [Candle] {
    var seen: Set<Timestamp> = []
    return candles.filter { $0.start >= first && $0.start <= last && seen.insert($0.start).inserted }
      .sorted { $0.start < $1.start }
  }

  static func parse(_ answer: JSON) throws(JSONError) -> [Candle] {
    var candles: [Candle] = []
    for row in try answer.array("candles") {
      guard let start = Timestamp(seconds: try row.integer("start")) else {
        throw .wrongType("start", expected: "a time in seconds")
      }
      candles.append(
        Candle(
          start: start, open: Price(try row.decimal("open")), high: Price(try row.decimal("high")),
          low: Price(try row.decimal("low")), close: Price(try row.decimal("close")),
          volume: Quantity(try row.decimal("volume"))))
    }
    return candles
  }
}
