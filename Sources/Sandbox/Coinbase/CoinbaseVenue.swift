import Core
import Synchronization

/// The Coinbase Advanced venue: authentication, limits and routes. What the routes do is in the pages beside it.
struct CoinbaseVenue: BuiltInVenue {
  static let rules = VenueRules(
    name: "coinbase", assets: CoinbaseListings.assets, listings: CoinbaseListings.all, fees: CoinbaseListings.fees,
    clientOrderIDScope: .allOrders, postOnlyCrossing: .refused, reachedTrigger: .refused,
    orderID: { IDText.uuid($0, salt: 1) }, fillID: { IDText.uuid($0, salt: 2) }, identity: { IDText.uuid($0, salt: 3) })

  private let exchange: Exchange
  private let switches: CoinbaseSwitches
  private let keys = CoinbaseKeyRing()
  private let limits = CoinbaseLimits()
  private let privateCalls: CallCounter

  init(exchange: Exchange, options: VenueOptions) { self.init(exchange: exchange, switches: CoinbaseSwitches()) }

  /// A venue that behaves as the switches say.
  init(exchange: Exchange, switches: CoinbaseSwitches) {
    self.exchange = exchange
    self.switches = switches
    self.privateCalls = CallCounter(seed: exchange.market.model.seed)
  }

  func subject(of request: VenueRequest) -> RequestSubject {
    let claimed = Self.token(of: request).flatMap { JWTVerifier.claimedKey(of: $0) }
    let route = CoinbaseRoute(method: request.method, path: request.path)
    return RequestSubject(
      account: claimed.flatMap { keys[$0]?.account }, endpoint: route?.name ?? "\(request.method) \(request.path)")
  }

  func respond(to request: VenueRequest) -> VenueResponse {
    do throws(CoinbaseError) {
      guard let route = CoinbaseRoute(method: request.method, path: request.path) else {
        throw .notFound("route not found")
      }
      guard !request.conditions.unknownMethods.contains(route.name) else { throw .notFound("route not found") }
      guard request.conditions.mode != .maintenance || route.endpoint == .time else { throw .maintenance }
      let query = try CoinbaseQuery(request.query)
      let answer = route.isPublic ? try publicly(route, query, request) : try privately(route, query, request)
      return .json(answer)
    } catch {
      return error.response
    }
  }

  var rateLimitResponse: VenueResponse { CoinbaseError.rateLimited.response }

  static let permissionNames = CoinbaseScopes.names

  func errorResponse(_ text: String, to request: VenueRequest) -> VenueResponse {
    CoinbaseInjectedError.response(text, to: request)
  }

  // MARK: Keys

  func issueKey(account: String, permissions: Set<String>?) -> IssuedKey {
    issueKey(account: account, type: .es256, scopes: permissions.map(CoinbaseScopes.init(names:)) ?? CoinbaseScopes())
  }

  /// Makes a key of the given kind and rights; its private half leaves with the answer and stays nowhere.
  func issueKey(account: String, type: CoinbaseKeyType, scopes: CoinbaseScopes) -> IssuedKey {
    guard let pair = CoinbaseKeyPair(type) else { return IssuedKey(credentials: []) }
    keys.add(.init(name: pair.name, account: account, publicKey: pair.publicKey, scopes: scopes))
    return IssuedKey(credentials: [("api_key", pair.name), ("api_secret", pair.secret)])
  }

  func revokeKeys(account: String) -> Int { keys.removeAll(of: account) }

  // MARK: Who asks

  private static func token(of request: VenueRequest) -> String? {
    guard let header = request.header("Authorization"), header.hasPrefix("Bearer ") else { return nil }
    return String(header.dropFirst("Bearer ".count))
  }

  private func authenticated(_ request: VenueRequest) throws(CoinbaseError) -> CoinbaseKeyRing.Entry {
    guard let token = Self.token(of: request), let host = request.header("Host") else { throw .unauthorized }
    let use = JWTVerifier.Use.rest(method: request.method, host: host, path: request.path)
    guard let name = try? switches.tokens.verify(token, for: use, at: request.receivedAt, key: { keys[$0]?.publicKey }),
      let key = keys[name], !request.conditions.isRevoked,
      !privateCalls.isUnlucky(max(switches.flakyUnauthorized, Double(request.conditions.refusedTokens) / 100))
    else { throw .unauthorized }
    return key
  }

  // MARK: What is asked

  private func publicly(
    _ route: CoinbaseRoute, _ query: CoinbaseQuery, _ request: VenueRequest
  ) throws(CoinbaseError) -> JSONValue {
    guard limits.admit(.address(request.remote), at: request.receivedAt) else { throw .rateLimited }
    return try market(route, query, request.conditions.mode)
  }

  private func privately(
    _ route: CoinbaseRoute, _ query: CoinbaseQuery, _ request: VenueRequest
  ) throws(CoinbaseError) -> JSONValue {
    let key = try authenticated(request)
    guard limits.admit(.account(key.account), at: request.receivedAt) else { throw .rateLimited }
    let scopes = key.scopes.without(request.conditions.removedPermissions)
    guard route.needsTrade ? scopes.canTrade : scopes.canView else { throw .missingScopes }
    guard let account = exchange.account(key.account) else { throw .unauthorized }
    let switches = switches.under(request.conditions)
    let text = CoinbaseOrderText(
      rules: Self.rules, switches: switches, account: account, now: exchange.now(at: Self.rules.name))
    switch route.endpoint {
    case .accounts, .account, .keyPermissions, .portfolios, .transactionSummary:
      let pages = CoinbaseAccountPages(exchange: exchange, rules: Self.rules, account: account, scopes: scopes)
      return try self.account(route, query, pages)
    case .placeOrder, .previewOrder, .cancelOrders, .editOrder, .previewEdit:
      let desk = CoinbaseOrderDesk(
        exchange: exchange, rules: Self.rules, account: account, switches: switches,
        conditions: request.conditions, wantedError: request.header("X-Sandbox"))
      return try order(route, request.body, desk)
    case .listOrders: return try CoinbaseHistory(exchange: exchange, account: account, text: text).orders(query)
    case .fills: return try CoinbaseHistory(exchange: exchange, account: account, text: text).fills(query)
    case .order:
      return try CoinbaseHistory(exchange: exchange, account: account, text: text).order(route.parameter ?? "")
    default: return try market(route, query, request.conditions.mode)
    }
  }

  private func market(
    _ route: CoinbaseRoute, _ query: CoinbaseQuery, _ mode: VenueConditions.Mode
  ) throws(CoinbaseError) -> JSONValue {
    let pages = CoinbaseProductPages(exchange: exchange, rules: Self.rules, mode: mode)
    switch route.endpoint {
    case .time: return time
    case .products: return try pages.products(query)
    case .product: return try pages.product(try pages.listing(route.parameter))
    case .candles: return try pages.candles(try pages.listing(route.parameter), query)
    case .ticker: return try pages.ticker(try pages.listing(route.parameter), query)
    case .bestBidAsk: return try pages.bestBidAsk(query)
    case .productBook: return try pages.productBook(query)
    default: throw .notFound("route not found")
    }
  }

  private func account(
    _ route: CoinbaseRoute, _ query: CoinbaseQuery, _ pages: CoinbaseAccountPages
  ) throws(CoinbaseError) -> JSONValue {
    switch route.endpoint {
    case .accounts: return try pages.wallets(query)
    case .account: return try pages.wallet(route.parameter ?? "")
    case .keyPermissions: return pages.permissions
    case .portfolios: return pages.portfolios
    default: return try pages.transactionSummary()
    }
  }

  private func order(
    _ route: CoinbaseRoute, _ body: [UInt8], _ desk: CoinbaseOrderDesk
  ) throws(CoinbaseError) -> JSONValue {
    switch route.endpoint {
    case .placeOrder: try desk.place(body)
    case .previewOrder: try desk.preview(body)
    case .cancelOrders: try desk.cancel(body)
    case .previewEdit: try desk.previewEdit(body)
    default: try desk.edit(body)
    }
  }

  private var time: JSONValue {
    let now = exchange.now(at: Self.rules.name)
    return [
      "iso": .string(now.text(fractionDigits: 0)), "epochSeconds": .string("\(now.seconds)"),
      "epochMillis": .string("\(now.milliseconds)"),
    ]
  }
}

/// Counts private calls, so that chance is the same in every run of a seed.
private final class CallCounter: Sendable {
  private let noise: Noise
  private let calls = Mutex(0)

  init(seed: UInt64) { self.noise = Noise(seed: seed, name: "coinbase/401") }

  /// Whether this call is one of the share that fails for no reason.
  func isUnlucky(_ share: Double) -> Bool {
    let call = calls.withLock { calls in
      calls &+= 1
      return calls
    }
    return noise.unit(call) < share
  }
}
