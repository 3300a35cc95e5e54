internal import Broker
internal import Core
internal import Synchronization

/// Kraken's limits as one key meets them: the key's REST counter, the account's engine counter of each market, the
/// address's public calls, and whatever silence Kraken orders.
///
/// Public calls are counted for this process alone: two feeds on one machine share an address and do not know of each
/// other, so each keeps well below what Kraken allows.
final class KrakenLimits: Sendable {
  /// Which calls a limit is about.
  enum Lane: Sendable {
    case publicCalls
    case privateCalls
  }

  private static let rest = "rest"
  private static let engine = "engine"
  private static let address = "address"
  /// Measured bursts of 16 pass; what Kraken allows in the long run is about one a second and address.
  private static let publicBurst = 15
  /// Of the REST counter, for looking after orders while other queries wait: one page of history.
  private static let restReserve = 4
  /// Of an engine counter, for leaving: two cancels of orders just made and a few orders.
  private static let engineReserve = 20
  /// How long what is not urgent keeps away from a full counter; longer after each refusal in a row.
  private static let pause = Duration.seconds(5)
  private static let lateArrival = Duration.seconds(5)
  /// A change whose answer is lost may come as late as the longest deadline that Kraken takes.
  private static let latestChange = Duration.seconds(60)
  /// So many refused nonces in a row mean that Kraken has seen higher ones; ten a minute are what locks a key out.
  private static let refusedNonces = 4
  private static let nonceSilence = Duration.seconds(30)

  private let publicGate: CallGate
  private let privateGate: CallGate
  private let ages: Mutex<KrakenOrderAges>
  private let nonceRefusals = Mutex(0)
  private let clock: any ProtocolClock
  private let time: GateTime

  init(_ context: PluginContext, time: GateTime) {
    self.clock = context.clock
    self.time = time
    let (now, kept) = (time.now(), context.limits.kept)
    let tier = context.options[KrakenSpec.tierOption].flatMap(KrakenTier.init(rawValue:)) ?? .starter
    // What the process before us sent may arrive for so long.
    ages = Mutex(KrakenOrderAges(birth: now + Self.lateArrival))
    let budget = CallBudget("private", Self.kinds(tier), kept: kept, longestBan: KrakenErrors.lockout, at: now)
    privateGate = CallGate(budget, store: context.limits, time: time)
    let calls = CounterKind(Self.address, maximum: Self.publicBurst, decayPerSecond: CallCost.unit, reserve: 0)
    let publicBudget = CallBudget("public", [calls], kept: kept, longestBan: KrakenErrors.lockout, at: now)
    publicGate = CallGate(publicBudget, store: context.limits, time: time)
  }

  /// The counters of a tier.
  static func kinds(_ tier: KrakenTier) -> [CounterKind] {
    [
      CounterKind(
        rest, maximum: tier.counter.maximum, decayPerSecond: tier.counter.decayPerSecond, reserve: restReserve),
      CounterKind(
        engine, maximum: tier.engine.maximum, decayPerSecond: tier.engine.decayPerSecond, reserve: engineReserve),
    ]
  }

  private func gate(_ lane: Lane) -> CallGate { lane == .publicCalls ? publicGate : privateGate }

  // MARK: Calls

  /// Runs `body`, which sends the call, when it may leave.
  func run<Result>(
    _ call: KrakenCall, _ lane: Lane, _ body: () async throws(BrokerError) -> Result
  ) async throws(BrokerError) -> Result {
    guard lane == .privateCalls else {
      let charge = CallCharge(Self.address, cost: .units(1))
      return try await publicGate.run(
        CallPass([charge], priority: .query, isUrgent: call.isUrgent, patience: call.patience), body)
    }
    let charges = [CallCharge(Self.rest, cost: .units(call.cost))] + engineCharges(call)
    let pass = CallPass(charges, priority: call.priority, isUrgent: call.isUrgent, patience: call.patience)
    begin(call.engine)
    do throws(BrokerError) {
      let result = try await privateGate.run(pass, body)
      conclude(call.engine, changedAt: time.now())
      return result
    } catch {
      conclude(call.engine, changedAt: error.mayHaveExecuted ? time.now() + Self.latestChange : nil)
      throw error
    }
  }

  /// Whether a call may leave at this moment.
  func checkOpen(_ lane: Lane) throws(BrokerError) { try gate(lane).checkOpen() }

  private func engineCharges(_ call: KrakenCall) -> [CallCharge] {
    guard let event = call.engine else { return [] }
    let (now, wall) = (time.now(), clock.now)
    return ages.withLock { ages in
      event.costs(ages, now: now, wall: wall).map { CallCharge(Self.engine, $0.symbol?.description, cost: $0.cost) }
    }
  }

  private func begin(_ event: KrakenEngineEvent?) {
    guard let event else { return }
    ages.withLock { ages in for (name, symbol) in event.changed { ages.begin(name, symbol: symbol) } }
  }

  private func conclude(_ event: KrakenEngineEvent?, changedAt: ContinuousClock.Instant?) {
    guard let event else { return }
    ages.withLock { ages in for (name, _) in event.changed { ages.conclude(name, changedAt: changedAt) } }
  }

  // MARK: Orders

  /// Learns the market and age of orders from a report.
  func remember(_ orders: [Order]) {
    let (now, wall) = (time.now(), clock.now)
    ages.withLock { ages in for order in orders { ages.learn(order, now: now, wall: wall) } }
  }

  /// Kraken took the order that was sent as `name` and calls it `id`.
  func remember(_ id: VenueOrderID, of name: String) { ages.withLock { $0.alias(id.rawValue, of: name) } }

  // MARK: What Kraken says

  /// Kraken took a call.
  func noteTaken(_ call: KrakenCall, _ lane: Lane) {
    if call.cost > 0 { gate(lane).noteTaken(lane == .publicCalls ? Self.address : Self.rest) }
    if lane == .privateCalls { nonceRefusals.withLock { $0 = 0 } }
  }

  /// Does what an error asks of the calls that follow.
  /// - Returns: how long it wants silence, if it does.
  func obey(_ text: String, _ call: KrakenCall, _ lane: Lane) -> Duration? {
    switch KrakenErrors.hint(text) {
    case .full: gate(lane).noteFull(lane == .publicCalls ? Self.address : Self.rest, pause: Self.pause)
    case .engineFull:
      for symbol in engineSymbols(call) { privateGate.noteFull(Self.engine, symbol?.description) }
    case .domainFull: privateGate.noteFull(Self.engine)
    case .silence(let duration): return silence(duration, lane)
    case .silenceUntil(let instant):
      return silence(min(max(instant - clock.now, .seconds(1)), KrakenErrors.lockout), lane)
    case .staleNonce:
      let count = nonceRefusals.withLock { count in
        count = min(count + 1, Self.refusedNonces)
        return count
      }
      if count == Self.refusedNonces { return silence(Self.nonceSilence, lane) }
    case nil: break
    }
    return nil
  }

  private func engineSymbols(_ call: KrakenCall) -> Set<Symbol?> {
    guard let event = call.engine else { return [] }
    return ages.withLock { ages in
      Set(event.costs(ages, now: time.now(), wall: clock.now).map(\.symbol))
    }
  }

  private func silence(_ duration: Duration, _ lane: Lane) -> Duration {
    gate(lane).ban(for: duration)
    return duration
  }

  /// The edge in front of Kraken blocks this address: whatever the call.
  func block(for duration: Duration) {
    publicGate.ban(for: duration)
    privateGate.ban(for: duration)
  }
}
