internal import Broker
internal import Core

/// What Kraken declares about itself.
enum KrakenSpec {
  static let endpoint = "https://api.kraken.com"
  /// In minutes, as `OHLC` takes them.
  static let candleMinutes = [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600]
  static let tierOption = "tier"

  static let value = PluginSpec(
    declaration: PluginDeclaration(
      name: "kraken", title: "Kraken", credentials: credentials, options: options,
      capabilities: capabilities.map(\.rawValue),
      defaultEndpoint: endpoint, candles: candleMinutes.map { .seconds($0 * 60) }),
    clientOrderIDs: ClientOrderIDRule(rendering: .hex, uniqueness: .open), candleLimit: 719,
    neededPermissions: KrakenPermission.needed, visibilityBound: .seconds(5), orderLifetime: .seconds(15))

  /// Everything but brackets: Kraken's conditional close is another order for each fill, and cancels nothing.
  private static let capabilities: [Capability] = [
    .orderByClientID, .orderDeadline, .quotesInTickers, .permissions, .postOnly, .fillOrKill, .goodTillDate,
    .marketOrders, .quoteAmounts, .stopLossLimit, .stopLossMarket, .takeProfitLimit, .takeProfitMarket, .amend,
    .amendStops,
    .batchPlace, .batchCancel, .cancelByClientID, .cancelAll, .deadManSwitch, .preview, .venueStatus, .ledger,
  ]

  private static let credentials = [
    CredentialSlot("api_key", .text, doc: "The API key, made at Kraken under Settings, API."),
    CredentialSlot("api_secret", .base64, doc: "The private key shown once when the API key is made."),
  ]

  private static let options = [
    FieldSpec(
      tierOption, .choice(KrakenTier.allCases.map(\.rawValue)), default: KrakenTier.starter.rawValue,
      doc: "The account's verification tier, which sets how many calls the key may make."),
    FieldSpec(
      NonceScale.optionName, .choice(NonceScale.allCases.map(\.rawValue)), default: NonceScale.nanoseconds.rawValue,
      doc: "What the key's nonces count: change it only for a key that another program used, for ever."),
  ]
}

/// Kraken's counters by verification tier.
/// https://docs.kraken.com/api/docs/guides/spot-rest-ratelimits
enum KrakenTier: String, CaseIterable, Sendable {
  case starter, intermediate, pro

  /// The REST counter of a key.
  var counter: (maximum: Int, decayPerSecond: Int) {
    switch self {
    case .starter: (15, 330_000)
    case .intermediate: (20, 500_000)
    case .pro: (20, 1_000_000)
    }
  }

  /// The engine's counter of a market.
  /// https://docs.kraken.com/api/docs/guides/spot-ratelimits
  var engine: (maximum: Int, decayPerSecond: Int) {
    switch self {
    case .starter: (60, 1_000_000)
    case .intermediate: (125, 2_340_000)
    case .pro: (180, 3_750_000)
    }
  }
}
