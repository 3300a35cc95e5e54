internal import Broker
internal import Core

/// What not every venue can do.
enum AbilityCases {
  static let all = [
    amend, amendGone, amendStop, batchPlace, batchCancel, cancelByClientID, cancelAll, fires, disarmed, preview, status,
    statusModes,
    ledger,
  ]

  private static let amend = ConformanceCase("an order is changed in place and keeps its names", .amend) { trial in
    let account = try await trial.account()
    let amending = try account.amending
    let request = try account.resting()
    let id = try await account.place(request)
    let price = try account.price(.buy, percent: -35)
    let quantity = try account.quantity(worth: 200, at: price)
    try await amending.amend(
      OrderAmendment(
        venueOrderID: id, symbol: account.symbol, quantity: quantity, limit: price, lastChangedAt: trial.now,
        deadline: trial.now + trial.spec.orderLifetime))
    let order = try await account.only(.venue(id))
    try expect("our name", order.clientOrderID, is: request.clientOrderID)
    try expect("the quantity", order.quantity, is: quantity)
    try expect("the limit", order.limit, is: price)
    let kept = try await account.facts().open
    try expect("open orders at the venue", kept.map(\.id), is: [id])
    try expect("the limit at the venue", kept.first?.limit, is: price.value)
    try expect("the quantity at the venue", kept.first?.quantity, is: quantity.value)
  }

  private static let amendGone = ConformanceCase("a change of an order that is gone says so", .amend) { trial in
    let account = try await trial.account()
    let amending = try account.amending
    let id = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(id)
    _ = try await account.final(id)
    let change = OrderAmendment(
      venueOrderID: id, symbol: account.symbol, quantity: try account.quantity(worth: 200, at: trial.survey.quote.bid),
      limit: try account.price(.buy, percent: -35), deadline: trial.now + trial.spec.orderLifetime)
    let error = try await failure("a change of it") { () async throws(BrokerError) in try await amending.amend(change) }
    try error.expect(.unknownOrder, from: "a change of it")
    try error.expectNotExecuted("it")
  }

  private static let amendStop = ConformanceCase("the trigger of a waiting stop is moved", .amendStops) { trial in
    let account = try await trial.account()
    let amending = try account.amending
    let stop = OrderKind.stopLoss(
      trigger: try account.price(.sell, percent: -20), limit: try account.price(.sell, percent: -22))
    let quantity = try account.quantity(worth: 100, at: trial.survey.quote.ask)
    let id = try await account.place(account.order(.sell, stop, .base(quantity), .goodTillCancelled))
    let trigger = try account.price(.sell, percent: -15)
    try await amending.amend(
      OrderAmendment(
        venueOrderID: id, symbol: account.symbol, trigger: trigger, lastChangedAt: trial.now,
        deadline: trial.now + trial.spec.orderLifetime))
    let order = try await account.only(.venue(id))
    try expect("its trigger", order.kind?.trigger, is: trigger)
    try expect(!order.status.isFinal, "it still waits", seen: "\(order.status)")
  }

  private static let batchPlace = ConformanceCase("of a batch, one may fail and the others stand", .batchPlace) {
    trial in
    let account = try await trial.account(money: "1000")
    let batch = try account.batchPlacing
    try expect(type(of: batch).placeBatchLimit >= 2, "two orders or more a call", seen: "fewer")
    let first = try account.resting(worth: 100)
    guard type(of: batch).placeBatchLimit >= 3 else { return }
    let orders = [first, try account.resting(worth: 50_000), try account.resting(worth: 100)]
    let outcomes = try await batch.place(orders)
    try expect("outcomes", outcomes.count, is: 3)
    var placed: [VenueOrderID] = []
    for (order, outcome) in zip(orders, outcomes) {
      switch outcome {
      case .success(let taken):
        placed.append(taken.venueOrderID)
        try OrderCases.check(try await account.only(.venue(taken.venueOrderID)), is: order, trial)
      case .failure(let error):
        try expect("the one that fails", order.clientOrderID, is: orders[1].clientOrderID)
        try error.expect(.insufficientFunds, from: "the one beyond the funds")
        try error.expectNotExecuted("it")
      }
    }
    try expect("orders that were taken", placed.count, is: 2)
    try expect("open orders at the venue", Set(try await account.facts().open.map(\.id)), is: Set(placed))
  }

  private static let batchCancel = ConformanceCase(
    "of a batch of cancels, one may fail and the others do", .batchCancel
  ) {
    trial in
    let account = try await trial.account()
    let batch = try account.batchCancelling
    let open = [try await account.place(try account.resting()), try await account.place(try account.resting())]
    let stays = try await account.place(try account.resting())
    let gone = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(gone)
    _ = try await account.final(gone)
    let outcomes = try await batch.cancel([open[0], gone, open[1]])
    try expect("outcomes", outcomes.count, is: 3)
    for (index, outcome) in outcomes.enumerated() {
      switch (index, outcome) {
      case (1, .failure(let error)): try error.expect(.unknownOrder, from: "the cancel of the one that is gone")
      case (1, .success(let outcome)):
        try expect("the one that is gone, where only a count is told", outcome, is: .pending)
      case (_, .failure(let error)): throw Mismatch(expected: "a cancel of an open order", seen: error.description)
      default: break
      }
    }
    for id in open { try expect("status", try await account.final(id).status, is: .cancelled) }
    try expect("open orders at the venue", try await account.facts().open.map(\.id), is: [stays])
  }

  private static let cancelByClientID = ConformanceCase("an order is cancelled by our name", .cancelByClientID) {
    trial in
    let account = try await trial.account()
    let cancelling = try account.clientCancelling
    let request = try account.resting()
    let id = try await account.place(request)
    let other = try await account.place(try account.resting())
    _ = try await cancelling.cancel(request.clientOrderID)
    try expect("its status", try await account.final(id).status, is: .cancelled)
    try expect("open orders at the venue", try await account.facts().open.map(\.id), is: [other])
    let unknown = account.newID()
    let error = try await failure("a cancel by a name of nothing") { () async throws(BrokerError) in
      try await cancelling.cancel(unknown)
    }
    try error.expect(.unknownOrder, from: "a cancel by a name of nothing")
  }

  private static let cancelAll = ConformanceCase("all orders of the account are cancelled in one call", .cancelAll) {
    trial in
    let account = try await trial.account()
    let cancelling = try account.cancellingAll
    try expect("cancelled where there is none", try await cancelling.cancelAll(), is: 0)
    let theirs = try await account.anotherKey()
    _ = try await account.place(try account.resting())
    _ = try await account.place(try account.resting(.sell))
    _ = try await theirs.place(try theirs.resting())
    try expect("cancelled", try await cancelling.cancelAll(), is: 3)
    try expect("open orders at the venue", try await account.facts().open.count, is: 0)
  }

  private static let fires = ConformanceCase(
    "the dead-man switch cancels everything when it is not put off", .deadManSwitch, at: .own(speed: 1)
  ) { trial in
    let account = try await trial.account()
    let deadMan = try account.deadMan
    let id = try await account.place(try account.resting())
    let told = try await deadMan.armDeadManSwitch(.seconds(60))
    if let told {
      let ahead = (told - trial.now).components.seconds
      try expect((55...65).contains(ahead), "it fires in 60 s", seen: "in \(ahead) s")
    }
    try await trial.venue.stepClock(by: .seconds(40))
    _ = try await deadMan.armDeadManSwitch(.seconds(60))
    try await trial.venue.stepClock(by: .seconds(40))
    try expect("its status, put off in time", try await account.only(.venue(id)).status, is: .open)
    try await trial.venue.stepClock(by: .seconds(30))
    try expect("its status, not put off", try await account.final(id).status, is: .cancelled)
  }

  private static let disarmed = ConformanceCase(
    "a dead-man switch that was taken back does nothing", .deadManSwitch, at: .own(speed: 1)
  ) { trial in
    let account = try await trial.account()
    let deadMan = try account.deadMan
    let id = try await account.place(try account.resting())
    _ = try await deadMan.armDeadManSwitch(.seconds(60))
    try await deadMan.disarmDeadManSwitch()
    try await trial.venue.stepClock(by: .seconds(300))
    try expect("its status", try await account.only(.venue(id)).status, is: .open)
  }

  private static let preview = ConformanceCase("a preview tells what would be refused and places nothing", .preview) {
    trial in
    let account = try await trial.account(money: "1000")
    let previewing = try account.previewing
    try expect("words against a good order", try await previewing.preview(try account.resting()), is: [])
    let words = try await previewing.preview(try account.resting(worth: 50_000))
    try expect(!words.isEmpty, "words against an order beyond the funds", seen: "none")
    let facts = try await account.facts()
    try expect("orders at the venue", facts.orders.count, is: 0)
    try expect("held", try await account.balance(account.symbol.quote).held, is: .zero)
  }

  private static let status = ConformanceCase("a venue that works says so", .venueStatus) { trial in
    let account = try await trial.account()
    try expect("its status", try await account.reportingStatus.fetchVenueStatus(), is: .online)
  }

  private static let statusModes = ConformanceCase(
    "a venue that takes less says so", .venueStatus, at: .own(speed: 1)
  ) { trial in
    let account = try await trial.account()
    let reporting = try account.reportingStatus
    for status in [VenueStatus.maintenance, .cancelOnly, .postOnly] {
      try await trial.venue.set(VenueFault(status.rawValue))
      try expect("its status", try await reporting.fetchVenueStatus(), is: status)
      try await trial.venue.clearFaults()
    }
  }

  private static let ledger = ConformanceCase("the venue's own book explains every change of a balance", .ledger) {
    trial in
    let account = try await trial.account()
    let reading = try account.readingLedger
    let id = try await account.place(try account.taking())
    _ = try await account.final(id)
    let entries = try await reading.fetchLedger(since: account.began)
    try expect("entries by name", Set(entries.map(\.id)).count, is: entries.count)
    try expect(
      zip(entries, entries.dropFirst()).allSatisfy { $0.time <= $1.time }, "the oldest first", seen: "another order")
    try expect(entries.contains { $0.cause == .trade }, "a trade among them", seen: "\(entries.map(\.cause))")
    let totals = try await account.facts().totals
    for (currency, before) in account.wish.funds {
      let traded = entries.filter { $0.currency == currency && $0.cause == .trade }
      let after = try before + (try sum(traded.map(\.amount))) - (try sum(traded.map(\.fee)))
      try expect("\(currency) by the entries", after, is: totals[currency] ?? .zero)
    }
  }
}
