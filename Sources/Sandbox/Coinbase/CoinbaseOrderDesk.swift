import Core

/// Takes, previews and cancels the orders of one account.
struct CoinbaseOrderDesk {
  let exchange: Exchange
  let rules: VenueRules
  let account: VenueAccount
  let switches: CoinbaseSwitches
  let conditions: VenueConditions
  /// The error that the caller asked for by `X-Sandbox`, as at the venue's own sandbox.
  let wantedError: String?

  /// The most orders that one cancel may name.
  static let maximumCancels = 100

  /// `POST /orders`.
  func place(_ body: [UInt8]) throws(CoinbaseError) -> JSONValue {
    let form = try CoinbaseOrderForm(body)
    do throws(CoinbaseRejection) {
      if wantedError == "PostOrder_insufficient_fund" { throw .insufficientFund }
      return accepted(try submit(form))
    } catch {
      return rejected(error, form)
    }
  }

  /// The new order, or the one that has its client order id already.
  private func submit(_ form: CoinbaseOrderForm) throws(CoinbaseRejection) -> VenueOrder {
    if let existing = exchange.order(clientOrderID: form.clientOrderID, account: account.name) {
      guard case .existingOrder = switches.duplicate else { throw .duplicate }
      return existing
    }
    let ticket = try form.ticket(rules, now: exchange.now(at: rules.name))
    try checkWallet(ticket)
    try checkConditions(ticket)
    do throws(OrderRefusal) {
      if conditions.failsOrders { return try exchange.fail(ticket, account: account.name, reason: "Hold failed") }
      return try exchange.place(ticket, account: account.name)
    } catch {
      throw CoinbaseRejection(error, sizedInQuote: form.configuration.isSizedInQuote)
    }
  }

  /// BTC-USD spends dollars: a wallet in USDC is another wallet.
  private func checkWallet(_ ticket: OrderTicket) throws(CoinbaseRejection) {
    guard ticket.side == .buy, account.totals[ticket.symbol.quote] == nil else { return }
    throw .noWallet
  }

  /// What faults that hold have against an order.
  func checkConditions(_ ticket: OrderTicket) throws(CoinbaseRejection) {
    switch conditions.mode {
    case .cancelOnly: throw CoinbaseRejection(OrderRefusal.marketStatus(.cancelOnly), sizedInQuote: false)
    case .postOnly where !ticket.postOnly:
      throw CoinbaseRejection(OrderRefusal.marketStatus(.postOnly), sizedInQuote: false)
    case .online, .postOnly, .maintenance: break
    }
    if let lag = conditions.settlement, !exchange.isSettled(ticket, account: account.name, after: lag) {
      throw .insufficientFund
    }
  }

  private func accepted(_ order: VenueOrder) -> JSONValue {
    let configuration = CoinbaseOrderConfiguration(remembered: order.ticket.detail)
    var members: [(key: String, value: JSONValue)] = [
      ("success", .boolean(true)),
      (
        "success_response",
        [
          "order_id": .string(order.id), "product_id": .string(CoinbaseText.productID(order.ticket.symbol)),
          "side": .string(CoinbaseText.side(order.ticket.side)),
          "client_order_id": .string(order.ticket.clientOrderID ?? ""),
        ]
      ),
      ("order_configuration", configuration.json),
    ]
    if switches.hasTopLevelReason { members += topLevel(orderID: order.id) }
    return .object(members)
  }

  private func rejected(_ rejection: CoinbaseRejection, _ form: CoinbaseOrderForm) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("success", .boolean(false)), ("error_response", rejection.body),
      ("order_configuration", form.configuration.json),
    ]
    if switches.hasTopLevelReason { members += topLevel(orderID: "") }
    return .object(members)
  }

  private func topLevel(orderID: String) -> [(key: String, value: JSONValue)] {
    [("failure_reason", "UNKNOWN_FAILURE_REASON"), ("order_id", .string(orderID))]
  }

  /// `POST /orders/batch_cancel`: one answer an order, in the order asked. Success means that it was asked for.
  func cancel(_ body: [UInt8]) throws(CoinbaseError) -> JSONValue {
    guard let elements = try CoinbaseBody(body)["order_ids"]?.elements else { throw .unreadable("order_ids") }
    guard !elements.isEmpty, elements.count <= Self.maximumCancels else {
      throw .invalidArgument("order_ids must name 1 to \(Self.maximumCancels) orders")
    }
    var results: [JSONValue] = []
    for element in elements {
      guard element.kind == .string, let id = element.text else { throw .unreadable("order_ids") }
      results.append(cancelled(id))
    }
    return ["results": .array(results)]
  }

  private func cancelled(_ id: String) -> JSONValue {
    var failure: String?
    do throws(CancelRefusal) {
      if wantedError == "CancelOrders_failure" {
        failure = "UNKNOWN_CANCEL_FAILURE_REASON"
      } else if conditions.losesCancelRaces {
        _ = try exchange.fill(id, account: account.name)
      } else {
        _ = try exchange.cancel(id, account: account.name, reason: "User requested cancel")
      }
    } catch {
      failure = Self.reason(error)
    }
    return [
      "success": .boolean(failure == nil), "failure_reason": .string(failure ?? "UNKNOWN_CANCEL_FAILURE_REASON"),
      "order_id": .string(id),
    ]
  }

  private static func reason(_ refusal: CancelRefusal) -> String {
    switch refusal {
    case .neverExisted, .ended: "UNKNOWN_CANCEL_ORDER"
    case .unavailable: "COMMANDER_REJECTED_CANCEL_ORDER"
    }
  }
}
