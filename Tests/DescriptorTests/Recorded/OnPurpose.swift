import Descriptor

/// Where our requests differ from the recorded ones on purpose, each with its reason, and what of the recorded is not to
/// be imitated (`../shared/fixtures/README.md`).
enum OnPurpose {
  /// Differences by brokerage.
  static let differences: [String: [RecordedDifference]] = [
    "alpaca": [
      RecordedDifference("candles", "?start", .added, because: "without a start the venue answers with today only"),
      RecordedDifference("my_trades", "?direction", .added, because: "oldest first, so that pages do not move"),
    ],
    "bitfinex": [
      RecordedDifference(
        "open_orders", "", .otherCall, because: "the host asks for the orders of all markets, which has another path"),
      RecordedDifference(
        "my_trades", "", .otherCall, because: "the host asks for the fills of all markets, which has another path"),
    ],
    "bitstamp": [
      RecordedDifference("ioc_order", "timeInForce", .leftOut, because: noSuchField),
      RecordedDifference("ioc_order", "ioc_order", .added, because: "this is how the venue calls it"),
      RecordedDifference("post_only", "postOnly", .leftOut, because: noSuchField),
      RecordedDifference("post_only", "moc_order", .added, because: "this is how the venue calls it"),
      RecordedDifference("my_trades", "sort", .added, because: "oldest first, so that pages do not move"),
      RecordedDifference(
        "cancel_all", "", .otherCall, because: "the host cancels in all markets, which has another path"),
    ],
    "bybit": [
      RecordedDifference(
        "market_buy_cost", "marketUnit", .added, because: "what an amount counts is never left to a default"),
      RecordedDifference("market_buy_cost", "orderLinkId", .added, because: everyOrderHasOurID),
    ],
    "coinbase": [
      RecordedDifference("time", "", .otherCall, because: "the time of the Advanced Trade API, not of the old one"),
      RecordedDifference(
        "balances", "", .otherCall, because: "the accounts of the Advanced Trade API, not of the old one"),
      RecordedDifference("markets", "?product_type", .added, because: "spot only"),
      RecordedDifference("candles", "?start", .changed, because: "whole hours"),
      RecordedDifference("candles", "?end", .changed, because: "whole hours"),
      RecordedDifference(
        "*", "client_order_id", .changed, because: "the client puts its own in place of the one it is given"),
    ],
    "coinbaseexchange": [
      RecordedDifference("cancel", "product_id", .leftOut, because: "a DELETE has no body"),
      RecordedDifference(
        "cancel_all", "product_id", .leftOut, because: "a DELETE has no body, and all markets are meant"),
    ],
    "gate": [
      RecordedDifference(
        "markets", "", .otherCall, because: "the client asks for margin markets first; we for spot markets"),
      RecordedDifference("open_orders", "?currency_pair", .leftOut, because: "the call has no such parameter"),
      RecordedDifference("open_orders", "?status", .leftOut, because: "the call has no such parameter"),
      RecordedDifference("market_buy_cost", "text", .added, because: everyOrderHasOurID),
    ],
    "kraken": [
      RecordedDifference("candles", "?since", .added, because: "only the candles that are wanted"),
      RecordedDifference("limit_order", "oflags", .added, because: feeInQuote),
      RecordedDifference("ioc_order", "oflags", .added, because: feeInQuote),
      RecordedDifference("market_sell", "oflags", .added, because: feeInQuote),
      RecordedDifference("post_only", "oflags", .changed, because: feeInQuote),
      RecordedDifference("market_buy_cost", "oflags", .changed, because: feeInQuote),
      RecordedDifference("market_buy_cost", "cl_ord_id", .added, because: everyOrderHasOurID),
      RecordedDifference(
        "order_status", "trades", .leftOut, because: "`True` is Python's, and the venue's word is true"),
    ],
    "okx": [
      RecordedDifference("market_buy_cost", "[0].tag", .leftOut, because: "the client's own referral")
    ],
  ]

  private static let noSuchField = "the venue has no such field"
  private static let everyOrderHasOurID = "every order of ours has our id"
  private static let feeInQuote = "fciq: the fee is in the quote currency, whatever the side"

  /// Recorded answers that are read to other values, each with its reason.
  static let answers: [String: String] = [
    "alpaca/ccxt-comment/fetch_tickers/0":
      "the client takes the day's close for the last price; we take the last trade's",
    "bitstamp/ccxt-comment/fetch_tickers/0": "the client takes the fields of one ticker for twelve tickers",
    "coinbase/ccxt-comment/parse_order/2": "the example has every configuration at once, which no order has",
    "coinbaseexchange/ccxt-comment/fetch_markets/0":
      "the client lists auctions as markets; the venue calls both BTC/USD",
  ]

  /// What is not to be imitated, and therefore not counted.
  static let notCounted: [String: [String: String]] = [
    "alpaca": ["post_only": "the client sends a `postOnly` that does not exist there; coins have no post-only orders"]
  ]

  /// What the descriptors do not do although it was recorded: the language, or the venue, and why.
  static let missing: [String: [String: String]] = [
    "bitfinex": ["book": "both sides come in one list, told apart by the sign of an amount: paths have no condition"]
  ]

  /// What could not be expressed at all, beyond single requests.
  static let inexpressible: [(brokerage: String, what: String)] = [
    (
      "alpaca",
      "a fill's fee: it is taken in kind, from what was received, and booked a day later; told is the most it may be"
    ),
    (
      "bitfinex",
      "the tick: prices have five significant digits, whatever their size, and the venue cuts off further ones"
    ),
    (
      "bitfinex",
      "cancelling by our id (it wants the day of the order too), and permissions (a list of lists by position)"
    ),
    ("bitstamp", "closed orders: there is no list of them, only the events of one market"),
    ("coinbase", "brackets, amendments, several cancels in one call, previews: operations outside the vocabulary"),
    (
      "coinbase",
      "a fill sized in money whose quantity has no finite decimal: an error here, rounded and marked by the built-in"
    ),
    ("kraken", "the engine's price of cancelling by an order's age: the dearest is always paid"),
    ("kraken", "the account's tier: the lowest is assumed"),
    ("kraken", "amendments, batches, previews, the ledger, the venue's status: operations outside the vocabulary"),
    ("gemini", "markets in one call: one for each, about two minutes at the venue's limit"),
  ]
}
