internal import Core

/// `Assets` and `AssetPairs` into instruments.
enum KrakenInstruments {
  /// Altnames by asset id: `XXBT` is `XBT`.
  static func altNames(_ assets: JSON) throws(JSONError) -> [String: String] {
    var names: [String: String] = [:]
    for (id, asset) in try assets.entries("Assets") { names[id] = try asset.string("altname") }
    return names
  }

  /// Every pair but those without a `wsname`: dark pools, traded elsewhere and under the names of others.
  static func read(_ pairs: JSON, altNames: [String: String]) throws(JSONError) -> [Instrument] {
    var instruments: [Instrument] = []
    for (id, pair) in try pairs.entries("AssetPairs") {
      guard let wsName = try pair.optionalString("wsname") else { continue }
      instruments.append(try instrument(id, wsName, pair, altNames))
    }
    return instruments
  }

  private static func instrument(
    _ id: String, _ wsName: String, _ pair: JSON, _ altNames: [String: String]
  ) throws(JSONError) -> Instrument {
    let base = try pair.string("base")
    let quote = try pair.string("quote")
    let symbol = Symbol(base: usualName(base, altNames), quote: usualName(quote, altNames))
    let aliases = [try pair.string("altname"), wsName, symbol.description].filter { $0 != id }
    return Instrument(
      symbol: symbol, venueID: id, venueAliases: aliases, venueBase: base, venueQuote: quote,
      status: try status(pair), tickSize: try tickSize(pair), lotStep: try unit(pair, "lot_decimals"),
      minimumQuantity: try pair.optionalDecimal("ordermin").map(Quantity.init),
      minimumNotional: try pair.optionalDecimal("costmin").map(Notional.init))
  }

  /// An asset that `Assets` does not list keeps Kraken's name.
  private static func usualName(_ asset: String, _ altNames: [String: String]) -> String {
    KrakenNames.usualName(altName: altNames[asset] ?? asset)
  }

  /// A status that this version does not know takes no orders.
  private static func status(_ pair: JSON) throws(JSONError) -> Instrument.Status {
    guard let text = try pair.optionalString("status") else { return .online }
    return Instrument.Status(rawValue: text) ?? .offline
  }

  private static func tickSize(_ pair: JSON) throws(JSONError) -> ExactDecimal {
    guard let tick = try pair.optionalDecimal("tick_size") else { return try unit(pair, "pair_decimals") }
    guard tick.isPositive else { throw .wrongType("tick_size", expected: "an amount above zero") }
    return tick
  }

  private static func unit(_ pair: JSON, _ key: String) throws(JSONError) -> ExactDecimal {
    guard let unit = try? ExactDecimal(coefficient: 1, scale: try pair.integer(key)) else {
      throw .wrongType(key, expected: "a number of decimals")
    }
    return unit
  }
}
