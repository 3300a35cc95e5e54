import Core

/// What a key may do, by the names of GetApiKeyInfo.
enum KrakenPermission: String, CaseIterable, Hashable, Sendable {
  case queryFunds = "query-funds"
  case queryOpenTrades = "query-open-trades"
  case queryClosedTrades = "query-closed-trades"
  case modifyTrades = "modify-trades"
  case closeTrades = "close-trades"
  case queryLedger = "query-ledger"
  case exportData = "export-data"
  case createWebSocketToken = "create-ws-token"
  case addFunds = "add-funds"
  case withdrawFunds = "withdraw-funds"
  case earnFunds = "earn-funds"
  case addWithdrawAddress = "add-withdraw-address"
  case updateWithdrawAddress = "update-withdraw-address"

  /// What a key for trading has.
  static let trading: Set<KrakenPermission> = [
    .queryFunds, .queryOpenTrades, .queryClosedTrades, .modifyTrades, .closeTrades, .queryLedger,
  ]
}

/// A key and what the venue remembers of its use.
struct KrakenKey: Sendable {
  let text: String
  let secret: [UInt8]
  let account: String
  let createdAt: Timestamp
  var permissions = KrakenPermission.trading
  var nonce: UInt64?
  /// The fault that moved the last nonce ahead.
  var nonceJump: Int?
  var lastUsed: Timestamp?
  var counter = DecayingCounter()
}

/// A counter that falls with time.
struct DecayingCounter: Hashable, Sendable {
  private var level = 0.0
  private var asOf: Timestamp?

  /// The level at `now`, falling so much a second.
  mutating func level(at now: Timestamp, decay: Double) -> Double {
    if let asOf, now > asOf { level = max(0, level - decay * Double((now - asOf).wholeNanoseconds) / 1e9) }
    asOf = now
    return level
  }

  /// Adds `cost` unless that goes over `limit`; whether it did.
  mutating func add(_ cost: Double, limit: Double, decay: Double, at now: Timestamp) -> Bool {
    guard level(at: now, decay: decay) + cost <= limit else { return false }
    level += cost
    return true
  }

  /// Adds `cost` whatever the level.
  mutating func charge(_ cost: Double, decay: Double, at now: Timestamp) {
    level = level(at: now, decay: decay) + cost
  }
}

/// What an account's verification at Kraken decides.
struct KrakenTier: Hashable, Sendable {
  /// The REST counter's limit and fall a second.
  var restLimit: Double
  var restDecay: Double
  /// The engine counter's limit and fall a second.
  var engineLimit: Double
  var engineDecay: Double
  /// Open orders per market.
  var openOrders: Int

  static let starter = KrakenTier(restLimit: 15, restDecay: 0.33, engineLimit: 60, engineDecay: 1, openOrders: 60)
  static let intermediate = KrakenTier(
    restLimit: 20, restDecay: 0.5, engineLimit: 125, engineDecay: 2.34, openOrders: 80)
  static let pro = KrakenTier(restLimit: 20, restDecay: 1, engineLimit: 180, engineDecay: 3.75, openOrders: 225)

  /// By the names that are used for them.
  static let all = ["starter": starter, "intermediate": intermediate, "pro": pro]
}

/// What is not published.
struct KrakenSettings: Sendable {
  /// What accounts have that were given no tier.
  var tier = KrakenTier.pro
  /// Public calls: so many at once from one address, and so many a second. A market that runs faster than the wall has
  /// its candles asked for as much oftener: the rate is four times the real one, so that four feeds may share it.
  var publicBurst = 60.0
  var publicRate = 4.0
  /// So many failures of key, signature or nonce within a minute lock a key out.
  var lockoutFailures = 10
  /// For so long.
  var lockout = Duration.seconds(900)
}
