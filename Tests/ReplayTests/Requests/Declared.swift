import Broker
import Core

/// How what we send may differ from what others send for the same operation, each with its reason. Whatever else differs
/// is a failure.
enum Declared {
  /// Operation, names and what the rule looks at.
  struct Look {
    let operation: Operation
    let venue: Venue
    /// `nil` where they do not send it.
    let theirs: [JSONValue]?
    let ours: [JSONValue]
    var text: String? { ours.count == 1 ? ours.first.map(WireRequest.word) : nil }
    var their: String? { theirs?.count == 1 ? theirs?.first.map(WireRequest.word) : nil }
  }

  enum Rule: Sendable {
    /// Always sent by us, with a value of our own that passes the check; theirs does not count.
    case ours(String, because: String, @Sendable (Look) -> Bool)
    /// Sent by us with a value that passes the check where they leave it out; where they send it, it must be equal.
    case explicit(String, because: String, @Sendable (Look) -> Bool = { _ in true })
    /// They send it, we do not.
    case leftOut(String, because: String)
    /// Both send it, in another form.
    case differs(String, because: String, @Sendable (Look) -> Bool)
    /// Their path, and ours in its place (a prefix each).
    case path(String, String, because: String)
    /// A request that we send besides.
    case also(String, because: String)
  }

  static func rules(_ venue: Venue, _ operation: Operation) -> [Rule] {
    let table = venue == .kraken ? kraken : coinbase
    return (table[operation.name] ?? []) + (table["*"] ?? [])
  }

  // MARK: Kraken

  private static let wholeHistory = "read to its last page, up to now, of every market"
  private static let fullAnswer = "the default, or detail that nothing here reads"

  private static let order: [Rule] = [
    .ours("cl_ord_id", because: "every order bears our own id") { look in
      look.operation.orders.contains { $0.clientOrderID.hex == look.text }
    },
    .ours("deadline", because: "bounds how long a lost request can still execute") { look in
      look.operation.orders.contains { $0.deadline.text(fractionDigits: 3) == look.text }
    },
    .differs("oflags", because: "fees always in the quote currency (fciq), whatever the side") { look in
      let theirs = Set(look.their?.split(separator: ",") ?? []), ours = Set(look.text?.split(separator: ",") ?? [])
      return theirs.union(["fciq"]) == ours
    },
    .explicit("oflags", because: "fees always in the quote currency, whatever the side") { $0.text == "fciq" },
    .explicit("trigger", because: "the default, said always") { $0.text == "last" },
    .leftOut("validate", because: fullAnswer),
  ]

  /// `start` is exclusive and counts whole seconds: one second earlier than asked, so that nothing is missed.
  private static func start(_ name: String = "start") -> [Rule] {
    [
      .explicit(name, because: "never the whole history by accident") { $0.text.flatMap { Int($0) } != nil },
      .differs(name, because: "exclusive at the venue: a second earlier") { look in
        guard let theirs = look.their.flatMap({ Int($0) }), let ours = look.text.flatMap({ Int($0) }) else {
          return false
        }
        return ours == theirs - 1
      },
      .leftOut("end", because: wholeHistory), .leftOut("ofs", because: wholeHistory),
      .leftOut("type", because: wholeHistory), .leftOut("trades", because: fullAnswer),
      .leftOut("consolidate_taker", because: fullAnswer), .leftOut("closetime", because: fullAnswer),
      .leftOut("userref", because: "orders are named by our own id"), .leftOut("asset", because: wholeHistory),
    ]
  }

  private static let kraken: [String: [Rule]] = [
    "*": [.ours("nonce", because: "the key's own next number") { $0.text.flatMap { UInt64($0) } != nil }],
    "instruments": [.also("/0/public/Assets", because: "names are built from both lists")],
    "tickers": [.leftOut("pair", because: "all markets in one call")],
    "book": [.explicit("count", because: "the depth is always said")],
    "candles": [
      .explicit("since", because: "no more rows than are wanted", isFirstCandle),
      .differs("since", because: "exclusive at the venue: the mark before the first candle wanted", isFirstCandle),
    ],
    "balances": [
      .leftOut("type", because: "a parameter of ccxt, none of the venue's"),
      .leftOut("rebase_multiplier", because: fullAnswer),
    ],
    "permissions": [.leftOut("otp", because: "keys of programs have no second factor")],
    "fees": [.leftOut("fee-info", because: "no longer a parameter")],
    "openOrders": [.leftOut("trades", because: fullAnswer), .leftOut("userref", because: fullAnswer)],
    "closedOrders": start(),
    "fills": start(),
    "ledger": start(),
    "order": start() + [
      .differs("cl_ord_id", because: "orders are named by our own id") { look in
        guard case .order(.client(let id, _)) = look.operation else { return false }
        return look.text == id.hex
      },
      .also("/0/private/ClosedOrders", because: "an order that ends in between is in the second list"),
      .also("/0/private/OpenOrders", because: "an order that ends in between is in the second list"),
      .leftOut("rebase_multiplier", because: fullAnswer),
    ],
    "place": order,
    "preview": order + [.explicit("validate", because: "it is a preview") { $0.text == "true" }],
    "placeSeveral": batch,
    "amend": [
      .ours("deadline", because: "bounds how long a lost request can still execute") { look in
        guard case .amend(let amendment) = look.operation else { return false }
        return amendment.deadline.text(fractionDigits: 3) == look.text
      },
      .leftOut("cl_ord_id", because: "the order is named by its txid"),
      .explicit("txid", because: "the order is named by its txid"),
    ],
    "cancel": [.leftOut("pair", because: "the txid says it")],
    "cancelByClientID": [
      .differs("cl_ord_id", because: "orders are named by our own id") { look in
        guard case .cancelByClientID(let id) = look.operation else { return false }
        return look.text == id.hex
      }
    ],
  ]

  private static var batch: [Rule] {
    (0..<15).flatMap { index -> [Rule] in
      [
        .ours("orders[\(index)].cl_ord_id", because: "every order bears our own id") { look in
          look.operation.orders.contains { $0.clientOrderID.hex == look.text }
        },
        .explicit("orders[\(index)].oflags", because: "fees always in the quote currency") { $0.text == "fciq" },
        .leftOut("orders[\(index)].timeinforce", because: fullAnswer),
      ]
    } + [
      .ours("deadline", because: "bounds how long a lost request can still execute") { look in
        look.operation.orders.contains { $0.deadline.text(fractionDigits: 3) == look.text }
      },
      .leftOut("validate", because: fullAnswer),
    ]
  }

  /// The same first candle: theirs may name any instant before it, ours its mark.
  @Sendable private static func isFirstCandle(_ look: Look) -> Bool {
    guard case .candles(_, let interval, let limit, let now) = look.operation,
      let ours = look.text.flatMap({ Int($0) }).flatMap({ Timestamp(seconds: $0) })
    else { return false }
    let first = now.floored(to: interval) - interval * limit
    guard ours == first - interval else { return false }
    guard let their = look.their else { return true }
    return Int(their).flatMap { Timestamp(seconds: $0) }?.raised(to: interval) == ours
  }

  // MARK: Coinbase

  private static let clientID = Rule.ours("client_order_id", because: "every order bears our own id") { look in
    look.operation.orders.contains { $0.clientOrderID.uuidShaped == look.text }
  }
  private static let spot = Rule.explicit("product_type", because: "spot only, said always") { $0.text == "SPOT" }
  private static let page = Rule.differs("limit", because: "full pages, to the last") { $0.text == "100" }
  private static let everyMarket = "the whole account is read"

  /// What needs no key is asked without one.
  private static let withoutKey = Rule.path(
    "/api/v3/brokerage/products", "/api/v3/brokerage/market/products", because: "the public twin needs no key")

  private static let coinbase: [String: [Rule]] = [
    "serverTime": [.path("/v2/time", "/api/v3/brokerage/time", because: "v2 is not spoken")],
    "instruments": [spot, withoutKey],
    "tickers": [spot, withoutKey, .leftOut("product_ids", because: "all products in one call")],
    "ticker": [withoutKey],
    "book": [
      .explicit("limit", because: "the depth is always said"),
      .path("/api/v3/brokerage/product_book", "/api/v3/brokerage/market/product_book", because: "it needs no key"),
    ],
    "candles": [
      withoutKey, .explicit("limit", because: "the most of one call, said always") { $0.text == "350" },
      .differs("limit", because: "the bounds say how many") { $0.text == "350" },
      .differs("start", because: "on the candles' marks") { mark($0) { time, interval in time.floored(to: interval) } },
      .differs("end", because: "the candle that runs at the end is left out") {
        mark($0) { time, interval in time.floored(to: interval) - interval }
      },
    ],
    "balances": [
      .path("/v2/accounts", "/api/v3/brokerage/accounts", because: "v2 is not spoken, and tells no holds"),
      .explicit("limit", because: "full pages"), .differs("limit", because: "full pages") { $0.text == "250" },
    ],
    "fees": [spot],
    "openOrders": [
      page, .leftOut("product_id", because: everyMarket), .leftOut("product_ids", because: everyMarket),
    ],
    "closedOrders": [
      page, .leftOut("product_id", because: everyMarket), .leftOut("product_ids", because: everyMarket),
      .leftOut("order_status", because: "all that ended, however"), .leftOut("end_date", because: wholeHistory),
      .explicit("limit", because: "full pages"),
      .explicit("start_date", because: "never the whole history by accident"),
      .differs("start_date", because: "two clocks are in play: a minute earlier") { look in
        guard let theirs = look.their.flatMap(Timestamp.init(rfc3339:)),
          let ours = look.text.flatMap(Timestamp.init(rfc3339:))
        else { return false }
        return ours == (theirs - .seconds(60)).floored(to: .seconds(1))
      },
    ],
    "fills": [
      page, .leftOut("product_id", because: everyMarket), .leftOut("product_ids", because: everyMarket),
      .leftOut("end_sequence_timestamp", because: wholeHistory), .explicit("limit", because: "full pages"),
      .explicit("start_sequence_timestamp", because: "never the whole history by accident"),
      .differs("start_sequence_timestamp", because: "the same instant") { look in
        look.their.flatMap(Timestamp.init(rfc3339:)) == look.text.flatMap(Timestamp.init(rfc3339:))
      },
    ],
    "place": [clientID],
  ]

  private static func mark(_ look: Look, _ expected: (Timestamp, Duration) -> Timestamp) -> Bool {
    guard case .candles(_, let interval, _, _) = look.operation,
      let theirs = look.their.flatMap({ Int($0) }).flatMap({ Timestamp(seconds: $0) }),
      let ours = look.text.flatMap({ Int($0) }).flatMap({ Timestamp(seconds: $0) })
    else { return false }
    return expected(theirs, interval) == ours
  }
}
