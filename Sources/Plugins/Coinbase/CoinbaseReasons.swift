internal import Broker

/// What the venue's words and statuses mean: reference §7 and the reasons of cancels and edits, as data. A word that is
/// not here is `unknown`; nothing is guessed.
enum CoinbaseReasons {
  /// Refusals of an order, by the venue's word with or without `PREVIEW_` in front.
  static func ofOrder(_ word: String) -> CoinbaseReason? {
    let bare = word.hasPrefix("PREVIEW_") ? String(word.dropFirst("PREVIEW_".count)) : word
    if let reason = orders[bare] { return reason }
    return bare.hasPrefix("INVALID_") && bare.hasSuffix("_PRECISION") ? precision : nil
  }

  /// Refusals of an edit: its own words, and those of orders, since the edited order is looked at like a new one.
  static func ofEdit(_ word: String) -> CoinbaseReason? { edits[word] ?? ofOrder(word) }

  /// Whether an edit was refused since the order is as it was to become.
  static func isAsAsked(_ word: String) -> Bool {
    ["EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST", "EDIT_EQUAL_TO_ORIGINAL"].contains(word)
  }

  private static func table(_ rows: [([String], CoinbaseReason)]) -> [String: CoinbaseReason] {
    Dictionary(rows.flatMap { words, reason in words.map { ($0, reason) } }) { first, _ in first }
  }

  // MARK: Orders

  private static let precision = CoinbaseReason(
    .invalidAmount, .order, "a price or size with more digits than the product takes",
    next: "round prices to the product's price_increment and sizes to its base_increment")

  private static let orders = table([
    (
      ["INSUFFICIENT_FUND", "INSUFFICIENT_FUNDS", "INVALID_LEDGER_BALANCE"],
      CoinbaseReason(
        .insufficientFunds, .order, "not enough money or coins in this portfolio",
        next: "fund the key's own portfolio in the product's currency, or free what open orders hold")
    ),
    (
      ["INVALID_LIMIT_PRICE_POST_ONLY", "INVALID_LIMIT_PRICE_POSTONLY"],
      CoinbaseReason(.orderRejected, .order, "a post-only order that would take", next: "set another price")
    ),
    (
      ["INVALID_NO_LIQUIDITY", "MISSING_MARKET_TRADE_DATA"],
      CoinbaseReason(
        .orderRejected, .instrument, retry: CoinbaseReason.later, "the book has nothing to trade against",
        next: "wait, or trade a product with more in its book")
    ),
    (
      [
        "ORDER_ENTRY_DISABLED", "TRADING_DISABLED", "PRODUCT_TRADING_HALTED", "UNTRADABLE_PRODUCT",
        "NOT_ALLOWED_BY_MARKET_STATE", "CLOSE_ONLY_FAILURE", "FOK_DISABLED",
      ],
      CoinbaseReason(
        .instrumentUnavailable, .instrument, retry: CoinbaseReason.later, "the product takes no such orders now",
        next: "wait until the product's flags change")
    ),
    (
      ["INELIGIBLE_PAIR", "GEOFENCING_RESTRICTION"],
      CoinbaseReason(
        .instrumentUnavailable, .instrument, "the venue does not offer this product to this account",
        next: "leave the product out, or ask the venue what the account's region may trade")
    ),
    (
      ["COMPLIANCE_PURCHASE_LIMIT_EXCEEDED"],
      CoinbaseReason(
        .accountRestricted, .instrument, "a limit of the venue on what this account may buy",
        next: "raise the account's limits at the venue")
    ),
    (
      [
        "UNSUPPORTED_ORDER_CONFIGURATION", "INVALID_SIDE", "INVALID_REQUEST", "LIMIT_PRICE_TOO_FAR_FROM_MARKET",
        "INVALID_ORDER_CONFIG", "BRACKET_ORDER_NOT_SUPPORTED", "INVALID_BRACKET_ORDER_SIDE",
        "QUOTE_SIZE_NOT_ALLOWED_FOR_BRACKET", "POST_ONLY_NOT_ALLOWED_WITH_FOK", "INVALID_END_TIME",
        "END_TIME_TOO_FAR_IN_FUTURE",
      ],
      CoinbaseReason(
        .invalidRequest, .order, "the venue does not take an order of this form", next: "change the order")
    ),
    (
      [
        "INVALID_LIMIT_PRICE", "INVALID_STOP_PRICE", "STOP_PRICE_ABOVE_LIMIT_PRICE", "STOP_PRICE_BELOW_LIMIT_PRICE",
        "STOP_PRICE_ABOVE_LAST_TRADE_PRICE", "STOP_PRICE_BELOW_LAST_TRADE_PRICE", "INVALID_BRACKET_PRICES",
        "INVALID_BRACKET_LIMIT_PRICE", "INVALID_BRACKET_STOP_TRIGGER_PRICE", "BRACKET_LIMIT_PRICE_OUT_OF_BOUNDS",
        "STOP_TRIGGER_PRICE_OUT_OF_BOUNDS",
      ],
      CoinbaseReason(
        .invalidAmount, .order, "a price on the wrong side of the market, or of the order's other price",
        next: "compare the order's prices with the market")
    ),
    (["INVALID_PRODUCT_ID"], noProduct),
    (
      ["INVALID_BASE_SIZE_TOO_SMALL", "INVALID_QUOTE_SIZE_TOO_SMALL"],
      CoinbaseReason(
        .belowMinimum, .order, "below the product's least size",
        next: "order at least base_min_size and quote_min_size")
    ),
    (
      ["INVALID_BASE_SIZE_TOO_LARGE", "INVALID_QUOTE_SIZE_TOO_LARGE"],
      CoinbaseReason(
        .invalidAmount, .order, "above the product's greatest size",
        next: "order at most base_max_size and quote_max_size")
    ),
    (
      ["COMMANDER_REJECTED_NEW_ORDER", "UNKNOWN_FAILURE_REASON"],
      CoinbaseReason(
        .orderRejected, .order, executed: .verify, "the engine refused the order without a reason",
        next: "look the order up; order again only when the venue does not have it")
    ),
    (
      ["DUPLICATE_CLIENT_ORDER_ID"],
      CoinbaseReason(
        .duplicateOrder, .order, executed: .verify, "an order with this client id exists", next: "look that order up")
    ),
    // Not an enum's value but a sentence: the wallet in the product's own quote currency is missing.
    (
      ["account is not available"],
      CoinbaseReason(
        .instrumentUnavailable, .instrument, "the account has no wallet in this product's currency",
        next: "trade the product in the currency that is held: USD and USDC have wallets of their own")
    ),
  ])

  // MARK: Changes of orders

  /// Refusals of a cancel. `UNKNOWN_CANCEL_FAILURE_REASON` is not here on purpose: it says nothing.
  static let cancels = table([
    (["UNKNOWN_CANCEL_ORDER", "ORDER_IS_FULLY_FILLED"], noOrder),
    (
      ["INVALID_CANCEL_REQUEST", "INVALID_CANCEL_PRODUCT_ID"],
      CoinbaseReason(.invalidRequest, .order, "the venue does not take this cancel", next: "look the order up")
    ),
    (
      ["COMMANDER_REJECTED_CANCEL_ORDER", "ORDER_IS_BEING_REPLACED"],
      CoinbaseReason(
        .orderRejected, .order, retry: CoinbaseReason.shortly, "the engine refused to cancel the order",
        next: "look the order up, then cancel again if it is still open")
    ),
    (["NOT_ALLOWED_TO_CANCEL"], foreign),
  ])

  /// Refusals of an edit. `UNKNOWN_EDIT_ORDER_FAILURE_REASON` is not here on purpose: it says nothing.
  private static let edits = table([
    (["ORDER_NOT_FOUND", "ORDER_ALREADY_FILLED", "ONLY_OPEN_ORDERS_CAN_BE_EDITED"], noOrder),
    (
      [
        "ONLY_LIMIT_ORDER_EDITS_SUPPORTED", "SIZE_IN_QUOTE_EDITS_NOT_ALLOWED", "STRATEGY_NOT_SUPPORTED",
        "CANNOT_EDIT_FUTURES_ORDER",
      ], unsupported("a change of an order that is not a good-till-cancelled limit order")
    ),
    (
      [
        "CANNOT_EDIT_TO_BELOW_FILLED_SIZE", "INVALID_EDITED_SIZE", "INVALID_EDITED_PRICE", "INVALID_ORIGINAL_SIZE",
        "INVALID_ORIGINAL_PRICE",
      ],
      CoinbaseReason(
        .invalidAmount, .order, "a price or size that the order cannot be changed to",
        next: "compare them with the product's increments and with what has filled")
    ),
    (["CALLER_ID_MISMATCH", "PORTFOLIO_NOT_ALLOWED_FOR_EDITS"], foreign),
    (
      ["ORDER_IS_ALREADY_BEING_REPLACED", "CANNOT_EDIT_ORDER_PENDING_CANCEL"],
      CoinbaseReason(
        .orderRejected, .order, retry: CoinbaseReason.shortly, "another change of the order is under way",
        next: "look the order up before it is changed again")
    ),
    (
      ["COMMANDER_REJECTED_EDIT_ORDER"],
      CoinbaseReason(
        .orderRejected, .order, retry: CoinbaseReason.shortly, executed: .verify,
        "the engine refused to change the order", next: "look the order up")
    ),
    (
      ["EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT", "INSUFFICIENT_TIME_TO_EDIT"],
      CoinbaseReason(
        .orderRejected, .order, "the order cannot be changed any more", next: "cancel it and place another")
    ),
  ])

  private static let foreign = CoinbaseReason(
    .permissionDenied, .order, "the order belongs to another portfolio or user",
    next: "use the key that made the order")

  // MARK: Calls

  /// Words of answers whose status is not 200, whatever was asked; the rest is decided by status.
  static let calls = table([
    (
      ["PERMISSION_DENIED", "Missing required scopes"],
      CoinbaseReason(
        .permissionDenied, .account, "the key lacks a permission, or its IP allow-list or portfolio forbids the call",
        next: "give the key view and trade rights on the right portfolio, and allow this machine's address")
    ),
    (
      ["INVALID_ARGUMENT", "unknown"],
      CoinbaseReason(
        .invalidRequest, .order, "the venue does not take the request as it is", next: "see the venue's words")
    ),
    (
      ["NOT_FOUND"],
      CoinbaseReason(.invalidRequest, .order, "the venue has nothing of this name", next: "check the endpoint")
    ),
    (["rate_limit_exceeded", "resource_exhausted"], tooMany),
  ])

  /// What a status means whatever the body says; `nil` where the body decides.
  static func ofStatus(_ status: Int) -> CoinbaseReason? {
    switch status {
    case 401:
      CoinbaseReason(
        .invalidKey, .account, "the venue refused the key's token",
        next: "check that api_key and api_secret are of one key, that it still exists and that the clock is right")
    case 429: tooMany
    case 500...599:
      CoinbaseReason(
        .venueUnavailable, .broker, retry: CoinbaseReason.shortly, executed: .verify,
        "the venue answered with status \(status)", next: "see the venue's status page should it last")
    default: nil
    }
  }

  private static let tooMany = CoinbaseReason(
    .rateLimited, .account, retry: CoinbaseReason.shortly, "too many requests",
    next: "stop other programs that use this account should it last")

  /// The edge's page 1015, or another by which it blocks an address for a while.
  static let blocked = CoinbaseReason(
    .rateLimited, .broker, retry: CoinbaseReason.later, "blocked before the venue",
    next: "stop other programs at this address should it last")

  // MARK: Our own

  /// A refusal in words that no table knows.
  static let unknownWord = CoinbaseReason(
    .unknown, .order, retry: CoinbaseReason.shortly, executed: .verify, "refused with words that no table knows",
    next: "look the order up at the venue")
  /// No product of that name.
  static let noProduct = CoinbaseReason(
    .instrumentUnavailable, .instrument, "the venue has no such product",
    next: "leave the product out: the venue has delisted it")
  /// No open order of that name.
  static let noOrder = CoinbaseReason(
    .unknownOrder, .order, "the order is gone or never was", next: "look it up among the closed orders")

  /// What the venue, or this plugin, does not do.
  static func unsupported(_ what: String) -> CoinbaseReason {
    CoinbaseReason(
      .unsupported, .order, "Coinbase takes no such thing: \(what)", next: "see the plugin's capabilities")
  }
}
