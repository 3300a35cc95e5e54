import Core

/// What Kraken lists in the sandbox: old names and new, a tick that is not a power of ten, a market that takes no orders.
enum KrakenListings {
  static let fees = FeeRates(maker: .literal("0.0025"), taker: .literal("0.004"))

  static let assets = [
    VenueAsset(name: "USD", venueName: "ZUSD", altName: "USD", decimals: 4),
    VenueAsset(name: "USDT", venueName: "USDT", altName: "USDT", decimals: 8),
    VenueAsset(name: "BTC", venueName: "XXBT", altName: "XBT", decimals: 10),
    VenueAsset(name: "ETH", venueName: "XETH", altName: "ETH", decimals: 10),
    VenueAsset(name: "SOL", venueName: "SOL", altName: "SOL", decimals: 10),
    VenueAsset(name: "DOGE", venueName: "XXDG", altName: "XDG", decimals: 8),
    VenueAsset(name: "XRP", venueName: "XXRP", altName: "XRP", decimals: 8),
  ]

  static let all = [
    listing("BTC", "USD", "XXBTZUSD", "XBTUSD", tick: "0.1", prices: 1, minimum: "0.00005"),
    listing("ETH", "USD", "XETHZUSD", "ETHUSD", tick: "0.01", prices: 2, minimum: "0.001"),
    listing("SOL", "USD", "SOLUSD", "SOLUSD", tick: "0.01", prices: 2, minimum: "0.02"),
    listing("DOGE", "USD", "XDGUSD", "XDGUSD", tick: "0.0000001", prices: 7, minimum: "13"),
    listing("BTC", "USDT", "XBTUSDT", "XBTUSDT", tick: "0.5", prices: 1, minimum: "0.00005"),
    listing("XRP", "USD", "XXRPZUSD", "XRPUSD", tick: "0.00001", prices: 5, minimum: "1.65", .cancelOnly),
  ]

  private static func listing(
    _ base: String, _ quote: String, _ id: String, _ altName: String, tick: String, prices: Int, minimum: String,
    _ status: Instrument.Status = .online
  ) -> Listing {
    func asset(_ name: String) -> VenueAsset {
      guard let asset = assets.first(where: { $0.name == name }) else { preconditionFailure("no asset \(name)") }
      return asset
    }
    let instrument = Instrument(
      symbol: Symbol(base: base, quote: quote), venueID: id,
      venueAliases: [altName, "\(asset(base).altName)/\(asset(quote).altName)", "\(base)/\(quote)"],
      venueBase: asset(base).venueName, venueQuote: asset(quote).venueName, status: status,
      tickSize: .literal(tick), lotStep: .unit(places: 8), minimumQuantity: Quantity(.literal(minimum)),
      maximumQuantity: Quantity(.literal("100000000")), minimumNotional: Notional(.literal("0.5")))
    return Listing(instrument: instrument, priceDecimals: prices, quantityDecimals: 8)
  }

  /// So many markets that are listed and take no orders, so that a list is as long as the real one.
  static func inert(_ count: Int) -> [Listing] {
    (0..<count).map { number in
      let base = "N" + String(10_000 + number).dropFirst()
      let instrument = Instrument(
        symbol: Symbol(base: base, quote: "USD"), venueID: "\(base)USD",
        venueAliases: ["\(base)USD", "\(base)/USD"], venueBase: base, venueQuote: "ZUSD", status: .cancelOnly,
        tickSize: .literal("0.0001"), lotStep: .unit(places: 8), minimumQuantity: Quantity(.literal("0.5")),
        minimumNotional: Notional(.literal("0.5")))
      return Listing(instrument: instrument, priceDecimals: 4, quantityDecimals: 8)
    }
  }

  /// The account's IBAN, `AA12 N84G XXXX XXXX`: what GetApiKeyInfo calls `iban`.
  @Sendable static func identity(_ bits: UInt64) -> String {
    let letters = IDText.kraken("X", bits).filter { $0 != "-" }.dropFirst()
    return "AA\(10 + bits % 90) N84G \(letters.prefix(4)) \(letters.dropFirst(4).prefix(4))"
  }
}
