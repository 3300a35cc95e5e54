internal import Broker
internal import Core

/// Ends the case unless this is so.
func expect(
  _ truth: Bool, _ expected: @autoclosure () -> String, seen: @autoclosure () -> String
) throws(Mismatch) {
  guard truth else { throw Mismatch(expected: expected(), seen: seen()) }
}

/// Ends the case unless both are the same.
func expect<Value: Equatable>(_ what: String, _ seen: Value, is expected: Value) throws(Mismatch) {
  guard seen == expected else { throw Mismatch(expected: "\(what): \(expected)", seen: "\(seen)") }
}

/// The error of a call that must fail.
func failure<Answer>(
  _ what: String, _ body: () async throws(BrokerError) -> Answer
) async throws(Mismatch) -> BrokerError {
  let answer: Answer
  do throws(BrokerError) {
    answer = try await body()
  } catch {
    return error
  }
  throw Mismatch(expected: "\(what) to fail", seen: "\(answer)")
}

extension BrokerError {
  /// Ends the case unless it is of one of these classes.
  func expect(_ codes: Code..., from what: String) throws(Mismatch) {
    guard codes.contains(code) else {
      throw Mismatch(
        expected: "\(what) to fail with \(codes.map(\.rawValue).joined(separator: " or "))", seen: description)
    }
  }

  /// Ends the case unless it says that nothing was done.
  func expectNotExecuted(_ what: String) throws(Mismatch) {
    guard !mayHaveExecuted else {
      throw Mismatch(expected: "\(what) certainly not carried out", seen: "\(description), may have executed")
    }
  }

  /// Ends the case unless it says that the order may exist and is to be looked for.
  func expectDoubt(about order: ClientOrderID) throws(Mismatch) {
    guard mayHaveExecuted, recovery == .reconcile(order) else {
      throw Mismatch(
        expected: "an error that says: may have executed, reconcile \(order)",
        seen: "\(description), \(mayHaveExecuted ? "may have executed" : "not executed"), \(recovery)")
    }
  }

  /// All that may come before somebody's eyes.
  var texts: [String] {
    [description, message, venueText ?? "", nextStep ?? "", operation, code.rawValue]
  }
}

/// The exact sum.
func sum(_ amounts: [ExactDecimal]) throws(DecimalError) -> ExactDecimal {
  var total = ExactDecimal.zero
  for amount in amounts { total = try total + amount }
  return total
}
