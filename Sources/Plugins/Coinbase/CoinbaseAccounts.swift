internal import Broker
internal import Core

/// What the account has, pays and may do.
enum CoinbaseAccounts {
  /// Adds one page of `GET /accounts` to the balances by currency.
  static func add(_ answer: JSON, to balances: inout [String: Balance]) throws(JSONError) {
    for account in try answer.array("accounts") {
      let balance = try balance(account)
      guard let other = balances[balance.currency] else {
        balances[balance.currency] = balance
        continue
      }
      balances[balance.currency] = try sum(balance, other)
    }
  }

  /// One account. What lies in a vault or behind a perpetual cannot be spent by an order: it counts as held.
  static func balance(_ account: JSON) throws(JSONError) -> Balance {
    let currency = try account.string("currency")
    let available = try account.object("available_balance").decimal("value")
    let hold = try account.object("hold").decimal("value")
    let all = Balance(currency: currency, total: available, held: .zero, available: available)
    let held = Balance(currency: currency, total: hold, held: hold, available: .zero)
    guard try isSpendable(account) else {
      return try sum(Balance(currency: currency, total: available, held: available, available: .zero), held)
    }
    return try sum(all, held)
  }

  private static func isSpendable(_ account: JSON) throws(JSONError) -> Bool {
    let type = try account.string("type")
    let bare = type.hasPrefix("ACCOUNT_TYPE_") ? String(type.dropFirst("ACCOUNT_TYPE_".count)) : type
    return ["CRYPTO", "FIAT"].contains(bare)
  }

  private static func sum(_ a: Balance, _ b: Balance) throws(JSONError) -> Balance {
    do {
      return Balance(
        currency: a.currency, total: try a.total + b.total, held: try a.held + b.held,
        available: try a.available + b.available)
    } catch {
      throw .wrongType("value", expected: "a number that can be held exactly")
    }
  }

  /// `GET /transaction_summary`.
  static func fees(_ answer: JSON) throws(JSONError) -> FeeRates {
    let tier = try answer.object("fee_tier")
    return FeeRates(maker: try tier.decimal("maker_fee_rate"), taker: try tier.decimal("taker_fee_rate"))
  }

  /// `GET /key_permissions`.
  static func permissions(_ answer: JSON) throws(JSONError) -> Permissions {
    let canView = try answer.boolean("can_view"), canTrade = try answer.boolean("can_trade")
    let canTransfer = answer["can_transfer"] == nil ? nil : try answer.boolean("can_transfer")
    let portfolio = try answer.optionalString("portfolio_uuid") ?? ""
    return Permissions(
      canQuery: canView, canTrade: canTrade, canWithdraw: canTransfer,
      withdrawing: canTransfer == true ? ["transfer"] : [],
      missing: (canView ? [] : ["view"]) + (canTrade ? [] : ["trade"]),
      accountIdentity: portfolio.isEmpty ? nil : portfolio)
  }
}
