internal import Broker
internal import Core

/// Keeps calls within what the venue takes (reference §2): counted per second, apart for private calls of the key and
/// public calls of the address.
struct CoinbaseLimits: Sendable {
  private let privateCalls: CallGate
  private let publicCalls: CallGate

  private static let privatePerSecond = 8
  private static let publicPerSecond = 4
  /// Of the private calls in a second, so many are kept for cancels and exits.
  private static let reserve = 3
  /// The longest that a call waits for its turn.
  private static let bound = Duration.seconds(10)

  init(time: GateTime = .continuous) {
    self.privateCalls = Self.gate(Self.privatePerSecond, reserve: Self.reserve, time)
    self.publicCalls = Self.gate(Self.publicPerSecond, reserve: 0, time)
  }

  private static func gate(_ perSecond: Int, reserve: Int, _ time: GateTime) -> CallGate {
    let counter = DecayingCounter(maximum: perSecond, decayPerSecond: perSecond * 1_000_000, start: time.now())
    return CallGate(CallBudget(counter, reserve: reserve), time: time)
  }

  private func gate(_ request: CoinbaseCall.Request) -> CallGate { request.isPublic ? publicCalls : privateCalls }

  /// Returns when the request may leave.
  func pass(_ request: CoinbaseCall.Request, _ operation: CoinbaseOperation) async throws(BrokerError) {
    do {
      let isUrgent = request.priority == .cancel || request.priority == .reduce
      try await gate(request).pass(cost: 1, isUrgent: isUrgent, within: Self.bound)
    } catch {
      var named = error
      named.operation = operation.name
      throw named
    }
  }

  /// The edge blocks this address: nothing leaves, with a key or without.
  func noteBlock(for duration: Duration) {
    privateCalls.ban(for: duration)
    publicCalls.ban(for: duration)
  }

  /// The venue answered 429: nothing leaves for as long as it says, or until its second is over.
  func noteRefusal(_ request: CoinbaseCall.Request, retryAfter: Duration?) {
    gate(request).noteFull()
    if let retryAfter { gate(request).ban(for: retryAfter) }
  }
}
