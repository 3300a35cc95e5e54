internal import Broker
internal import Core

/// Errors of a program's calls: as data from the program, or for what it did.
struct ProgramErrors {
  let call: ProgramCall
  let session: ProgramSession

  private static let textLimit = 300
  private static let longestRetry = 86_400_000

  /// The taxonomy: a program has no classes of its own, since nothing could be decided by them.
  private static let codes: [BrokerError.Code] = [
    .invalidKey, .invalidSignature, .invalidNonce, .permissionDenied, .accountRestricted, .rateLimited, .lockedOut,
    .insufficientFunds, .belowMinimum, .invalidAmount, .invalidRequest, .instrumentUnavailable, .unknownOrder,
    .duplicateOrder, .deadlineElapsed, .orderRejected, .venueUnavailable, .network, .untrustedVenue, .malformedAnswer,
    .unsupported, .misconfigured, .notSent, .unknown,
  ]

  // MARK: Of the program

  /// An error that the program answered. What it leaves open is in doubt, and what we saw go into doubt it cannot
  /// deny.
  func error(_ json: JSON, _ errand: Errand) throws(JSONError) -> BrokerError {
    let word = try json.string("class")
    guard let code = Self.codes.first(where: { $0.rawValue == word }) else {
      throw .wrongType("class", expected: "a class of errors that is known")
    }
    let retry = json.has("retry_after_ms") ? try json.bounded("retry_after_ms", 0...Self.longestRetry) : nil
    let said = try json.optionalBoolean("may_have_executed")
    var error = BrokerError(
      code, scope: try json.word("scope", BrokerError.Scope.self),
      recovery: retry.map { .retry(after: .milliseconds($0)) } ?? .never, operation: call.operation,
      message: session.shown(try json.string("message"), limit: Self.textLimit),
      venueText: try json.optionalString("venue_text").map { session.shown($0, limit: Self.textLimit) },
      nextStep: try json.optionalString("next_step").map { session.shown($0, limit: Self.textLimit) })
    let isInDoubt = said ?? true || errand.isInDoubt || code == .duplicateOrder
    if isInDoubt { doubt(&error) }
    return error
  }

  private func doubt(_ error: inout BrokerError) {
    switch call.effect {
    case .none: return
    case .places(let id): error.recovery = .reconcile(id)
    case .changes:
      if error.recovery == .never, error.code != .unknownOrder { error.recovery = .retry(after: .seconds(2)) }
    }
    error.mayHaveExecuted = true
  }

  // MARK: Of ours

  /// For what the program did.
  /// - Parameter wasCalled: whether the call had been handed to it: then nobody knows what came of it.
  func error(_ fault: ProgramFault, wasCalled: Bool) -> BrokerError {
    var error = BrokerError(
      fault.code, scope: .account, recovery: fault.isLasting ? .never : .retry(after: .seconds(2)),
      operation: call.operation, message: fault.description, nextStep: fault.nextStep)
    if wasCalled { doubt(&error) }
    return error
  }

  /// The caller has gone.
  var cancelled: BrokerError {
    var error = BrokerError(
      .notSent, scope: .order, recovery: .never, operation: call.operation, message: "the call was given up")
    doubt(&error)
    return error
  }

  func refused(
    _ code: BrokerError.Code, _ scope: BrokerError.Scope, _ message: String, nextStep: String? = nil
  ) -> BrokerError {
    BrokerError(
      code, scope: scope, recovery: .never, operation: call.operation, message: message, nextStep: nextStep)
  }
}
