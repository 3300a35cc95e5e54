internal import Broker
internal import Core

/// What a key may do, what an account has, what it pays.
enum AccountCases {
  static let all = [
    trading, missing, withdrawing, refusedTrading, identity, balances, heldMoney, heldCoins, fees, otherCurrencies,
  ]

  private static let trading = ConformanceCase("a trading key is told as one that reads and trades", .permissions) {
    trial in
    let account = try await trial.account()
    let seen = try await account.plugin.fetchPermissions()
    try expect(
      seen.canQuery && seen.canTrade && seen.canWithdraw == false && seen.missing.isEmpty && seen.withdrawing.isEmpty,
      "reads, trades, withdraws not, lacks nothing", seen: "\(seen)")
  }

  private static let missing = ConformanceCase("a missing permission is named", .permissions) { trial in
    let account = try await trial.account(rights: [.query])
    let seen = try await account.plugin.fetchPermissions()
    try expect(seen.canQuery && !seen.canTrade, "reads and does not trade", seen: "\(seen)")
    try expect(
      !seen.missing.isEmpty && Set(seen.missing).isSubset(of: trial.spec.neededPermissions),
      "names out of \(trial.spec.neededPermissions)", seen: "\(seen.missing)")
  }

  private static let withdrawing = ConformanceCase("a key that can withdraw is told", .permissions) { trial in
    let account = try await trial.account(rights: [.query, .trade, .withdraw])
    let seen = try await account.plugin.fetchPermissions()
    try expect(seen.canWithdraw == true && !seen.withdrawing.isEmpty, "it can withdraw, by name", seen: "\(seen)")
  }

  private static let refusedTrading = ConformanceCase("an order of a key that may not trade is a missing permission") {
    trial in
    let account = try await trial.account(rights: [.query])
    let order = try account.resting()
    let error = try await failure("an order of a key that may not trade") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    try error.expect(.permissionDenied, from: "it")
    try error.expectNotExecuted("it")
    try expect("its scope", error.scope, is: .account)
    try expect("what is next", error.recovery, is: .never)
    try expect("orders at the venue", try await account.facts().orders.count, is: 0)
  }

  private static let identity = ConformanceCase("all keys of an account tell the same account", .permissions) { trial in
    let account = try await trial.account()
    let other = try await account.anotherKey()
    let stranger = try await trial.account()
    let first = try await account.plugin.fetchPermissions().accountIdentity
    // A description need not read it.
    if first != nil || !trial.venue.isDerived {
      try expect("what names the account", first, is: account.opened.identity)
    }
    try expect("what names it by another key", try await other.plugin.fetchPermissions().accountIdentity, is: first)
    let another = try await stranger.plugin.fetchPermissions().accountIdentity
    try expect(first == nil || another != first, "another account to have another name", seen: "the same")
  }

  private static let balances = ConformanceCase("balances are the ledger's, to the last digit") { trial in
    let account = try await trial.account(money: "1234.5678", coins: "0.12345678")
    _ = try await account.place(try account.taking())
    let seen = try await account.plugin.fetchBalances()
    let totals = try await account.facts().totals
    for (currency, total) in totals where !total.isZero {
      try expect("all of \(currency)", seen.first { $0.currency == currency }?.total, is: total)
    }
    for balance in seen where !balance.total.isZero {
      try expect("all of \(balance.currency)", balance.total, is: totals[balance.currency] ?? .zero)
    }
    try expect("balances by currency", Set(seen.map(\.currency)).count, is: seen.count)
  }

  private static let heldMoney = ConformanceCase("money that a resting order holds is not free") { trial in
    let account = try await trial.account(money: "1000")
    let order = try account.resting(worth: 400)
    let id = try await account.place(order)
    guard let limit = order.limit, let quantity = order.quantity else { return }
    let cost = try limit * quantity
    let seen = try await account.balance(account.symbol.quote)
    try expect("all of it", seen.total, is: ExactDecimal(integer: 1_000))
    try expect(seen.held >= cost.value, "\(cost) or more held", seen: "\(seen.held) held")
    try expect("what is free", seen.available, is: try seen.total - seen.held)
    _ = try await account.plugin.cancel(id)
    _ = try await account.final(id)
    let free = try await account.balance(account.symbol.quote)
    try expect("held after the cancel", free.held, is: .zero)
    try expect("free after the cancel", free.available, is: ExactDecimal(integer: 1_000))
  }

  private static let heldCoins = ConformanceCase("coins that a resting order holds are not free") { trial in
    let account = try await trial.account(coins: "1")
    let order = try account.resting(.sell)
    _ = try await account.place(order)
    let seen = try await account.balance(account.symbol.base)
    try expect("all of them", seen.total, is: .one)
    try expect("held", seen.held, is: order.quantity?.value ?? .zero)
    try expect("free", seen.available, is: try seen.total - seen.held)
  }

  private static let fees = ConformanceCase("the fee rates told are those charged") { trial in
    let account = try await trial.account()
    let rates = try await account.plugin.fetchFees(account.symbol)
    try expect(
      !rates.maker.isNegative && rates.maker <= rates.taker && rates.taker < .one, "shares, the maker's the lower",
      seen: "\(rates)")
    let id = try await account.place(try account.taking())
    for fill in try await account.plugin.fetchFills(of: id) {
      guard fill.feeCurrency == account.symbol.quote else { continue }
      let fair = try (fill.price * fill.quantity).value * rates.taker
      let gap = try (fill.fee - fair).magnitude()
      try expect(gap <= ExactDecimal(coefficient: 1, scale: 3), "a fee of \(fair)", seen: "\(fill.fee)")
    }
  }

  private static let otherCurrencies = ConformanceCase("currencies bear their usual names") { trial in
    let online = trial.survey.instruments.filter { $0.status == .online }
    let currencies = Set(online.flatMap { [$0.symbol.base, $0.symbol.quote] })
    var funds: [String: ExactDecimal] = [:]
    for currency in currencies { funds[currency] = ExactDecimal(integer: 3) }
    let account = try await trial.account(funds: funds)
    let seen = try await account.plugin.fetchBalances().filter { !$0.total.isZero }
    try expect("currencies", Set(seen.map(\.currency)), is: currencies)
  }
}
