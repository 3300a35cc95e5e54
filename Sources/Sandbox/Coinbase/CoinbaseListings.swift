import Core

/// What Coinbase lists in the sandbox.
enum CoinbaseListings {
  static let fees = FeeRates(maker: .literal("0.004"), taker: .literal("0.006"))

  static let assets = ["USD", "USDC", "BTC", "ETH", "SOL", "DOGE", "XRP"].map(asset)

  static let all = [
    listing("BTC", "USD", price: "0.01", size: "0.00000001", minimum: "0.00000001", maximum: "3400"),
    listing("ETH", "USD", price: "0.01", size: "0.00000001", minimum: "0.00000001", maximum: "42000"),
    listing("SOL", "USD", price: "0.01", size: "0.00000001", minimum: "0.00000001", maximum: "500000"),
    listing("DOGE", "USD", price: "0.00001", size: "0.1", minimum: "0.1", maximum: "100000000"),
    listing("XRP", "USD", price: "0.0001", size: "0.000001", minimum: "0.000001", maximum: "10000000", .cancelOnly),
    listing("BTC", "USDC", price: "0.01", size: "0.00000001", minimum: "0.00000001", maximum: "3400"),
  ]

  /// Coinbase shows amounts with all their digits; 16 hold every price times quantity times fee rate exactly.
  private static func asset(_ name: String) -> VenueAsset {
    VenueAsset(name: name, venueName: name, altName: name, decimals: 16)
  }

  private static func listing(
    _ base: String, _ quote: String, price: String, size: String, minimum: String, maximum: String,
    _ status: Instrument.Status = .online
  ) -> Listing {
    let tick = ExactDecimal.literal(price)
    let step = ExactDecimal.literal(size)
    let instrument = Instrument(
      symbol: Symbol(base: base, quote: quote), venueID: "\(base)-\(quote)", venueBase: base, venueQuote: quote,
      status: status, tickSize: tick, lotStep: step, minimumQuantity: Quantity(.literal(minimum)),
      maximumQuantity: Quantity(.literal(maximum)), minimumNotional: Notional(.one))
    return Listing(instrument: instrument, priceDecimals: Int(tick.scale), quantityDecimals: Int(step.scale))
  }
}
