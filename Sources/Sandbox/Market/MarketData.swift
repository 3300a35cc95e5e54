import Core
import Synchronization

/// The market of one listing in the venue's own units: prices in whole ticks, volumes in whole steps, so that longer
/// candles are exact sums of shorter ones.
struct MarketBar: Hashable, Sendable {
  /// When it begins, in seconds since 1970 (market clock).
  let start: Int
  var open: ExactDecimal
  var high: ExactDecimal
  var low: ExactDecimal
  var close: ExactDecimal
  /// Coins traded.
  var volume: ExactDecimal
  /// The mean price of what was traded, cut to the price's digits.
  var averagePrice: ExactDecimal
  /// How many trades there were.
  var trades: Int
}

/// Candles, quotes and books of listings, drawn from the ``MarketModel``.
final class MarketData: Sendable {
  let model: MarketModel
  /// Markets were listed this long before the start: history reaches no further back.
  static let history = 45 * 86_400
  private let cache = Mutex<[String: MinuteRing]>([:])

  init(model: MarketModel) { self.model = model }

  /// The first second of which there are candles (market clock).
  var listedSince: Int { model.anchor.floored(to: .seconds(86_400)).seconds - Self.history }

  /// The candles of an interval that begin from `from` to `to` (seconds, market clock), oldest first; the last one goes
  /// only as far as `now`. `interval` is a multiple of 60.
  func candles(_ listing: Listing, interval: Int, from: Int, to: Int, now: Timestamp) -> [MarketBar] {
    precondition(interval > 0 && interval % 60 == 0, "candles are whole minutes")
    let lastStart = min(to, now.seconds).floored(to: interval)
    let firstStart = max(from, listedSince).ceiled(to: interval)
    guard firstStart <= lastStart else { return [] }
    return cache.withLock { rings in
      stride(from: firstStart, through: lastStart, by: interval).compactMap {
        candle(listing, start: $0, interval: interval, now: now, &rings)
      }
    }
  }

  private func candle(
    _ listing: Listing, start: Int, interval: Int, now: Timestamp, _ rings: inout [String: MinuteRing]
  ) -> MarketBar? {
    let end = min(start + interval, now.seconds + 1)
    var builder = BarBuilder(listing: listing)
    for index in (start / 60)...max(start / 60, (end - 1) / 60) {
      guard let minute = minute(listing.symbol.base, index, now, &rings) else { return nil }
      builder.add(minute)
    }
    return builder.bar(start: start)
  }

  private func minute(
    _ asset: String, _ index: Int, _ now: Timestamp, _ rings: inout [String: MinuteRing]
  ) -> MinuteBar? {
    guard (index + 1) * 60 <= now.seconds else { return model.minute(of: asset, index: index, until: now) }
    if let known = rings[asset]?[index] { return known }
    guard let minute = model.minute(of: asset, index: index) else { return nil }
    rings[asset, default: MinuteRing()][index] = minute
    return minute
  }
}

/// The finished minutes of one asset that were asked for lately.
private struct MinuteRing {
  private static let size = 8_192
  private var slots = [(index: Int, bar: MinuteBar)?](repeating: nil, count: size)

  subscript(index: Int) -> MinuteBar? {
    get {
      guard let slot = slots[Self.slot(index)], slot.index == index else { return nil }
      return slot.bar
    }
    set { slots[Self.slot(index)] = newValue.map { (index, $0) } }
  }

  private static func slot(_ index: Int) -> Int { Int(UInt(bitPattern: index) % UInt(size)) }
}

/// Adds up minutes in whole ticks and steps.
private struct BarBuilder {
  let listing: Listing
  private var open = 0, high = Int.min, low = Int.max, close = 0
  private var volume = 0
  private var weighted = 0.0
  private var trades = 0
  private var isEmpty = true

  init(listing: Listing) { self.listing = listing }

  private func ticks(_ price: Double) -> Int { max(1, Int((price / listing.tick).rounded())) }

  mutating func add(_ minute: MinuteBar) {
    if isEmpty { open = ticks(minute.open) }
    isEmpty = false
    high = max(high, ticks(minute.high))
    low = min(low, ticks(minute.low))
    close = ticks(minute.close)
    let steps = Int((minute.volume / listing.step).rounded(.down))
    volume += steps
    weighted += (minute.high + minute.low + minute.close) / 3 * Double(steps)
    trades += steps == 0 ? 0 : 1 + Int(minute.volume * minute.close / 1_500)
  }

  func bar(start: Int) -> MarketBar? {
    let average = volume == 0 ? close : Int((weighted / Double(volume) / listing.tick).rounded())
    let tickSize = listing.instrument.tickSize
    func price(_ ticks: Int) throws(DecimalError) -> ExactDecimal { try ExactDecimal(integer: ticks) * tickSize }
    do throws(DecimalError) {
      return MarketBar(
        start: start, open: try price(open), high: try price(high), low: try price(low), close: try price(close),
        volume: try ExactDecimal(integer: volume) * listing.instrument.lotStep,
        averagePrice: try price(max(1, average)), trades: trades)
    } catch {
      return nil
    }
  }
}

extension Int {
  /// The greatest multiple of `step` not above this.
  func floored(to step: Int) -> Int {
    let rest = self % step
    return rest < 0 ? self - rest - step : self - rest
  }

  /// The least multiple of `step` not below this.
  func ceiled(to step: Int) -> Int {
    let floor = floored(to: step)
    return floor == self ? floor : floor + step
  }
}
