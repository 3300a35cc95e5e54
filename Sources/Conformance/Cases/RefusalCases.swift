internal import Broker
internal import Core

/// What the venue does not take: refused by class, and certainly not carried out.
enum RefusalCases {
  static let all = [
    belowMinimum, priceOffTick, quantityOffStep, funds, coins, otherMarket, notTaken, immediateNothing, postOnlyTakes,
  ]

  /// Ends the case unless the order is refused with one of these and the venue has none.
  private static func expectRefused(
    _ what: String, _ order: OrderRequest, _ account: TrialAccount, _ codes: [BrokerError.Code]
  ) async throws {
    let error = try await failure(what) { () async throws(BrokerError) in try await account.plugin.place(order) }
    // What a description has no line for is refused as a neighbour of it.
    let near: [BrokerError.Code] =
      account.trial.venue.isDerived ? [.invalidAmount, .invalidRequest, .orderRejected] : []
    guard (codes + near).contains(error.code) else {
      throw Mismatch(
        expected: "\(what) to fail with \(codes.map(\.rawValue).joined(separator: " or "))", seen: error.description)
    }
    try error.expectNotExecuted(what)
    try expect("orders at the venue after \(what)", try await account.facts().orders.count, is: 0)
  }

  private static let belowMinimum = ConformanceCase("an order below the least size is refused as such") { trial in
    let account = try await trial.account()
    let price = try account.price(.buy, percent: -30)
    let order = account.order(.buy, .limit(price), .base(Quantity(trial.market.lotStep)), .goodTillCancelled)
    try await expectRefused("an order for one step", order, account, [.belowMinimum])
  }

  /// A little more than it is: one place behind the step's last.
  private static func nudged(_ value: ExactDecimal, _ step: ExactDecimal) throws(DecimalError) -> ExactDecimal {
    try value + (try step.divided(by: ExactDecimal(integer: 10), places: 24, .up))
  }

  private static let priceOffTick = ConformanceCase("a price off the tick is refused, not rounded") { trial in
    let account = try await trial.account()
    var order = try account.resting()
    guard let limit = order.limit else { return }
    order.kind = .limit(Price(try nudged(limit.value, trial.market.tickSize)))
    try await expectRefused("a price off the tick", order, account, [.invalidAmount])
  }

  private static let quantityOffStep = ConformanceCase("a quantity off the step is refused, not rounded") { trial in
    let account = try await trial.account()
    var order = try account.resting()
    guard let quantity = order.quantity else { return }
    order.amount = .base(Quantity(try nudged(quantity.value, trial.market.lotStep)))
    try await expectRefused("a quantity off the step", order, account, [.invalidAmount])
  }

  private static let funds = ConformanceCase("an order that costs more than is free is refused as such") { trial in
    let account = try await trial.account(money: "50")
    try await expectRefused("an order without the money", try account.resting(), account, [.insufficientFunds])
  }

  private static let coins = ConformanceCase("a sale of more than is free is refused as such") { trial in
    let account = try await trial.account(coins: "0.00000001")
    try await expectRefused("a sale without the coins", try account.resting(.sell), account, [.insufficientFunds])
  }

  private static let otherMarket = ConformanceCase("a market that was not learnt is asked for nothing") { trial in
    let account = try await trial.account()
    var order = try account.resting()
    order.symbol = Symbol(base: "NONE", quote: "SUCH")
    let before = account.wire.sent
    let error = try await failure("an order there") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    try error.expect(.notSent, .instrumentUnavailable, from: "an order there")
    try error.expectNotExecuted("it")
    try expect("requests sent", account.wire.sent, is: before)
  }

  private static let notTaken = ConformanceCase("an order in a market that takes none says that of the market") {
    trial in
    guard let market = trial.survey.instruments.first(where: { $0.status == .cancelOnly || $0.status == .offline })
    else { return }
    let account = try await trial.account(funds: [market.symbol.quote: ExactDecimal(integer: 10_000)])
    var order = try account.resting()
    order.symbol = market.symbol
    order.kind = .limit(Price(try ExactDecimal.one.rounded(toMultipleOf: market.tickSize, .up)))
    let quantity = try ExactDecimal(integer: 100).rounded(toMultipleOf: market.lotStep, .up)
    order.amount = .base(Quantity(quantity))
    try await expectRefused("an order there", order, account, [.instrumentUnavailable])
  }

  private static let immediateNothing = ConformanceCase("an immediate order that finds nothing is over, unfilled") {
    trial in
    let account = try await trial.account()
    let id = try await account.place(try account.limit(percent: -30, .immediateOrCancel))
    let order = try await account.final(id)
    try expect("its status", order.status, is: .cancelled)
    try expect("filled", order.filledQuantity, is: .zero)
    try expect("held", try await account.balance(account.symbol.quote).held, is: .zero)
  }

  private static let postOnlyTakes = ConformanceCase("a post-only order that would take does not", .postOnly) { trial in
    let account = try await trial.account()
    let price = try account.price(.buy, percent: 5)
    let order = account.order(
      .buy, .limit(price), .base(try account.quantity(worth: 100, at: price)), .goodTillCancelled, isPostOnly: true)
    // Some venues refuse it, some take it and end it at once.
    do {
      let id = try await account.place(order)
      let ended = try await account.final(id)
      try expect(
        ended.status == .cancelled || ended.status == .rejected, "an end without fills", seen: "\(ended.status)")
      try expect(ended.reason?.isEmpty == false || trial.venue.isDerived, "a reason", seen: "none")
    } catch let error as BrokerError {
      try error.expect(.orderRejected, from: "a post-only order that would take")
      try error.expectNotExecuted("it")
    }
    let facts = try await account.facts()
    try expect("fills at the venue", facts.fills.count, is: 0)
    try expect("open orders at the venue", facts.open.count, is: 0)
  }
}
