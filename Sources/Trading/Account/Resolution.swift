import Broker
import Core
import Journal

/// What became of an order: evidence only.
extension Trader {
  /// Asks the venue about one order and writes down what it says.
  /// - Returns: whether the order is final, all its fills in the journal.
  func resolve(_ id: ClientOrderID) async throws(TraderError) -> Bool {
    guard let known = try journalled({ () throws(JournalError) in try journal.order(id) }) else { return true }
    guard !known.state.isFinal else { return true }
    // The venue's clock before its lists: only what was read later than the order's end proves an absence.
    let venueTime =
      known.venueOrderID == nil
      ? try await ask { broker throws(BrokerError) in try await broker.fetchServerTime() } : nil
    let found = try await lookUp(known)
    OrderStep.listed.pass()
    guard let order = found.first else { return try absent(known, venueTime: venueTime) }
    guard found.count == 1 else {
      throw Self.contradicted("the venue has \(found.count) orders with our id \(id)")
    }
    return try await takeIn(order, of: id)
  }

  private func lookUp(_ known: OrderRecord) async throws(TraderError) -> [Order] {
    let reference =
      known.venueOrderID.map(OrderReference.venue)
      ?? .client(known.request.clientOrderID, since: known.intendedAt - Self.lookBack)
    do throws(TraderError) {
      let found = try await ask { broker throws(BrokerError) in try await broker.fetchOrders(reference) }
      #if DEBUG
        if found.isEmpty, BrokenRule.resendUnknown.isBroken {
          var again = known.request
          again.deadline = clock.now + spec.orderLifetime
          _ = try? await broker.place(again)
        }
      #endif
      return found
    } catch {
      #if DEBUG
        if BrokenRule.failedIsAbsent.isBroken {
          try learn(
            [.neverArrived(reason: "the question failed")], of: known.request.clientOrderID, cause: "broken rule")
          return []
        }
      #endif
      throw error
    }
  }

  /// How far before its intent an order is looked for, since clocks differ.
  private static let lookBack = Duration.seconds(60)

  private func absent(_ known: OrderRecord, venueTime: Timestamp?) throws(TraderError) -> Bool {
    let id = known.request.clientOrderID
    // An order that the venue has named does not vanish: its lists lag, and it is asked again.
    guard let venueTime else { return false }
    let absence = Absence(deadline: known.request.deadline, visibilityBound: spec.visibilityBound)
    guard absence.isProven(venueTime: venueTime) else {
      try learn([.outcomeUnknown(reason: "not seen at the venue yet")], of: id, cause: "reconcile")
      return false
    }
    try learn(
      [.neverArrived(reason: "never arrived: absent from open orders and history, read after \(venueTime)")], of: id,
      cause: "reconcile")
    tell(
      .warning, "order_never_arrived", "\(known.request.side.rawValue) \(known.request.symbol) never arrived",
      ["client_order_id": id.hex])
    return true
  }

  private func takeIn(_ order: Order, of id: ClientOrderID) async throws(TraderError) -> Bool {
    guard let before = try life(of: id) else { return true }
    var facts: [OrderLife.Fact] = []
    if order.filledQuantity > before.executions.filled {
      let fills = try await ask { broker throws(BrokerError) in try await broker.fetchFills(of: order.venueOrderID) }
      facts += fills.map(OrderLife.Fact.fill)
    }
    // The fills list may lag behind the order: it is not final before both agree.
    let now = try learn(facts + [.report(order)], of: id, cause: "venue")
    return now?.state.isFinal ?? true
  }
}
