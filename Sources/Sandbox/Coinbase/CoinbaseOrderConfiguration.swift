import Core

/// The one member of `order_configuration`: what kind of order, and its numbers as they were sent.
struct CoinbaseOrderConfiguration: Hashable, Sendable {
  /// The venue's kinds that the sandbox trades.
  enum Kind: String, Sendable {
    case marketIOC = "market_market_ioc"
    case limitIOC = "sor_limit_ioc"
    case limitGTC = "limit_limit_gtc"
    case limitGTD = "limit_limit_gtd"
    case limitFOK = "limit_limit_fok"
    case marketFOK = "market_market_fok"
    case stopLimitGTC = "stop_limit_stop_limit_gtc"
    case stopLimitGTD = "stop_limit_stop_limit_gtd"
    case bracketGTC = "trigger_bracket_gtc"
    case bracketGTD = "trigger_bracket_gtd"

    var isMarket: Bool { self == .marketIOC || self == .marketFOK }
    var isStop: Bool { self == .stopLimitGTC || self == .stopLimitGTD }
    var isBracket: Bool { self == .bracketGTC || self == .bracketGTD }
  }

  /// The member's name.
  let name: String
  /// Members that are strings, as sent.
  private(set) var texts: [String: String] = [:]
  /// Members that are true or false, as sent.
  private(set) var flags: [String: Bool] = [:]

  private static let textNames = [
    "quote_size", "base_size", "limit_price", "stop_price", "stop_direction", "stop_trigger_price", "end_time",
  ]
  private static let flagNames = ["post_only", "rfq_disabled"]

  /// The kind; `nil` for those that the sandbox does not trade.
  var kind: Kind? { Kind(rawValue: name) }
  var isPostOnly: Bool { flags["post_only"] ?? false }
  var isSizedInQuote: Bool { texts["quote_size"] != nil }

  /// Reads the member of an order's body.
  init(_ json: JSON) throws(CoinbaseError) {
    guard let members = json.members else { throw .unreadable("order_configuration") }
    guard let (name, fields) = members.first, members.count == 1, fields.kind == .object else {
      throw .invalidArgument("exactly one order_configuration is required")
    }
    self.name = name
    for key in Self.textNames {
      guard let value = fields[key], !value.isNull else { continue }
      guard value.kind == .string, let text = value.text, text.utf8.count <= 64 else { throw .unreadable(key) }
      // An empty string is the wire format's way to say that there is none.
      texts[key] = text.isEmpty ? nil : text
    }
    for key in Self.flagNames {
      guard let value = fields[key], !value.isNull else { continue }
      guard let flag = value.boolean else { throw .unreadable(key) }
      flags[key] = flag
    }
  }

  /// What was remembered with an order.
  init(remembered detail: [String: String]) {
    name = detail["order_configuration"] ?? ""
    for key in Self.textNames { texts[key] = detail[key] }
    for key in Self.flagNames { flags[key] = detail[key].map { $0 == "true" } }
  }

  /// What to remember with an order.
  var detail: [String: String] {
    var detail = texts
    for (key, flag) in flags { detail[key] = flag ? "true" : "false" }
    detail["order_configuration"] = name
    return detail
  }

  /// As it is shown again.
  var json: JSONValue {
    var shown: [(key: String, value: JSONValue)] = []
    for key in Self.textNames {
      if let text = texts[key] { shown.append((key, .string(text))) }
    }
    for key in Self.flagNames {
      if let flag = flags[key] { shown.append((key, .boolean(flag))) }
    }
    return .object([(key: name, value: .object(shown))])
  }

  /// The same order at another price and size.
  func edited(price: String, size: String) -> CoinbaseOrderConfiguration {
    var copy = self
    copy.texts["limit_price"] = price
    copy.texts["base_size"] = size
    return copy
  }

  /// A decimal member; `nil` when it is not there.
  func decimal(_ key: String) throws(CoinbaseError) -> ExactDecimal? {
    guard let text = texts[key] else { return nil }
    guard let number = try? ExactDecimal(parsing: text) else { throw .invalidArgument("\(key) is not a decimal") }
    return number
  }
}
