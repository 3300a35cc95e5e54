internal import Core

/// What one operation is: the same for every descriptor.
struct OperationRule {
  /// Whether its answer is a list.
  enum Shape {
    /// It has rows.
    case list
    /// One thing; where it stands in rows, the one that is asked for.
    case one
  }

  var effect: Effect
  var shape: Shape
  /// What its texts may name.
  var variables: [String]
  /// Of which each must be named: any one name of each list.
  var needed: [[String]] = []
  var fields: [ReadField]
  /// Whether it may ask once for every market.
  var mayFollow = false
  /// Whether nobody but the account's owner may ask it.
  var isOfAccount = false
  /// Whether it may ask once for every row of a first call.
  var mayRepeat: Bool { shape == .list || mayFollow }
  var doc: String

  /// What a venue's word may mean; ``Order/Status/unknown`` is what this program concludes, never a descriptor.
  static let orderStatuses: [Order.Status] = [.pending, .open, .filled, .cancelled, .expired, .rejected]
  static let instrumentStatuses: [Instrument.Status] = [
    .online, .cancelOnly, .postOnly, .limitOnly, .reduceOnly, .offline,
  ]

  static let market = ["symbol", "base", "quote"]
  static let since = ["since_s", "since_ms", "since_ns", "since_iso"]
  static let until = ["until_s", "until_ms", "until_iso"]
  static let expiry = ["expires_s", "expires_ms", "expires_iso"]
  static let deadline = ["deadline_s", "deadline_ms", "deadline_iso"]
  /// What an order is made of and what its kind must place.
  static let amounts = ["quantity", "notional"]

  private static let order: [ReadField] = [
    ReadField("id", .text, "The venue's name of the order."), ReadField("side", .side, "The side."),
    ReadField("status", .orderStatus, "Where it stands."), ReadField("filled", .number, "The base quantity filled."),
    ReadField("client_id", .text, required: false, "Our name of it."),
    ReadField("symbol", .text, required: false, "The market."),
    ReadField("quantity", .number, required: false, "The base quantity ordered."),
    ReadField("limit", .number, required: false, "The limit price."),
    ReadField("average", .number, required: false, "The average price of its fills."),
    ReadField("fees", .number, required: false, "What its fills cost, in the quote currency."),
    ReadField("created", .time, required: false, "When it was made."),
    ReadField("reason", .text, required: false, "Why it ended."),
    ReadField("filled_notional", .number, required: false, "What its fills are worth."),
    ReadField("notional", .number, required: false, "What it was to be worth, where it was sized in money."),
  ]
  private static let fill: [ReadField] = [
    ReadField("id", .text, "The venue's name of the fill."), ReadField("order_id", .text, "Of which order."),
    ReadField("symbol", .text, required: false, "The market; the one that was asked about where it is left out."),
    ReadField("side", .side, "The side."),
    ReadField("price", .number, "The price."), ReadField("quantity", .number, "The base quantity."),
    ReadField("fee", .number, "What it cost."),
    ReadField("fee_currency", .text, required: false, "In which currency; the market's quote where it is left out."),
    ReadField("time", .time, "When."), ReadField("maker", .truth, required: false, "Whether it had rested."),
  ]

  static func of(_ name: OperationName) -> OperationRule {
    var rule = declared(name)
    switch name {
    case .serverTime, .instruments, .tickers, .ticker, .orderBook, .candles, .fees: rule.isOfAccount = false
    default: rule.isOfAccount = true
    }
    return rule
  }

  private static func declared(_ name: OperationName) -> OperationRule {
    switch name {
    case .serverTime:
      OperationRule(
        effect: .safe, shape: .one, variables: [], fields: [ReadField("time", .time, "The venue's clock.")],
        doc: "Asks the venue's clock.")
    case .instruments: instruments
    case .tickers:
      OperationRule(
        effect: .safe, shape: .list, variables: [],
        fields: [
          ReadField("symbol", .text, "The market."), ReadField("last", .number, "The last price."),
          ReadField("volume", .number, "The base quantity traded in a day."),
          ReadField("bid", .number, required: false, "The best bid."),
          ReadField("ask", .number, required: false, "The best ask."),
        ], doc: "Lists the last prices of all markets.")
    case .ticker:
      OperationRule(
        effect: .safe, shape: .one, variables: market, needed: [market],
        fields: [
          ReadField("bid", .number, "The best bid."), ReadField("ask", .number, "The best ask."),
          ReadField("last", .number, required: false, "The last price; needed where there is no `tickers`."),
          ReadField("volume", .number, required: false, "The day's base quantity; needed where there is no `tickers`."),
        ], doc: "Asks the touch of one market.")
    case .orderBook:
      OperationRule(
        effect: .safe, shape: .one, variables: market + ["depth"], needed: [market],
        fields: [], doc: "Asks the book of one market.")
    case .candles: candles
    case .balances:
      OperationRule(
        effect: .safe, shape: .list, variables: [],
        fields: [
          ReadField("currency", .text, "The currency."),
          ReadField("total", .number, required: false, "All of it; two of the three are needed."),
          ReadField("available", .number, required: false, "What is free."),
          ReadField("held", .number, required: false, "What orders hold."),
        ], doc: "Lists what the account holds.")
    case .fees:
      OperationRule(
        effect: .safe, shape: .one, variables: market,
        fields: [
          ReadField("maker", .number, "The share of an order that rests first."),
          ReadField("taker", .number, "The share of an order that takes."),
        ], doc: "Asks the account's fees.")
    case .permissions:
      OperationRule(
        effect: .safe, shape: .one, variables: [],
        fields: [
          ReadField("query", .truth, required: false, "Whether the key may read."),
          ReadField("trade", .truth, required: false, "Whether it may place orders."),
          ReadField("withdraw", .truth, required: false, "Whether it may withdraw: it should not."),
          ReadField("identity", .text, required: false, "The venue's name of the key or account."),
        ], doc: "Asks what the key may do.")
    case .place, .cancel, .cancelByClientID, .cancelAll, .deadManSwitch: changing(name)
    case .openOrders, .closedOrders, .order, .orderByClientID, .fills, .fillsOfOrder: looking(name)
    }
  }

  private static var instruments: OperationRule {
    OperationRule(
      effect: .safe, shape: .list, variables: [],
      fields: [
        ReadField("id", .text, required: false, "What requests call it."),
        ReadField("alias", .text, required: false, "A further spelling in answers."),
        ReadField("base", .text, "What is bought."), ReadField("quote", .text, "What is paid with."),
        ReadField("status", .instrumentStatus, "What it takes now."),
        ReadField("tick", .number, "The step of prices; step(x) where it is counted in decimals."),
        ReadField("step", .number, "The step of quantities."),
        ReadField("minimum_quantity", .number, required: false, "The least base quantity."),
        ReadField("maximum_quantity", .number, required: false, "The most base quantity."),
        ReadField("minimum_notional", .number, required: false, "The least worth."),
        ReadField("maximum_notional", .number, required: false, "The most worth."),
      ], doc: "Lists the markets.")
  }

  private static var candles: OperationRule {
    let numbers = ["open", "high", "low", "close", "volume"]
    return OperationRule(
      effect: .safe, shape: .list, variables: market + ["interval", "limit"] + since + until,
      needed: [market, ["interval"]],
      fields: [ReadField("start", .time, "When it begins.")]
        + numbers.map { ReadField($0, .number, $0 == "volume" ? "The base quantity traded." : "The \($0) price.") },
      doc: "Lists candles of one market.")
  }

  private static func changing(_ name: OperationName) -> OperationRule {
    let outcome = [ReadField("outcome", .outcome, required: false, "Whether it is cancelled or will be.")]
    return switch name {
    case .place:
      OperationRule(
        effect: .unsafe, shape: .one,
        variables: market + ["client_id", "side", "price", "trigger"] + expiry + deadline,
        needed: [market, ["client_id"]],
        fields: [ReadField("order_id", .text, "The venue's name of the order.")], doc: "Places an order.")
    case .cancel:
      OperationRule(
        effect: .idempotent, shape: .one, variables: market + ["order_id"], needed: [["order_id"]], fields: outcome,
        doc: "Cancels an order by the venue's name.")
    case .cancelByClientID:
      OperationRule(
        effect: .idempotent, shape: .one, variables: market + ["client_id"], needed: [["client_id"]], fields: outcome,
        doc: "Cancels an order by ours.")
    case .deadManSwitch:
      OperationRule(
        effect: .idempotent, shape: .one, variables: ["timeout_s", "timeout_ms"],
        needed: [["timeout_s", "timeout_ms"]],
        fields: [ReadField("time", .time, required: false, "When it will act.")],
        doc: "Has the venue cancel everything after a while; 0 disarms.")
    default:
      OperationRule(
        effect: .idempotent, shape: .one, variables: market,
        fields: [ReadField("count", .number, required: false, "How many were cancelled.")], mayFollow: true,
        doc: "Cancels every order.")
    }
  }

  private static func looking(_ name: OperationName) -> OperationRule {
    switch name {
    case .openOrders:
      OperationRule(
        effect: .safe, shape: .list, variables: market + since + until + ["limit"], fields: order, mayFollow: true,
        doc: "Lists open orders.")
    case .closedOrders:
      OperationRule(
        effect: .safe, shape: .list, variables: market + since + until + ["limit"], fields: order, mayFollow: true,
        doc: "Lists orders that have ended.")
    case .order:
      OperationRule(
        effect: .safe, shape: .one, variables: market + since + until + ["order_id"], needed: [["order_id"]],
        fields: order,
        doc: "Asks one order by the venue's name.")
    case .orderByClientID:
      OperationRule(
        effect: .safe, shape: .one, variables: market + since + until + ["client_id"], needed: [["client_id"]],
        fields: order,
        doc: "Asks one order by ours.")
    case .fillsOfOrder:
      OperationRule(
        effect: .safe, shape: .list, variables: market + since + until + ["limit", "order_id"], needed: [["order_id"]],
        fields: fill,
        doc: "Lists the fills of one order.")
    default:
      OperationRule(
        effect: .safe, shape: .list, variables: market + since + until + ["limit"], fields: fill, mayFollow: true,
        doc: "Lists the account's fills.")
    }
  }
}
