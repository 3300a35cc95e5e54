internal import Broker

/// What the venue's words mean: reference §7 as data. A word that is not here is `unknown`; nothing is guessed.
struct CoinbaseReason: Sendable {
  /// Whether the venue may have made the order all the same.
  enum Executed { case no, verify }

  let code: BrokerError.Code
  let scope: BrokerError.Scope
  /// When the same may be sent again; `nil` never.
  let retry: Duration?
  let executed: Executed
  /// The cause in our words.
  let message: String

  init(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, retry: Duration? = nil, executed: Executed = .no,
    _ message: String
  ) {
    self.code = code
    self.scope = scope
    self.retry = retry
    self.executed = executed
    self.message = message
  }

  /// How long to wait before asking again after `failures` in a row is the caller's; this is the first wait.
  static let shortly = Duration.seconds(1)
  /// For states that last: a halted product, a dry book.
  static let later = Duration.seconds(60)

  /// Refusals of an order, by the venue's word without a leading `PREVIEW_`.
  static func ofOrder(_ word: String) -> CoinbaseReason? {
    let bare = word.hasPrefix("PREVIEW_") ? String(word.dropFirst("PREVIEW_".count)) : word
    if let reason = orders[bare] { return reason }
    if bare.hasPrefix("INVALID_"), bare.hasSuffix("_PRECISION") {
      return CoinbaseReason(.invalidAmount, .order, "a price or size with more digits than the product takes")
    }
    return nil
  }

  private static let orders: [String: CoinbaseReason] = {
    var table: [String: CoinbaseReason] = [:]
    func add(_ words: [String], _ reason: CoinbaseReason) { for word in words { table[word] = reason } }
    add(
      ["INSUFFICIENT_FUND", "INSUFFICIENT_FUNDS", "INVALID_LEDGER_BALANCE"],
      CoinbaseReason(.insufficientFunds, .order, "not enough money or coins in this portfolio"))
    add(
      ["INVALID_LIMIT_PRICE_POST_ONLY", "INVALID_LIMIT_PRICE_POSTONLY"],
      CoinbaseReason(.orderRejected, .order, "a post-only order that would take"))
    add(
      ["INVALID_NO_LIQUIDITY", "MISSING_MARKET_TRADE_DATA"],
      CoinbaseReason(.orderRejected, .instrument, retry: later, "the book has nothing to trade against"))
    add(
      [
        "ORDER_ENTRY_DISABLED", "TRADING_DISABLED", "PRODUCT_TRADING_HALTED", "UNTRADABLE_PRODUCT",
        "NOT_ALLOWED_BY_MARKET_STATE",
      ], CoinbaseReason(.instrumentUnavailable, .instrument, retry: later, "the product takes no orders now"))
    add(
      ["INELIGIBLE_PAIR", "GEOFENCING_RESTRICTION"],
      CoinbaseReason(.instrumentUnavailable, .instrument, "the venue does not offer this product to this account"))
    add(
      ["COMPLIANCE_PURCHASE_LIMIT_EXCEEDED"],
      CoinbaseReason(.accountRestricted, .instrument, "a limit of the venue on what this account may buy"))
    add(
      ["UNSUPPORTED_ORDER_CONFIGURATION", "INVALID_SIDE", "INVALID_REQUEST", "LIMIT_PRICE_TOO_FAR_FROM_MARKET"],
      CoinbaseReason(.invalidRequest, .order, "the venue does not take an order of this form"))
    add(
      ["INVALID_PRODUCT_ID"], CoinbaseReason(.instrumentUnavailable, .instrument, "the venue has no such product"))
    add(
      ["INVALID_BASE_SIZE_TOO_SMALL", "INVALID_QUOTE_SIZE_TOO_SMALL"],
      CoinbaseReason(.belowMinimum, .order, "below the product's least size"))
    add(
      ["INVALID_BASE_SIZE_TOO_LARGE", "INVALID_QUOTE_SIZE_TOO_LARGE"],
      CoinbaseReason(.invalidAmount, .order, "above the product's greatest size"))
    add(
      ["COMMANDER_REJECTED_NEW_ORDER", "UNKNOWN_FAILURE_REASON"],
      CoinbaseReason(.orderRejected, .order, executed: .verify, "the engine refused the order without a reason"))
    add(
      ["DUPLICATE_CLIENT_ORDER_ID"],
      CoinbaseReason(.duplicateOrder, .order, executed: .verify, "an order with this client id exists"))
    // Not an enum's value but a sentence: the wallet in the product's own quote currency is missing.
    add(
      ["account is not available"],
      CoinbaseReason(.instrumentUnavailable, .instrument, "the account has no wallet in this product's currency"))
    return table
  }()

  /// Refusals of a cancel. `UNKNOWN_CANCEL_FAILURE_REASON` is not here on purpose: it says nothing.
  static let cancels: [String: CoinbaseReason] = [
    "UNKNOWN_CANCEL_ORDER": CoinbaseReason(.unknownOrder, .order, "the order is gone or never was: look it up"),
    "INVALID_CANCEL_REQUEST": CoinbaseReason(.invalidRequest, .order, "the venue does not take this cancel"),
    "COMMANDER_REJECTED_CANCEL_ORDER": CoinbaseReason(
      .orderRejected, .order, retry: shortly, "the engine refused to cancel the order"),
  ]

  /// Words of answers whose status is not 200, whatever was asked; the rest is decided by status.
  static let calls: [String: CoinbaseReason] = [
    "PERMISSION_DENIED": CoinbaseReason(
      .permissionDenied, .account, "the key lacks a permission, its IP allow-list or its portfolio forbids the call"),
    "Missing required scopes": CoinbaseReason(.permissionDenied, .account, "the key lacks a permission"),
    "INVALID_ARGUMENT": CoinbaseReason(.invalidRequest, .order, "the venue does not take an argument"),
    "unknown": CoinbaseReason(.invalidRequest, .order, "the venue could not read the request"),
    "rate_limit_exceeded": CoinbaseReason(.rateLimited, .account, retry: shortly, "too many requests"),
    "resource_exhausted": CoinbaseReason(.rateLimited, .account, retry: shortly, "too many requests"),
  ]
}
