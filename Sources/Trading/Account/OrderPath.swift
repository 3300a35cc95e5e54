import Broker
package import Core
package import Journal

/// The way of one order out: durable intent, one send, what came of it.
///
/// The order of the steps is the first promise: the intent is on disk before a byte leaves; a send is never repeated;
/// an outcome nobody knows stays `outcomeUnknown` until the venue has been asked.
extension Trader {
  /// An order that was decided on.
  package struct Decision: Sendable {
    /// The market.
    package var symbol: Symbol
    /// Buy or sell.
    package var side: Side
    /// In base units.
    package var quantity: Quantity
    /// What it waits for.
    package var kind: OrderKind
    /// How long it lives at the venue.
    package var timeInForce = TimeInForce.immediateOrCancel
    /// What it is for.
    package var purpose: OrderPurpose
    /// What is to happen to the position it opens, as JSON.
    package var plan: String?
    /// Why it was decided, in a few words.
    package var cause: String

    /// An order that was decided on.
    package init(
      symbol: Symbol, side: Side, quantity: Quantity, kind: OrderKind,
      timeInForce: TimeInForce = .immediateOrCancel, purpose: OrderPurpose, plan: String? = nil, cause: String
    ) {
      self.symbol = symbol
      self.side = side
      self.quantity = quantity
      self.kind = kind
      self.timeInForce = timeInForce
      self.purpose = purpose
      self.plan = plan
      self.cause = cause
    }
  }

  /// How often and how long after one another a sent order is asked for until it is final: an IOC order is so at once,
  /// unless the venue's lists lag.
  private static let conclusionPauses: [Duration] = [
    .zero, .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(600),
  ]

  /// What became of an order that was sent, as far as its answer tells.
  package enum SendOutcome: Sendable {
    /// The venue took it.
    case taken
    /// It is certain that it did not.
    case refused
    /// Nobody knows yet: it is asked for, and never sent again.
    case unknown
  }

  /// Sends one order and, where it does not rest, follows it to its end, as far as that comes soon. Whatever comes of it,
  /// the account's positions and unresolved orders are read again before anybody decides on them.
  package func submit(_ decision: Decision) async throws(TraderError) -> SendOutcome {
    do throws(TraderError) {
      let outcome = try await carryOut(decision)
      try readJournal()
      return outcome
    } catch {
      _ = reread()
      throw error
    }
  }

  /// The way itself, without the reading behind it: who takes it alone reads before deciding anything else.
  package func carryOut(_ decision: Decision) async throws(TraderError) -> SendOutcome {
    let request = try identify(decision)
    #if DEBUG
      if BrokenRule.sendBeforeIntent.isBroken { _ = try? await broker.place(request) }
    #endif
    try intend(request, decision)
    OrderStep.intentDurable.pass()
    let outcome = try await send(request, decision)
    guard outcome == .taken, decision.timeInForce == .immediateOrCancel else { return outcome }
    for pause in Self.conclusionPauses {
      await sleep(pause)
      if try await resolve(request.clientOrderID) { break }
    }
    OrderStep.concluded.pass()
    return .taken
  }

  private func identify(_ decision: Decision) throws(TraderError) -> OrderRequest {
    try journalled { () throws(JournalError) in
      OrderStep.decided.pass()
      return OrderRequest(
        clientOrderID: try journal.nextClientOrderID(), symbol: decision.symbol, side: decision.side,
        amount: .base(decision.quantity), kind: decision.kind, timeInForce: decision.timeInForce,
        deadline: clock.now + spec.orderLifetime)
    }
  }

  private func intend(_ request: OrderRequest, _ decision: Decision) throws(TraderError) {
    isBehind = true
    try journalled { () throws(JournalError) in
      OrderStep.identified.pass()
      try journal.recordIntent(
        request, purpose: decision.purpose, plan: decision.plan, cause: decision.cause,
        marketTime: marketClock.time(atWall: clock.now))
    }
  }

  private func send(_ request: OrderRequest, _ decision: Decision) async throws(TraderError) -> SendOutcome {
    report.lastOrderAt = clock.now
    let acknowledgement: Acknowledgement
    do throws(BrokerError) { acknowledgement = try await broker.place(request) } catch {
      return try notTaken(request, decision, error)
    }
    OrderStep.answered.pass()
    answered()
    count(decision)
    try learn([.acknowledged(acknowledgement.venueOrderID)], of: request.clientOrderID, cause: "venue")
    OrderStep.answerDurable.pass()
    tell(
      .info, "order_accepted",
      "\(decision.side.rawValue) \(decision.quantity) \(decision.symbol) at \(decision.kind) (\(decision.cause))",
      ["client_order_id": request.clientOrderID.hex, "venue_order_id": acknowledgement.venueOrderID.rawValue])
    return .taken
  }

  /// A cycle says how many orders it sent; what guards a position is not one of them.
  private func count(_ decision: Decision) { if decision.purpose != .protectiveStop { ordersSent += 1 } }

  private func notTaken(
    _ request: OrderRequest, _ decision: Decision, _ error: BrokerError
  ) throws(TraderError) -> SendOutcome {
    let fact = Self.fact(of: error)
    try learn([fact], of: request.clientOrderID, cause: "venue")
    OrderStep.answerDurable.pass()
    var event = "order_rejected"
    var outcome = SendOutcome.refused
    if case .outcomeUnknown = fact {
      event = "order_outcome_unknown"
      outcome = .unknown
      count(decision)
    }
    tell(
      .warning, event, "\(request.side.rawValue) \(request.symbol): \(error)",
      ["client_order_id": request.clientOrderID.hex])
    if error.scope == .instrument { barred[request.symbol] = error.description }
    // What concerns the whole account or brokerage ends this cycle: nothing else is sent into it.
    if error.scope == .account || error.scope == .broker { throw .broker(error) }
    return outcome
  }

  /// What a failed send tells of the order.
  private static func fact(of error: BrokerError) -> OrderLife.Fact {
    // An id that the venue has seen proves that something of ours arrived: which one, only a look-up tells.
    if error.mayHaveExecuted || error.code == .duplicateOrder { return .outcomeUnknown(reason: error.description) }
    switch error.code {
    case .notSent, .unsupported, .misconfigured: return .denied(reason: error.description)
    default: return .refused(reason: error.description)
    }
  }

  // MARK: Writing down

  /// What the journal knows of one order; `nil` when it has no such intent.
  func life(of id: ClientOrderID) throws(TraderError) -> OrderLife? {
    try known { () throws(JournalError) in try Self.life(of: id, in: journal) }
  }

  static func life(of id: ClientOrderID, in journal: Journal) throws(JournalError) -> OrderLife? {
    guard let record = try journal.order(id) else { return nil }
    let fills = try journal.fills(of: id).map(\.fill)
    do throws(OrderContradiction) {
      return try OrderLife(record, fills: fills)
    } catch {
      throw .contradiction(subject: "order \(id)", detail: error.description)
    }
  }

  /// A read of the journal whose contradictions end the account's trading.
  private func known<Value>(_ body: () throws(JournalError) -> Value) throws(TraderError) -> Value {
    do throws(JournalError) {
      return try body()
    } catch .contradiction(let subject, let detail) {
      throw Self.contradicted("\(subject): \(detail)")
    } catch { throw failed(error) }
  }

  /// Takes facts about one order in, and writes down what they make of it: executions and state in one commit.
  /// - Returns: the order as it is known now.
  @discardableResult
  func learn(_ facts: [OrderLife.Fact], of id: ClientOrderID, cause: String) throws(TraderError) -> OrderLife? {
    guard let before = try life(of: id) else { return nil }
    var now = before
    var fills: [Fill] = []
    do throws(OrderContradiction) {
      for fact in facts {
        if case .fill(let fill) = fact, fill.kind != .trade { continue }
        let filled = now.executions.filled
        _ = try now.take(fact)
        if case .fill(let fill) = fact, now.executions.filled != filled { fills.append(fill) }
      }
    } catch { throw Self.contradicted("order \(id): \(error)") }
    for case .fill(let fill) in facts where fill.kind != .trade { try notTrade(fill) }
    try write(Reconciled.News(clientOrderID: id, fills: fills, event: now.event(since: before)), cause: cause)
    return now
  }

  static func contradicted(_ what: String) -> TraderError {
    .refused(
      TraderRefusal(
        .configuration, "\(what): another program uses this key, or the venue contradicts itself",
        nextStep: "stop the other program, compare the account's orders and fills with the venue's, then restart"))
  }

  /// Writes down the news of one order, in one commit: a final state never stands without its executions.
  func write(_ news: Reconciled.News, cause: String) throws(TraderError) {
    guard news.event != nil || !news.fills.isEmpty else { return }
    var new: [Fill] = []
    isBehind = true
    try known { () throws(JournalError) in
      new = try journal.transaction { () throws(JournalError) in
        var written: [Fill] = []
        for fill in news.fills
        where try journal.recordFill(fill, clientOrderID: news.clientOrderID, cause: cause) { written.append(fill) }
        OrderStep.fillsWritten.pass()
        if let event = news.event { try journal.recordEvent(event, cause: cause) }
        OrderStep.eventWritten.pass()
        return written
      }
    }
    OrderStep.newsDurable.pass()
    for fill in new { filled(fill) }
  }

  private func filled(_ fill: Fill) {
    unbalanced.formUnion([fill.symbol.base, fill.symbol.quote])
    report.lastFillAt = clock.now
    reached(.traded)
    tell(
      .info, "order_filled",
      "\(fill.side.rawValue) filled: \(fill.quantity) \(fill.symbol) at \(fill.price), fee \(fill.fee) \(fill.feeCurrency)",
      ["fill_id": fill.id, "venue_order_id": fill.venueOrderID.rawValue])
  }
}
