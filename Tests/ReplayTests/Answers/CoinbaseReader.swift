import Broker
import Core

/// Coinbase's answers by the documentation of Advanced Trade.
struct CoinbaseReader: AnswerReader {
  let names: Names

  func expectation(_ operation: Operation, _ answer: JSONValue) throws -> Expectation? {
    if answer["proof_token_required"]?.truth == true { return .refused("proof_token_required") }
    if let words = refusal(answer) { return .refused(words) }
    if let value = try market(operation, answer) { return .value(value) }
    return try account(operation, answer).map(Expectation.value)
  }

  /// The three shapes of an error.
  private func refusal(_ answer: JSONValue) -> String? {
    if let error = answer["errors"]?.list?.first?["id"]?.text { return error }
    if let error = answer["error"]?.text { return error }
    guard answer["success"]?.truth == false, let response = answer["error_response"] else { return nil }
    let keys = ["new_order_failure_reason", "preview_failure_reason", "error"]
    return keys.compactMap { response[$0]?.text }.first { !$0.isEmpty && !$0.hasPrefix("UNKNOWN_") } ?? ""
  }

  private func market(_ operation: Operation, _ answer: JSONValue) throws -> JSONValue? {
    switch operation {
    case .serverTime: return .exact(try answer.number("epochMillis"))
    case .instruments: return .array(try answer.rows("products").filter(isSpot).map(instrument))
    case .tickers:
      return .object(
        try answer.rows("products").filter(isSpot).compactMap { product in
          guard let symbol = names.symbol(try product.word("product_id")) else { return nil }
          let row = JSONValue.object([
            ("symbol", .string(symbol.description)), ("last", .exact(try product.number("price"))),
            ("baseVolume", .exact(try product.number("volume_24h"))),
          ])
          return (symbol.description, row)
        })
    case .ticker(let symbol):
      return .object([
        ("symbol", .string(symbol.description)), ("bid", .exact(try answer.number("best_bid"))),
        ("ask", .exact(try answer.number("best_ask"))),
      ])
    case .book(let symbol, _):
      let book = try answer.needed("pricebook")
      func side(_ key: String) throws -> JSONValue {
        .array(try book.rows(key).map { .array([.exact(try $0.number("price")), .exact(try $0.number("size"))]) })
      }
      return .object([("symbol", .string(symbol.description)), ("bids", try side("bids")), ("asks", try side("asks"))])
    case .candles: return try candles(answer)
    default: return nil
    }
  }

  private func account(_ operation: Operation, _ answer: JSONValue) throws -> JSONValue? {
    switch operation {
    case .permissions:
      return .object([
        ("canQuery", try answer.needed("can_view")), ("canTrade", try answer.needed("can_trade")),
        ("canWithdraw", try answer.needed("can_transfer")), ("account", try answer.needed("portfolio_uuid")),
      ])
    case .balances: return .object(try answer.rows("accounts").map(balance))
    case .fees:
      let tier = try answer.needed("fee_tier")
      return .object([
        ("maker", .exact(try tier.number("maker_fee_rate"))), ("taker", .exact(try tier.number("taker_fee_rate"))),
      ])
    case .openOrders: return .array(try answer.rows("orders").map(order))
    case .closedOrders: return .array(try answer.rows("orders").map(order).filter { $0["status"] != "open" })
    case .order(.venue): return .array([try order(try answer.needed("order"))])
    case .fills: return .array(try answer.rows("fills").map(trade))
    case .place: return .object([("id", try answer.needed("success_response").needed("order_id"))])
    case .preview: return .object([("errors", try answer.needed("errs"))])
    case .cancel:
      guard let result = try answer.rows("results").first else { throw ReaderError(text: "no result") }
      return result["success"]?.truth == true ? .object([("outcome", "pending")]) : nil
    case .cancelSeveral:
      return .array(
        try answer.rows("results").map { result in
          result["success"]?.truth == true
            ? .object([("outcome", "pending")]) : .object([("error", try result.needed("failure_reason"))])
        })
    case .amend: return answer["success"]?.truth == true ? .object([]) : nil
    default: return nil
    }
  }

  // MARK: Rows

  private func isSpot(_ product: JSONValue) -> Bool { product["product_type"] == "SPOT" }

  private func filled(_ value: JSONValue, _ key: String) throws -> ExactDecimal? {
    guard let text = value.filled(key)?.text, !text.isEmpty else { return nil }
    return try value.number(key)
  }

  private func instrument(_ product: JSONValue) throws -> JSONValue {
    let base = try product.word("base_currency_id"), quote = try product.word("quote_currency_id")
    func bounds(_ least: String, _ most: String) throws -> JSONValue {
      .object([("min", .exact(try filled(product, least))), ("max", .exact(try filled(product, most)))])
    }
    let tick = try filled(product, "price_increment") ?? product.number("quote_increment")
    return .object([
      ("id", try product.needed("product_id")), ("symbol", .string("\(base)/\(quote)")), ("baseId", .string(base)),
      ("quoteId", .string(quote)), ("status", .string(try status(product))),
      ("precision", .object([("amount", .exact(try product.number("base_increment"))), ("price", .exact(tick))])),
      (
        "limits",
        .object([
          ("amount", try bounds("base_min_size", "base_max_size")),
          ("cost", try bounds("quote_min_size", "quote_max_size")),
        ])
      ),
    ])
  }

  /// The narrowest of what the flags say.
  private func status(_ product: JSONValue) throws -> String {
    func has(_ flag: String) -> Bool { product[flag]?.truth == true }
    if try product.word("status").lowercased() != "online" { return "offline" }
    if has("is_disabled") || has("trading_disabled") || has("view_only") { return "offline" }
    if has("cancel_only") { return "cancel_only" }
    if has("post_only") || has("auction_mode") { return "post_only" }
    return has("limit_only") ? "limit_only" : "online"
  }

  private func candles(_ answer: JSONValue) throws -> JSONValue {
    let rows = try answer.rows("candles").map { row in
      (
        start: try row.number("start"),
        row: JSONValue.array(
          [.exact(try row.number("start") * ExactDecimal(integer: 1_000))]
            + (try ["open", "high", "low", "close", "volume"].map { .exact(try row.number($0)) }))
      )
    }
    return .array(rows.sorted { $0.start.approximation < $1.start.approximation }.map(\.row))
  }

  private func balance(_ account: JSONValue) throws -> (key: String, value: JSONValue) {
    let available = try account.needed("available_balance").number("value")
    let held = try account.needed("hold").number("value")
    let amounts: [(key: String, value: JSONValue)] = [
      ("free", .exact(available)), ("used", .exact(held)), ("total", .exact(try available + held)),
    ]
    return (try account.word("currency"), .object(amounts))
  }

  private func order(_ row: JSONValue) throws -> JSONValue {
    let filled = try row.number("filled_size"), average = try self.filled(row, "average_filled_price")
    let side = try row.word("side")
    guard ["BUY", "SELL"].contains(side) else { throw ReaderError(text: "a side that is none") }
    let statuses = [
      "PENDING": "open", "QUEUED": "open", "OPEN": "open", "CANCEL_QUEUED": "open", "EDIT_QUEUED": "open",
      "FILLED": "closed", "CANCELLED": "canceled", "EXPIRED": "canceled", "FAILED": "canceled",
    ]
    var order: [(key: String, value: JSONValue)] = [
      ("id", try row.needed("order_id")), ("side", .string(side.lowercased())),
      ("symbol", .optional(names.symbol(try row.word("product_id"))?.description)), ("filled", .exact(filled)),
      ("status", .optional(statuses[try row.word("status")])), ("cost", .exact(try self.filled(row, "filled_value"))),
      ("average", filled.isPositive ? .exact(average) : .null),
      ("fee", .object([("cost", .exact(try self.filled(row, "total_fees")))])),
      ("timestamp", .optional(Timestamp(rfc3339: try row.word("created_time"))?.milliseconds)),
    ]
    let words = ["GOOD_UNTIL_CANCELLED": "GTC", "IMMEDIATE_OR_CANCEL": "IOC", "FILL_OR_KILL": "FOK"]
    if row["order_configuration"]?.members?.count == 1 {
      order.append(("timeInForce", .optional(words[row["time_in_force"]?.text ?? ""])))
    }
    if let id = row["client_order_id"]?.text, let ours = ClientOrderID(parsing: id) {
      order.append(("clientOrderId", .string(ours.hex)))
    }
    return .object(order + (try terms(row, filled)))
  }

  /// What the one configuration says; of several nothing is known.
  private func terms(_ row: JSONValue, _ filled: ExactDecimal) throws -> [(key: String, value: JSONValue)] {
    guard let members = row["order_configuration"]?.members, members.count == 1, let (name, terms) = members.first
    else { return [] }
    var found: [(key: String, value: JSONValue)] = []
    if let size = terms["base_size"]?.decimal {
      found += [("amount", .exact(size)), ("remaining", .exact(try size - filled))]
    }
    if let post = terms["post_only"] { found.append(("postOnly", post)) }
    if name.hasPrefix("market_") { return found + [("type", "market")] }
    found.append(("price", .exact(terms["limit_price"]?.decimal)))
    if name.hasPrefix("stop_limit_") {
      found += [("type", "limit"), ("triggerPrice", .exact(terms["stop_price"]?.decimal))]
    } else if !name.hasPrefix("trigger_") {
      found.append(("type", "limit"))
    }
    return found
  }

  private func trade(_ row: JSONValue) throws -> JSONValue {
    let price = try row.number("price"), size = try row.number("size")
    var amount: ExactDecimal? = size
    if row["size_in_quote"]?.truth == true { amount = nil }
    let liquidity = ["MAKER": "maker", "TAKER": "taker"][row["liquidity_indicator"]?.text ?? ""]
    return .object([
      ("id", try row.needed("entry_id")), ("order", try row.needed("order_id")), ("price", .exact(price)),
      ("side", .string(try row.word("side").lowercased())), ("amount", .exact(amount)),
      ("symbol", .optional(names.symbol(try row.word("product_id"))?.description)),
      ("fee", .object([("cost", .exact(try row.number("commission")))])), ("takerOrMaker", .optional(liquidity)),
      ("timestamp", .optional(Timestamp(rfc3339: try row.word("trade_time"))?.milliseconds)),
    ])
  }
}
