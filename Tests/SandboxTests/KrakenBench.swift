import Core
import Synchronization
import Testing

@testable import Sandbox

/// A wall clock that stands still until it is moved.
final class SteppedClock: ProtocolClock {
  private let time: Mutex<Timestamp>
  init(_ time: Timestamp) { self.time = Mutex(time) }
  var now: Timestamp { time.withLock { $0 } }
  func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// Keeps the entries and nothing else; refuses them when told to.
final class MemoryLedger: LedgerStore {
  let salt: UInt64 = 0x6b72
  private let kept = Mutex<(entries: [LedgerEntry], isFull: Bool)>(([], false))
  var entries: [LedgerEntry] { kept.withLock { $0.entries } }
  func fill() { kept.withLock { $0.isFull = true } }
  func append(_ entry: LedgerEntry) throws(LedgerError) {
    let isFull = kept.withLock { kept in
      if !kept.isFull { kept.entries.append(entry) }
      return kept.isFull
    }
    if isFull { throw .system("write to the ledger", code: 28) }
  }
}

/// A Kraken venue in this process, on clocks that the test moves, with one account and its key.
final class KrakenBench: Sendable {
  static let account = "kraken/test"
  static let secret: [UInt8] = Array(0..<64)

  let clock: SteppedClock
  let ledger = MemoryLedger()
  let exchange: Exchange
  let venue: KrakenVenue
  private let nonce = Mutex<UInt64>(1_000)

  init(
    funds: [String: ExactDecimal] = ["USD": .literal("10000")], settings: KrakenSettings = KrakenSettings(),
    permissions: Set<KrakenPermission> = KrakenPermission.trading, seed: UInt64 = 7, inertPairs: Int = 0
  ) throws {
    let start = try #require(Timestamp(rfc3339: "2026-01-16T12:00:00Z"))
    clock = SteppedClock(start)
    exchange = try Exchange(
      ledger: ledger, entries: [], market: MarketData(model: MarketModel(seed: seed, anchor: start)),
      marketTime: MarketTime(wall: clock, speed: 60, store: MarketTimeMemory(start)), wall: clock,
      venues: [KrakenVenue.rules])
    venue = KrakenVenue(exchange: exchange, settings: settings, inertPairs: inertPairs)
    _ = try exchange.openAccount(Self.account, venue: "kraken", funds: funds)
    addKey("key", permissions)
  }

  func addKey(_ text: String, _ permissions: Set<KrakenPermission>) {
    var key = KrakenKey(text: text, secret: Self.secret, account: Self.account, createdAt: clock.now)
    key.permissions = permissions
    venue.add(key)
  }

  func nextNonce() -> UInt64 {
    nonce.withLock {
      $0 += 1
      return $0
    }
  }

  func send(_ request: VenueRequest) throws -> JSON {
    let response = venue.respond(to: request)
    try #require(response.status == 200)
    return try JSON(parsing: response.body)
  }

  func request(
    _ name: String, body: String, nonce: String, key: String = "key", sign: String? = nil, type: String? = nil
  ) -> VenueRequest {
    let path = "/0/private/\(name)"
    let right = Base64.encoded(
      KrakenSignature.expected(secret: Self.secret, path: path, nonce: nonce, body: Array(body.utf8)))
    return VenueRequest(
      method: "POST", target: path,
      headers: [
        ("api-key", key), ("API-Sign", sign ?? right), ("Content-Type", type ?? "application/x-www-form-urlencoded"),
      ], body: Array(body.utf8), remote: "127.0.0.1", receivedAt: clock.now)
  }

  /// A signed call with a fresh nonce; waits long enough that no counter is full by accident.
  func call(_ name: String, _ parameters: String = "", key: String = "key", patient: Bool = true) throws -> JSON {
    if patient { clock.advance(by: .seconds(5)) }
    let nonce = String(nextNonce())
    return try send(request(name, body: "nonce=\(nonce)&\(parameters)", nonce: nonce, key: key))
  }

  /// The first entry of `error`; empty when there is none.
  func error(_ name: String, _ parameters: String = "", key: String = "key", patient: Bool = true) throws -> String {
    try Self.error(try call(name, parameters, key: key, patient: patient))
  }

  static func error(_ answer: JSON) throws -> String { try answer.array("error").first?.text ?? "" }

  func result(_ name: String, _ parameters: String = "", patient: Bool = true) throws -> JSON {
    let answer = try call(name, parameters, patient: patient)
    try #require(try Self.error(answer) == "")
    return try answer.object("result")
  }

  /// Places an order; its id.
  func place(_ parameters: String, patient: Bool = true) throws -> String {
    try #require(try result("AddOrder", parameters, patient: patient).array("txid").first?.text)
  }

  func order(_ id: String) throws -> JSON { try result("QueryOrders", "txid=\(id)&trades=true").object(id) }

  func open(_ target: String) throws -> JSON {
    try send(
      VenueRequest(
        method: "GET", target: "/0/public/\(target)", headers: [], body: [], remote: "127.0.0.1",
        receivedAt: clock.now))
  }

  func book(_ symbol: String = "BTC/USD") throws -> MadeBook {
    let listing = try #require(KrakenVenue.rules.listing(named: symbol))
    return try #require(exchange.book(listing, venue: "kraken", depth: 100))
  }

  /// A price that fills, and one that rests.
  func price(_ factor: String, _ symbol: String = "BTC/USD", places: Int = 1) throws -> ExactDecimal {
    try (try book(symbol).last * .literal(factor)).rounded(places: places, .down)
  }

  func balance(_ currency: String) throws -> Balance {
    try #require(exchange.balances(Self.account).first { $0.currency == currency })
  }
}
