public import Broker
public import Core

extension Kraken: PlacesBatches, CancelsBatches {
  /// `AddOrderBatch` takes from 2 to 15 orders.
  public static var placeBatchLimit: Int { 15 }
  /// `CancelOrderBatch` takes up to 50.
  public static var cancelBatchLimit: Int { 50 }

  /// `AddOrderBatch`, sent once: Kraken checks all of them first and refuses them together; what funds lack for is
  /// refused one by one. The deadline is the earliest of theirs. One order alone goes by `AddOrder`.
  /// https://docs.kraken.com/api/docs/rest-api/add-order-batch
  public func place(
    _ orders: [OrderRequest]
  ) async throws(BrokerError) -> [Result<Acknowledgement, BrokerError>] {
    guard let first = orders.first else { return [] }
    guard orders.count > 1 else { return [await single { () throws(BrokerError) in try await place(first) }] }
    let call = try addOrderBatch(orders, first)
    let ids = orders.map(\.clientOrderID)
    let outcomes = try await client.post(call) { (result) throws(JSONError) in
      let rows = try result.array("orders")
      guard rows.count == ids.count else { throw .wrongType("orders", expected: "one row for each of \(ids.count)") }
      var outcomes: [Result<Acknowledgement, BrokerError>] = []
      for (row, id) in zip(rows, ids) { outcomes.append(try Self.outcome(row, id)) }
      return outcomes
    }
    for (outcome, id) in zip(outcomes, ids) {
      guard case .success(let made) = outcome else { continue }
      client.remember(made.venueOrderID, of: Self.spec.clientOrderIDs.render(id))
    }
    return outcomes
  }

  private func addOrderBatch(_ orders: [OrderRequest], _ first: OrderRequest) throws(BrokerError) -> KrakenCall {
    let now = clock.now
    let form = KrakenOrderForm(operation: "placeBatch", now: now)
    guard orders.count <= Self.placeBatchLimit else {
      throw form.unsupported("Kraken takes at most \(Self.placeBatchLimit) orders in one call")
    }
    guard orders.allSatisfy({ $0.symbol == first.symbol }) else {
      throw form.unsupported("Kraken takes several orders in one call for one market only")
    }
    var rows: [JSONValue] = []
    for order in orders {
      rows.append(.object(try form.fields(order).map { (key: $0.name, value: .string($0.value)) }))
    }
    let deadline = orders.map(\.deadline).reduce(first.deadline, min)
    var call = KrakenCall("placeBatch", "AddOrderBatch")
    call.json = [
      ("pair", .string(try names.instrument(first.symbol, "placeBatch").venueID)), ("orders", .array(rows)),
      ("deadline", .string(KrakenDeadline.text(deadline, now: now))),
    ]
    call.cost = 0
    call.engine = .addBatch(
      first.symbol, named: orders.map { Self.spec.clientOrderIDs.render($0.clientOrderID) })
    call.priority = orders.allSatisfy { $0.side == .sell } ? .reduce : .enter
    call.effect = .placesSeveral(orders.map(\.clientOrderID))
    call.check = KrakenDeadline.check(deadline)
    return call
  }

  private static func outcome(
    _ row: JSON, _ id: ClientOrderID
  ) throws(JSONError) -> Result<Acknowledgement, BrokerError> {
    if let text = try row.optionalString("error") {
      return .failure(KrakenErrors.error([text], .places(id), operation: "placeBatch"))
    }
    let name = try row.string("txid")
    guard !name.isEmpty else { throw .missing("txid") }
    return .success(Acknowledgement(venueOrderID: VenueOrderID(name)))
  }

  /// `CancelOrderBatch`, which only counts: when it counts all of them they are cancelled, when none, all were gone, and
  /// otherwise each is to be looked up. One order alone goes by `CancelOrder`.
  /// https://docs.kraken.com/api/docs/rest-api/cancel-order-batch
  public func cancel(
    _ orders: [VenueOrderID]
  ) async throws(BrokerError) -> [Result<CancelOutcome, BrokerError>] {
    guard let first = orders.first else { return [] }
    let distinct = Set(orders).count
    guard distinct > 1 else {
      let outcome = await single { () throws(BrokerError) in try await cancel(first) }
      return orders.map { _ in outcome }
    }
    guard orders.count <= Self.cancelBatchLimit else {
      throw BrokerError(
        .unsupported, scope: .order, recovery: .never, operation: "cancelBatch",
        message: "Kraken cancels at most \(Self.cancelBatchLimit) orders in one call")
    }
    var call = KrakenCall("cancelBatch", "CancelOrderBatch")
    var seen: Set<VenueOrderID> = []
    let names = orders.filter { seen.insert($0).inserted }.map(\.rawValue)
    call.json = [("orders", .array(names.map(JSONValue.string)))]
    call.cost = 0
    call.engine = .cancelBatch(names)
    call.priority = .cancel
    call.effect = .changes
    let (count, isPending) = try await client.post(call) { (result) throws(JSONError) in
      try KrakenOrders.cancelled(result)
    }
    return orders.map { _ in
      if isPending || (0 < count && count < distinct) { return .success(.pending) }
      return count == 0 ? .failure(KrakenErrors.nothingCancelled) : .success(.cancelled)
    }
  }

  private func single<Outcome>(
    _ body: () async throws(BrokerError) -> Outcome
  ) async -> Result<Outcome, BrokerError> {
    do throws(BrokerError) { return .success(try await body()) } catch { return .failure(error) }
  }
}
