import Broker
import Core

@testable import Conformance

/// Operations that change something: judged by what the venue's ledger holds afterwards.
extension MatrixOperation {
  static let changes = [
    placing("place (resting)") { (account) in try account.resting() },
    placing("place (taking)") { (account) in try account.taking() },
    cancel, cancelByClientID, amend, batchPlace, batchCancel, cancelAll, arm, disarm, preview,
  ]

  private static func unsupported(_ what: String) -> BrokerError {
    BrokerError(.unsupported, scope: .order, recovery: .never, message: "no ability \(what)")
  }

  // MARK: Placing

  private static func placing(
    _ name: String, _ make: @escaping @Sendable (TrialAccount) throws -> OrderRequest
  ) -> MatrixOperation {
    MatrixOperation(name: name, nature: .change) { cell in
      let order = try make(cell.account)
      let taken = Taken()
      return Prepared {
        () async throws(BrokerError) in
        let id = try await cell.plugin.place(order).venueOrderID
        taken.note(id)
        return "an acknowledgement"
      } judge: { outcome in
        let kept = try await cell.settled { $0.orders(named: order.clientOrderID).count }
        switch outcome {
        case .success:
          let ids = try await cell.account.facts().orders(named: order.clientOrderID).map(\.id)
          return ids == taken.ids ? [] : ["acknowledged \(taken.ids), at the venue \(ids)"]
        case .failure(let error): return try await doubts(error, order.clientOrderID, kept: kept, cell)
        }
      }
    }
  }

  /// Which rules the failure of one order breaks.
  private static func doubts(
    _ error: BrokerError, _ id: ClientOrderID, kept: Int, _ cell: MatrixTrial
  ) async throws -> [String] {
    var broken: [String] = []
    if kept > 1 { broken.append("\(kept) orders of one name") }
    if kept > 0, !error.mayHaveExecuted { broken.append("said to be not executed, and it is there") }
    if error.mayHaveExecuted, error.recovery != .reconcile(id) { broken.append("in doubt, and not to be reconciled") }
    guard error.mayHaveExecuted, cell.trial.spec.capabilities.contains(.orderByClientID) else { return broken }
    let lookOut = try await cell.lookOut()
    let found = try await lookOut.plugin.fetchOrders(.client(id, since: cell.account.began))
    if found.count != kept { broken.append("\(kept) at the venue, \(found.count) found") }
    return broken
  }

  private static let batchPlace = MatrixOperation(name: "place batch", nature: .change, capability: .batchPlace) {
    cell in
    let orders = [try cell.account.resting(), try cell.account.resting()]
    let outcomes = Outcomes()
    return Prepared {
      () async throws(BrokerError) in
      guard let plugin = cell.plugin as? any PlacesBatches else { throw unsupported("place batch") }
      outcomes.note(try await plugin.place(orders))
      return "outcomes"
    } judge: { outcome in
      _ = try await cell.settled { $0.orders.count }
      let facts = try await cell.account.facts()
      let kept = orders.map { facts.orders(named: $0.clientOrderID).map(\.id) }
      switch outcome {
      case .success:
        return zip(kept, outcomes.all).compactMap { kept, outcome in
          switch outcome {
          case .success(let taken): kept == [taken.venueOrderID] ? nil : "acknowledged and not there"
          case .failure(let error): kept.isEmpty || error.mayHaveExecuted ? nil : "refused and there"
          }
        } + (outcomes.all.count == orders.count ? [] : ["\(outcomes.all.count) outcomes of \(orders.count) orders"])
      case .failure(let error):
        let isThere = kept.contains { !$0.isEmpty }
        return isThere && !error.mayHaveExecuted ? ["said to be not executed, and orders are there"] : []
      }
    }
  }

  private static let preview = MatrixOperation(name: "preview", nature: .change, capability: .preview) { cell in
    let order = try cell.account.resting()
    return Prepared {
      () async throws(BrokerError) in
      guard let plugin = cell.plugin as? any PreviewsOrders else { throw unsupported("preview") }
      return "\(try await plugin.preview(order).count) words"
    } judge: { outcome in
      var broken: [String] = []
      if try await cell.settled({ $0.orders.count }) > 0 { broken.append("a preview that placed an order") }
      if case .failure(let error) = outcome, error.mayHaveExecuted { broken.append("a preview that may have executed") }
      return broken
    }
  }

  // MARK: Cancelling and changing

  /// An operation on one resting order: whether the ledger shows it done decides.
  private static func onOrder(
    _ name: String, _ capability: Capability?,
    isDone: @escaping @Sendable (AccountFacts.Order) -> Bool,
    perform: @escaping @Sendable (MatrixTrial, VenueOrderID, OrderRequest) async throws(BrokerError) -> String
  ) -> MatrixOperation {
    MatrixOperation(name: name, nature: .change, capability: capability) { cell in
      let order = try cell.account.resting()
      let id = try await cell.lookOut().place(order)
      return Prepared {
        () async throws(BrokerError) in
        try await perform(cell, id, order)
      } judge: { outcome in
        let done = try await cell.settled { $0.orders.count { $0.id == id && isDone($0) } } > 0
        // Filled by the fault itself: the order is gone, whatever the cancel says.
        let isGone = try await cell.account.facts().orders.contains { $0.id == id && $0.status == "filled" }
        switch outcome {
        case .success(let word):
          return done || isGone || word == "pending" ? [] : ["done, and the ledger knows nothing of it"]
        case .failure(let error):
          return done && !error.mayHaveExecuted ? ["said to be not executed, and it was"] : []
        }
      }
    }
  }

  private static func word(_ outcome: CancelOutcome) -> String { outcome == .pending ? "pending" : "cancelled" }

  private static let cancel = onOrder("cancel", nil, isDone: { !$0.isOpen }) { (cell, id, _) throws(BrokerError) in
    word(try await cell.plugin.cancel(id))
  }

  private static let cancelByClientID = onOrder("cancel by our name", .cancelByClientID, isDone: { !$0.isOpen }) {
    (cell, _, order) throws(BrokerError) in
    guard let plugin = cell.plugin as? any CancelsByClientID else { throw unsupported("cancel by our name") }
    return word(try await plugin.cancel(order.clientOrderID))
  }

  private static let batchCancel = onOrder("cancel batch", .batchCancel, isDone: { !$0.isOpen }) {
    (cell, id, _) throws(BrokerError) in
    guard let plugin = cell.plugin as? any CancelsBatches else { throw unsupported("cancel batch") }
    guard let outcome = try await plugin.cancel([id]).first else { return "no outcome" }
    return word(try outcome.get())
  }

  private static let cancelAll = onOrder("cancel all", .cancelAll, isDone: { !$0.isOpen }) {
    (cell, _, _) throws(BrokerError) in
    guard let plugin = cell.plugin as? any CancelsAll else { throw unsupported("cancel all") }
    return "\(try await plugin.cancelAll()) cancelled"
  }

  private static let amend = onOrder("amend", .amend, isDone: { $0.quantity == doubled }) {
    (cell, id, order) throws(BrokerError) in
    guard let plugin = cell.plugin as? any AmendsOrders else { throw unsupported("amend") }
    try await plugin.amend(
      OrderAmendment(
        venueOrderID: id, symbol: order.symbol, quantity: Quantity(doubled), limit: order.limit,
        deadline: cell.trial.now + cell.trial.spec.orderLifetime))
    return "amended"
  }

  /// What an order is changed to: more than any resting one of 100 dollars.
  private static let doubled: ExactDecimal = (try? ExactDecimal(coefficient: 1, scale: 1)) ?? .one

  // MARK: The dead-man switch

  private static let arm = deadMan("arm dead-man switch") { (plugin) throws(BrokerError) in
    _ = try await plugin.armDeadManSwitch(.seconds(3_600))
  }
  private static let disarm = deadMan("disarm dead-man switch") { (plugin) throws(BrokerError) in
    try await plugin.disarmDeadManSwitch()
  }

  private static func deadMan(
    _ name: String, _ perform: @escaping @Sendable (any ArmsDeadManSwitch) async throws(BrokerError) -> Void
  ) -> MatrixOperation {
    MatrixOperation(name: name, nature: .change, capability: .deadManSwitch) { cell in
      let id = try await cell.lookOut().place(try cell.account.resting())
      return Prepared {
        () async throws(BrokerError) in
        guard let plugin = cell.plugin as? any ArmsDeadManSwitch else { throw unsupported(name) }
        try await perform(plugin)
        return "done"
      } judge: { _ in
        try await cell.account.facts().open.map(\.id) == [id] ? [] : ["the resting order is gone"]
      }
    }
  }
}
