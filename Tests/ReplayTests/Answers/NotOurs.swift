import Core

/// What ccxt's structures hold beyond, or otherwise than, our domain, each with its reason. Whatever else differs is a
/// failure.
enum NotOurs {
  /// Members that no domain value of ours has, by kind of structure.
  static func fields(_ kind: String) -> Set<String> { Set(["info"] + (table[kind] ?? [])) }

  /// Whether `path`, without indices, is one of them; in a map of tickers each row is one.
  static func leavesOut(_ path: String, _ kind: String) -> Bool {
    guard kind == "tickers" else { return fields(kind).contains(path) }
    return path.split(separator: ".").dropFirst().first.map { fields("ticker").contains(String($0)) } ?? false
  }

  private static let table: [String: [String]] = [
    // Times of changes and lists of trades are read from fills; margin is not traded.
    "order": ["lastTradeTimestamp", "lastUpdateTimestamp", "trades", "reduceOnly", "fee.rate", "fees.rate"],
    // Whether the order was a limit stands in the order.
    "trade": ["type", "fee.rate", "fees.rate"],
    // Spot only; fees are asked of the account.
    "market": [
      "wsId", "settle", "settleId", "altname", "type", "spot", "margin", "swap", "future", "option", "contract",
      "linear", "inverse", "subType", "taker", "maker", "percentage", "tierBased", "feeSide", "contractSize", "expiry",
      "expiryDatetime", "strike", "optionType", "created", "lowercaseId", "limits.leverage", "limits.price",
      "marginModes", "marginMode", "index",
    ],
    // The time is that of our receiving it; the day's figures are the candles'.
    "ticker": [
      "timestamp", "datetime", "high", "low", "open", "vwap", "bidVolume", "askVolume", "previousClose", "change",
      "percentage", "average", "quoteVolume", "indexPrice", "markPrice",
    ],
    "book": ["timestamp", "datetime", "nonce"],
    "balances": ["timestamp", "datetime", "debt"],
    // An amendment has no name of its own here: the order keeps its.
    "amendment": ["id", "clientOrderId", "fees", "trades", "timestamp", "datetime", "symbol", "status"],
    "ledger": ["account", "referenceAccount", "before", "after", "status"],
    "fees": ["symbol", "percentage", "tierBased"],
    "cancel": ["fees", "trades"],
  ]

  struct Look {
    let venue: Venue
    let kind: String
    let field: String
    let expected: JSONValue
    /// Our record.
    let record: JSONValue?
    let raw: JSONValue

    var seen: JSONValue? { record?[field] }

    /// The row of the answer that our record was read from.
    var row: JSONValue? {
      guard let id = record?["id"]?.text else { return nil }
      return Self.row(id, in: raw)
    }

    static func row(_ id: String, in value: JSONValue) -> JSONValue? {
      if let members = value.members {
        if ["order_id", "entry_id"].contains(where: { value[$0]?.text == id }) { return value }
        for (key, member) in members {
          if key == id, member.members != nil { return member }
          if let found = row(id, in: member) { return found }
        }
      }
      for element in value.list ?? [] { if let found = row(id, in: element) { return found } }
      return nil
    }
  }

  struct Allowance: Sendable {
    let venue: Venue?
    let kind: String
    /// All, where there are none.
    let fields: Set<String>?
    let because: String
    let holds: @Sendable (Look) -> Bool

    init(
      _ venue: Venue?, _ kind: String, _ fields: Set<String>?, because: String,
      _ holds: @escaping @Sendable (Look) -> Bool
    ) {
      self.venue = venue
      self.kind = kind
      self.fields = fields
      self.because = because
      self.holds = holds
    }

    func covers(_ look: Look) -> Bool {
      (venue ?? look.venue) == look.venue && kind == look.kind && fields?.contains(look.field) != false && holds(look)
    }
  }

  static let allowances: [Allowance] = [
    Allowance(nil, "order", ["clientOrderId"], because: "ids of the material stand for ids of our form") { look in
      guard let text = look.expected.text else { return false }
      let row = look.row ?? look.raw
      let holds = ClientIDs.keys.contains { row[$0]?.text == text }
      return holds && look.seen?.text == ClientIDs.ours(text).hex
    },
    Allowance(.kraken, "order", ["clientOrderId"], because: "userref is a tag, not an id") { look in
      look.row?["userref"]?.text == look.expected.text && look.seen?.isNull == true
    },
    Allowance(.kraken, "order", ["average"], because: "nothing was filled: there is no average") { look in
      look.row?["vol_exec"]?.decimal == .zero && look.seen?.isNull == true
    },
    Allowance(
      .kraken, "order", ["type", "price", "triggerPrice", "stopPrice"], because: "a trailing stop is not offered"
    ) { look in
      look.row?["descr"]?["ordertype"]?.text?.hasPrefix("trailing-stop") == true && look.record?["type"]?.isNull == true
    },
    Allowance(
      .kraken, "order", ["type", "price", "triggerPrice", "stopLossPrice", "takeProfitPrice", "stopPrice"],
      because: "a stop whose description names no trigger is of no known kind"
    ) { look in
      guard let terms = look.row?["descr"], let type = terms["ordertype"]?.text else { return false }
      return type != "limit" && type != "market" && terms["price"]?.decimal == .zero && look.seen?.isNull == true
    },
    Allowance(.coinbase, "order", ["cost"], because: "the venue's own filled_value, not average × filled") { look in
      guard let value = look.row?["filled_value"]?.decimal else { return false }
      return look.seen?.decimal == value
    },
    Allowance(.coinbase, "trade", ["id"], because: "entry_id is unique, trade_id is not") { look in
      look.row?["trade_id"] == look.expected
    },
    Allowance(
      .coinbase, "trade", ["price", "amount", "cost"],
      because: "a size in quote: the venue's own price; the quantity is the size divided by it"
    ) { look in
      guard let row = look.row, row["size_in_quote"]?.truth == true, let price = row["price"]?.decimal,
        let size = row["size"]?.decimal, let record = look.record, record["price"]?.decimal == price,
        let quantity = record["amount"]?.decimal, let value = try? quantity * price, let rest = try? size - value
      else { return false }
      // What the division leaves is less than a billionth of the price.
      return abs(rest.approximation) < abs(price.approximation) * 1e-9
    },
    Allowance(.kraken, "order", ["symbol"], because: "others knew no market of that name") { look in
      guard let pair = look.row?["descr"]?["pair"], pair == look.expected, let text = pair.text else { return false }
      return look.seen?.text == Names.pair(text)?.description
    },
    Allowance(
      .coinbase, "order",
      ["type", "price", "amount", "remaining", "postOnly", "triggerPrice", "stopPrice", "timeInForce"],
      because: "of several configurations at once nothing is known"
    ) { look in
      (look.row?["order_configuration"]?.members?.count ?? 0) > 1 && look.seen?.isNull == true
    },
    Allowance(.kraken, "market", ["baseId", "quoteId"], because: "as the venue's own list has it") { look in
      look.row?[String(look.field.dropLast(2))] == look.seen
    },
    Allowance(.coinbase, "cancel", ["id"], because: "the order keeps the id it was asked by") { look in
      look.raw["results"]?.list?.contains { $0["order_id"] == look.expected } == true
    },
    Allowance(
      .kraken, "balances", nil, because: "what earns is spent through its base, what is staked cannot be spent"
    ) { look in
      // Our own reading of the answer says what each must be.
      let parked = (look.raw["result"]?.members ?? []).map(\.key).filter { $0.contains(".") }
      let names = Names(.kraken, in: look.raw)
      let changed = parked.flatMap { [names.currency($0), names.currency(String($0.prefix { $0 != "." }))] }
      return !parked.isEmpty && (changed + ["free", "used", "total"]).contains(look.field)
    },
    Allowance(.kraken, "market", ["active"], because: "a pair without a status is taken as open") { look in
      look.row?["status"] == nil && look.seen?.truth == true
    },
    Allowance(.coinbase, "ticker", ["last", "close"], because: "a quote is bid and ask") { look in
      look.seen?.isNull == true
    },
  ]
}
