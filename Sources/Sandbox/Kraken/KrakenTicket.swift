import Core

/// AddOrder's parameters, read in the order in which Kraken refuses them.
enum KrakenTicket {
  static func read(
    _ parameters: KrakenParameters, now: Timestamp
  ) throws(KrakenError) -> (ticket: OrderTicket, listing: Listing) {
    guard let pair = parameters["pair"], let type = parameters["type"], let kind = parameters["ordertype"] else {
      throw .invalidArguments
    }
    guard let listing = KrakenVenue.rules.listing(named: pair) else { throw .unknownPair }
    guard let side = Side(rawValue: type) else { throw .invalidArgument("type") }
    // The other order types are not served here.
    guard kind == "limit" || kind == "market", !parameters.hasPrefix("close[") else {
      throw .invalidArgument("ordertype")
    }
    let flags = try flags(parameters, side: side, isMarket: kind == "market")
    guard let volume = parameters["volume"].flatMap(number) else { throw .invalidArgument("volume") }
    var ticket = OrderTicket(
      symbol: listing.symbol, side: side,
      size: flags.contains("viqc") ? .quote(volume, includingFee: false) : .base(volume),
      limit: kind == "limit" ? try limit(parameters) : nil, timeInForce: .immediateOrCancel)
    if kind == "limit" { ticket.timeInForce = try timeInForce(parameters, now: now) }
    ticket.postOnly = flags.contains("post")
    ticket.feeInBase = flags.contains("fcib")
    try name(&ticket, parameters)
    return (ticket, listing)
  }

  /// A plain decimal; `nil` for anything else.
  private static func number(_ text: String) -> ExactDecimal? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }) else { return nil }
    return try? ExactDecimal(parsing: text)
  }

  private static func limit(_ parameters: KrakenParameters) throws(KrakenError) -> ExactDecimal {
    guard let price = parameters["price"].flatMap(number) else { throw .invalidArgument("price") }
    return price
  }

  private static func flags(
    _ parameters: KrakenParameters, side: Side, isMarket: Bool
  ) throws(KrakenError) -> Set<String> {
    let flags = Set((parameters["oflags"] ?? "").split(separator: ",").map(String.init))
    guard flags.isSubset(of: ["post", "fcib", "fciq", "nompp", "viqc"]), !flags.isSuperset(of: ["fcib", "fciq"]),
      !(flags.contains("post") && isMarket), !flags.contains("viqc") || (isMarket && side == .buy)
    else { throw .invalidArgument("oflags") }
    return flags
  }

  private static func timeInForce(
    _ parameters: KrakenParameters, now: Timestamp
  ) throws(KrakenError) -> TimeInForce {
    switch parameters["timeinforce"] ?? "GTC" {
    case "GTC": return .goodTillCancelled
    case "IOC": return .immediateOrCancel
    case "FOK": return .fillOrKill
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
