internal import Broker
internal import Core

/// The counters that a descriptor names, as one account meets them, and whatever silence the venue orders.
///
/// Calls are counted for this process alone: two processes at one address do not know of each other.
final class DescriptorLimits: Sendable {
  private let limits: [String: CallLimit]
  let gate: CallGate

  /// Assumed where what was kept is lost; what a venue says itself may be longer.
  private static let longestBan = Duration.seconds(3_600)
  /// How long what is not urgent keeps away from a full counter; longer after each refusal in a row.
  private static let pause = Duration.seconds(5)
  /// For a ban of which the venue does not say how long it is.
  private static let silence = Duration.seconds(60)

  init(_ limits: [CallLimit], store: any LevelStore, time: GateTime) {
    self.limits = Dictionary(limits.map { ($0.name, $0) }) { first, _ in first }
    let budget = CallBudget(
      "calls", limits.map(Self.kind), kept: store.kept, longestBan: Self.longestBan,
      longestKept: CallBudget.longestSilence, at: time.now())
    gate = CallGate(budget, store: store, time: time)
  }

  private static func kind(_ limit: CallLimit) -> CounterKind {
    let milliseconds = max(1, limit.per.wholeMilliseconds)
    let perSecond = Int128(limit.most) * Int128(CallCost.unit) * 1_000 / Int128(milliseconds)
    return CounterKind(
      limit.name, maximum: limit.most, decayPerSecond: max(1, Int(clamping: perSecond)), reserve: limit.reserve)
  }

  /// Runs `body`, which sends the call, when it may leave.
  func run<Result>(
    _ outgoing: OutgoingCall, patience: Duration, _ body: () async throws(BrokerError) -> Result
  ) async throws(BrokerError) -> Result {
    let charges = charges(outgoing.call.cost, outgoing.market?.symbol)
    let pass = CallPass(charges, priority: outgoing.priority, isUrgent: outgoing.isUrgent, patience: patience)
    return try await gate.run(pass, body)
  }

  /// What a call about a market is charged.
  func charges(_ cost: [String: Int], _ market: Symbol?) -> [CallCharge] {
    cost.sorted { $0.key < $1.key }.map { name, count in
      CallCharge(name, member(name, market), cost: .units(count))
    }
  }

  private func member(_ name: String, _ market: Symbol?) -> String? {
    limits[name]?.scope == .instrument ? market?.description : nil
  }

  /// Whether anything may leave at this moment.
  func checkOpen() throws(BrokerError) { try gate.checkOpen() }

  /// The venue took a call.
  func noteTaken(_ call: Call) { for name in call.cost.keys { gate.noteTaken(name) } }

  /// Does what a failure asks of the calls that follow.
  func obey(_ error: BrokerError, asked: Duration?, _ outgoing: OutgoingCall) {
    switch error.code {
    case .lockedOut: gate.ban(for: asked ?? retry(error) ?? Self.silence)
    case .rateLimited:
      if let asked { gate.ban(for: asked) }
      let counters = outgoing.call.cost.keys
      if counters.isEmpty || error.scope == .broker { gate.ban(for: asked ?? retry(error) ?? Self.silence) }
      for name in counters { gate.noteFull(name, member(name, outgoing.market?.symbol), pause: Self.pause) }
    default: break
    }
  }

  private func retry(_ error: BrokerError) -> Duration? {
    if case .retry(let wait) = error.recovery { wait } else { nil }
  }
}
