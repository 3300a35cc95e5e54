/// Randomness without state: the same place always gives the same number, so that any instant of the market can be asked
/// for at once.
struct Noise: Sendable {
  /// What tells one stream of numbers from another.
  let key: UInt64

  /// The stream named `name` of a seed.
  init(seed: UInt64, name: String) {
    var key = Noise.mixed(seed &+ 0x9e37_79b9_7f4a_7c15)
    for byte in name.utf8 { key = Noise.mixed(key ^ UInt64(byte)) }
    self.key = key
  }

  /// A bijection of 64 bits that spreads every bit (the finaliser of SplitMix64).
  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// 64 bits that belong to `index`.
  func bits(_ index: Int, _ layer: UInt64 = 0) -> UInt64 {
    let place = UInt64(bitPattern: Int64(index)) &* 0x9e37_79b9_7f4a_7c15
    return Noise.mixed(Noise.mixed(key ^ (layer &* 0xd6e8_feb8_6659_fd93)) ^ place)
  }

  /// A number in 0..<1 that belongs to `index`.
  func unit(_ index: Int, _ layer: UInt64 = 0) -> Double { Double(bits(index, layer) >> 11) * 0x1p-53 }

  /// A number in -1..<1 that belongs to `index`.
  func signed(_ index: Int, _ layer: UInt64 = 0) -> Double { unit(index, layer) * 2 - 1 }

  /// A smooth line through one random value in -1…1 at every whole `x`.
  func smooth(_ x: Double, _ layer: UInt64 = 0) -> Double {
    let floor = x.rounded(.down)
    let index = Int(floor)
    let part = x - floor
    let weight = part * part * (3 - 2 * part)
    let from = signed(index, layer)
    return from + (signed(index &+ 1, layer) - from) * weight
  }
}
