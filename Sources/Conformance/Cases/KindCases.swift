internal import Broker
internal import Core

/// Kinds of orders, amounts and how long they wait.
enum KindCases {
  static let all = [
    postOnlyRests, killed, filledWhole, date, expires, marketBuy, marketSell, money, stopLossLimit, stopLossMarket,
    takeProfitLimit, takeProfitMarket, stopLossFires, takeProfitFires, bracket,
  ]

  private static let postOnlyRests = ConformanceCase("a post-only order rests and says so", .postOnly) { trial in
    let account = try await trial.account()
    var request = try account.resting()
    request.isPostOnly = true
    let order = try await account.only(.venue(try await account.place(request)))
    try OrderCases.check(order, is: request, trial)
    try expect("its status", order.status, is: .open)
    if !trial.venue.isDerived { try expect("post-only", order.isPostOnly, is: true) }
  }

  private static let killed = ConformanceCase("a fill-or-kill order that finds too little takes nothing", .fillOrKill) {
    trial in
    let account = try await trial.account(money: "10000000")
    let ask = trial.survey.quote.ask
    let quantity = try account.quantity(worth: 1_000_000, at: ask)
    let price = try account.price(.buy, percent: 1)
    let request = account.order(.buy, .limit(price), .base(quantity), .fillOrKill)
    let order = try await account.final(try await account.place(request))
    try OrderCases.check(order, is: request, trial)
    try expect("its status", order.status, is: .cancelled)
    try expect("fills at the venue", try await account.facts().fills.count, is: 0)
  }

  private static let filledWhole = ConformanceCase("a fill-or-kill order that finds all fills", .fillOrKill) { trial in
    let account = try await trial.account()
    let request = try account.limit(percent: 5, .fillOrKill)
    let id = try await account.place(request)
    let order = try await account.final(id)
    try expect("its status", order.status, is: .filled)
    try expect("filled", order.filledQuantity, is: request.quantity ?? .zero)
    try await FillCases.checkSums(id, account)
  }

  private static let date = ConformanceCase("an order with a date rests and says it", .goodTillDate) { trial in
    let account = try await trial.account()
    let end = Timestamp(seconds: trial.now.seconds + 3_600) ?? trial.now
    let request = try account.limit(percent: -30, .goodTillDate(end))
    let order = try await account.only(.venue(try await account.place(request)))
    try OrderCases.check(order, is: request, trial)
    try expect("its status", order.status, is: .open)
  }

  private static let expires = ConformanceCase("an order expires by its date", .goodTillDate, at: .own(speed: 1)) {
    trial in
    let account = try await trial.account()
    let end = Timestamp(seconds: trial.now.seconds + 600) ?? trial.now
    let id = try await account.place(try account.limit(percent: -30, .goodTillDate(end)))
    try expect("its status", try await account.only(.venue(id)).status, is: .open)
    try await trial.venue.stepClock(by: .seconds(700))
    try expect("its status after its date", try await account.final(id).status, is: .expired)
    try expect("open orders", try await account.plugin.fetchOpenOrders().count, is: 0)
  }

  private static let marketBuy = ConformanceCase("a market order buys so many coins", .marketOrders) { trial in
    let account = try await trial.account()
    let quantity = try account.quantity(worth: 100, at: trial.survey.quote.ask)
    let request = account.order(.buy, .market, .base(quantity), .immediateOrCancel)
    let id = try await account.place(request)
    let order = try await account.final(id)
    if !trial.venue.isDerived { try expect("its kind", order.kind, is: .market) }
    try expect("its status", order.status, is: .filled)
    try expect("filled", order.filledQuantity, is: quantity)
    try await FillCases.checkSums(id, account)
  }

  private static let marketSell = ConformanceCase("a market order sells so many coins", .marketOrders) { trial in
    let account = try await trial.account()
    let quantity = try account.quantity(worth: 100, at: trial.survey.quote.bid)
    let id = try await account.place(account.order(.sell, .market, .base(quantity), .immediateOrCancel))
    let order = try await account.final(id)
    try expect("its side", order.side, is: .sell)
    try expect("filled", order.filledQuantity, is: quantity)
    try await FillCases.checkSums(id, account)
  }

  private static let money = ConformanceCase("a market order spends so much money and not more", .quoteAmounts) {
    trial in
    let account = try await trial.account()
    let amount = ExactDecimal(integer: 100)
    let request = account.order(.buy, .market, .quote(Notional(amount)), .immediateOrCancel)
    let id = try await account.place(request)
    let order = try await account.final(id)
    try expect("its status", order.status, is: .filled)
    if order.notional != nil || !trial.venue.isDerived {
      try expect("what was ordered", order.notional, is: Notional(amount))
    }
    let fills = try await account.plugin.fetchFills(of: id)
    var spent = ExactDecimal.zero
    for fill in fills { spent = try spent + (fill.price * fill.quantity).value }
    // A venue may cut each cost to the digits it keeps of a currency.
    let most = try amount + ExactDecimal(coefficient: 1, scale: 4) * ExactDecimal(integer: fills.count)
    try expect(spent <= most, "\(amount) or less spent, fees apart", seen: "\(spent)")
    try expect(spent > ExactDecimal(integer: 97), "most of \(amount) spent", seen: "\(spent)")
    try await FillCases.checkSums(id, account)
    try await FillCases.checkMoney(account)
  }

  // MARK: Triggers

  /// Places an order that waits for its trigger, and ends the case unless it is told as sent.
  private static func checkWaiting(
    _ trial: Trial, _ side: Side, _ kind: (TrialAccount) throws -> OrderKind
  ) async throws {
    let account = try await trial.account()
    let kind = try kind(account)
    let request = account.order(
      side, kind, .base(try account.quantity(worth: 100, at: trial.survey.quote.ask)), .goodTillCancelled)
    let id = try await account.place(request)
    let order = try await account.only(.venue(id))
    try OrderCases.check(order, is: request, trial)
    try expect(!order.status.isFinal && order.status != .unknown, "it waits", seen: "\(order.status)")
    let open = try await account.plugin.fetchOpenOrders()
    try expect("open orders", open.map(\.venueOrderID), is: [id])
    try expect("fills at the venue", try await account.facts().fills.count, is: 0)
    _ = try await account.plugin.cancel(id)
    try expect("its status when cancelled", try await account.final(id).status, is: .cancelled)
  }

  private static let stopLossLimit = ConformanceCase(
    "a stop-loss with a limit waits and is told as sent", .stopLossLimit
  ) { trial in
    try await checkWaiting(trial, .sell) {
      .stopLoss(trigger: try $0.price(.sell, percent: -20), limit: try $0.price(.sell, percent: -22))
    }
    try await checkWaiting(trial, .buy) {
      .stopLoss(trigger: try $0.price(.buy, percent: 20), limit: try $0.price(.buy, percent: 22))
    }
  }

  private static let stopLossMarket = ConformanceCase(
    "a stop-loss without a limit waits and is told as sent", .stopLossMarket
  ) { trial in
    try await checkWaiting(trial, .sell) { .stopLoss(trigger: try $0.price(.sell, percent: -20), limit: nil) }
  }

  private static let takeProfitLimit = ConformanceCase(
    "a take-profit with a limit waits and is told as sent", .takeProfitLimit
  ) { trial in
    try await checkWaiting(trial, .sell) {
      .takeProfit(trigger: try $0.price(.sell, percent: 20), limit: try $0.price(.sell, percent: 18))
    }
  }

  private static let takeProfitMarket = ConformanceCase(
    "a take-profit without a limit waits and is told as sent", .takeProfitMarket
  ) { trial in
    try await checkWaiting(trial, .sell) { .takeProfit(trigger: try $0.price(.sell, percent: 20), limit: nil) }
  }

  /// Waits until one of two orders, for either way of the market, fills; the other must not have.
  private static func checkFiring(
    _ account: TrialAccount, _ kind: (_ side: Side, _ trigger: Price, _ limit: Price) -> OrderKind,
    above: Side, below: Side
  ) async throws {
    let quote = try await account.plugin.fetchQuote(account.symbol)
    func near(_ perThousand: Int) throws -> Price {
      let moved = try (quote.bid.value * ExactDecimal(integer: 1_000 + perThousand)).divided(
        by: ExactDecimal(integer: 1_000), places: 20, .nearest)
      return Price(try moved.rounded(toMultipleOf: account.market.tickSize, .down))
    }
    let quantity = OrderAmount.base(try account.quantity(worth: 100, at: quote.ask))
    func order(_ side: Side, _ trigger: Int) throws -> OrderRequest {
      let limit = try near(side == .buy ? 200 : -200)
      return account.order(side, kind(side, try near(trigger), limit), quantity, .goodTillCancelled)
    }
    let ids = [try await account.place(try order(above, 3)), try await account.place(try order(below, -3))]
    for _ in 0..<60 {
      let fills = try await account.facts().fills
      if let fill = fills.first {
        try expect("its status", try await account.final(fill.order).status, is: .filled)
        return try await FillCases.checkSums(fill.order, account)
      }
      try await Task.sleep(for: .milliseconds(500))
    }
    throw Mismatch(expected: "one of \(ids) to fill when the market has moved", seen: "neither in 30 s")
  }

  private static let stopLossFires = ConformanceCase(
    "a stop-loss trades when the market has moved against it", .stopLossLimit, at: .own(speed: 600)
  ) { trial in
    let account = try await trial.account()
    try await checkFiring(account, { .stopLoss(trigger: $1, limit: $2) }, above: .buy, below: .sell)
  }

  private static let takeProfitFires = ConformanceCase(
    "a take-profit trades when the market has moved in its favour", .takeProfitLimit, at: .own(speed: 600)
  ) { trial in
    let account = try await trial.account()
    try await checkFiring(account, { .takeProfit(trigger: $1, limit: $2) }, above: .sell, below: .buy)
  }

  private static let bracket = ConformanceCase("a bracket waits with its target and its stop, as sent", .brackets) {
    trial in
    try await checkWaiting(trial, .sell) {
      .bracket(limit: try $0.price(.sell, percent: 20), stop: try $0.price(.sell, percent: -20))
    }
  }
}
