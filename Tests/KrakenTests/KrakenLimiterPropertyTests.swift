import Broker
import Core
import Foundation
import Synchronization
import Testing

@testable import Kraken

/// The limiter against the model of the venue's counters. `NIJA_SEED` replays.
@Suite(.timeLimit(.minutes(3))) struct KrakenLimiterPropertyTests {
  private static var seed: UInt64 {
    ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
  }

  @Test func `no call waits longer than the venue's counters ask for`() async throws {
    let seed = Self.seed
    print("seed \(seed)")
    for run in 0..<12 {
      let world = try LimiterWorld(seed: seed &+ UInt64(run), tier: run % 3, isCalm: true)
      for _ in 0..<150 { try await world.step() }
      #expect(world.venue.overruns.isEmpty, "seed \(seed), run \(run): \(world.venue.overruns)")
      // Each call may round a millionth up, which takes 3 µs to fall at 0.33 a second; they add up while a counter is busy.
      #expect(world.longestExcess <= 150 * 4_000, "seed \(seed), run \(run): \(world.longestExcess) ns too long")
      #expect(world.sent > 100, "seed \(seed), run \(run): only \(world.sent) were sent")
    }
  }

  @Test func `over late answers, lost answers, crashes, restarts and clock steps no counter of the venue is overrun`()
    async throws
  {
    let seed = Self.seed
    print("seed \(seed)")
    for run in 0..<24 {
      let world = try LimiterWorld(seed: seed &+ UInt64(run), tier: run % 3, isCalm: false)
      for _ in 0..<120 { try await world.step() }
      world.settle()
      #expect(world.venue.overruns.isEmpty, "seed \(seed), run \(run): \(world.venue.overruns)")
      // A full counter empties in 61 s (engine, starter: 60 of 1 a second); what is in doubt stands for 5 s longer.
      #expect(world.longestWait < .seconds(90), "seed \(seed), run \(run): \(world.longestWait)")
      #expect(world.sent > 60, "seed \(seed), run \(run): only \(world.sent) were sent")
    }
  }
}

/// One account over a stretch of simulated time: the limiter, the model venue, and a network between them.
private final class LimiterWorld {
  private(set) var venue: ModelVenue
  private(set) var longestWait = Duration.zero
  private(set) var longestExcess: Int64 = 0
  private(set) var sent = 0

  private let tier: Int
  private let isCalm: Bool
  /// A wall that goes forward and a restart of the machine together would hide how much time has passed.
  private let mayRestartMachine: Bool
  private var random: SeededRandom
  private let time = SimulatedTime()
  private let folder = FileManager.default.temporaryDirectory.appending(path: "nija-limiter-\(UUID().uuidString)")
  private var limits: KrakenLimits?
  private var store: CrashingStore?
  /// What is still on its way, and when it arrives.
  private var late: [(at: Int64, event: ModelVenue.Event)] = []
  private var lastClient = 0
  private var depth = 0
  private var isDying = false

  private static let markets = ["A/USD", "B/USD", "C/USD"]
  private static let tiers = ["starter", "intermediate", "pro"]

  init(seed: UInt64, tier: Int, isCalm: Bool) throws {
    random = SeededRandom(seed)
    self.tier = tier
    self.isCalm = isCalm
    venue = ModelVenue(tier: tier)
    mayRestartMachine = seed % 2 == 0
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  // MARK: Time

  private func advance(_ nanoseconds: Int64) {
    time.pass(nanoseconds)
    deliver()
  }

  private func deliver() {
    for event in late.filter({ $0.at <= time.passed }).sorted(by: { $0.at < $1.at }) {
      venue.arrive(event.event, at: event.at)
    }
    late.removeAll { $0.at <= time.passed }
  }

  /// Everything arrives.
  func settle() { advance(100_000_000_000) }

  private func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
  private func upTo(_ nanoseconds: Int64) -> Int64 { Int64.random(in: 0...nanoseconds, using: &random) }

  // MARK: Steps

  func step() async throws {
    if limits == nil { try await start() }
    if chance(15) { advance(upTo(60_000_000_000)) } else { advance(upTo(500_000_000)) }
    if !isCalm, chance(5) { time.stepWall(mayRestartMachine || chance(50) ? -3_600 : 3_600) }
    if chance(isCalm ? 0 : 10) { report() }
    try await call(patience: .seconds(600))
    if isDying || (!isCalm && chance(6)) { crash() }
  }

  private func start() async throws {
    let time = time
    let file = try await KeyFile.open(
      KeyPlace(folder.path + "/key"), scale: .nanoseconds, wait: .seconds(10), clock: time,
      machine: { time.machine })
    let store = CrashingStore(file)
    let context = PluginContext(
      endpoint: try Broker.Endpoint(parsing: "https://api.kraken.com"), credentials: [:],
      options: ["tier": Self.tiers[tier]], transport: ScriptedTransport([:]), nonces: nil, limits: store, clock: time)
    limits = KrakenLimits(context, time: time.gate)
    self.store = store
  }

  /// The process is gone between two instructions; what it sent is on its way.
  private func crash() {
    isDying = false
    store?.die()
    store = nil
    limits = nil
    if mayRestartMachine, chance(30) {
      advance(10_000_000_000 + upTo(60_000_000_000))
      time.restartMachine()
    } else {
      advance(upTo(chance(50) ? 100_000_000 : 20_000_000_000))
    }
  }

  private func report() {
    let orders = venue.orders.map { id, order in
      Order(
        venueOrderID: VenueOrderID(id), clientOrderID: ClientOrderID(parsing: order.client),
        symbol: Self.symbol(order.market), side: .buy, status: .open, quantity: nil, filledQuantity: .zero,
        createdAt: time.wall(at: order.createdAt))
    }
    limits?.remember(orders)
  }

  private static func symbol(_ market: String) -> Symbol { Symbol(base: String(market.prefix(1)), quote: "USD") }

  // MARK: Calls

  private func call(patience: Duration) async throws {
    guard !isDying, let limits, let (event, call) = choose(patience) else { return }
    let asked = time.passed
    let isUrgent = call.isUrgent || call.priority <= .reduce
    let earliest = venue.earliest(
      event, restReserve: isUrgent ? 0 : 4, engineReserve: isUrgent ? 0 : 20, from: asked)
    var left: Int64?
    depth += 1
    defer { depth -= 1 }
    do throws(BrokerError) {
      try await limits.run(call, .privateCalls) { () async throws(BrokerError) in
        left = self.time.passed
        self.sent += 1
        try await self.send(event)
      }
      acknowledge(event)
    } catch {
      guard [.network, .rateLimited, .notSent].contains(error.code) else { throw error }
    }
    guard let left, depth == 1 else { return }
    longestWait = max(longestWait, .nanoseconds(left - asked))
    if isCalm { longestExcess = max(longestExcess, left - earliest) }
  }

  /// From here to the venue and back; on the way the process may send another call, or die.
  private func send(_ event: ModelVenue.Event) async throws(BrokerError) {
    guard !isCalm else { return venue.arrive(event, at: time.passed) }
    // Within the ten seconds after which a transport gives a call up, what is sent meanwhile included.
    let slowest: Int64 = chance(5) ? (depth == 1 ? 9_000_000_000 : 2_000_000_000) : 300_000_000
    if chance(8) {
      // The answer is lost; the request arrives some time, or never.
      advance(upTo(slowest))
      if chance(70) { late.append((time.passed + upTo(5_000_000_000), event)) }
      if chance(30) {
        store?.die()
        isDying = true
      }
      throw BrokerError(
        .network, scope: .broker, recovery: .never, mayHaveExecuted: !event.isQuery, message: "no answer")
    }
    let way = upTo(slowest)
    advance(way)
    if depth < 2, way < 4_000_000_000, chance(20) { try? await call(patience: .seconds(1)) }
    venue.arrive(event, at: time.passed)
    if depth < 2, chance(20) { try? await call(patience: .seconds(5)) }
    advance(upTo(slowest))
  }

  private func acknowledge(_ event: ModelVenue.Event) {
    guard case .add(_, let clients, _) = event else { return }
    for client in clients {
      if let id = venue.order(client)?.id { limits?.remember(VenueOrderID(id), of: client) }
    }
  }

  private func choose(_ patience: Duration) -> (ModelVenue.Event, KrakenCall)? {
    var call = KrakenCall("test", "Test")
    call.cost = 0
    call.patience = patience
    guard let event = chooseEvent() else { return nil }
    switch event {
    case .query(let cost):
      call.cost = cost
      call.isUrgent = chance(30)
    case .add(let market, let clients, let isBatch):
      let symbol = Self.symbol(market)
      call.engine = isBatch ? .addBatch(symbol, named: clients) : .add(symbol, named: clients[0])
      call.priority = chance(30) ? .reduce : .enter
    case .amend(let name): call.engine = .amend(name)
    case .edit(let name): call.engine = .edit(name)
    case .cancel(let names): call.engine = names.count == 1 ? .cancel(names[0]) : .cancelBatch(names)
    case .cancelAll: call.engine = .cancelAll
    case .deadManSwitch: call.engine = .deadManSwitch
    }
    switch event {
    case .query, .add: break
    case .amend, .edit: call.priority = .enter
    default: call.priority = .cancel
    }
    return (event, call)
  }

  private func chooseEvent() -> ModelVenue.Event? {
    let open = venue.orders.sorted { $0.key < $1.key }
    let name = open.randomElement(using: &random).map { chance(50) ? $0.key : $0.value.client }
    let market = Self.markets[chance(70) ? 0 : Int.random(in: 1...2, using: &random)]
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<35: return .query(chance(20) ? 4 : 1)
    case 35..<55: return .add(market, clients: [nextClient()], isBatch: false)
    case 55..<62:
      return .add(
        market, clients: (0..<Int.random(in: 2...15, using: &random)).map { _ in nextClient() }, isBatch: true)
    case 62..<72: return name.map { .amend($0) }
    case 72..<75: return name.map { .edit($0) }
    case 75..<92: return name.map { .cancel([$0]) }
    case 92..<96:
      let some = open.shuffled(using: &random).prefix(4).map(\.key)
      return some.count > 1 ? .cancel(some) : nil
    case 96..<98: return isCalm ? nil : .deadManSwitch
    default: return isCalm ? nil : .cancelAll
    }
  }

  private func nextClient() -> String {
    lastClient += 1
    return ClientOrderID(journal: "000000000001", sequence: UInt64(lastClient)).hex
  }
}

extension ModelVenue.Event {
  fileprivate var isQuery: Bool { if case .query = self { true } else { false } }
}

/// Time that passes when somebody waits, a wall that can be stepped and a machine that can be restarted.
private final class SimulatedTime: ProtocolClock {
  private struct State {
    var passed: Int64 = 0
    var skew: Int64 = 0
    var boot = 1
    var bootedAt: Int64 = -500_000_000_000
  }

  private let origin = ContinuousClock.now
  private let state = Mutex(State())
  private static let start: Int64 = 1_760_000_000_000_000_000

  /// Nanoseconds since it began.
  var passed: Int64 { state.withLock { $0.passed } }
  var now: Timestamp { wall(at: passed) }
  func pass(_ nanoseconds: Int64) { state.withLock { $0.passed += nanoseconds } }
  func stepWall(_ seconds: Int64) { state.withLock { $0.skew += seconds * 1_000_000_000 } }
  func restartMachine() { state.withLock { ($0.boot, $0.bootedAt) = ($0.boot + 1, $0.passed) } }
  /// What the wall of now would have shown then.
  func wall(at passed: Int64) -> Timestamp {
    Timestamp(nanoseconds: Self.start + passed + state.withLock { $0.skew })
  }
  var machine: MachineTime {
    let state = state.withLock { $0 }
    return MachineTime(
      boot: "boot\(state.boot)", sinceBoot: state.passed - state.bootedAt,
      wall: Timestamp(nanoseconds: Self.start + state.passed + state.skew))
  }
  var gate: GateTime {
    GateTime(
      now: { self.origin + .nanoseconds(self.passed) }, sleep: { self.pass(Int64($0 / .nanoseconds(1))) })
  }
}

/// A store that a crash cuts off.
private final class CrashingStore: LevelStore {
  private let file: Mutex<KeyFile?>
  let kept: KeptLevels

  init(_ file: KeyFile) {
    self.kept = file.kept
    self.file = Mutex(file)
  }

  func die() { file.withLock { $0 = nil } }
  func keep(_ levels: [LevelChange]) throws(BrokerError) {
    try file.withLock { (file) throws(BrokerError) in try file?.keep(levels) }
  }
}

/// SplitMix64: the same numbers from the same seed.
private struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
