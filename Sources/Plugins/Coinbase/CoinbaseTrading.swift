public import Broker
public import Core

/// What makes orders.
extension Coinbase: PreviewsOrders {
  /// `POST /orders`, once; again only where the venue refused the token, which it does before it looks at the order.
  ///
  /// The token's life ends with the order's deadline, so that a request which is lost on the way cannot execute later.
  public func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    var operation = CoinbaseOperation("place")
    operation.placing = order.clientOrderID
    operation.missing = CoinbaseReasons.noProduct
    let form = try form(order, operation)
    let clientOrderID = Self.spec.clientOrderIDs.render(order.clientOrderID)
    let answer = try await call.send(
      CoinbaseCall.Request(
        method: "POST", path: "/orders", body: form.body(clientOrderID: clientOrderID),
        priority: order.side == .sell ? .reduce : .enter, deadline: order.deadline), operation)
    let placed = try call.read(operation) { () throws(JSONError) in
      try CoinbasePlaced(answer, clientOrderID: clientOrderID)
    }
    switch placed {
    case .accepted(let id): return Acknowledgement(venueOrderID: id)
    case .refused(let word, let text):
      throw operation.failure(word.flatMap(CoinbaseReasons.ofOrder) ?? CoinbaseReasons.unknownWord, text: text)
    }
  }

  /// `POST /orders/preview`: the same body without a client id; nothing is placed.
  public func preview(_ order: OrderRequest) async throws(BrokerError) -> [String] {
    var operation = CoinbaseOperation("preview")
    operation.missing = CoinbaseReasons.noProduct
    let form = try form(order, operation)
    let answer = try await call.send(
      CoinbaseCall.Request(method: "POST", path: "/orders/preview", body: form.body()), operation)
    return try call.read(operation) { () throws(JSONError) in
      var problems: [String] = []
      for problem in try answer.array("errs") {
        guard problem.kind == .string, let word = problem.text else {
          throw .wrongType("errs", expected: "a list of words")
        }
        problems.append(word)
      }
      return problems
    }
  }

  private func form(_ order: OrderRequest, _ operation: CoinbaseOperation) throws(BrokerError) -> CoinbaseOrderForm {
    let product = try book.instrument(order.symbol, operation).venueID
    do {
      return try CoinbaseOrderForm(order, product: product)
    } catch {
      throw operation.failure(CoinbaseReasons.unsupported(error.what), text: nil)
    }
  }
}

extension Coinbase: AmendsOrders {
  /// `POST /orders/edit`, which takes limit orders that are good till cancelled, and wants price and size both: the one
  /// that stays is read from the order first.
  ///
  /// The venue's yes means that the edit is queued (the order is `EDIT_QUEUED`), not that it is done.
  public func amend(_ amendment: OrderAmendment) async throws(BrokerError) {
    var operation = CoinbaseOperation("amend")
    operation.isRepeatableChange = true
    operation.missing = CoinbaseReasons.noOrder
    let (limit, quantity) = try await terms(amendment, operation)
    let body: JSONValue = [
      "order_id": .string(amendment.venueOrderID.rawValue), "price": .string(limit.description),
      "size": .string(quantity.description),
    ]
    let answer = try await call.send(
      CoinbaseCall.Request(
        method: "POST", path: "/orders/edit", body: body, priority: .enter, deadline: amendment.deadline), operation)
    let edited = try call.read(operation) { () throws(JSONError) in try CoinbaseEdited(answer) }
    guard case .refused(let words, let text) = edited else { return }
    // The order is as it should be already: an edit whose answer was lost, asked for again.
    guard !words.contains(where: CoinbaseReasons.isAsAsked) else { return }
    throw operation.failure(
      words.lazy.compactMap(CoinbaseReasons.ofEdit).first ?? CoinbaseReasons.unknownWord, text: text)
  }

  private func terms(
    _ amendment: OrderAmendment, _ operation: CoinbaseOperation
  ) async throws(BrokerError) -> (Price, Quantity) {
    guard amendment.trigger == nil else {
      throw operation.failure(CoinbaseReasons.unsupported("another price to wake an order"), text: nil)
    }
    if let limit = amendment.limit, let quantity = amendment.quantity { return (limit, quantity) }
    guard amendment.limit != nil || amendment.quantity != nil else {
      throw operation.failure(CoinbaseReasons.unsupported("a change of nothing"), text: nil)
    }
    guard let order = try await order(amendment.venueOrderID, operation), !order.status.isFinal else {
      throw operation.failure(CoinbaseReasons.noOrder, text: nil)
    }
    guard case .limit(let limit) = order.kind, order.timeInForce == .goodTillCancelled, let quantity = order.quantity
    else {
      throw operation.failure(
        CoinbaseReasons.unsupported("a change of an order that is not a good-till-cancelled limit order"), text: nil)
    }
    return (amendment.limit ?? limit, amendment.quantity ?? quantity)
  }
}
