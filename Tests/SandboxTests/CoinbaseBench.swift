import Core
import Synchronization
import Testing

@testable import Sandbox

/// A Coinbase venue in this process, on clocks that the test moves, with one account and its key.
final class CoinbaseBench: Sendable {
  /// A wall clock that stands still until it is moved.
  final class Clock: ProtocolClock {
    private let state: Mutex<(time: Timestamp, isFrozen: Bool)>
    init(_ time: Timestamp) { state = Mutex((time, false)) }
    var now: Timestamp { state.withLock { $0.time } }
    func advance(by duration: Duration) { state.withLock { if !$0.isFrozen { $0.time = $0.time + duration } } }

    /// Stands still while `body` looks at one instant from several sides.
    func frozen<Result>(_ body: () throws -> Result) rethrows -> Result {
      state.withLock { $0.isFrozen = true }
      defer { state.withLock { $0.isFrozen = false } }
      return try body()
    }
  }

  /// Keeps the entries and nothing else.
  final class Ledger: LedgerStore {
    let salt: UInt64 = 0x5eed
    private let kept = Mutex<[LedgerEntry]>([])
    var entries: [LedgerEntry] { kept.withLock { $0 } }
    func append(_ entry: LedgerEntry) throws(LedgerError) { kept.withLock { $0.append(entry) } }
  }

  static let account = "coinbase/test"
  static let host = "127.0.0.1:4711"

  let clock: Clock
  let ledger = Ledger()
  let exchange: Exchange
  let venue: CoinbaseVenue
  private let key: CoinbaseTokenMaker

  init(
    funds: [String: ExactDecimal] = ["USD": .literal("10000")], switches: CoinbaseSwitches = CoinbaseSwitches(),
    scopes: CoinbaseScopes = CoinbaseScopes(), type: CoinbaseKeyType = .edDSA
  ) throws {
    let start = try #require(Timestamp(rfc3339: "2026-01-16T12:00:00Z"))
    clock = Clock(start)
    exchange = try Exchange(
      ledger: ledger, entries: [], market: MarketData(model: MarketModel(seed: 7, anchor: start)),
      marketTime: MarketTime(wall: clock, speed: 60, store: MarketTimeMemory(start)), wall: clock,
      venues: [CoinbaseVenue.rules])
    venue = CoinbaseVenue(exchange: exchange, switches: switches)
    _ = try exchange.openAccount(Self.account, venue: "coinbase", funds: funds)
    key = Self.maker(venue.issueKey(account: Self.account, type: type, scopes: scopes))
  }

  static func maker(_ issued: IssuedKey) -> CoinbaseTokenMaker {
    let values = Dictionary(uniqueKeysWithValues: issued.credentials.map { ($0.slot, $0.value) })
    return CoinbaseTokenMaker(name: values["api_key"] ?? "", secret: values["api_secret"] ?? "")
  }

  /// A request as it comes off the wire; `path` stands behind the prefix.
  func request(
    _ method: String, _ path: String, body: String = "", headers: [(name: String, value: String)] = []
  ) -> VenueRequest {
    VenueRequest(
      method: method, target: CoinbaseRoute.prefix + path, headers: [("Host", Self.host)] + headers,
      body: Array(body.utf8), remote: "127.0.0.1", receivedAt: clock.now)
  }

  /// An answer: its status and its body.
  struct Answer {
    let status: Int
    let text: String
    var json: JSON { get throws { try JSON(parsing: text) } }
  }

  func send(_ request: VenueRequest) -> Answer {
    let response = venue.respond(to: request)
    return Answer(status: response.status, text: String(decoding: response.body, as: UTF8.self))
  }

  /// Asks without a key.
  func open(_ path: String) -> Answer { send(request("GET", path)) }

  /// Asks with a fresh token of the account's key.
  func call(
    _ method: String, _ path: String, _ body: JSONValue? = nil, headers: [(name: String, value: String)] = [],
    with other: CoinbaseTokenMaker? = nil
  ) throws -> Answer {
    // Time passes, so that no test runs into the limit of requests by accident.
    clock.advance(by: .milliseconds(40))
    let bare = CoinbaseRoute.prefix + path.prefix { $0 != "?" }
    let token = try (other ?? key).token(method, Self.host, bare, at: clock.now)
    return send(
      request(method, path, body: body?.encoded ?? "", headers: [("Authorization", "Bearer \(token)")] + headers))
  }

  /// The parsed body of an answer that must be 200.
  func get(_ path: String) throws -> JSON {
    let answer = try call("GET", path)
    try #require(answer.status == 200, "\(path): \(answer.status) \(answer.text)")
    return try answer.json
  }

  /// Places an order; the parsed body of the answer.
  func place(
    _ id: String, _ configuration: JSONValue, side: String = "BUY", product: String = "BTC-USD",
    headers: [(name: String, value: String)] = []
  ) throws -> JSON {
    let answer = try call("POST", "orders", Self.order(id, side, configuration, product), headers: headers)
    try #require(answer.status == 200, "\(answer.status) \(answer.text)")
    return try answer.json
  }

  static func order(
    _ id: String, _ side: String, _ configuration: JSONValue, _ product: String = "BTC-USD"
  ) -> JSONValue {
    [
      "client_order_id": .string(id), "product_id": .string(product), "side": .string(side),
      "order_configuration": configuration,
    ]
  }

  static func limitIOC(_ size: String, _ price: String) -> JSONValue {
    ["sor_limit_ioc": ["base_size": .string(size), "limit_price": .string(price)]]
  }

  static func limitGTC(_ size: String, _ price: String, postOnly: Bool = false) -> JSONValue {
    [
      "limit_limit_gtc": [
        "base_size": .string(size), "limit_price": .string(price), "post_only": .boolean(postOnly),
      ]
    ]
  }

  static func stopLimit(_ size: String, _ price: String, stop: String, _ direction: String) -> JSONValue {
    [
      "stop_limit_stop_limit_gtc": [
        "base_size": .string(size), "limit_price": .string(price), "stop_price": .string(stop),
        "stop_direction": .string("STOP_DIRECTION_STOP_\(direction)"),
      ]
    ]
  }

  static func bracket(_ size: String, _ price: String, stop: String) -> JSONValue {
    [
      "trigger_bracket_gtc": [
        "base_size": .string(size), "limit_price": .string(price), "stop_trigger_price": .string(stop),
      ]
    ]
  }

  static func marketBuy(_ money: String) -> JSONValue { ["market_market_ioc": ["quote_size": .string(money)]] }

  /// The id of an order that was taken.
  static func id(_ placed: JSON) throws -> String {
    try #require(placed["success"]?.boolean == true)
    return try placed.object("success_response").string("order_id")
  }

  /// The order as the venue shows it now.
  func order(_ id: String) throws -> JSON { try get("orders/historical/\(id)").object("order") }

  /// A wallet's available and held amounts.
  func wallet(_ currency: String) throws -> (available: ExactDecimal, held: ExactDecimal) {
    let wallets = try get("accounts").array("accounts")
    let wallet = try #require(wallets.first { $0["currency"]?.text == currency })
    return (try wallet.object("available_balance").decimal("value"), try wallet.object("hold").decimal("value"))
  }

  /// The reason of a refused order: the first of the three fields that says something.
  static func reason(_ placed: JSON) throws -> String {
    try #require(placed["success"]?.boolean == false)
    let error = try placed.object("error_response")
    let fields = ["new_order_failure_reason", "preview_failure_reason", "error"]
    let reasons = try fields.map { try error.string($0) }
    return try reasons.first { !$0.hasPrefix("UNKNOWN") } ?? error.string("message")
  }
}
