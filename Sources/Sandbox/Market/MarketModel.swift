import Core
import Glibc

/// The market: a pure function of seed, asset and market time, O(1) at any instant, before and after the start alike.
///
/// The logarithm of the price is a sum of waves and noises, none of which can run away: a trend that rises longer than it
/// falls, pull-backs within it, and smooth noise in octaves. Between points 15 s apart it is a straight line, so that the
/// highest and lowest price of a minute are exactly those of its five points.
struct MarketModel: Sendable {
  /// What tells one run of prices from another.
  let seed: UInt64
  /// The market time at which the path begins: prices depend on the time since then, so that a seed's first hours are
  /// alike whenever it was started.
  let anchor: Timestamp

  /// Seconds between two points of the path.
  static let step = 15
  private let paths: [String: PricePath]

  /// The market of `seed` whose path begins at the 5-minute mark at or before `anchor`.
  init(seed: UInt64, anchor: Timestamp) {
    let aligned = anchor.floored(to: .seconds(300))
    self.seed = seed
    self.anchor = aligned
    let pairs = MarketProfile.all.map { ($0.asset, PricePath(profile: $0, seed: seed, origin: aligned.seconds)) }
    self.paths = Dictionary(uniqueKeysWithValues: pairs)
  }

  /// The middle between bid and ask, in dollars; `nil` for an asset that is not traded.
  func midpoint(of asset: String, at time: Timestamp) -> Double? { paths[asset]?.price(at: time) }

  /// The lowest and the highest middle from `from` to `to`, looking back an hour at most.
  func extremes(of asset: String, from: Timestamp, to: Timestamp) -> (low: Double, high: Double)? {
    guard let path = paths[asset] else { return nil }
    let start = max(from, to - .seconds(3_600))
    var low = min(path.price(at: start), path.price(at: to))
    var high = max(path.price(at: start), path.price(at: to))
    var point = PricePath.point(before: start) + 1
    while point * Self.step <= to.seconds {
      let price = path.price(atPoint: point)
      low = min(low, price)
      high = max(high, price)
      point += 1
    }
    return (low, high)
  }

  /// What the minute that begins `index` minutes after 1970 does from its begin to its end.
  func minute(of asset: String, index: Int) -> MinuteBar? { paths[asset]?.minute(index, until: nil) }

  /// What the minute did up to `time`, which lies in it.
  func minute(of asset: String, index: Int, until time: Timestamp) -> MinuteBar? {
    paths[asset]?.minute(index, until: time)
  }
}

/// One minute of a market, in dollars and coins; prices are the middle's.
struct MinuteBar: Hashable, Sendable {
  var open: Double
  var high: Double
  var low: Double
  var close: Double
  /// Coins traded.
  var volume: Double
}

/// The path of one asset's price.
struct PricePath: Sendable {
  let profile: MarketProfile
  let noise: Noise
  /// The second of the market's time from which the path counts.
  let origin: Int

  init(profile: MarketProfile, seed: UInt64, origin: Int) {
    self.profile = profile
    self.noise = Noise(seed: seed, name: profile.asset)
    self.origin = origin
  }

  /// The number of the point at or before an instant.
  static func point(before time: Timestamp) -> Int {
    Int((Double(time.seconds) / Double(MarketModel.step)).rounded(.down))
  }

  func price(at time: Timestamp) -> Double {
    let point = Self.point(before: time)
    let from = price(atPoint: point)
    let elapsed = Double(time.nanoseconds - Int64(point) * Int64(MarketModel.step) * 1_000_000_000) / 1e9
    let part = elapsed / Double(MarketModel.step)
    return part == 0 ? from : from + (price(atPoint: point + 1) - from) * part
  }

  func price(atPoint point: Int) -> Double {
    let shape = MarketShape(noise: noise, place: profile.place)
    return profile.basePrice * exp(shape.logarithm(at: Double(point * MarketModel.step - origin)))
  }
}
