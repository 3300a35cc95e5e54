internal import Broker
internal import Core

/// Keeps calls within what the venue takes (reference §2): counted per second, apart for private calls of the key and
/// public calls of the address.
///
/// Public calls are counted for this process alone: two feeds on one machine share an address and do not know of each
/// other, and two of them stay within what the venue was seen to allow.
final class CoinbaseLimits: Sendable {
  private let privateGate: CallGate
  private let publicGate: CallGate

  private static let keyCalls = "calls"
  private static let addressCalls = "address"
  private static let privatePerSecond = 8
  private static let publicPerSecond = 4
  /// Of the private calls in a second, so many are kept for cancels and exits.
  private static let reserve = 3
  /// The longest that a call waits for its turn.
  private static let bound = Duration.seconds(10)
  /// How long what is not urgent keeps away after a 429 that does not say; twice as long after each in a row.
  private static let pause = Duration.seconds(1)
  /// The edge's blocks say nothing of their length.
  private static let blockade = Duration.seconds(60)

  init(_ store: any LevelStore = NoLevelStore(), time: GateTime = .continuous) {
    let (now, kept) = (time.now(), store.kept)
    func gate(_ name: String, _ counter: String, _ perSecond: Int, reserve: Int) -> CallGate {
      let kind = CounterKind(
        counter, maximum: perSecond, decayPerSecond: perSecond * CallCost.unit, reserve: reserve)
      let budget = CallBudget(name, [kind], kept: kept, longestBan: Self.blockade, at: now)
      return CallGate(budget, store: store, time: time)
    }
    privateGate = gate("private", Self.keyCalls, Self.privatePerSecond, reserve: Self.reserve)
    publicGate = gate("public", Self.addressCalls, Self.publicPerSecond, reserve: 0)
  }

  private func gate(_ request: CoinbaseCall.Request) -> CallGate { request.isPublic ? publicGate : privateGate }

  private func counter(_ request: CoinbaseCall.Request) -> String {
    request.isPublic ? Self.addressCalls : Self.keyCalls
  }

  /// Runs `body`, which sends the request, when it may leave.
  func run<Result>(
    _ request: CoinbaseCall.Request, _ operation: CoinbaseOperation, _ body: () async throws(BrokerError) -> Result
  ) async throws(BrokerError) -> Result {
    let charge = CallCharge(counter(request), cost: .units(1))
    do {
      return try await gate(request).run(
        CallPass([charge], priority: request.priority, patience: Self.bound), body)
    } catch {
      var named = error
      if named.operation.isEmpty { named.operation = operation.name }
      throw named
    }
  }

  /// Does what an answer asks of the calls that follow. A 429 asks for silence as long as it says, or, without a word,
  /// for 1, 2, 4, … seconds from what is not urgent; a page in place of an answer is the edge's block of this address,
  /// whatever the call.
  func obey(_ answer: HTTPAnswer, _ request: CoinbaseCall.Request) {
    let isPage = answer.body.first { ![9, 10, 13, 32].contains($0) } == UInt8(ascii: "<")
    let asked = CoinbaseOperation.retryAfter(answer)
    switch answer.status {
    case 403 where isPage, 429 where isPage:
      privateGate.ban(for: max(asked ?? .zero, Self.blockade))
      publicGate.ban(for: max(asked ?? .zero, Self.blockade))
    case 429:
      gate(request).noteFull(counter(request), pause: Self.pause)
      if let asked { gate(request).ban(for: asked) }
    case 200: gate(request).noteTaken(counter(request))
    default: break
    }
  }
}
