import Core

/// Why an order was refused, in the venue's words. The answer's status is 200 all the same.
struct CoinbaseRejection: Error, Hashable, Sendable {
  /// A value of either enumeration of failure reasons; `PREVIEW_…` for those of the second.
  let reason: String
  /// For people.
  var message = ""
  /// More of it.
  var details = ""

  /// Which of the answer's three fields says why depends on where in the venue the order was refused.
  var body: JSONValue {
    let unknown = "UNKNOWN_FAILURE_REASON"
    let isPreview = reason.hasPrefix("PREVIEW_")
    let preview = isPreview ? reason : reason == "INSUFFICIENT_FUND" ? "PREVIEW_INSUFFICIENT_FUND" : nil
    return [
      "error": .string(isPreview ? unknown : reason), "message": .string(message), "error_details": .string(details),
      "preview_failure_reason": .string(preview ?? "UNKNOWN_PREVIEW_FAILURE_REASON"),
      "new_order_failure_reason": .string(isPreview ? unknown : reason),
    ]
  }

  /// How a preview says it.
  var previewReason: String { reason.hasPrefix("PREVIEW_") ? reason : "PREVIEW_" + reason }

  static let insufficientFund = CoinbaseRejection(
    reason: "INSUFFICIENT_FUND", message: "Insufficient balance in source account")
  /// There is no wallet for what would be spent, whatever other wallets hold.
  static let noWallet = CoinbaseRejection(
    reason: "UNKNOWN_FAILURE_REASON", message: "account is not available", details: "account is not available")
  static let invalidSide = CoinbaseRejection(reason: "INVALID_SIDE", message: "side must be BUY or SELL")
  static let invalidProduct = CoinbaseRejection(reason: "INVALID_PRODUCT_ID", message: "Invalid product_id")
  static let emptySize = CoinbaseRejection(
    reason: "UNSUPPORTED_ORDER_CONFIGURATION", message: "The order configuration was invalid",
    details: "Market orders cannot be placed with empty order sizes")
  static let quotePrecision = CoinbaseRejection(
    reason: "PREVIEW_INVALID_QUOTE_SIZE_PRECISION", message: "Too many decimals in order amount")
  static let duplicate = CoinbaseRejection(
    reason: "DUPLICATE_CLIENT_ORDER_ID", message: "client_order_id has been used")

  static func unsupported(_ details: String) -> CoinbaseRejection {
    CoinbaseRejection(
      reason: "UNSUPPORTED_ORDER_CONFIGURATION", message: "The order configuration was invalid", details: details)
  }
}

extension CoinbaseRejection {
  /// What the engine says, in the venue's words.
  init(_ refusal: OrderRefusal, sizedInQuote: Bool) {
    switch refusal {
    case .unknownInstrument: self = .invalidProduct
    case .marketStatus(.offline):
      self.init(reason: "TRADING_DISABLED", message: "Trading is disabled for this product")
    case .marketStatus: self.init(reason: "ORDER_ENTRY_DISABLED", message: "Orders are not taken for this product")
    case .quantityPrecision, .quantityTooSmall, .quantityTooLarge, .notionalTooSmall:
      self = Self.size(refusal, sizedInQuote: sizedInQuote)
    case .pricePrecision, .priceNotOnTick:
      self.init(reason: "INVALID_PRICE_PRECISION", message: "Too many decimals in order price")
    case .insufficientFunds: self = .insufficientFund
    case .postOnlyWouldTake:
      self.init(
        reason: "INVALID_LIMIT_PRICE_POST_ONLY", message: "Limit price would cross the book on a post-only order")
    case .triggerReached(.up):
      self.init(
        reason: "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE", message: "Stop price must be above the last trade price")
    case .triggerReached(.down):
      self.init(
        reason: "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE", message: "Stop price must be below the last trade price")
    case .bracketPrices:
      self.init(
        reason: "PREVIEW_INVALID_BRACKET_PRICES", message: "A bracket's prices must lie on either side of the market")
    case .unsupported(let what): self = .unsupported(what)
    case .clientOrderIDInUse: self = .duplicate
    case .unknownAccount, .deadlineElapsed, .unavailable:
      self.init(reason: "COMMANDER_REJECTED_NEW_ORDER", message: "The order was not taken")
    }
  }

  private static func size(_ refusal: OrderRefusal, sizedInQuote: Bool) -> CoinbaseRejection {
    switch refusal {
    case .quantityPrecision where sizedInQuote: quotePrecision
    case .quantityPrecision:
      CoinbaseRejection(reason: "INVALID_SIZE_PRECISION", message: "Too many decimals in order amount")
    case .quantityTooLarge:
      CoinbaseRejection(
        reason: sizedInQuote ? "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE" : "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE",
        message: "Order size is above the maximum")
    case .notionalTooSmall:
      CoinbaseRejection(
        reason: "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL", message: "Order value is below the minimum")
    default:
      CoinbaseRejection(
        reason: "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", message: "Order size is below the minimum")
    }
  }
}
