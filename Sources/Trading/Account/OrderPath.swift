import Broker
import Core
import Journal

/// The life of one order: durable intent, one send, conclusion from evidence.
///
/// The order of the steps is the first promise: the intent is on disk before a byte leaves; a send is never repeated;
/// an outcome nobody knows stays `outcomeUnknown` until the venue has been asked.
extension Trader {
  /// An order that was decided on.
  struct Decision {
    var symbol: Symbol
    var side: Side
    var quantity: Quantity
    var limit: Price
    var purpose: OrderPurpose
    var plan: String?
    var cause: String
  }

  /// How often and how long after one another a sent order is asked for until it is final: an IOC order is so at once,
  /// unless the venue's lists lag.
  private static let conclusionPauses: [Duration] = [
    .zero, .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(600),
  ]

  /// Sends one order and follows it to its end, as far as that comes soon.
  /// - Returns: whether the venue took it.
  func submit(_ decision: Decision) async throws(TraderError) -> Bool {
    let request = try intend(decision)
    guard try await send(request, decision) else { return false }
    try await conclude(request)
    return true
  }

  private func intend(_ decision: Decision) throws(TraderError) -> OrderRequest {
    do throws(JournalError) {
      let request = OrderRequest(
        clientOrderID: try journal.nextClientOrderID(), symbol: decision.symbol, side: decision.side,
        quantity: decision.quantity, limit: decision.limit, timeInForce: .immediateOrCancel,
        deadline: clock.now + spec.orderLifetime)
      try journal.recordIntent(
        request, purpose: decision.purpose, plan: decision.plan, cause: decision.cause,
        marketTime: marketClock.time(atWall: clock.now))
      return request
    } catch { throw .journal(error) }
  }

  private func send(_ request: OrderRequest, _ decision: Decision) async throws(TraderError) -> Bool {
    report.lastOrderAt = clock.now
    let acknowledgement: Acknowledgement
    do { acknowledgement = try await broker.place(request) } catch {
      try refused(request, error)
      return false
    }
    answered()
    try record(OrderEvent(request.clientOrderID, .accepted, venueOrderID: acknowledgement.venueOrderID))
    tell(
      .info, "order_accepted",
      "\(decision.side.rawValue) \(decision.quantity) \(decision.symbol) at \(decision.limit) (\(decision.cause))",
      ["client_order_id": request.clientOrderID.hex, "venue_order_id": acknowledgement.venueOrderID.rawValue])
    return true
  }

  private func refused(_ request: OrderRequest, _ error: BrokerError) throws(TraderError) {
    let state: OrderState = error.mayHaveExecuted ? .outcomeUnknown : error.code == .notSent ? .denied : .rejected
    try record(OrderEvent(request.clientOrderID, state, reason: error.description))
    let event = state == .outcomeUnknown ? "order_outcome_unknown" : "order_rejected"
    tell(
      .warning, event, "\(request.side.rawValue) \(request.symbol): \(error)",
      ["client_order_id": request.clientOrderID.hex])
    if error.scope == .instrument { barred[request.symbol] = error.description }
    // What concerns the whole account or brokerage ends this cycle: nothing else is sent into it.
    if error.scope == .account || error.scope == .broker { throw .broker(error) }
  }

  private func conclude(_ request: OrderRequest) async throws(TraderError) {
    for pause in Self.conclusionPauses {
      await sleep(pause)
      if try await resolve(request.clientOrderID) { return }
    }
  }

  func record(_ event: OrderEvent) throws(TraderError) {
    do { try journal.recordEvent(event, cause: "venue") } catch { throw .journal(error) }
  }

  // MARK: Evidence

  /// Asks the venue about one order and writes down what it says.
  /// - Returns: whether the order is final, all its fills in the journal.
  func resolve(_ id: ClientOrderID) async throws(TraderError) -> Bool {
    guard let known = try journalled({ () throws(JournalError) in try journal.order(id) }) else { return true }
    guard !known.state.isFinal else { return true }
    let askedAt = clock.now
    let reports = try await ask { broker throws(BrokerError) in
      try await broker.fetchOrders(
        known.venueOrderID.map(OrderReference.venue)
          ?? .client(id, since: known.intendedAt - Self.lookBack))
    }
    guard let found = reports.first else { return try neverArrived(known, askedAt: askedAt) }
    guard reports.count == 1 else {
      throw .refused(
        TraderRefusal(
          .configuration, "the venue has \(reports.count) orders with our id \(id): another program uses this key",
          nextStep: "stop the other program, compare the account's orders with the venue's, then restart"))
    }
    return try await takeIn(found, of: known)
  }

  /// How far before its intent an order is looked for, since clocks differ.
  private static let lookBack = Duration.seconds(60)
  /// What the venue's clock may differ from ours.
  private static let clockSkew = Duration.seconds(5)

  /// "Nobody has it" proves that it never arrives only when it was asked after the deadline, and late enough that the
  /// venue's lists would show it.
  private func neverArrived(_ known: OrderRecord, askedAt: Timestamp) throws(TraderError) -> Bool {
    let certainFrom = known.request.deadline + Self.clockSkew + spec.visibilityBound
    guard known.venueOrderID == nil, askedAt > certainFrom else { return false }
    try record(
      OrderEvent(
        known.request.clientOrderID, .rejected,
        reason: "never arrived: absent from open orders and history, asked at \(askedAt)"))
    tell(
      .warning, "order_never_arrived", "\(known.request.side.rawValue) \(known.request.symbol) never arrived",
      ["client_order_id": known.request.clientOrderID.hex])
    return true
  }

  private func takeIn(_ order: Order, of known: OrderRecord) async throws(TraderError) -> Bool {
    let id = known.request.clientOrderID
    if known.venueOrderID == nil { try record(OrderEvent(id, .accepted, venueOrderID: order.venueOrderID)) }
    if order.filledQuantity.value.isPositive {
      let fills = try await ask { broker throws(BrokerError) in try await broker.fetchFills(of: order.venueOrderID) }
      for fill in fills { try take(fill, of: id) }
    }
    let filled = try journalled { () throws(JournalError) in try journal.order(id)?.filled ?? .zero }
    // The fills list may lag behind the order: not final before both agree.
    guard order.status.isFinal, filled == order.filledQuantity else { return false }
    try record(
      OrderEvent(
        id, Self.finalState(order), venueOrderID: order.venueOrderID, filledQuantity: order.filledQuantity,
        reason: order.reason))
    return true
  }

  private static func finalState(_ order: Order) -> OrderState {
    switch order.status {
    case .filled: .filled
    case .expired: .expired
    case .rejected: .rejected
    case .cancelled, .pending, .open, .unknown: .cancelled
    }
  }

  /// Writes one execution of an order of ours, once.
  func take(_ fill: Fill, of id: ClientOrderID?) throws(TraderError) {
    let isNew = try journalled { () throws(JournalError) in
      try journal.recordFill(fill, clientOrderID: id, cause: "venue")
    }
    guard isNew, id != nil else { return }
    report.lastFillAt = clock.now
    if report.ladder[.traded] == nil { report.ladder[.traded] = clock.now }
    tell(
      .info, "order_filled",
      "\(fill.side.rawValue) filled: \(fill.quantity) \(fill.symbol) at \(fill.price), fee \(fill.fee) \(fill.feeCurrency)",
      ["fill_id": fill.id, "venue_order_id": fill.venueOrderID.rawValue])
  }
}
