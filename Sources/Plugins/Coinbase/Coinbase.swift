public import Broker
public import Core

/// Coinbase Advanced Trade, spot, over REST v3.
///
/// Prices, increments and flags come from `/market/products`; every private request carries a fresh token. A repeated
/// client order id answers the first order there, which is a second line of defence here and not a method.
public struct Coinbase: BuiltInPlugin {
  /// What it declares.
  public static let spec = PluginSpec(
    declaration: PluginDeclaration(
      name: "coinbase", title: "Coinbase",
      credentials: [
        CredentialSlot(
          "api_key", [.text, .keyFile],
          doc: "The name of a CDP API key (organizations/…/apiKeys/… or a UUID), with view and trade rights only."),
        CredentialSlot(
          "api_secret", [.pem, .base64, .keyFile],
          doc: "Its private key: the PEM of an ECDSA key, the base64 of an Ed25519 key, or the whole key file."),
      ],
      capabilities: capabilities.map(\.rawValue),
      defaultEndpoint: "https://api.coinbase.com", candles: CoinbaseCandles.granularities.map(\.interval)),
    clientOrderIDs: ClientOrderIDRule(rendering: .uuidShaped, uniqueness: .returnsExisting),
    candleLimit: CoinbaseCandles.perPage, neededPermissions: ["view", "trade"], visibilityBound: .seconds(10),
    orderLifetime: .seconds(CoinbaseJWT.lifetime))

  /// What it can do beyond the protocol. The venue has no stop order without a limit, no cancel by our id, no cancel-all
  /// and no dead-man switch; it tells nothing of its own state but each product's flags, and has no ledger to read.
  private static let capabilities: [Capability] = [
    .orderByClientID, .orderDeadline, .permissions, .postOnly, .fillOrKill, .goodTillDate, .marketOrders,
    .quoteAmounts, .stopLossLimit, .takeProfitLimit, .brackets, .amend, .batchCancel, .preview,
  ]

  let call: CoinbaseCall
  let book = CoinbaseBook()

  /// Reads the key; reaches nothing.
  /// - Throws: ``BrokerError/Code/misconfigured`` naming the slot, when the key cannot be used as it is.
  public init(_ context: PluginContext) throws(BrokerError) { try self.init(context, time: .continuous) }

  /// With another time for the call budgets than the machine's.
  package init(_ context: PluginContext, time: GateTime) throws(BrokerError) {
    self.call = CoinbaseCall(
      context, signer: try CoinbaseCredentials.signer(context.credentials),
      limits: CoinbaseLimits(context.limits, time: time))
  }

  /// Makes the instruments known by which later calls and answers are named.
  public func learn(_ instruments: [Instrument]) { book.learn(instruments) }
}
