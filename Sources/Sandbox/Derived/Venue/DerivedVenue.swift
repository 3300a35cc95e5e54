import Broker
import Core
import Descriptor

/// A brokerage as its descriptor says that it is, on the sandbox's engine: requests are recognised, checked and answered
/// by the descriptor turned round.
///
/// It shows that a descriptor agrees with itself and with what an exchange does; not that the brokerage is like that.
final class DerivedVenue: VenueHandler {
  let rules: VenueRules
  private let descriptor: Descriptor
  private let exchange: Exchange
  private let gate: DerivedGate
  private let routes: DerivedRoutes
  private let limits: DerivedLimits
  private let failures: DerivedFailures
  private let deadMan = DeadManSwitches()

  init(exchange: Exchange, descriptor: Descriptor, rules: VenueRules) {
    self.exchange = exchange
    self.descriptor = descriptor
    self.rules = rules
    gate = DerivedGate(descriptor)
    limits = DerivedLimits(descriptor.limits)
    failures = DerivedFailures(table: descriptor.failures)
    let known = KnownWords(descriptor, rules)
    routes = DerivedRoutes(descriptor) { known.accept($1, as: $0) }
  }

  /// The operations by their names.
  static var endpoints: [String] { OperationName.allCases.map(\.rawValue) }

  // MARK: Keys

  var permissionNames: [String] { DerivedKey.rights }

  var statusPlaces: Set<String> { descriptor.statusPlaces }

  func issueKey(account: String, permissions: Set<String>?) -> IssuedKey {
    IssuedKey(credentials: gate.issue(account: account, rights: permissions ?? ["query", "trade"]))
  }

  func revokeKeys(account: String) -> Int { gate.revoke(account: account) }

  // MARK: Calls

  func subject(of request: VenueRequest) -> RequestSubject {
    let call = routes.call(RequestParts(request, payload: gate.payload(request)))
    return RequestSubject(
      account: gate.account(request), endpoint: call?.name ?? "\(request.method) \(request.path)")
  }

  func respond(to request: VenueRequest) -> VenueResponse {
    advance()
    do throws(DerivedRefusal) {
      return try answer(to: request)
    } catch {
      return failures.response(error)
    }
  }

  func errorResponse(_ text: String, to request: VenueRequest) -> VenueResponse {
    failures.unknown(text, status: 400)
  }

  var rateLimitResponse: VenueResponse {
    var response = failures.response(DerivedRefusal(.rateLimited, "too many requests"))
    if response.status < 400 { response.status = 429 }
    return response
  }

  var bannedResponse: VenueResponse {
    var response = failures.response(DerivedRefusal(.lockedOut, "this address is banned"))
    // Who has no word for a ban says how long to wait.
    if !failures.knows(.lockedOut) { response.headers.append(("Retry-After", "60")) }
    return response
  }

  func advance() {
    for account in deadMan.due(at: exchange.now(at: rules.name)) {
      // A record that cannot be kept leaves the orders; the account's next call is told so.
      _ = try? exchange.cancelAll(account: account, reason: "Cancelled by the dead-man switch")
    }
  }

  private func answer(to request: VenueRequest) throws(DerivedRefusal) -> VenueResponse {
    let parts = RequestParts(request, payload: gate.payload(request))
    guard let call = routes.call(parts), let route = call.first,
      request.conditions.unknownMethods.isDisjoint(with: call.routes.map(\.name.rawValue))
    else { throw DerivedRefusal(.noRoute, "no such call: \(request.method) \(request.path)") }
    guard request.conditions.mode != .maintenance || route.name == .serverTime else {
      throw DerivedRefusal(.unavailable, "maintenance")
    }
    let market = DerivedMarket(exchange: exchange, rules: rules, descriptor: descriptor)
    let key = route.call.isSigned ? try gate.key(request, parts, route.call) : nil
    guard
      limits.admit(
        route.call.cost, key: key?.name, remote: request.remote, market: market.listing(call.variables)?.symbol.base,
        at: request.receivedAt)
    else { throw DerivedRefusal(.rateLimited, "too many requests") }
    let draft = AnswerDraft()
    // Fills that stand inside an order come first: sums over them are read from the order. So do names that rows stand
    // under.
    let isEarly: (DerivedRoute) -> Bool = { $0.name == .fillsOfOrder || $0.part == .list }
    let routes = call.routes.filter(isEarly) + call.routes.filter { !isEarly($0) }
    let variables = market.completed(call.variables)
    for route in routes { try write(route, variables, key, market, request.conditions, draft) }
    failures.succeed(draft)
    guard !failures.isFailed(draft) else {
      throw DerivedRefusal(.inexpressible, "the answer to \(route.name.rawValue) reads as a failure")
    }
    return draft.response
  }

  private func write(
    _ route: DerivedRoute, _ variables: [String: String], _ key: SignedKey?, _ market: DerivedMarket,
    _ conditions: VenueConditions, _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    if try market.write(route, variables, draft) { return }
    guard let key, let account = exchange.account(key.account) else {
      throw DerivedRefusal(.invalidKey, "\(route.name.rawValue) is about an account and not signed")
    }
    guard key.rights.contains(route.isQuestion ? "query" : "trade") else {
      throw DerivedRefusal(.permission, "the key may not do this")
    }
    let pages = DerivedAccount(
      exchange: exchange, market: market, account: account, rights: key.rights, conditions: conditions)
    if try pages.write(route, variables, draft) { return }
    let desk = DerivedDesk(
      exchange: exchange, market: market, account: account, conditions: conditions, deadMan: deadMan)
    try desk.perform(route, variables, draft)
  }
}

/// What variables of a request can be: names that the venue has.
private struct KnownWords: Sendable {
  private let markets: Set<String>
  private let bases: Set<String>
  private let quotes: Set<String>
  private let sides: Set<String>

  init(_ descriptor: Descriptor, _ rules: VenueRules) {
    markets = rules.listings.reduce(into: []) { $0.formUnion(DerivedMarket.names($1, descriptor)) }
    bases = Set(rules.listings.map { $0.instrument.venueBase.lowercased() })
    quotes = Set(rules.listings.map { $0.instrument.venueQuote.lowercased() })
    sides = Set([Side.buy, .sell].map { (descriptor.words.sides[$0] ?? $0.rawValue).lowercased() })
  }

  func accept(_ text: String, as variable: String) -> Bool {
    let word = Percent.decoded(text).lowercased()
    return switch variable {
    case "symbol": markets.contains(word)
    case "base": bases.contains(word)
    case "quote": quotes.contains(word)
    case "side": sides.contains(word)
    case "quantity", "notional", "price", "trigger": !word.hasPrefix("-") && AnswerReader.number(word) != nil
    // Ids that the stand-in gives; where a path has either name, ours is the other.
    case "order_id": word.utf8.count <= 16 && word.utf8.allSatisfy { (48...57).contains($0) }
    default: !text.contains("/")
    }
  }
}
