internal import Broker
internal import Core

/// Executions and the money they move.
enum FillCases {
  static let all = [immediate, sale, partial, partialCancel, pages, since, noFills]

  /// Ends the case unless fills are the ledger's and add up to the order.
  static func checkSums(_ id: VenueOrderID, _ account: TrialAccount) async throws {
    let kept = try await account.facts().fills.filter { $0.order == id }
    let fills = named(try await account.plugin.fetchFills(of: id), as: kept, account)
    try expect("fills by name", Set(fills.map(\.id)), is: Set(kept.map(\.id)))
    try expect("fills that come once", Set(fills.map(\.id)).count, is: fills.count)
    for fill in fills {
      guard let truth = kept.first(where: { $0.id == fill.id }) else { continue }
      let seen = [fill.price.value, fill.quantity.value, fill.fee]
      try expect("price, quantity and fee of \(fill.id)", seen, is: [truth.price, truth.quantity, truth.fee])
      try expect("the currency of its fee", fill.feeCurrency, is: truth.feeCurrency)
    }
    let order = try await account.only(.venue(id))
    try expect("filled", order.filledQuantity.value, is: try sum(fills.map(\.quantity.value)))
    if let fees = order.fees, fills.allSatisfy({ $0.feeCurrency == account.symbol.quote }) {
      try expect("fees", fees.value, is: try sum(fills.map(\.fee)))
    }
  }

  /// The fills under the ledger's names: a description may put the market's name before one that is unique only there.
  static func named(_ fills: [Fill], as kept: [AccountFacts.Fill], _ account: TrialAccount) -> [Fill] {
    guard account.trial.venue.isDerived else { return fills }
    return fills.map { fill in
      var fill = fill
      fill.id = kept.first { fill.id.hasSuffix($0.id) }?.id ?? fill.id
      return fill
    }
  }

  /// What an account had, or ought to have.
  struct Purse: Hashable {
    var money: ExactDecimal
    var coins: ExactDecimal

    /// What ``Trial/account(money:coins:rights:)`` gives.
    static let usual = Purse(money: ExactDecimal(integer: 10_000), coins: ExactDecimal(integer: 10))

    /// After a fill.
    func after(_ fill: Fill, of market: Symbol) throws(DecimalError) -> Purse {
      var purse = self
      let cost = try (fill.price * fill.quantity).value
      purse.money = fill.side == .buy ? try money - cost : try money + cost
      purse.coins = fill.side == .buy ? try coins + fill.quantity.value : try coins - fill.quantity.value
      if fill.feeCurrency == market.quote { purse.money = try purse.money - fill.fee }
      if fill.feeCurrency == market.base { purse.coins = try purse.coins - fill.fee }
      return purse
    }

    /// After all of them.
    func after(_ fills: [Fill], of market: Symbol) throws(DecimalError) -> Purse {
      var purse = self
      for fill in fills { purse = try purse.after(fill, of: market) }
      return purse
    }
  }

  /// Ends the case unless what the fills moved is what balances lost and gained.
  static func checkMoney(_ account: TrialAccount, before: Purse = .usual) async throws {
    let fills = try await account.plugin.fetchFills(since: account.began)
    let totals = try await account.facts().totals
    let told = Purse(
      money: try await account.balance(account.symbol.quote).total,
      coins: try await account.balance(account.symbol.base).total)
    try compare(told, try before.after(fills, of: account.symbol), totals, account.symbol, count: fills.count)
  }

  private static func compare(
    _ told: Purse, _ expected: Purse, _ totals: [String: ExactDecimal], _ market: Symbol, count: Int
  ) throws {
    try expect("all money told", told.money, is: totals[market.quote] ?? .zero)
    try expect("all coins", told.coins, is: expected.coins)
    // A venue may cut each cost to the digits it keeps of a currency.
    let gap = try (told.money - expected.money).magnitude()
    let most = try ExactDecimal(coefficient: 1, scale: 4) * ExactDecimal(integer: max(1, count))
    try expect(gap < most, "\(expected.money) of money", seen: "\(told.money)")
  }

  private static let immediate = ConformanceCase("a bought order, its fills and balances agree to the last digit") {
    trial in
    let account = try await trial.account()
    let request = try account.taking(worth: 150)
    let id = try await account.place(request)
    let order = try await account.final(id)
    try OrderCases.check(order, is: request, trial)
    try expect("its status", order.status, is: .filled)
    try expect("filled", order.filledQuantity, is: request.quantity ?? .zero)
    if let price = order.averagePrice, let limit = request.limit {
      try expect(price <= limit && price.value.isPositive, "\(limit) or less", seen: "\(price)")
    } else {
      // A description need not tell one.
      try expect(trial.venue.isDerived, "an average price", seen: "none")
    }
    try await checkSums(id, account)
    try await checkMoney(account)
  }

  private static let sale = ConformanceCase("a sold order, its fills and balances agree to the last digit") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.taking(.sell))
    try expect("its status", try await account.final(id).status, is: .filled)
    try await checkSums(id, account)
    try await checkMoney(account)
  }

  /// A buy that finds part of what it wants at the best ask.
  private static func hungry(_ account: TrialAccount, _ timeInForce: TimeInForce) async throws -> OrderRequest {
    let ask = try await account.plugin.fetchQuote(account.symbol).ask
    return account.order(
      .buy, .limit(ask), .base(try account.quantity(worth: 5_000, at: ask)), timeInForce)
  }

  private static let partial = ConformanceCase("of an order that finds too little, the rest is cancelled at once") {
    trial in
    let account = try await trial.account()
    let request = try await hungry(account, .immediateOrCancel)
    let id = try await account.place(request)
    let order = try await account.final(id)
    try expect("its status", order.status, is: .cancelled)
    guard let wanted = request.quantity else { return }
    try expect(order.filledQuantity < wanted, "less than \(wanted) filled", seen: "\(order.filledQuantity)")
    try await checkSums(id, account)
    try await checkMoney(account)
  }

  private static let partialCancel = ConformanceCase("a partly filled order keeps its fills when it is cancelled") {
    trial in
    let account = try await trial.account(money: "1000000")
    // The ask may have gone by the time the order comes, or all of it fills: then another try is made.
    for _ in 0..<5 {
      let ask = try await account.plugin.fetchQuote(account.symbol).ask
      let request = account.order(
        .buy, .limit(ask), .base(try account.quantity(worth: 150_000, at: ask)), .goodTillCancelled)
      let id = try await account.place(request)
      let resting = try await account.only(.venue(id))
      do {
        _ = try await account.plugin.cancel(id)
      } catch let error as BrokerError {
        try error.expect(.unknownOrder, from: "a cancel of an order that fills meanwhile")
      }
      let order = try await account.final(id)
      try expect(
        order.filledQuantity >= resting.filledQuantity, "what was filled before", seen: "\(order.filledQuantity)")
      guard resting.filledQuantity > .zero, order.status != .filled else { continue }
      try expect("its status while some was filled", resting.status, is: .open)
      try expect("its status", order.status, is: .cancelled)
      try await checkSums(id, account)
      return try await checkMoney(
        account, before: Purse(money: ExactDecimal(integer: 1_000_000), coins: Purse.usual.coins))
    }
    throw Mismatch(expected: "a partly filled order in five tries", seen: "none")
  }

  private static let pages = ConformanceCase(
    "fills are read to the last page, each once", at: .own(speed: 1), bound: .seconds(90)
  ) { trial in
    let account = try await trial.account(money: "10000000")
    var kept = 0
    // More than any venue's page, in orders that eat deep into the book.
    for _ in 0..<30 where kept <= 130 {
      _ = try await account.place(try account.taking(worth: 15_000))
      kept = try await account.facts().fills.count
      if kept <= 130 { try await Task.sleep(for: .milliseconds(700)) }
    }
    try expect(kept > 130, "more than 130 fills at the venue", seen: "\(kept)")
    let truth = try await account.facts().fills
    let fills = named(try await account.plugin.fetchFills(since: account.began), as: truth, account)
    try expect("fills", fills.count, is: truth.count)
    try expect("fills by name", Set(fills.map(\.id)), is: Set(truth.map(\.id)))
    try expect(
      zip(fills, fills.dropFirst()).allSatisfy { $0.time <= $1.time }, "the oldest first", seen: "another order")
    try expect("coins", try sum(fills.map(\.quantity.value)), is: try sum(truth.map(\.quantity)))
    try expect("fees", try sum(fills.map(\.fee)), is: try sum(truth.map(\.fee)))
    try await checkMoney(account, before: Purse(money: ExactDecimal(integer: 10_000_000), coins: Purse.usual.coins))
  }

  private static let since = ConformanceCase("fills are told from the instant asked for on") { trial in
    let account = try await trial.account()
    let first = try await account.place(try account.taking())
    try await Task.sleep(for: .milliseconds(50))
    let between = trial.now
    try await Task.sleep(for: .milliseconds(50))
    let second = try await account.place(try account.taking(.sell))
    let fills = try await account.plugin.fetchFills(since: between)
    try expect("orders that filled since", Set(fills.map(\.venueOrderID)), is: [second])
    let all = try await account.plugin.fetchFills(since: account.began)
    try expect("orders that filled", Set(all.map(\.venueOrderID)), is: [first, second])
  }

  private static let noFills = ConformanceCase("an order without fills has none, and a new account too") { trial in
    let account = try await trial.account()
    try expect("fills of a new account", try await account.plugin.fetchFills(since: account.began).count, is: 0)
    let id = try await account.place(try account.resting())
    _ = try await account.place(try account.taking())
    try expect("fills of a resting order", try await account.plugin.fetchFills(of: id).count, is: 0)
  }
}
