import Core

/// A request as it came off the wire.
struct VenueRequest: Sendable {
  /// `GET`, `POST` …
  let method: String
  /// Path and query as sent.
  let target: String
  /// Names as sent, in order.
  let headers: [(name: String, value: String)]
  /// The raw bytes: signatures are checked over these.
  let body: [UInt8]
  /// Who asks: the address without port.
  let remote: String
  /// When the venue takes it (the venue's protocol clock).
  var receivedAt: Timestamp
  /// How the venue is for this call.
  var conditions = VenueConditions()

  /// The target up to the question mark.
  var path: String { String(target.prefix { $0 != "?" }) }
  /// What follows the question mark; empty without one.
  var query: String { String(target.drop { $0 != "?" }.dropFirst()) }

  /// The first header of that name, whatever its case.
  func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// What goes back.
struct VenueResponse: Sendable {
  /// The HTTP status.
  var status: Int
  /// Further headers; the length and the connection's are added.
  var headers: [(name: String, value: String)]
  /// The bytes of the body.
  var body: [UInt8]

  /// JSON on one line.
  static func json(_ value: JSONValue, status: Int = 200) -> VenueResponse {
    json(text: value.encoded, status: status)
  }

  /// Text that is JSON already.
  static func json(text: String, status: Int = 200) -> VenueResponse {
    VenueResponse(
      status: status, headers: [("Content-Type", "application/json; charset=utf-8")], body: Array(text.utf8))
  }

  /// Plain text.
  static func text(_ text: String, status: Int) -> VenueResponse {
    VenueResponse(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: Array(text.utf8))
  }
}

/// Whom and what a request claims to concern, before anything is checked: what faults are addressed by.
struct RequestSubject: Hashable, Sendable {
  /// The account whose key is named, if the venue issued it.
  var account: String?
  /// The venue's short name of the call: `AddOrder`, `POST /orders`.
  var endpoint: String
}

/// Credentials and identity of an account that was opened.
struct IssuedKey: Sendable {
  /// By credential slot: `api_key`, `api_secret`.
  let credentials: [(slot: String, value: String)]
}

/// What a sandbox is started with for its venues.
struct VenueOptions: Hashable, Sendable {
  /// How many more markets Kraken lists, which nobody trades.
  var inertPairs = 0
}

/// One venue at the far end of the wire.
///
/// A venue is handed the ``Exchange`` (which knows accounts, orders, fills and the market in neutral terms) and owns
/// everything that is its own: keys, authentication, limits, wire forms, error texts. It is called on one event loop and
/// must not block. Faults, delays and cut connections happen outside of it.
protocol VenueHandler: Sendable {
  /// Whom and what a request claims to concern; must not change anything.
  func subject(of request: VenueRequest) -> RequestSubject

  /// Does what is asked.
  func respond(to request: VenueRequest) -> VenueResponse

  /// The venue's way to say `text` is wrong, for injected errors.
  func errorResponse(_ text: String, to request: VenueRequest) -> VenueResponse

  /// The venue's way to say that too much is asked, with status 429.
  var rateLimitResponse: VenueResponse { get }

  /// Its names of all calls that it answers.
  static var endpoints: [String] { get }
  /// The venue's way to refuse an address altogether.
  var bannedResponse: VenueResponse { get }

  /// The members of answers, or places in lists (`[13]`), that say where an order stands.
  var statusPlaces: Set<String> { get }

  /// The rights that a key can have, by the venue's names.
  var permissionNames: [String] { get }

  /// Makes a fresh key for an account that the exchange has; kept in memory only. `permissions` are from
  /// ``permissionNames``; what a key for trading has where they are `nil`.
  func issueKey(account: String, permissions: Set<String>?) -> IssuedKey

  /// Sets what the limits of an account are like, where the venue has tiers; `false` where it has not that one.
  func setTier(_ name: String, account: String) -> Bool

  /// Does what is due by the protocol clock; called every now and then.
  func advance()

  /// Forgets every key of an account; how many there were.
  func revokeKeys(account: String) -> Int
}

/// A venue written in Swift. To add one: write the type, name it in `Venues.all`.
protocol BuiltInVenue: VenueHandler {
  /// What trading on this venue is like; its `name` is the venue's.
  static var rules: VenueRules { get }
  /// The rights that a key can have, by the venue's names.
  static var permissionNames: [String] { get }

  /// A venue over an exchange that knows its rules.
  init(exchange: Exchange, options: VenueOptions)
}

extension BuiltInVenue {
  var permissionNames: [String] { Self.permissionNames }
}

extension VenueHandler {
  var bannedResponse: VenueResponse { EdgePage.banned }

  var statusPlaces: Set<String> { ["status"] }

  /// A key for trading.
  func issueKey(account: String) -> IssuedKey { issueKey(account: account, permissions: nil) }

  func setTier(_ name: String, account: String) -> Bool { false }

  func advance() {}
}
