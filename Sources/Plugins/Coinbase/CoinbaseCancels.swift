public import Broker
public import Core

extension Coinbase: CancelsBatches {
  /// The most orders of one call (reference §5).
  public static var cancelBatchLimit: Int { 100 }

  /// `POST /orders/batch_cancel` with one id. Success there means begun, never done.
  public func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    let outcomes: [Result<CancelOutcome, BrokerError>] = try await cancel([order])
    guard let outcome = outcomes.first else { throw CoinbaseOperation("cancel").malformed("no result") }
    return try outcome.get()
  }

  /// `POST /orders/batch_cancel`: the answer has one row an order, found again by its id.
  public func cancel(_ orders: [VenueOrderID]) async throws(BrokerError) -> [Result<CancelOutcome, BrokerError>] {
    var operation = CoinbaseOperation("cancel")
    operation.isRepeatableChange = true
    guard !orders.isEmpty else { return [] }
    guard orders.count <= Self.cancelBatchLimit else {
      throw operation.failure(
        CoinbaseReasons.unsupported("more than \(Self.cancelBatchLimit) cancels in one call"), text: nil)
    }
    var seen: Set<VenueOrderID> = []
    let ids = orders.filter { seen.insert($0).inserted }.map { JSONValue.string($0.rawValue) }
    let answer = try await call.send(
      CoinbaseCall.Request(
        method: "POST", path: "/orders/batch_cancel", body: ["order_ids": .array(ids)], priority: .cancel), operation)
    let results = try call.read(operation) { () throws(JSONError) in try Self.results(ofCancel: answer) }
    return orders.map { Self.outcome(results[$0], operation) }
  }

  private enum CancelResult: Hashable {
    case begun
    case refused(String)
  }

  /// What the answer says of each order; rows that say different things of one order say nothing.
  private static func results(ofCancel answer: JSON) throws(JSONError) -> [VenueOrderID: CancelResult] {
    var results: [VenueOrderID: CancelResult] = [:]
    for row in try answer.array("results") {
      let id = VenueOrderID(try row.string("order_id"))
      let result: CancelResult =
        try row.boolean("success") ? .begun : .refused(try row.optionalString("failure_reason") ?? "")
      guard results.updateValue(result, forKey: id) ?? result == result else {
        throw .wrongType("results", expected: "one result an order")
      }
    }
    return results
  }

  private static func outcome(
    _ result: CancelResult?, _ operation: CoinbaseOperation
  ) -> Result<CancelOutcome, BrokerError> {
    switch result {
    case nil: .failure(operation.malformed("no result for an order that was asked about"))
    // A cancel that is under way already is as good as having begun one.
    case .begun, .refused("DUPLICATE_CANCEL_REQUEST"): .success(.pending)
    case .refused(let word):
      .failure(operation.failure(CoinbaseReasons.cancels[word] ?? CoinbaseReasons.unknownWord, text: word))
    }
  }
}
