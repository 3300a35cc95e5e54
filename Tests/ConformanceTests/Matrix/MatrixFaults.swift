/// A fault of the matrix, and what is certain about it whatever the operation.
struct MatrixFault: Sendable, Hashable {
  let text: String
  /// Whether a struck call certainly was not carried out, and says so in a way that can be understood.
  var isCertainRefusal = false
  /// The same, of calls that place an order.
  var isCertainRefusalOfOrders = false
  /// Whether the venue, or the edge before it, wants no more calls for a while.
  var isBan = false
  /// Whether the venue answers rightly, only later or with more than is known: an answer is in order.
  var leavesAnswersRight = false
}

/// Every fault that the sandbox can inject, with the error texts of the venues' failure tables.
enum MatrixFaults {
  static func all(_ venue: String) -> [MatrixFault] {
    connection + late + answers + states + (venue == "kraken" ? kraken : coinbase)
  }

  private static func plain(_ texts: String...) -> [MatrixFault] { texts.map { MatrixFault(text: $0) } }

  private static let connection =
    plain(
      "drop_before", "drop_after", "reset_before", "reset_after", "hang", "hang_after", "http:400", "http:404",
      "http:408",
      "http:500", "http:502", "http:503", "http:504", "http:520", "http:522", "http:524", "http:525", "http_after:500",
      "http_after:502", "http_after:504", "http_after:520")
    + [
      MatrixFault(text: "http:403", isCertainRefusal: true), MatrixFault(text: "http:429", isCertainRefusal: true),
      MatrixFault(text: "rate_limit", isCertainRefusal: true),
      MatrixFault(text: "rate_limit:30", isCertainRefusal: true, isBan: true),
      MatrixFault(text: "block:30", isCertainRefusal: true),
    ]

  private static let late = [
    MatrixFault(text: "delay:50", leavesAnswersRight: true),
    MatrixFault(text: "delay_before:50", leavesAnswersRight: true),
    MatrixFault(text: "delay:2500"), MatrixFault(text: "delay_before:2500"), MatrixFault(text: "lost:0"),
    MatrixFault(text: "lost:300"), MatrixFault(text: "drip:1"), MatrixFault(text: "drip:100"),
  ]

  private static let answers =
    ["cut:0", "cut:1", "cut:30%", "cut:70%", "cut:99%"].map { MatrixFault(text: $0) }
    + [
      "empty", "html", "no_result", "not_json", "bom", "huge", "duplicate_keys", "wrong_type", "unknown_status",
      "null_fields",
    ].map { MatrixFault(text: "garbage:\($0)") }
    + [MatrixFault(text: "garbage:extra_fields", leavesAnswersRight: true)]

  private static let states = [
    MatrixFault(text: "revoked", isCertainRefusal: true), MatrixFault(text: "maintenance"),
    MatrixFault(text: "cancel_only"), MatrixFault(text: "post_only"), MatrixFault(text: "clock_skew:90"),
    MatrixFault(text: "clock_skew:-90"), MatrixFault(text: "clock_skew:3600"), MatrixFault(text: "clock_skew:-3600"),
    MatrixFault(text: "visibility:1500"), MatrixFault(text: "settlement:500"), MatrixFault(text: "cancel_race"),
  ]

  // MARK: Kraken's words, by the reference's failure table

  private static let kraken =
    [
      MatrixFault(text: "lockout", isCertainRefusal: true, isBan: true), MatrixFault(text: "nonce_ahead"),
      MatrixFault(text: "unknown_method:AddOrder"), MatrixFault(text: "unknown_method:BalanceEx"),
      MatrixFault(text: "unknown_method:GetApiKeyInfo"), MatrixFault(text: "unknown_method:OpenOrders"),
    ]
    + ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades"].map {
      MatrixFault(text: "permission_removed:\($0)")
    }
    + krakenRefusals.map {
      MatrixFault(text: "error:\($0)", isCertainRefusal: true, isBan: $0 == "EGeneral:Temporary lockout")
    } + krakenGone.map { MatrixFault(text: "error:\($0)") }
    + krakenDoubts.flatMap { [MatrixFault(text: "error:\($0)"), MatrixFault(text: "error_after:\($0)")] }

  private static let krakenRefusals = [
    "EAPI:Invalid key", "EAPI:Invalid signature", "EAPI:Invalid nonce", "EAPI:Rate limit exceeded",
    "EGeneral:Too many requests", "EAuth:Rate limit exceeded", "EAuth:Too many requests",
    "EService: Throttled: 4102444800",
    "EGeneral:Temporary lockout", "EGeneral:Permission denied", "EGeneral:Unknown method",
    "EGeneral:Invalid arguments", "EGeneral:Invalid arguments:volume", "EGeneral:Invalid arguments:cl_ord_id",
    "EGeneral:Invalid arguments:volume minimum not met", "EQuery:Unknown asset pair", "EQuery:Unknown asset",
    "EOrder:Insufficient funds", "EOrder:Order minimum not met", "EOrder:Cost minimum not met",
    "EOrder:Tick size check failed", "EOrder:Invalid price", "EOrder:Post only order", "EOrder:Rate limit exceeded",
    "EOrder:Domain rate limit exceeded", "EOrder:Orders limit exceeded", "EOrder:Scheduled orders limit exceeded",
    "EOrder:Positions limit exceeded", "EOrder:Cannot open position", "EOrder:Cannot open opposing position",
    "EOrder:Margin allowance exceeded", "EOrder:Insufficient margin", "EOrder:Reduce only:Non-PC",
    "EOrder:Trading agreement required", "EAccount:Invalid permissions",
    "EAccount:Invalid permissions:TRX trading restricted for US:NY", "EAuth:Account temporary disabled",
    "EAuth:Account unconfirmed", "ETrade:Locked", "ETrade:User Locked", "EBM:limit exceeded:CAL",
    "EService:Market in cancel_only mode", "EService:Market in post_only mode", "EService:Market in limit_only mode",
  ]

  private static let krakenGone = ["EOrder:Unknown order", "EOrder:Invalid order"]

  private static let krakenDoubts = [
    "EService:Unavailable", "EService:Busy", "EGeneral:Internal error", "EGeneral:Internal error:0x2A",
    "EDatabase:Internal error", "EService:Deadline elapsed", "EOrder:Cancel pending",
    "EGeneral:Invalid arguments:cl_ord_id not unique", "EOrder:Reduce only:Position is closed",
    "ENew:Something that nobody has seen",
  ]

  // MARK: Coinbase's words, by the reference's failure table

  private static let coinbase =
    [
      MatrixFault(text: "flaky_401:50"), MatrixFault(text: "flaky_401:100", isCertainRefusal: true),
      MatrixFault(text: "unknown_method:POST /orders"), MatrixFault(text: "unknown_method:GET /accounts"),
      MatrixFault(text: "unknown_method:GET /key_permissions"),
    ]
    + ["view", "trade"].map { MatrixFault(text: "permission_removed:\($0)") }
    + coinbaseRefusals.map { MatrixFault(text: "error:\($0)", isCertainRefusalOfOrders: true) }
    + coinbaseDoubts.map { MatrixFault(text: "error:\($0)") }

  private static let coinbaseRefusals = [
    "Unauthorized", "PERMISSION_DENIED", "Missing required scopes", "INVALID_ARGUMENT", "NOT_FOUND",
    "rate_limit_exceeded", "resource_exhausted", "INSUFFICIENT_FUND", "INSUFFICIENT_FUNDS", "PREVIEW_INSUFFICIENT_FUND",
    "INVALID_LEDGER_BALANCE", "INVALID_LIMIT_PRICE_POST_ONLY", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY",
    "INVALID_LIMIT_PRICE_POSTONLY", "INVALID_NO_LIQUIDITY", "MISSING_MARKET_TRADE_DATA", "ORDER_ENTRY_DISABLED",
    "TRADING_DISABLED", "PRODUCT_TRADING_HALTED", "UNTRADABLE_PRODUCT", "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE",
    "INELIGIBLE_PAIR", "GEOFENCING_RESTRICTION", "PREVIEW_COMPLIANCE_PURCHASE_LIMIT_EXCEEDED",
    "UNSUPPORTED_ORDER_CONFIGURATION", "INVALID_SIDE", "INVALID_PRODUCT_ID", "INVALID_REQUEST",
    "INVALID_SIZE_PRECISION",
    "INVALID_PRICE_PRECISION", "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
    "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE", "LIMIT_PRICE_TOO_FAR_FROM_MARKET", "account is not available",
  ]

  private static let coinbaseDoubts = [
    "INTERNAL", "COMMANDER_REJECTED_NEW_ORDER", "UNKNOWN_FAILURE_REASON", "DUPLICATE_CLIENT_ORDER_ID",
    "UNKNOWN_CANCEL_FAILURE_REASON", "UNKNOWN_CANCEL_ORDER", "INVALID_CANCEL_REQUEST",
    "COMMANDER_REJECTED_CANCEL_ORDER",
    "DUPLICATE_CANCEL_REQUEST", "ORDER_ALREADY_FILLED", "SOMETHING_THAT_NOBODY_HAS_SEEN",
  ]
}
