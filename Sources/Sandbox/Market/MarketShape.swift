import Glibc

/// The shape of the logarithm of a price over time.
struct MarketShape {
  let noise: Noise
  let place: Int

  /// A rise, a rest and a fall together, in seconds.
  static let trendPeriod = 7.0 * 3_600
  /// The share of the period in which it rises.
  static let riseShare = 0.5
  /// The share of the period in which it rests at the top.
  static let restShare = 0.25
  /// How far a trend rises and falls, as a logarithm.
  static let trendHeight = 0.08
  /// From one pull-back to the next, in seconds.
  static let pullbackPeriod = 55.0 * 60
  /// Half the depth of a pull-back against the trend, as a logarithm.
  static let pullbackHeight = 0.009

  /// The logarithm of the price against its base, `seconds` after the path's origin.
  func logarithm(at seconds: Double) -> Double {
    trend(seconds) + pullback(seconds) + wander(seconds) + ripple(seconds)
  }

  /// Where in its cycle a wave is, 0..<1: its speed varies, its order does not.
  private func phase(_ seconds: Double, period: Double, offset: Double, layer: UInt64) -> Double {
    let turns = seconds / period + offset + 0.18 * noise.smooth(seconds / (period * 1.7), layer)
    return turns - turns.rounded(.down)
  }

  /// A long rise, a rest, a shorter fall.
  private func trend(_ seconds: Double) -> Double {
    let part = phase(seconds, period: Self.trendPeriod, offset: 0.1 + Double(place) * 0.25, layer: 1)
    let fallShare = 1 - Self.riseShare - Self.restShare
    let height = min(1, part / Self.riseShare, (1 - part) / fallShare)
    return Self.trendHeight * (height - 0.5)
  }

  /// Falls back against the trend quickly and recovers.
  private func pullback(_ seconds: Double) -> Double {
    let part = phase(seconds, period: Self.pullbackPeriod, offset: Double(place) * 0.23, layer: 2)
    return Self.pullbackHeight * sin(2 * Double.pi * part)
  }

  /// Days on which it is dearer or cheaper.
  private func wander(_ seconds: Double) -> Double { 0.05 * noise.smooth(seconds / 172_800, 3) }

  /// The noise of minutes.
  private func ripple(_ seconds: Double) -> Double {
    var sum = 0.0
    var amplitude = 0.007
    var period = 1_200.0
    for layer in UInt64(4)...7 {
      sum += amplitude * noise.smooth(seconds / period, layer)
      amplitude *= 0.85
      period /= 2
    }
    return sum
  }
}
