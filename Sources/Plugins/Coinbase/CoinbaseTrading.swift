public import Broker
public import Core

/// What moves money.
extension Coinbase {
  /// `POST /orders`, once; again only where the venue refused the token, which it does before it looks at the order.
  ///
  /// The token's life ends with the order's deadline, so that a request which is lost on the way cannot execute later.
  public func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    var operation = CoinbaseOperation("place")
    operation.placing = order.clientOrderID
    operation.missing = CoinbaseReason(.instrumentUnavailable, .instrument, "the venue has no such product")
    let product = try book.instrument(order.symbol, operation).venueID
    guard case .limit(let limit) = order.kind, let quantity = order.quantity, !order.isPostOnly else {
      throw operation.failure(
        CoinbaseReason(.unsupported, .order, "this plugin sends limit orders for a base quantity only"), text: nil)
    }
    let clientOrderID = Self.spec.clientOrderIDs.render(order.clientOrderID)
    let answer = try await call.send(
      CoinbaseCall.Request(
        method: "POST", path: "/orders",
        body: CoinbaseOrderWire.body(
          order, quantity: quantity, limit: limit, product: product, clientOrderID: clientOrderID),
        priority: order.side == .sell ? .reduce : .enter, deadline: order.deadline), operation)
    let placed = try call.read(operation) { () throws(JSONError) in
      try CoinbasePlaced(answer, clientOrderID: clientOrderID)
    }
    switch placed {
    case .accepted(let id): return Acknowledgement(venueOrderID: id)
    case .refused(let word, let text):
      let unknown = CoinbaseReason(.unknown, .order, executed: .verify, "refused with words that no table knows")
      throw operation.failure(word.flatMap(CoinbaseReason.ofOrder) ?? unknown, text: text)
    }
  }

  /// `POST /orders/batch_cancel` with one id. Success there means begun, never done.
  public func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    var operation = CoinbaseOperation("cancel")
    operation.isRepeatableChange = true
    let answer = try await call.send(
      CoinbaseCall.Request(
        method: "POST", path: "/orders/batch_cancel",
        body: .object([("order_ids", .array([.string(order.rawValue)]))]), priority: .cancel), operation)
    let refusal = try call.read(operation) { () throws(JSONError) in try Self.refusal(ofCancel: order, answer) }
    // A cancel is under way already: as good as having begun one.
    guard let refusal, refusal != "DUPLICATE_CANCEL_REQUEST" else { return .pending }
    let unknown = CoinbaseReason(
      .unknown, .order, retry: CoinbaseReason.shortly, executed: .verify, "refused without a reason")
    throw operation.failure(CoinbaseReason.cancels[refusal] ?? unknown, text: refusal)
  }

  private static func refusal(ofCancel order: VenueOrderID, _ answer: JSON) throws(JSONError) -> String? {
    guard let result = try answer.array("results").first, try result.string("order_id") == order.rawValue else {
      throw .wrongType("results", expected: "the result for the order that was asked about")
    }
    return try result.boolean("success") ? nil : result.string("failure_reason")
  }
}
