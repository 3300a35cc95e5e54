internal import Broker
internal import Core

/// Balances, fees and permissions.
enum KrakenAccountData {
  /// `BalanceEx`: available = balance + credit − credit_used − hold_trade. What cannot be spent is held, all of it. Rows
  /// of one currency (`XXBT` and `XBT.F`) are one balance.
  /// https://docs.kraken.com/api/docs/rest-api/get-extended-balance
  static func balances(_ result: JSON, _ names: KrakenNames) throws(JSONError) -> [Balance] {
    var balances: [Balance] = []
    var places: [String: Int] = [:]
    for (asset, row) in try result.entries("BalanceEx") {
      let balance = try balance(asset, row, names)
      if let place = places[balance.currency] {
        let before = balances[place]
        balances[place] = try kraken(asset) { () throws(DecimalError) in try sum(before, balance) }
      } else {
        places[balance.currency] = balances.count
        balances.append(balance)
      }
    }
    return balances
  }

  private static func balance(_ asset: String, _ row: JSON, _ names: KrakenNames) throws(JSONError) -> Balance {
    let balance = try row.decimal("balance")
    let held = try row.decimal("hold_trade")
    let credit = try row.optionalDecimal("credit") ?? .zero
    let used = try row.optionalDecimal("credit_used") ?? .zero
    let total = try kraken(asset) { () throws(DecimalError) in try balance + (try credit - used) }
    let currency = names.currency(asset)
    guard currency.isSpendable else {
      return Balance(currency: currency.name, total: total, held: total, available: .zero)
    }
    let available = try kraken(asset) { () throws(DecimalError) in try total - held }
    return Balance(currency: currency.name, total: total, held: held, available: available)
  }

  private static func sum(_ a: Balance, _ b: Balance) throws(DecimalError) -> Balance {
    Balance(
      currency: a.currency, total: try a.total + b.total, held: try a.held + b.held,
      available: try a.available + b.available)
  }

  /// `TradeVolume` of one pair, named as Kraken likes: percent into shares. Pairs without a schedule of their own for
  /// makers have one for all.
  static func fees(_ result: JSON) throws(JSONError) -> FeeRates {
    let taker = try share(try result.object("fees"))
    guard let makers = result["fees_maker"], makers.count > 0 else { return FeeRates(maker: taker, taker: taker) }
    return FeeRates(maker: try share(makers), taker: taker)
  }

  private static func share(_ rows: JSON) throws(JSONError) -> ExactDecimal {
    let percent = try rows.onlyEntry("fees").decimal("fee")
    return try kraken("fee") { () throws(DecimalError) in
      try ExactDecimal(coefficient: percent.coefficient, scale: Int(percent.scale) + 2)
    }
  }

  /// `GetApiKeyInfo`.
  static func permissions(_ result: JSON) throws(JSONError) -> Permissions {
    var held: Set<String> = []
    for element in try result.array("permissions") {
      guard let name = element.text else { throw .wrongType("permissions", expected: "texts") }
      held.insert(name)
    }
    let withdrawing = KrakenPermission.movingFunds.filter(held.contains)
    let identity = try result.optionalString("iban")
    return Permissions(
      canQuery: KrakenPermission.querying.allSatisfy(held.contains),
      canTrade: KrakenPermission.trading.allSatisfy(held.contains), canWithdraw: !withdrawing.isEmpty,
      withdrawing: withdrawing, missing: KrakenPermission.needed.filter { !held.contains($0) },
      accountIdentity: identity.flatMap { $0.isEmpty ? nil : $0 })
  }
}
