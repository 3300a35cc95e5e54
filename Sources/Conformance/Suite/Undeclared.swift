internal import Broker
internal import Core

/// What is not declared must fail loudly: no conformance, or `unsupported` before anything is sent.
enum Undeclared {
  /// Why it is in order that the capability is missing.
  /// - Throws: a ``Mismatch`` when it is there all the same, or fails otherwise.
  static func prove(_ capability: Capability, _ trial: Trial) async throws -> String {
    let account = try await trial.account()
    let before = account.wire.sent
    guard let attempt = attempt(capability, account) else { return "not declared" }
    let error = try await failure("\(capability.rawValue), which is not declared,") { () async throws(BrokerError) in
      do {
        try await attempt()
      } catch let error as BrokerError {
        throw error
      } catch {
        throw BrokerError(.unknown, scope: .order, recovery: .never, message: "\(error)")
      }
    }
    try error.expect(.unsupported, from: "\(capability.rawValue), which is not declared,")
    try error.expectNotExecuted(capability.rawValue)
    try expect("requests sent for it", account.wire.sent, is: before)
    return "not declared, and refused as unsupported before anything is sent"
  }

  private typealias Attempt = () async throws -> Void

  /// A use of it; `nil` where nothing can be used.
  private static func attempt(_ capability: Capability, _ account: TrialAccount) -> Attempt? {
    if let order = try? order(capability, account) { return { _ = try await account.plugin.place(order) } }
    let unknown = VenueOrderID("unknown")
    switch (capability, account.plugin) {
    case (.amend, let plugin as any AmendsOrders):
      return {
        try await plugin.amend(
          OrderAmendment(venueOrderID: unknown, symbol: account.symbol, deadline: account.trial.now + .seconds(10)))
      }
    case (.amendStops, let plugin as any AmendsOrders):
      return {
        try await plugin.amend(
          OrderAmendment(
            venueOrderID: unknown, symbol: account.symbol, trigger: try account.price(.sell, percent: -15),
            deadline: account.trial.now + .seconds(10)))
      }
    case (.batchPlace, let plugin as any PlacesBatches):
      return { _ = try await plugin.place([try account.resting(), try account.resting()]) }
    case (.batchCancel, let plugin as any CancelsBatches): return { _ = try await plugin.cancel([unknown]) }
    case (.cancelByClientID, let plugin as any CancelsByClientID):
      return { _ = try await plugin.cancel(account.newID()) }
    case (.cancelAll, let plugin as any CancelsAll): return { _ = try await plugin.cancelAll() }
    case (.deadManSwitch, let plugin as any ArmsDeadManSwitch):
      return { _ = try await plugin.armDeadManSwitch(.seconds(60)) }
    case (.preview, let plugin as any PreviewsOrders): return { _ = try await plugin.preview(try account.resting()) }
    case (.venueStatus, let plugin as any ReportsVenueStatus): return { _ = try await plugin.fetchVenueStatus() }
    case (.ledger, let plugin as any ReadsLedger): return { _ = try await plugin.fetchLedger(since: account.began) }
    case (.orderByClientID, let plugin):
      return { _ = try await plugin.fetchOrders(.client(account.newID(), since: account.began)) }
    default: return nil
    }
  }

  /// An order that only a plugin with the capability takes.
  private static func order(_ capability: Capability, _ account: TrialAccount) throws -> OrderRequest? {
    let price = try account.price(.buy, percent: -30)
    let coins = OrderAmount.base(try account.quantity(worth: 100, at: price))
    let higher = try account.price(.sell, percent: 30)
    func plain(_ kind: OrderKind, _ timeInForce: TimeInForce = .goodTillCancelled) -> OrderRequest {
      account.order(.buy, kind, coins, timeInForce)
    }
    switch capability {
    case .postOnly: return account.order(.buy, .limit(price), coins, .goodTillCancelled, isPostOnly: true)
    case .fillOrKill: return plain(.limit(price), .fillOrKill)
    case .goodTillDate: return plain(.limit(price), .goodTillDate(account.trial.now + .seconds(3_600)))
    case .marketOrders: return plain(.market, .immediateOrCancel)
    case .quoteAmounts:
      return account.order(.buy, .market, .quote(Notional(ExactDecimal(integer: 100))), .immediateOrCancel)
    case .stopLossLimit: return plain(.stopLoss(trigger: higher, limit: higher))
    case .stopLossMarket: return plain(.stopLoss(trigger: higher, limit: nil))
    case .takeProfitLimit: return plain(.takeProfit(trigger: price, limit: price))
    case .takeProfitMarket: return plain(.takeProfit(trigger: price, limit: nil))
    case .brackets: return account.order(.sell, .bracket(limit: higher, stop: price), coins, .goodTillCancelled)
    default: return nil
    }
  }
}
