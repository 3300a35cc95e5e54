internal import Config
internal import Core

/// What a new descriptor begins as: every key with what it does, in a shape that many venues have.
///
/// The comments are those of the fields' declarations, so that they cannot say other things than `check` does.
public enum DescriptorSkeleton {
  /// The text of `brokers/NAME.yaml`. It is in order as it stands, and describes no venue that exists.
  public static func text(name: String) -> String {
    var lines = [
      "# A brokerage, described: docs/adding-a-brokerage.md goes through it step by step, `nija-host docs descriptor`",
      "# lists every key. Put what the venue's documentation says in place of every TODO and of everything else that",
      "# differs, then look it over: nija-host check brokers/\(name).yaml",
    ]
    for field in DescriptorKeys.all {
      guard let value = values(name)[field.name] else { continue }
      lines.append("")
      lines += comment(field.doc, indent: "")
      lines += field == DescriptorKeys.operations ? operations : [value]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func comment(_ doc: String, indent: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in doc.split(separator: " ") {
      if !line.isEmpty, indent.count + 2 + line.count + 1 + word.count > 118 {
        lines.append("\(indent)# \(line)")
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + ["\(indent)# \(line)"]
  }

  /// The operations, each under what it does.
  private static var operations: [String] {
    var lines = ["operations:"]
    for name in OperationName.allCases {
      guard let text = operation(name) else { continue }
      lines += comment(OperationRule.of(name).doc + hint(name), indent: "  ")
      lines += text.split(separator: "\n").map { "  \($0)" }
    }
    return lines
  }

  private static func hint(_ name: OperationName) -> String {
    switch name {
    case .fees: " Or as a call that reads maker and taker."
    case .place:
      " In which currency an amount counts may differ between kinds and sides: every kind needs its own entry, or"
        + " cannot be ordered. limit_ioc is needed."
    case .orderByClientID:
      " It must find orders that have ended, too; or name the lists to search: then: [open_orders, closed_orders]."
    case .fills: " With a paging that ends."
    default: ""
    }
  }

  private static func values(_ name: String) -> [String: String] {
    [
      "format": "format: nija-broker/1",
      "name": "name: \(name)",
      "title": "title: \(name)   # TODO",
      "source": "source: https://docs.\(host(name)).example   # TODO",
      "hosts": "hosts: {api: \"https://api.\(host(name)).example\"}   # TODO",
      "credentials": """
      credentials:   # the form of each: text, base64, hex, pem or key_file
        api_key: {format: text, doc: "The API key."}
        api_secret: {format: text, doc: "Its secret, shown once when the key is made."}
      """,
      "capabilities": "capabilities: [order_by_client_id]",
      "client_id": "client_id: {alphabet: \"A-Za-z0-9_-\", length: 36, unique: open}   # TODO",
      "orders": "orders: {lifetime: 30s, visible_within: 5s}   # TODO",
      "signing": """
      signing:   # TODO: values are named and come in this order; parameters go under first, last or append
        values: {signature: "hex(hmac_sha256(utf8(api_secret), utf8(text(now_ms) + method + path_query + body)))"}
        headers: {X-API-KEY: api_key, X-API-TIME: now_ms, X-API-SIGNATURE: signature}
      """,
      "operations": "",
      "enums": """
      enums:   # TODO: a word that is not here is an error, never a guess
        side: {buy: buy, sell: sell}
        interval: {1m: 1m, 5m: 5m, 1h: 1h, 1d: 1d}
        order_status: {open: open, filled: filled, cancelled: cancelled, rejected: rejected, expired: expired}
        instrument_status: {online: online, "*": offline}
      """,
      "errors": """
      errors:   # TODO: a class for everything that the venue documents
        failed: [{status: 400-599}]
        message: "message?"
        rules:
          - {code: insufficient_funds, class: insufficient_funds, scope: order}
          - {code: order_not_found, class: unknown_order, scope: order}
          - {status: 401, class: invalid_key, scope: account}
          - {status: 429, class: rate_limited, scope: account, retry: 60s, retry_header: retry-after}
          - {status: 500-599, class: venue_unavailable, scope: broker, retry: 5s, executed: unknown}
        otherwise: {class: unknown, scope: order, executed: unknown}
      """,
      "limits": "limits: {calls: {scope: key, most: 60, per: 60s, reserve: 15}}   # TODO",
      "tests": "# tests: \(name)/   # a folder of *.json; without them an account runs in the sandbox only",
    ]
  }

  /// The name as a host may have it.
  private static func host(_ name: String) -> String { String(name.map { $0 == "_" ? "-" : $0 }) }

  private static func operation(_ name: OperationName) -> String? {
    switch name {
    case .serverTime: "server_time: {effect: safe, call: GET /v1/time, read: {time: ms(time)}, cost: {calls: 1}}"
    case .instruments:
      """
      instruments:
        effect: safe
        call: GET /v1/markets
        rows: "[]"
        read: {id: symbol, base: base, quote: quote, status: status, tick: price_step, step: quantity_step, minimum_quantity: "minimum?"}
        cost: {calls: 1}
      """
    case .tickers:
      "tickers: {effect: safe, call: GET /v1/tickers, rows: \"[]\", read: {symbol: symbol, last: last, volume: volume}, cost: {calls: 1}}"
    case .ticker:
      "ticker: {effect: safe, call: GET /v1/ticker, query: {symbol: \"{symbol}\"}, read: {bid: bid, ask: ask}, cost: {calls: 1}}"
    case .candles:
      """
      candles:
        effect: safe
        call: GET /v1/candles
        query: {symbol: "{symbol}", interval: "{interval}", limit: "{limit}"}
        rows: "[]"
        read: {start: "ms([0])", open: "[1]", high: "[2]", low: "[3]", close: "[4]", volume: "[5]"}
        cost: {calls: 1}
      """
    case .balances:
      "balances: {effect: safe, signed: true, call: GET /v1/balances, rows: \"[]\", read: {currency: currency, available: available, held: held}, cost: {calls: 1}}"
    case .fees: "fees: {fixed: {maker: 0.1%, taker: 0.2%}}   # TODO"
    case .place:
      """
      place:
        effect: unsafe
        signed: true
        call: POST /v1/orders
        json: {symbol: "{symbol}", side: "{side}", client_id: "{client_id}", type: "{type}", quantity: "{amount}", price: "{limit}", time_in_force: "{force}"}
        kinds:
          limit: {type: limit, amount: "{quantity}", limit: "{price}", force: gtc}
          limit_ioc: {type: limit, amount: "{quantity}", limit: "{price}", force: ioc}
        read: {order_id: id}
        cost: {calls: 1}
      """
    case .cancel:
      "cancel: {effect: idempotent, signed: true, call: \"DELETE /v1/orders/{order_id}\", cost: {calls: 1}}"
    case .openOrders:
      """
      open_orders:
        effect: safe
        signed: true
        call: GET /v1/orders
        rows: "[]"
        read: {id: id, client_id: "client_id?", symbol: symbol, side: side, status: status, quantity: quantity, limit: "price?", filled: filled, created: ms(created)}
        cost: {calls: 1}
      """
    case .order: "order: {effect: safe, signed: true, call: \"GET /v1/orders/{order_id}\", cost: {calls: 1}}"
    case .orderByClientID:
      "order_by_client_id: {effect: safe, signed: true, call: GET /v1/orders, query: {client_id: \"{client_id}\"}, rows: \"[]\", cost: {calls: 1}}"
    case .fills:
      """
      fills:
        effect: safe
        signed: true
        call: GET /v1/fills
        query: {since: "{since_ms}"}
        rows: "fills[]"
        read: {id: id, order_id: order_id, symbol: symbol, side: side, price: price, quantity: quantity, fee: fee, fee_currency: fee_currency, time: ms(time)}
        paging: {by: cursor, send: {cursor: "{page}"}, next: "next?", most: 100}
        cost: {calls: 1}
      """
    default: nil
    }
  }
}
