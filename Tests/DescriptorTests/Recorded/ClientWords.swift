import Core

@testable import Descriptor

/// What the client read, in our words.
struct ClientWords {
  /// A row of texts by our field's name.
  let rows: [[String: String]]

  init(_ function: String, _ parsed: JSONValue) {
    switch function {
    case "fetch_time": rows = parsed.scalar.map { [["time": $0]] } ?? []
    case "fetch_ohlcv", "parse_ohlcv":
      let list = parsed.elements ?? []
      let candles = list.first?.elements == nil ? [parsed] : list
      rows = candles.compactMap(Self.candle).sorted { ($0["start"] ?? "") < ($1["start"] ?? "") }
    case "fetch_balance": rows = []
    case "fetch_order_book": rows = []
    case "fetch_markets": rows = Self.list(parsed).map(Self.market)
    case "fetch_ticker", "parse_ticker": rows = [Self.ticker(parsed)]
    case "fetch_tickers": rows = parsed.objectMembers.map { Self.ticker($0.value) }
    case "fetch_my_trades", "parse_trade": rows = Self.list(parsed).map(Self.trade)
    default: rows = Self.list(parsed).map(Self.order)
    }
  }

  private static func list(_ parsed: JSONValue) -> [JSONValue] { parsed.elements ?? [parsed] }

  private static func texts(_ value: JSONValue, _ names: [(ours: String, theirs: String)]) -> [String: String] {
    var texts: [String: String] = [:]
    for (ours, theirs) in names { if let text = value.member(theirs)?.scalar { texts[ours] = text } }
    return texts
  }

  private static func candle(_ value: JSONValue) -> [String: String]? {
    guard let numbers = value.elements?.map(\.scalar), numbers.count >= 6 else { return nil }
    var texts: [String: String] = [:]
    for (name, number) in zip(["start", "open", "high", "low", "close", "volume"], numbers) { texts[name] = number }
    return texts
  }

  private static func ticker(_ value: JSONValue) -> [String: String] {
    texts(value, [("bid", "bid"), ("ask", "ask"), ("last", "last"), ("volume", "baseVolume")])
  }

  private static func market(_ value: JSONValue) -> [String: String] {
    var texts = texts(value, [("base", "base"), ("quote", "quote")])
    let precision = value.member("precision")
    texts["tick"] = precision?.member("price")?.scalar
    texts["step"] = precision?.member("amount")?.scalar
    texts["minimum_quantity"] = value.member("limits")?.member("amount")?.member("min")?.scalar
    return texts
  }

  private static func trade(_ value: JSONValue) -> [String: String] {
    var texts = texts(
      value,
      [("order_id", "order"), ("side", "side"), ("price", "price"), ("quantity", "amount"), ("time", "timestamp")])
    texts["fee"] = value.member("fee")?.member("cost")?.scalar
    texts["fee_currency"] = value.member("fee")?.member("currency")?.scalar
    return texts
  }

  private static func order(_ value: JSONValue) -> [String: String] {
    var texts = texts(
      value, [("id", "id"), ("side", "side"), ("limit", "price"), ("quantity", "amount"), ("filled", "filled")])
    switch value.member("status")?.scalar {
    case "open": texts["status"] = "open"
    case "closed": texts["status"] = "filled"
    case "canceled": texts["status"] = "cancelled"
    default: break
    }
    return texts
  }
}
