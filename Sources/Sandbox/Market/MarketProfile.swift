/// What the market of one asset is like: the same on every venue, so that `BTC/USD` costs alike everywhere.
struct MarketProfile: Hashable, Sendable {
  /// The asset's usual name: `BTC`.
  let asset: String
  /// The price in dollars round which it wanders.
  let basePrice: Double
  /// Dollars that stand at the best price of each side, on average.
  let levelDepth: Double
  /// Dollars traded in a minute, on average.
  let minuteTurnover: Double
  /// Its place in the stagger: trends of neighbours start at different times.
  let place: Int

  /// The assets that are traded.
  static let all: [MarketProfile] = [
    MarketProfile(asset: "BTC", basePrice: 60_000, levelDepth: 260, minuteTurnover: 400_000, place: 0),
    MarketProfile(asset: "ETH", basePrice: 2_500, levelDepth: 220, minuteTurnover: 250_000, place: 1),
    MarketProfile(asset: "SOL", basePrice: 140, levelDepth: 180, minuteTurnover: 90_000, place: 2),
    MarketProfile(asset: "DOGE", basePrice: 0.15, levelDepth: 150, minuteTurnover: 40_000, place: 3),
    MarketProfile(asset: "XRP", basePrice: 0.6, levelDepth: 150, minuteTurnover: 40_000, place: 4),
  ]

  /// The profile of an asset that is traded.
  static func named(_ asset: String) -> MarketProfile? { all.first { $0.asset == asset } }
}
