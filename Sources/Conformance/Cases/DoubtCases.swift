internal import Broker
internal import Core

/// Orders whose answer is lost or makes no sense: said to be in doubt, and found when they are there.
enum DoubtCases {
  static let all =
    [
      lost("an order whose answer is lost", "drop_after", isThere: true),
      lost("an order whose connection is reset after it was carried out", "reset_after", isThere: true),
      lost("an order that an edge's error follows", "http_after:502", isThere: true),
      lost("an order whose answer is cut short", "cut:40%", isThere: true),
      lost("an order whose connection closed before the venue saw it", "drop_before", isThere: false),
      lost("an order that only the edge has seen", "http:504", isThere: false),
    ] + ["empty", "html", "not_json", "no_result", "wrong_type", "null_fields"].map(garbage) + [silent, lostCancel]

  /// A case about one fault of one order.
  private static func lost(_ what: String, _ fault: String, isThere: Bool) -> ConformanceCase {
    let end = isThere ? "found once" : "not found"
    return ConformanceCase("\(what) is in doubt, and \(end)") { trial in
      let account = try await trial.account()
      try await check(account, try account.resting(), fault, isThere: isThere, mustDoubt: true)
      let other = try await trial.account()
      try await check(other, try other.taking(), fault, isThere: isThere, mustDoubt: true)
    }
  }

  private static func garbage(_ kind: String) -> ConformanceCase {
    ConformanceCase("an order answered with garbage (\(kind)) is in doubt, and found once") { trial in
      let account = try await trial.account()
      try await check(account, try account.resting(), "garbage:\(kind)", isThere: true, mustDoubt: false)
    }
  }

  /// Sends an order into a fault and looks for it.
  /// - Parameter mustDoubt: whether the plugin cannot have understood the answer.
  private static func check(
    _ account: TrialAccount, _ order: OrderRequest, _ fault: String, isThere: Bool, mustDoubt: Bool
  ) async throws {
    try await account.fault(fault)
    let before = account.wire.sent
    do {
      let taken = try await account.plugin.place(order)
      let kept = try await account.facts().orders(named: order.clientOrderID, account.trial.spec.clientOrderIDs).map(
        \.id)
      try expect(!mustDoubt && kept == [taken.venueOrderID], "doubt", seen: "a success for \(taken.venueOrderID)")
    } catch let error as BrokerError {
      try error.expectDoubt(about: order.clientOrderID)
    }
    try expect("requests sent for one order", account.wire.sent - before, is: 1)
    try await lookUp(account, order, isThere: isThere)
  }

  private static func lookUp(_ account: TrialAccount, _ order: OrderRequest, isThere: Bool) async throws {
    let kept = try await account.facts().orders(named: order.clientOrderID, account.trial.spec.clientOrderIDs)
    try expect("orders at the venue", kept.count, is: isThere ? 1 : 0)
    guard account.trial.spec.capabilities.contains(.orderByClientID) else { return }
    let found = try await account.plugin.fetchOrders(.client(order.clientOrderID, since: account.began))
    try expect("orders found by our name", found.map(\.venueOrderID), is: kept.map(\.id))
  }

  private static let silent = ConformanceCase("an order that is never answered ends by its time-out, in doubt") {
    trial in
    let account = try await trial.account()
    account.wire.cap = .seconds(1)
    let order = try account.resting()
    try await account.fault("hang_after")
    let started = ContinuousClock.now
    let error = try await failure("an order without an answer") { () async throws(BrokerError) in
      try await account.plugin.place(order)
    }
    let took = ContinuousClock.now - started
    try expect(took < .seconds(5), "an end soon after 1 s", seen: "\(took)")
    try error.expectDoubt(about: order.clientOrderID)
    account.wire.cap = nil
    try await lookUp(account, order, isThere: true)
  }

  private static let lostCancel = ConformanceCase("a cancel whose answer is lost may be asked for again") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    try await account.fault("drop_after")
    let error = try await failure("a cancel without an answer") { () async throws(BrokerError) in
      try await account.plugin.cancel(id)
    }
    try expect(error.mayHaveExecuted, "a cancel in doubt", seen: error.description)
    try expect("its status", try await account.final(id).status, is: .cancelled)
    let again = try await failure("a second cancel") { () async throws(BrokerError) in
      try await account.plugin.cancel(id)
    }
    try again.expect(.unknownOrder, from: "a second cancel")
  }
}
