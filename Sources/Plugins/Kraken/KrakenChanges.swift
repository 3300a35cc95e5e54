public import Broker
public import Core

extension Kraken: AmendsOrders, CancelsAll, ArmsDeadManSwitch {
  /// `AmendOrder`: in place, with a deadline.
  /// https://docs.kraken.com/api/docs/rest-api/amend-order
  public func amend(_ amendment: OrderAmendment) async throws(BrokerError) {
    let now = clock.now
    let check = KrakenOrderForm(operation: "amend", now: now)
    var form = KrakenForm([("txid", amendment.venueOrderID.rawValue)])
    if let quantity = amendment.quantity { form.add("order_qty", try check.positive(quantity.value, "quantity")) }
    if let limit = amendment.limit { form.add("limit_price", try check.positive(limit.value, "limit")) }
    if let trigger = amendment.trigger { form.add("trigger_price", try check.positive(trigger.value, "trigger")) }
    guard amendment.quantity != nil || amendment.limit != nil || amendment.trigger != nil else {
      throw check.refused(.invalidRequest, "the amendment changes nothing")
    }
    form.add("deadline", KrakenDeadline.text(amendment.deadline, now: now))
    var call = KrakenCall("amend", "AmendOrder", form)
    call.cost = 0
    call.engine = .amend(
      amendment.venueOrderID.rawValue, amendment.symbol, changedAt: amendment.lastChangedAt)
    // Moves a stop along as a rule: not behind new entries.
    call.priority = .reduce
    call.effect = .changes
    call.check = KrakenDeadline.check(amendment.deadline)
    try await client.post(call) { (result) throws(JSONError) in
      guard try !result.string("amend_id").isEmpty else { throw .missing("amend_id") }
    }
  }

  /// `CancelAll`: every market, and also what other keys of the account placed.
  public func cancelAll() async throws(BrokerError) -> Int {
    try await client.post(urgent("cancelAll", "CancelAll", .cancelAll)) { (result) throws(JSONError) in
      try KrakenOrders.cancelled(result).count
    }
  }

  // MARK: Dead-man switch

  /// In whole seconds, as `CancelAllOrdersAfter` takes them: below 86,400, and 0 would put it off.
  private static var timeouts: ClosedRange<Int64> { 1...86_399 }

  /// `CancelAllOrdersAfter`; a part of a second counts as a whole one, so that it never fires sooner than asked.
  /// https://docs.kraken.com/api/docs/rest-api/cancel-all-orders-after
  public func armDeadManSwitch(_ timeout: Duration) async throws(BrokerError) -> Timestamp? {
    let (seconds, rest) = timeout.components
    guard timeout > .zero, seconds < Self.timeouts.upperBound else {
      throw BrokerError(
        .invalidRequest, scope: .account, recovery: .never, operation: "armDeadManSwitch",
        message: "Kraken's dead-man switch takes from 1 to \(Self.timeouts.upperBound) seconds",
        nextStep: "choose a shorter or longer time; 60 seconds, renewed every 15 to 30, is what Kraken recommends")
    }
    return try await deadManSwitch("armDeadManSwitch", seconds: rest > 0 ? seconds + 1 : seconds)
  }

  /// `CancelAllOrdersAfter` with 0.
  public func disarmDeadManSwitch() async throws(BrokerError) {
    _ = try await deadManSwitch("disarmDeadManSwitch", seconds: 0)
  }

  private func deadManSwitch(_ operation: String, seconds: Int64) async throws(BrokerError) -> Timestamp? {
    var call = urgent(operation, "CancelAllOrdersAfter", .deadManSwitch)
    call.form.add("timeout", String(seconds))
    return try await client.post(call) { (result) throws(JSONError) in
      _ = try result.timestamp("currentTime")
      // Text that is no time, like "0" of one that was put off, names no instant.
      return try result.optionalString("triggerTime").flatMap(Timestamp.init(rfc3339:))
    }
  }

  /// The documents name only single orders as outside the key's counter: these count, from what is kept for them.
  private func urgent(_ operation: String, _ method: String, _ event: KrakenEngineEvent) -> KrakenCall {
    var call = KrakenCall(operation, method)
    call.engine = event
    call.isUrgent = true
    call.priority = .cancel
    call.effect = .changes
    return call
  }
}
