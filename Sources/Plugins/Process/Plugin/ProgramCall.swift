internal import Broker
internal import Core

/// One call: what is asked, and what it does at the venue.
struct ProgramCall: Sendable {
  /// What doing it does.
  enum Effect: Hashable, Sendable {
    /// Nothing: it only asks.
    case none
    /// Places this order.
    case places(ClientOrderID)
    /// Changes or cancels what is there, which may be asked for again.
    case changes
  }

  /// The word of the vocabulary.
  let operation: String
  let arguments: JSONValue
  var effect = Effect.none
  var priority = HTTPRequest.Priority.query
  /// Whether it may use what is kept for looking after orders.
  var isUrgent = false
  /// Whether it needs the account's credentials.
  var isPrivate = true
  /// After this nothing is sent for it any more.
  var deadline: Timestamp?
  /// The latest time that what is signed for it may show; the clock's where it is left out.
  var made: Timestamp?
  /// The market that it is about, for counters that are kept by market.
  var market: Symbol?

  init(_ operation: String, _ arguments: JSONValue = .object([])) {
    self.operation = operation
    self.arguments = arguments
  }

  /// The same for everybody: it needs no key.
  static func open(
    _ operation: String, _ arguments: JSONValue = .object([]), about market: Symbol? = nil
  ) -> ProgramCall {
    var call = ProgramCall(operation, arguments)
    call.isPrivate = false
    call.market = market
    return call
  }

  /// A change of what is there.
  static func change(_ operation: String, _ arguments: JSONValue) -> ProgramCall {
    var call = ProgramCall(operation, arguments)
    call.effect = .changes
    call.priority = .cancel
    return call
  }
}

/// What was sent for a call so far. Touched by the caller's task alone.
final class Errand {
  /// Whether a request has left that may have changed something.
  var hasSent = false
  /// Whether such a request may have arrived without an answer.
  var isInDoubt = false
  /// What it was charged.
  var charges: Set<CallCharge> = []
}
