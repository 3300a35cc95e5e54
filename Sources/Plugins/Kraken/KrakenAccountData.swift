internal import Broker
internal import Core

/// Balances, fees and permissions.
enum KrakenAccountData {
  /// `BalanceEx`: available = balance + credit − credit_used − hold_trade.
  /// https://docs.kraken.com/api/docs/rest-api/get-extended-balance
  static func balances(_ result: JSON, _ names: KrakenNames) throws(JSONError) -> [Balance] {
    var balances: [Balance] = []
    for (asset, row) in try result.entries("BalanceEx") {
      let balance = try row.decimal("balance")
      let held = try row.decimal("hold_trade")
      let credit = try row.optionalDecimal("credit") ?? .zero
      let used = try row.optionalDecimal("credit_used") ?? .zero
      let total = try kraken(asset) { () throws(DecimalError) in try balance + (try credit - used) }
      let available = try kraken(asset) { () throws(DecimalError) in try total - held }
      balances.append(Balance(currency: names.currency(asset), total: total, held: held, available: available))
    }
    return balances
  }

  /// `TradeVolume`: percent into shares. Pairs without a schedule of their own for makers have one for all.
  static func fees(_ result: JSON, _ pair: String) throws(JSONError) -> FeeRates {
    let taker = try share(try result.object("fees"), pair)
    guard let makers = result["fees_maker"], makers[pair] != nil else { return FeeRates(maker: taker, taker: taker) }
    return FeeRates(maker: try share(makers, pair), taker: taker)
  }

  private static func share(_ rows: JSON, _ pair: String) throws(JSONError) -> ExactDecimal {
    let percent = try (try rows.object(pair)).decimal("fee")
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
