import Broker
import Core
import Descriptor

/// What an order of some kind says.
enum OrderTerms {
  /// The variables that an order of a kind has.
  static func variables(_ kind: OrderKindKey.Kind) -> Set<String> {
    var names: Set<String> = [
      "symbol", "base", "quote", "client_id", "side", "deadline_s", "deadline_ms", "deadline_iso",
    ]
    names.insert(kind == .marketQuote ? "notional" : "quantity")
    if hasLimit(kind) { names.insert("price") }
    if waits(kind) { names.insert("trigger") }
    if kind == .limitGoodTillDate { names.formUnion(["expires_s", "expires_ms", "expires_iso"]) }
    return names
  }

  static func hasLimit(_ kind: OrderKindKey.Kind) -> Bool {
    switch kind {
    case .market, .marketQuote, .stopLoss, .takeProfit: false
    default: true
    }
  }

  static func waits(_ kind: OrderKindKey.Kind) -> Bool {
    switch kind {
    case .stopLoss, .stopLossLimit, .takeProfit, .takeProfitLimit: true
    default: false
    }
  }

  /// What the engine is asked for; `nil` where a number is none, or a term is missing.
  static func ticket(_ kind: OrderKindKey.Kind, _ side: Side, _ symbol: Symbol, _ variables: [String: String])
    -> OrderTicket?
  {
    guard let amount = variables[kind == .marketQuote ? "notional" : "quantity"].flatMap(AnswerReader.number) else {
      return nil
    }
    var ticket = OrderTicket(
      symbol: symbol, side: side, size: kind == .marketQuote ? .quote(amount, includingFee: false) : .base(amount),
      limit: nil, timeInForce: .goodTillCancelled)
    if hasLimit(kind) {
      guard let price = variables["price"].flatMap(AnswerReader.number) else { return nil }
      ticket.limit = price
    }
    if waits(kind) {
      guard let price = variables["trigger"].flatMap(AnswerReader.number) else { return nil }
      let isStop = kind == .stopLoss || kind == .stopLossLimit
      ticket.trigger = OrderTrigger(price: price, direction: (side == .buy) == isStop ? .up : .down)
    }
    switch kind {
    case .limitImmediateOrCancel, .market, .marketQuote: ticket.timeInForce = .immediateOrCancel
    case .limitFillOrKill: ticket.timeInForce = .fillOrKill
    case .limitGoodTillDate:
      guard let end = instant("expires", variables) else { return nil }
      ticket.timeInForce = .goodTillDate(end)
    case .limitPostOnly: ticket.postOnly = true
    default: break
    }
    ticket.clientOrderID = variables["client_id"]
    return ticket
  }

  /// An instant that a variable of this name tells, in whichever unit.
  static func instant(_ name: String, _ variables: [String: String]) -> Timestamp? {
    let units = [("_s", 1_000_000_000), ("_ms", 1_000_000), ("_us", 1_000), ("_ns", 1)]
    for (suffix, unit) in units {
      guard let text = variables[name + suffix], let number = AnswerReader.number(text),
        let nanoseconds = try? (number * ExactDecimal(integer: unit)).rounded(places: 0, .down),
        let whole = Int64(nanoseconds.description)
      else { continue }
      return Timestamp(nanoseconds: whole)
    }
    return variables[name + "_iso"].flatMap(Timestamp.init(rfc3339:))
  }
}
