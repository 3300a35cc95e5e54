internal import Broker
internal import Core

/// Deadlines of orders, and our names of them.
enum DeadlineCases {
  static let all = [elapsed, lateArrival]

  private static let elapsed = ConformanceCase("an order whose deadline has passed is not sent") { trial in
    let account = try await trial.account()
    var order = try account.resting()
    order.deadline = trial.now - .seconds(1)
    let (late, before) = (order, account.wire.sent)
    let error = try await failure("a late order") { () async throws(BrokerError) in
      try await account.plugin.place(late)
    }
    try error.expect(.deadlineElapsed, .notSent, from: "a late order")
    try error.expectNotExecuted("it")
    try expect("requests sent", account.wire.sent, is: before)
    try expect("orders at the venue", try await account.facts().orders.count, is: 0)
  }

  private static let lateArrival = ConformanceCase(
    "an order that arrives after its deadline is not carried out", .orderDeadline
  ) { trial in
    let account = try await trial.account()
    var order = try account.resting()
    order.deadline = trial.now + .seconds(3)
    let late = order
    try await account.fault("delay_before:4500")
    let error = try await failure("a late order") { () async throws(BrokerError) in
      try await account.plugin.place(late)
    }
    try expect(
      error.code != .malformedAnswer && error.code != .unknown, "a refusal that is understood",
      seen: error.description)
    try expect("orders at the venue", try await account.facts().orders.count, is: 0)
  }
}

/// What a repeated client id does, as declared.
enum NameCases {
  static let all = [repeatedWhileOpen, repeatedWhenOver]

  private static let repeatedWhileOpen = ConformanceCase("a repeated name of an open order does as declared") {
    trial in
    let account = try await trial.account()
    let order = try account.resting()
    let id = try await account.place(order)
    switch trial.spec.clientOrderIDs.uniqueness {
    case .open, .ever, .day: try await refusesRepetition(of: order, account)
    case .none:
      let second = try await account.place(order)
      let kept = try await account.facts().orders(named: order.clientOrderID, trial.spec.clientOrderIDs).map(\.id)
      try expect(second != id, "a second order", seen: "the first one")
      return try expect("orders at the venue", kept, is: [id, second])
    case .returnsExisting:
      try expect("the order it is answered with", try await account.place(order), is: id)
    }
    try expect("orders at the venue", try await account.facts().orders.map(\.id), is: [id])
  }

  private static func refusesRepetition(of order: OrderRequest, _ account: TrialAccount) async throws {
    let error = try await failure("a repeated name") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    // A description that has no line for it says so by a neighbour of it.
    if account.trial.venue.isDerived, error.code == .invalidRequest || error.code == .orderRejected { return }
    try error.expect(.duplicateOrder, from: "a repeated name")
    try expect("what is next", error.recovery, is: .reconcile(order.clientOrderID))
  }

  private static let repeatedWhenOver = ConformanceCase("a repeated name of an ended order does as declared") { trial in
    let account = try await trial.account()
    let order = try account.resting()
    let first = try await account.place(order)
    _ = try await account.plugin.cancel(first)
    _ = try await account.final(first)
    let uniqueness = trial.spec.clientOrderIDs.uniqueness
    if uniqueness == .ever || uniqueness == .day {
      try await refusesRepetition(of: order, account)
      return try expect("orders at the venue", try await account.facts().orders.map(\.id), is: [first])
    }
    let second = try await account.place(order)
    let kept = try await account.facts().orders(named: order.clientOrderID, trial.spec.clientOrderIDs).map(\.id)
    switch uniqueness {
    case .none, .open, .ever, .day:
      try expect(second != first, "a second order", seen: "the first one")
      try expect("orders at the venue", kept, is: [first, second])
      guard trial.spec.capabilities.contains(.orderByClientID) else { return }
      let found = try await account.plugin.fetchOrders(.client(order.clientOrderID, since: account.began))
      // Some venues answer with the latest of a name only.
      try expect(
        found.contains { $0.venueOrderID == second } && Set(found.map(\.venueOrderID)).isSubset(of: [first, second]),
        "the orders of that name, the latest among them", seen: "\(found.map(\.venueOrderID))")
    case .returnsExisting:
      try expect("the order it is answered with", second, is: first)
      try expect("orders at the venue", kept, is: [first])
    }
  }
}
