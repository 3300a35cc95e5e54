import Broker
import Core

/// Kraken's answers by the documentation of its REST interface.
struct KrakenReader: AnswerReader {
  let names: Names

  func expectation(_ operation: Operation, _ answer: JSONValue) throws -> Expectation? {
    let errors = (answer["error"]?.list ?? []).compactMap(\.text).filter { !$0.hasPrefix("W") }
    if let error = errors.first { return .refused(error) }
    let result = try answer.needed("result")
    if let value = try market(operation, result) { return .value(value) }
    return try account(operation, result).map(Expectation.value)
  }

  private func market(_ operation: Operation, _ result: JSONValue) throws -> JSONValue? {
    switch operation {
    case .serverTime: return .integer(try Int(result.word("unixtime")).unwrapped("unixtime") * 1_000)
    case .venueStatus: return .object([("status", try result.needed("status"))])
    case .instruments: return .array(try (result.members ?? []).compactMap { try instrument($0.key, $0.value) })
    case .ticker(let symbol): return try ticker(symbol, try only(result))
    case .book(let symbol, _):
      let book = try only(result)
      func side(_ key: String) throws -> JSONValue {
        .array(try book.rows(key).map { .array(try [element($0, 0), element($0, 1)]) })
      }
      return .object([("symbol", .string(symbol.description)), ("bids", try side("bids")), ("asks", try side("asks"))])
    case .candles(_, let interval, let limit, let now):
      let rows = try only(result).list ?? []
      let complete = try rows.dropLast().filter { row in
        guard let start = Timestamp(seconds: try exact(row, 0)) else { throw ReaderError(text: "no time") }
        return start + interval <= now
      }
      return .array(
        try complete.suffix(limit).map { row in
          let start = Timestamp(seconds: try exact(row, 0))?.milliseconds
          return .array([.optional(start)] + (try [1, 2, 3, 4, 6].map { try element(row, $0) }))
        })
    default: return nil
    }
  }

  private func account(_ operation: Operation, _ result: JSONValue) throws -> JSONValue? {
    switch operation {
    case .balances: return try balances(result.members ?? [])
    case .fees:
      func rate(_ key: String) throws -> JSONValue {
        let percent = try only(try result.needed(key)).number("fee")
        return .exact(try ExactDecimal(coefficient: percent.coefficient, scale: Int(percent.scale) + 2))
      }
      return .object([("maker", try rate("fees_maker")), ("taker", try rate("fees"))])
    case .openOrders: return try orders(result.needed("open"))
    case .closedOrders: return try orders(result.needed("closed"))
    case .order(.venue): return try orders(result)
    case .order(.client): return try orders(result["open"] ?? result.needed("closed"))
    case .fills: return .array(try (result.needed("trades").members ?? []).map { try trade($0.key, $0.value) })
    case .ledger: return .array(try (result.needed("ledger").members ?? []).map { try entry($0.key, $0.value) })
    case .permissions:
      let names = try result.rows("permissions").compactMap(\.text)
      return .object([("canWithdraw", .boolean(names.contains { $0.hasPrefix("withdraw") }))])
    case .place:
      guard let id = try result.rows("txid").first else { throw ReaderError(text: "no txid") }
      return .object([("id", id)])
    case .placeSeveral:
      return .array(
        try result.rows("orders").map { row in
          if let error = row["error"] { return .object([("error", error)]) }
          return .object([("id", try row.needed("txid"))])
        })
    case .amend:
      _ = try result.word("amend_id")
      return .object([])
    case .cancel, .cancelByClientID:
      guard try result.number("count").isPositive else { throw ReaderError(text: "nothing was cancelled") }
      return .object([("outcome", result["pending"]?.truth == true ? "pending" : "cancelled")])
    case .cancelSeveral:
      // It only counts them: what became of each is not in it.
      let count = try Int(result.word("count")).unwrapped("count")
      return .array(Array(repeating: .object([]), count: count))
    case .cancelAll: return .object([("count", .exact(try result.number("count")))])
    case .deadManSwitch(let timeout):
      let time = try Timestamp(rfc3339: result.word("triggerTime"))?.milliseconds
      return .object([("triggerTime", timeout > .zero ? .optional(time) : .null)])
    default: return nil
    }
  }

  // MARK: Rows

  /// Of an answer that is keyed by a name nobody can foresee, the one entry beside `last`.
  private func only(_ result: JSONValue) throws -> JSONValue {
    let entries = (result.members ?? []).filter { $0.key != "last" }
    guard entries.count == 1, let entry = entries.first else { throw ReaderError(text: "not one entry") }
    return entry.value
  }

  private func exact(_ row: JSONValue, _ index: Int) throws -> ExactDecimal {
    guard let list = row.list, list.indices.contains(index), let number = list[index].decimal else {
      throw ReaderError(text: "no number at \(index)")
    }
    return number
  }

  private func element(_ row: JSONValue, _ index: Int) throws -> JSONValue { .exact(try exact(row, index)) }

  private func instrument(_ id: String, _ pair: JSONValue) throws -> JSONValue? {
    guard pair.filled("wsname") != nil else { return nil }
    func unit(_ key: String) throws -> ExactDecimal {
      try ExactDecimal(coefficient: 1, scale: try Int(pair.word(key)).unwrapped(key))
    }
    let base = try pair.word("base"), quote = try pair.word("quote")
    let tick = try pair["tick_size"]?.decimal ?? unit("pair_decimals")
    return .object([
      ("id", .string(id)), ("symbol", .string("\(names.currency(base))/\(names.currency(quote))")),
      ("baseId", .string(base)), ("quoteId", .string(quote)), ("status", pair["status"] ?? "online"),
      ("precision", .object([("amount", .exact(try unit("lot_decimals"))), ("price", .exact(tick))])),
      (
        "limits",
        .object([
          ("amount", .object([("min", .exact(pair["ordermin"]?.decimal))])),
          ("cost", .object([("min", .exact(pair["costmin"]?.decimal))])),
        ])
      ),
    ])
  }

  private func ticker(_ symbol: Symbol, _ row: JSONValue) throws -> JSONValue {
    func first(_ key: String, _ index: Int = 0) throws -> JSONValue { try element(row.needed(key), index) }
    return .object([
      ("symbol", .string(symbol.description)), ("bid", try first("b")), ("ask", try first("a")),
      ("last", try first("c")), ("baseVolume", try first("v", 1)),
    ])
  }

  /// What earns (`.F`) is spent through its base; what is staked, bonded or parked otherwise cannot be spent as it is.
  private func balances(_ rows: [(key: String, value: JSONValue)]) throws -> JSONValue {
    var sums: [String: (total: ExactDecimal, used: ExactDecimal)] = [:]
    for (asset, row) in rows {
      let credit = row["credit"]?.decimal ?? .zero, used = row["credit_used"]?.decimal ?? .zero
      let total = try row.number("balance") + (try credit - used)
      let parts = asset.split(separator: ".", maxSplits: 1)
      let isParked = parts.count == 2 && parts[1] != "F"
      let held = isParked ? total : try row.number("hold_trade")
      let currency = names.currency(isParked ? asset : String(parts.first ?? ""))
      let other = sums[currency] ?? (.zero, .zero)
      sums[currency] = (try other.total + total, try other.used + held)
    }
    return .object(
      try sums.sorted { $0.key < $1.key }.map { currency, sum in
        let amounts: [(key: String, value: JSONValue)] = [
          ("total", .exact(sum.total)), ("used", .exact(sum.used)), ("free", .exact(try sum.total - sum.used)),
        ]
        return (currency, .object(amounts))
      })
  }

  private func orders(_ rows: JSONValue) throws -> JSONValue {
    guard let members = rows.members else { throw ReaderError(text: "no map of orders") }
    return .array(try members.map { try order($0.key, $0.value) })
  }

  private func order(_ id: String, _ row: JSONValue) throws -> JSONValue {
    let terms = try row.needed("descr"), flags = (row["oflags"]?.text ?? "").split(separator: ",")
    let volume = try row.number("vol"), filled = try row.number("vol_exec")
    let status = try row.word("status")
    var order: [(key: String, value: JSONValue)] = [
      ("id", .string(id)), ("side", try terms.needed("type")), ("filled", .exact(filled)),
      ("symbol", .optional(names.symbol(try terms.word("pair"))?.description)),
      ("status", .string(status == "pending" ? "open" : status)),
      ("timestamp", .milliseconds(seconds: try row.number("opentm"))), ("reason", row["reason"] ?? .null),
      ("postOnly", .boolean(flags.contains("post"))), ("cost", .exact(try row.number("cost"))),
      ("average", filled.isPositive ? .exact(try row.number("price")) : .null),
      ("fee", flags.contains("fcib") ? .null : .object([("cost", .exact(try row.number("fee")))])),
    ]
    if !flags.contains("viqc") { order += [("amount", .exact(volume)), ("remaining", .exact(try volume - filled))] }
    if let id = row["cl_ord_id"]?.text, ClientOrderID(parsing: id) != nil {
      order.append(("clientOrderId", .string(id)))
    }
    return .object(order + (try kind(terms)))
  }

  /// By the order's description: the limit of a triggered order is its second price.
  private func kind(_ terms: JSONValue) throws -> [(key: String, value: JSONValue)] {
    let type = try terms.word("ordertype")
    let first = terms["price"]?.decimal, second = terms["price2"]?.decimal
    // Nobody knows what a stop without a trigger is.
    if first?.isZero == true, type != "market" { return [] }
    switch type {
    case "market": return [("type", "market")]
    case "limit": return [("type", "limit"), ("price", .exact(first))]
    case "stop-loss": return [("type", "market"), ("stopLossPrice", .exact(first)), ("triggerPrice", .exact(first))]
    case "stop-loss-limit": return [("type", "limit"), ("stopLossPrice", .exact(first)), ("price", .exact(second))]
    case "take-profit":
      return [("type", "market"), ("takeProfitPrice", .exact(first)), ("triggerPrice", .exact(first))]
    case "take-profit-limit": return [("type", "limit"), ("takeProfitPrice", .exact(first)), ("price", .exact(second))]
    default: return []
    }
  }

  private func entry(_ id: String, _ row: JSONValue) throws -> JSONValue {
    let amount = try row.number("amount")
    return .object([
      ("id", .string(id)), ("referenceId", try row.needed("refid")),
      ("currency", .string(names.currency(try row.word("asset")))),
      ("amount", .exact(amount.isNegative ? try -amount : amount)),
      ("direction", amount.isNegative ? "out" : "in"), ("fee", .object([("cost", .exact(try row.number("fee")))])),
      ("timestamp", .milliseconds(seconds: try row.number("time"))),
    ])
  }

  private func trade(_ id: String, _ row: JSONValue) throws -> JSONValue {
    .object([
      ("id", .string(id)), ("order", try row.needed("ordertxid")), ("side", try row.needed("type")),
      ("symbol", .optional(names.symbol(try row.word("pair"))?.description)),
      ("price", .exact(try row.number("price"))),
      ("amount", .exact(try row.number("vol"))), ("fee", .object([("cost", .exact(try row.number("fee")))])),
      ("timestamp", .milliseconds(seconds: try row.number("time"))),
      ("takerOrMaker", row["maker"]?.truth.map { .string($0 ? "maker" : "taker") } ?? .null),
    ])
  }
}

extension Optional {
  func unwrapped(_ name: String) throws -> Wrapped {
    guard let self else { throw ReaderError(text: "\(name) is not what it must be") }
    return self
  }
}
