import Core

/// The private calls that only look.
struct KrakenAccount: Sendable {
  let exchange: Exchange
  private var rules: VenueRules { KrakenVenue.rules }
  static let page = 50

  init(exchange: Exchange) { self.exchange = exchange }

  // MARK: Funds

  private func funds(_ call: KrakenCall) -> [(asset: VenueAsset, balance: Balance)] {
    exchange.balances(call.key.account).compactMap { balance in
      rules.asset(balance.currency).map { ($0, balance) }
    }
  }

  func balance(_ call: KrakenCall) -> JSONValue {
    .object(funds(call).map { ($0.asset.venueName, KrakenText.amount($0.balance.total, $0.asset)) })
  }

  func extendedBalance(_ call: KrakenCall) -> JSONValue {
    .object(
      funds(call).map { asset, balance in
        let value: JSONValue = [
          "balance": KrakenText.amount(balance.total, asset), "hold_trade": KrakenText.amount(balance.held, asset),
        ]
        return (asset.venueName, value)
      })
  }

  func tradeVolume(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    var taker: [(key: String, value: JSONValue)] = []
    var maker: [(key: String, value: JSONValue)] = []
    for name in (call.parameters["pair"] ?? "").split(separator: ",") {
      guard let listing = rules.listing(named: String(name)) else { throw .unknownPair }
      taker.append((listing.instrument.venueID, fee(rules.fees.taker)))
      maker.append((listing.instrument.venueID, fee(rules.fees.maker)))
    }
    var members: [(key: String, value: JSONValue)] = [("currency", "ZUSD"), ("volume", "0.0000")]
    if !taker.isEmpty { members += [("fees", .object(taker)), ("fees_maker", .object(maker))] }
    return .object(members)
  }

  private func fee(_ rate: ExactDecimal) -> JSONValue {
    let percent = ((try? rate * .literal("100")) ?? rate).text(minimumPlaces: 4)
    return [
      "fee": .string(percent), "minfee": .string(percent), "maxfee": .string(percent), "nextfee": .null,
      "tiervolume": "0.0000", "nextvolume": .null,
    ]
  }

  func keyInfo(_ call: KrakenCall) -> JSONValue {
    let key = call.key
    let created = String(key.createdAt.seconds)
    return [
      "apiKeyName": .string(key.account), "apiKey": .string(key.text), "nonce": .string(String(key.nonce ?? 0)),
      "nonceWindow": .integer(0),
      "permissions": .array(
        KrakenPermission.allCases.filter { key.permissions.contains($0) }.map { .string($0.rawValue) }),
      "iban": .string(exchange.account(key.account)?.identity ?? ""), "validUntil": "0", "queryFrom": "0",
      "queryTo": "0", "createdTime": .string(created), "modifiedTime": .string(created), "ipAllowlist": [],
      "lastUsed": .string(String(key.lastUsed?.seconds ?? 0)),
    ]
  }

  // MARK: Orders

  func openOrders(_ call: KrakenCall) -> JSONValue {
    let wanted = KrakenOrderFilter(call, hidingFrom: exchange.now(at: rules.name))
    return exchange.read { state in
      guard let account = state.accounts[call.key.account] else { return ["open": [:]] }
      let orders = state.openOrders(of: account).filter(wanted.matches).reversed()
      return ["open": .object(orders.map { ($0.id, wanted.value($0, state)) })]
    }
  }

  func closedOrders(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let wanted = KrakenOrderFilter(call, hidingFrom: exchange.now(at: rules.name))
    let span = try KrakenSpan(call.parameters, exchange, call.key.account)
    let byOpening = call.parameters["closetime"] == "open"
    func time(_ order: VenueOrder) -> Timestamp {
      byOpening ? order.createdAt : order.endedAt ?? order.createdAt
    }
    return exchange.read { state in
      let orders = (state.accounts[call.key.account]?.orders ?? []).reversed().map { state.orders[$0] }
        .filter { $0.status != .open && wanted.matches($0) && span.contains(time($0)) }
        .sorted { (time($0), $0.number) > (time($1), $1.number) }
      let page = orders.dropFirst(span.offset).prefix(Self.page)
      return span.result("closed", .object(page.map { ($0.id, wanted.value($0, state)) }), count: orders.count)
    }
  }

  func queryOrders(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let ids = (call.parameters["txid"] ?? "").split(separator: ",").map(String.init)
    let wanted = KrakenOrderFilter(call, hidingFrom: ids.isEmpty ? exchange.now(at: rules.name) : nil)
    guard !ids.isEmpty || wanted.clientOrderID != nil, ids.count <= 50 else { throw .invalidArguments }
    return exchange.read { state in
      let all = state.accounts[call.key.account]?.orders ?? []
      let numbers = ids.isEmpty ? all : ids.compactMap { state.orderNumbers[$0] }
      let orders = numbers.map { state.orders[$0] }.filter { $0.account == call.key.account && wanted.matches($0) }
      return .object(orders.map { ($0.id, wanted.value($0, state)) })
    }
  }

  func tradesHistory(_ call: KrakenCall) throws(KrakenError) -> JSONValue {
    let span = try KrakenSpan(call.parameters, exchange, call.key.account)
    return exchange.read { state in
      let fills = (state.accounts[call.key.account]?.fills ?? []).reversed().map { state.fills[$0] }
        .filter { span.contains($0.time) }
      let page = fills.dropFirst(span.offset).prefix(Self.page)
      let trades = page.map { ($0.id, KrakenOrderText.trade($0, state.orders[$0.order])) }
      return span.result("trades", .object(trades), count: fills.count)
    }
  }
}

/// Which orders a call asks for, and whether with their trades.
struct KrakenOrderFilter: Sendable {
  let clientOrderID: String?
  let userref: String?
  let withTrades: Bool
  /// Orders that were taken after this are not shown yet.
  private let horizon: Timestamp?

  /// `now` is given where a list is asked for, which may lag behind.
  init(_ call: KrakenCall, hidingFrom now: Timestamp?) {
    let parameters = call.parameters
    horizon = now.flatMap { now in call.conditions.visibility.map { now - $0 } }
    clientOrderID = parameters["cl_ord_id"]
    userref = parameters["userref"]
    withTrades = parameters["trades"] == "true"
  }

  func matches(_ order: VenueOrder) -> Bool {
    (clientOrderID == nil || order.ticket.clientOrderID == clientOrderID)
      && (userref == nil || order.ticket.detail["userref"] == userref)
      && (horizon.map { order.createdAt <= $0 } ?? true)
  }

  func value(_ order: VenueOrder, _ state: borrowing ExchangeState) -> JSONValue {
    KrakenOrderText.order(order, trades: withTrades ? order.fills.map { state.fills[$0].id } : nil)
  }
}

/// A stretch of history and a place in it: `start` exclusive, `end` inclusive, each a time or an id.
struct KrakenSpan: Sendable {
  private let start: Timestamp?
  private let end: Timestamp?
  private let isCounted: Bool
  let offset: Int

  init(_ parameters: KrakenParameters, _ exchange: Exchange, _ account: String) throws(KrakenError) {
    start = try Self.time(parameters, "start", exchange, account)
    end = try Self.time(parameters, "end", exchange, account)
    isCounted = parameters["without_count"] != "true"
    guard let offset = Int(parameters["ofs"] ?? "0"), offset >= 0 else { throw .invalidArgument("ofs") }
    self.offset = offset
  }

  private static func time(
    _ parameters: KrakenParameters, _ name: String, _ exchange: Exchange, _ account: String
  ) throws(KrakenError) -> Timestamp? {
    guard let text = parameters[name], text != "0" else { return nil }
    if let number = try? ExactDecimal(parsing: text), let time = Timestamp(seconds: number) { return time }
    if let order = exchange.order(text, account: account) { return order.createdAt }
    let fill = exchange.read { state in
      state.accounts[account]?.fills.map { state.fills[$0] }.first { $0.id == text }
    }
    guard let fill else { throw .invalidArgument(name) }
    return fill.time
  }

  func contains(_ time: Timestamp) -> Bool {
    (start.map { time > $0 } ?? true) && (end.map { time <= $0 } ?? true)
  }

  func result(_ name: String, _ rows: JSONValue, count: Int) -> JSONValue {
    .object([(name, rows)] + (isCounted ? [("count", .integer(count))] : []))
  }
}
