import Core
import Synchronization

/// The Kraken Spot venue: REST under `/0/public` and `/0/private`.
final class KrakenVenue: BuiltInVenue {
  static let rules = VenueRules(
    name: "kraken", assets: KrakenListings.assets, listings: KrakenListings.all, fees: KrakenListings.fees,
    clientOrderIDScope: .openOrders, postOnlyCrossing: .acceptedThenCancelled, reachedTrigger: .fires,
    orderID: { IDText.kraken("O", $0) }, fillID: { IDText.kraken("T", $0) }, identity: KrakenListings.identity)

  private let exchange: Exchange
  private let gate: Mutex<KrakenGate>
  private let market: KrakenPublic
  private let account: KrakenAccount
  private let ledger: KrakenLedger
  private let orders: KrakenOrders

  convenience init(exchange: Exchange, options: VenueOptions) {
    self.init(exchange: exchange, settings: KrakenSettings(), inertPairs: options.inertPairs)
  }

  init(exchange: Exchange, settings: KrakenSettings, inertPairs: Int = 0) {
    self.exchange = exchange
    self.gate = Mutex(KrakenGate(settings: settings))
    self.market = KrakenPublic(exchange: exchange, inertPairs: inertPairs)
    self.account = KrakenAccount(exchange: exchange)
    self.ledger = KrakenLedger(exchange: exchange)
    self.orders = KrakenOrders(exchange: exchange)
  }

  // MARK: Keys

  func issueKey(account: String, permissions: Set<String>?) -> IssuedKey {
    let text = Base64.encoded(RandomBytes.make(42))
    let secret = RandomBytes.make(64)
    var key = KrakenKey(text: text, secret: secret, account: account, createdAt: exchange.now(at: Self.rules.name))
    if let permissions { key.permissions = Set(permissions.compactMap(KrakenPermission.init(rawValue:))) }
    add(key)
    return IssuedKey(credentials: [("api_key", text), ("api_secret", Base64.encoded(secret))])
  }

  /// Takes a key that was made elsewhere into use.
  func add(_ key: KrakenKey) { gate.withLock { $0.add(key) } }

  func revokeKeys(account: String) -> Int { gate.withLock { $0.revoke(account: account) } }

  // MARK: Calls

  func subject(of request: VenueRequest) -> RequestSubject {
    let key = request.header("API-Key").flatMap { text in gate.withLock { $0.key(text) } }
    return RequestSubject(
      account: key?.account, endpoint: request.path.split(separator: "/").last.map(String.init) ?? "")
  }

  func errorResponse(_ text: String, to request: VenueRequest) -> VenueResponse { .json(["error": [.string(text)]]) }

  /// The edge counts, not Kraken.
  var rateLimitResponse: VenueResponse { EdgePage.response(429) }

  static let permissionNames = KrakenPermission.allCases.map(\.rawValue)

  func setTier(_ name: String, account: String) -> Bool {
    guard let tier = KrakenTier.all[name] else { return false }
    gate.withLock { $0.setTier(tier, of: account) }
    return true
  }

  func advance() { orders.fireDeadManSwitches() }

  func respond(to request: VenueRequest) -> VenueResponse {
    advance()
    do throws(KrakenError) {
      return .json(["error": [], "result": try result(of: request)])
    } catch {
      return errorResponse(error.text, to: request)
    }
  }

  private func result(of request: VenueRequest) throws(KrakenError) -> JSONValue {
    let path = request.path
    if path.hasPrefix("/0/public/"), request.method == "GET" {
      try gate.withLock { gate throws(KrakenError) in try gate.admitPublic(request.remote, request.receivedAt) }
      let name = String(path.dropFirst(10))
      try Self.check(name, request.conditions)
      return try market.result(of: name, KrakenParameters(form: request.query), request.conditions.mode)
    }
    guard path.hasPrefix("/0/private/"), request.method == "POST",
      let endpoint = KrakenEndpoint(rawValue: String(path.dropFirst(11)))
    else { throw .unknownMethod }
    try Self.check(endpoint.rawValue, request.conditions)
    let call = try gate.withLock { gate throws(KrakenError) in try gate.admit(request, endpoint) }
    return try result(of: endpoint, call)
  }

  /// What faults that hold refuse before anything else is looked at.
  private static func check(_ name: String, _ conditions: VenueConditions) throws(KrakenError) {
    guard !conditions.unknownMethods.contains(name) else { throw .unknownMethod }
    guard conditions.mode != .maintenance || ["Time", "SystemStatus"].contains(name) else { throw .unavailable }
  }

  private func result(of endpoint: KrakenEndpoint, _ call: KrakenCall) throws(KrakenError) -> JSONValue {
    switch endpoint {
    case .balance: account.balance(call)
    case .extendedBalance: account.extendedBalance(call)
    case .tradeVolume: try account.tradeVolume(call)
    case .keyInfo: account.keyInfo(call)
    case .openOrders: account.openOrders(call)
    case .closedOrders: try account.closedOrders(call)
    case .queryOrders: try account.queryOrders(call)
    case .tradesHistory: try account.tradesHistory(call)
    case .ledgers: try ledger.rows(call)
    case .addOrder: try orders.add(call)
    case .addOrderBatch: try orders.addBatch(call)
    case .amendOrder: try orders.amend(call)
    case .editOrder: try orders.edit(call)
    case .cancelOrder: try orders.cancel(call)
    case .cancelOrderBatch: try orders.cancelBatch(call)
    case .cancelAll: try orders.cancelAll(call)
    case .cancelAllOrdersAfter: try orders.cancelAllAfter(call)
    case .webSocketsToken:
      ["token": .string(Base64.encoded(RandomBytes.make(32))), "expires": .integer(900)]
    }
  }
}
