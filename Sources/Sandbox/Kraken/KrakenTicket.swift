import Core

/// AddOrder's parameters, read in the order in which Kraken refuses them.
enum KrakenTicket {
  /// Reads an order. What is not served here is refused by its name: trailing stops, icebergs and margin.
  static func read(
    _ parameters: KrakenParameters, now: Timestamp
  ) throws(KrakenError) -> (ticket: OrderTicket, listing: Listing) {
    guard let pair = parameters["pair"], let type = parameters["type"], let word = parameters["ordertype"] else {
      throw .invalidArguments
    }
    guard let listing = KrakenVenue.rules.listing(named: pair) else { throw .unknownPair }
    guard let side = Side(rawValue: type) else { throw .invalidArgument("type") }
    guard let kind = KrakenOrderKind(rawValue: word) else { throw .invalidArgument("ordertype") }
    try checkUnserved(parameters)
    let flags = try flags(parameters, side: side, kind)
    guard let volume = parameters["volume"].flatMap(number) else { throw .invalidArgument("volume") }
    let prices = try prices(parameters, kind, side)
    var ticket = OrderTicket(
      symbol: listing.symbol, side: side,
      size: flags.contains("viqc") ? .quote(volume, includingFee: false) : .base(volume),
      limit: prices.limit, timeInForce: .immediateOrCancel)
    ticket.trigger = prices.trigger
    ticket.detail["ordertype"] = kind.rawValue
    if kind != .market { ticket.timeInForce = try timeInForce(parameters, kind, now: now) }
    ticket.postOnly = flags.contains("post")
    ticket.feeInBase = flags.contains("fcib")
    ticket.close = try close(parameters.nested("close"), after: side)
    try name(&ticket, parameters)
    return (ticket, listing)
  }

  private static func checkUnserved(_ parameters: KrakenParameters) throws(KrakenError) {
    if let leverage = parameters["leverage"], leverage != "none" { throw .invalidArgument("leverage") }
    if let flag = parameters["reduce_only"], flag != "false" { throw .invalidArgument("reduce_only") }
    if let start = parameters["starttm"], start != "0" { throw .invalidArgument("starttm") }
    if parameters["displayvol"] != nil { throw .invalidArgument("displayvol") }
    guard ["last", "index"].contains(parameters["trigger"] ?? "last") else { throw .invalidArgument("trigger") }
    guard ["cancel-newest", "cancel-oldest", "cancel-both"].contains(parameters["stptype"] ?? "cancel-newest") else {
      throw .invalidArgument("stptype")
    }
  }

  /// `price` is the limit or what is waited for, `price2` the limit after that.
  private static func prices(
    _ parameters: KrakenParameters, _ kind: KrakenOrderKind, _ side: Side
  ) throws(KrakenError) -> (limit: ExactDecimal?, trigger: OrderTrigger?) {
    guard kind != .market else { return (nil, nil) }
    guard let price = parameters["price"].flatMap(number) else { throw .invalidArgument("price") }
    guard let direction = kind.direction(side) else { return (price, nil) }
    let trigger = OrderTrigger(price: price, direction: direction)
    guard kind.hasLimit else { return (nil, trigger) }
    guard let limit = parameters["price2"].flatMap(number) else { throw .invalidArgument("price2") }
    return (limit, trigger)
  }

  /// The order that each fill makes, on the other side.
  private static func close(_ parameters: KrakenParameters, after side: Side) throws(KrakenError) -> ClosingOrder? {
    guard let word = parameters["ordertype"] else { return nil }
    guard let kind = KrakenOrderKind(rawValue: word), kind != .market else {
      throw .invalidArgument("close[ordertype]")
    }
    let prices = try prices(parameters, kind, side == .buy ? .sell : .buy)
    return ClosingOrder(limit: prices.limit, trigger: prices.trigger, detail: ["ordertype": kind.rawValue])
  }

  /// A plain decimal; `nil` for anything else.
  static func number(_ text: String) -> ExactDecimal? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }) else { return nil }
    return try? ExactDecimal(parsing: text)
  }

  private static func flags(
    _ parameters: KrakenParameters, side: Side, _ kind: KrakenOrderKind
  ) throws(KrakenError) -> Set<String> {
    let flags = Set((parameters["oflags"] ?? "").split(separator: ",").map(String.init))
    guard flags.isSubset(of: ["post", "fcib", "fciq", "nompp", "viqc"]), !flags.isSuperset(of: ["fcib", "fciq"]),
      !flags.contains("post") || kind == .limit, !flags.contains("viqc") || (kind == .market && side == .buy)
    else { throw .invalidArgument("oflags") }
    return flags
  }

  private static func timeInForce(
    _ parameters: KrakenParameters, _ kind: KrakenOrderKind, now: Timestamp
  ) throws(KrakenError) -> TimeInForce {
    switch parameters["timeinforce"] ?? "GTC" {
    case "GTC": return .goodTillCancelled
    case "IOC" where kind == .limit: return .immediateOrCancel
    case "FOK" where kind == .limit: return .fillOrKill
    case "GTD": return .goodTillDate(try expiry(parameters, now: now))
    default: throw .invalidArgument("timeinforce")
    }
  }

  /// `expiretm`: unix seconds, or `+` seconds from now; from 5 s to a month ahead.
  private static func expiry(_ parameters: KrakenParameters, now: Timestamp) throws(KrakenError) -> Timestamp {
    guard let text = parameters["expiretm"] else { throw .invalidArgument("expiretm") }
    let isRelative = text.hasPrefix("+")
    guard let seconds = Int(isRelative ? text.dropFirst() : text[...]), let span = Timestamp(seconds: seconds) else {
      throw .invalidArgument("expiretm")
    }
    let end = isRelative ? now + (span - Timestamp(nanoseconds: 0)) : span
    guard end >= now + .seconds(isRelative ? 5 : 0), end <= now + .seconds(31 * 86_400) else {
      throw .invalidArgument("expiretm")
    }
    return end
  }

  private static func name(_ ticket: inout OrderTicket, _ parameters: KrakenParameters) throws(KrakenError) {
    ticket.clientOrderID = parameters["cl_ord_id"]
    if let userref = parameters["userref"] {
      guard ticket.clientOrderID == nil else { throw .invalidArgument("cl_ord_id") }
      guard let number = Int32(userref) else { throw .invalidArgument("userref") }
      ticket.detail["userref"] = String(number)
    }
    if let name = ticket.clientOrderID, !isClientOrderID(name) { throw .invalidArgument("cl_ord_id") }
  }

  /// A UUID, 32 hexadecimal digits, or 18 characters at most.
  private static func isClientOrderID(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.allSatisfy({ (33...126).contains($0) }) else { return false }
    if bytes.count <= 18 { return true }
    let digits = bytes.filter { $0 != 45 }
    let isHex = digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0 | 32) }
    guard isHex, digits.count == 32 else { return false }
    let hyphens = bytes.indices.filter { bytes[$0] == 45 }
    return hyphens.isEmpty || hyphens == [8, 13, 18, 23]
  }

  /// `deadline`: at most a minute ahead. One that has passed is refused by the engine, not here.
  static func deadline(_ parameters: KrakenParameters, now: Timestamp) throws(KrakenError) -> Timestamp? {
    guard let text = parameters["deadline"] else { return nil }
    guard let deadline = Timestamp(rfc3339: text), deadline <= now + .seconds(60) else {
      throw .invalidArgument("deadline")
    }
    return deadline
  }
}

/// The kinds of order that are served.
enum KrakenOrderKind: String, Sendable {
  case limit, market
  case stopLoss = "stop-loss"
  case takeProfit = "take-profit"
  case stopLossLimit = "stop-loss-limit"
  case takeProfitLimit = "take-profit-limit"

  /// Which way the market has to go before the order is in it; `nil` for those that wait for nothing.
  func direction(_ side: Side) -> OrderTrigger.Direction? {
    switch self {
    case .limit, .market: nil
    case .stopLoss, .stopLossLimit: side == .buy ? .up : .down
    case .takeProfit, .takeProfitLimit: side == .buy ? .down : .up
    }
  }

  var hasLimit: Bool { self == .limit || self == .stopLossLimit || self == .takeProfitLimit }

  /// `stop loss`, as descriptions say it.
  var words: String {
    switch self {
    case .limit, .market: rawValue
    case .stopLoss, .stopLossLimit: "stop loss"
    case .takeProfit, .takeProfitLimit: "take profit"
    }
  }
}

extension KrakenOrderKind {
  /// What was remembered with an order.
  init(_ detail: [String: String], limit: ExactDecimal?) {
    self = detail["ordertype"].flatMap(KrakenOrderKind.init(rawValue:)) ?? (limit == nil ? .market : .limit)
  }
}
