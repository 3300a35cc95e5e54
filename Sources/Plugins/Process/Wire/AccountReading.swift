internal import Broker
internal import Core

/// What an account has and may, as a program answers it.
enum AccountReading {
  static func permissions(_ json: JSON) throws(JSONError) -> Permissions {
    Permissions(
      canQuery: try json.boolean("can_query"), canTrade: try json.boolean("can_trade"),
      canWithdraw: try json.optionalBoolean("can_withdraw"), withdrawing: try json.texts("withdrawing"),
      missing: try json.texts("missing"), accountIdentity: try json.optionalString("account"))
  }

  /// Rows of one currency are one balance; what is neither held nor there is not free.
  static func balances(_ json: JSON, _ names: Names) throws(JSONError) -> [Balance] {
    var balances: [Balance] = []
    for row in try json.array("balances") {
      let balance = try balance(row, names)
      if let place = balances.firstIndex(where: { $0.currency == balance.currency }) {
        balances[place] = try sum(balances[place], balance)
      } else {
        balances.append(balance)
      }
    }
    return balances
  }

  private static func balance(_ row: JSON, _ names: Names) throws(JSONError) -> Balance {
    let currency = names.currency(try row.string("currency"))
    let total = try row.exact("total")
    let held = try row.exact("held")
    do {
      return Balance(currency: currency, total: total, held: held, available: try total - held)
    } catch { throw .wrongType("held", expected: "an amount that fits") }
  }

  private static func sum(_ a: Balance, _ b: Balance) throws(JSONError) -> Balance {
    do {
      return Balance(
        currency: a.currency, total: try a.total + b.total, held: try a.held + b.held,
        available: try a.available + b.available)
    } catch { throw .wrongType("balances", expected: "amounts that fit") }
  }

  static func fees(_ json: JSON) throws(JSONError) -> FeeRates {
    FeeRates(maker: try json.exact("maker"), taker: try json.exact("taker"))
  }

  static func ledgerEntry(_ row: JSON, _ names: Names) throws(JSONError) -> LedgerEntry {
    LedgerEntry(
      id: try row.string("id"), reference: try row.optionalString("reference"),
      cause: try row.word("cause", LedgerEntry.Cause.self), currency: names.currency(try row.string("currency")),
      amount: try row.exact("amount"), fee: try row.exact("fee"), time: try row.timestamp("time"))
  }
}
