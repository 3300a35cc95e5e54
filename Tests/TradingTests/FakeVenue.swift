import Broker
import Core
import Synchronization

/// A venue in memory, as unreliable as it is told to be: fast enough for tens of thousands of histories. The sandbox is
/// what proves the wire; this proves what is made of a venue's answers.
final class FakeVenue: BrokerPlugin {
  let spec = PluginSpec(
    declaration: PluginDeclaration(
      name: "fake", title: "Fake", credentials: [], capabilities: [Capability.stopLossMarket.rawValue]),
    clientOrderIDs: ClientOrderIDRule(rendering: .hex, uniqueness: .open), candleLimit: 720, neededPermissions: [],
    visibilityBound: .seconds(5), orderLifetime: .seconds(15))

  static let symbol = Symbol(base: "BTC", quote: "USD")
  static let instrument = Instrument(
    symbol: symbol, venueID: "BTCUSD", venueBase: "BTC", venueQuote: "USD", status: .online,
    tickSize: fake("0.1"), lotStep: fake("0.00000001"), minimumQuantity: Quantity(fake("0.0001")),
    minimumNotional: Notional(fake("0.5")))

  /// What may become of an order's request.
  enum Fate: CaseIterable {
    case taken, takenReplyLost, lostOnTheWay, late, refused, notSent
  }

  struct Held {
    var order: Order
    var deadline: Timestamp
    /// When the engine takes it; later than the deadline, never.
    var arrives: Timestamp
    var visibleFrom: Timestamp
    var fills: [Fill] = []
    var isTaken = false
  }

  struct State {
    var random: StrategyRandom
    var orders: [Held] = []
    var money = fake("1000")
    var coins = fake("0")
    var fates: [Fate] = [.taken]
    /// Of a hundred questions, so many fail.
    var failingQuestions = 0
    /// Of a hundred cancels, so many fail after they were done, and as many before.
    var failingCancels = 0
    /// Of a hundred orders, so many fill only in part.
    var partial = 0
    var lag = Duration.zero
    var counter = 0
    var placed: [ClientOrderID] = []
    /// Limit orders rest.
    var openLimitOrders: Bool = false
    /// Orders that wait for a price are refused.
    var refusesStops = false
    /// So many reads of the balances are answered, then none.
    var balanceReadsLeft = Int.max
    /// What it lists beside what was traded: reversals and their like.
    var oddFills: [Fill] = []
  }

  let clock: SteppedClock
  let state: Mutex<State>

  init(_ clock: SteppedClock, seed: UInt64) {
    self.clock = clock
    self.state = Mutex(State(random: StrategyRandom(seed: seed)))
  }

  func learn(_ instruments: [Instrument]) {}

  /// Changes what the venue does from here on.
  func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

  private func question<Answer>(_ answer: (inout State) -> Answer) throws(BrokerError) -> Answer {
    let result: Answer? = state.withLock { state in
      settle(&state)
      guard Int.random(in: 0..<100, using: &state.random) >= state.failingQuestions else { return nil }
      return answer(&state)
    }
    guard let result else {
      throw BrokerError(.network, scope: .broker, recovery: .retry(after: .zero), message: "no answer")
    }
    return result
  }

  /// Late requests arrive, or do not.
  private func settle(_ state: inout State) {
    for index in state.orders.indices where !state.orders[index].isTaken && state.orders[index].arrives <= clock.now {
      state.orders[index].isTaken = true
      execute(index, &state)
    }
  }

  private func execute(_ index: Int, _ state: inout State) {
    var held = state.orders[index]
    guard held.arrives <= held.deadline else {
      held.order.status = .unknown
      state.orders[index] = held
      return
    }
    guard case .limit = held.order.kind ?? .market, !state.openLimitOrders else {
      held.order.status = .open
      state.orders[index] = held
      return
    }
    let ordered = held.order.quantity?.value ?? .zero
    let isPartial = Int.random(in: 0..<100, using: &state.random) < state.partial
    let first = isPartial ? half(ordered) : ordered
    fill(&held, first, &state)
    held.order.status = isPartial ? .cancelled : .filled
    state.orders[index] = held
  }

  private func half(_ amount: ExactDecimal) -> ExactDecimal {
    (try? amount.divided(by: fake("2"), places: 8, .down)) ?? .zero
  }

  private func fill(_ held: inout Held, _ amount: ExactDecimal, _ state: inout State) {
    for part in [half(amount), (try? amount - half(amount)) ?? .zero] where part.isPositive {
      state.counter += 1
      let price = fake("100")
      held.fills.append(
        Fill(
          id: "T\(state.counter)", venueOrderID: held.order.venueOrderID, symbol: Self.symbol, side: held.order.side,
          price: Price(price), quantity: Quantity(part), fee: .zero, feeCurrency: "USD", time: clock.now))
      let worth = (try? price * part) ?? .zero
      state.money = (try? held.order.side == .buy ? state.money - worth : state.money + worth) ?? .zero
      state.coins = (try? held.order.side == .buy ? state.coins + part : state.coins - part) ?? .zero
      held.order.filledQuantity = (try? held.order.filledQuantity + Quantity(part)) ?? .zero
    }
  }

  private func shown(_ state: State) -> [Order] {
    state.orders.filter { $0.isTaken && $0.order.status != .unknown && $0.visibleFrom <= clock.now }.map(\.order)
  }

  // MARK: Questions

  func fetchServerTime() async throws(BrokerError) -> Timestamp { try question { _ in clock.now } }
  func fetchInstruments() async throws(BrokerError) -> [Instrument] { [Self.instrument] }
  func fetchTickers() async throws(BrokerError) -> [Ticker] { [] }
  func fetchQuote(_ symbol: Symbol) async throws(BrokerError) -> Quote { Self.quote(at: clock.now) }
  func fetchOrderBook(_ symbol: Symbol, depth: Int) async throws(BrokerError) -> OrderBook {
    OrderBook(symbol: symbol, bids: [], asks: [], asOf: clock.now)
  }
  func fetchCandles(
    _ symbol: Symbol, interval: Duration, limit: Int, marketNow: Timestamp
  ) async throws(BrokerError) -> [Candle] { [] }
  func fetchPermissions() async throws(BrokerError) -> Permissions {
    try question { _ in Permissions(canQuery: true, canTrade: true, canWithdraw: false, accountIdentity: "fake") }
  }
  func fetchBalances() async throws(BrokerError) -> [Balance] {
    let isAnswered = state.withLock { state in
      state.balanceReadsLeft -= 1
      return state.balanceReadsLeft >= 0
    }
    guard isAnswered else {
      throw BrokerError(.network, scope: .broker, recovery: .retry(after: .zero), message: "no balances")
    }
    return try question { state in
      let held = state.orders.filter { $0.order.status == .open && $0.order.side == .sell }.reduce(ExactDecimal.zero) {
        (try? $0 + ($1.order.quantity?.value ?? .zero)) ?? .zero
      }
      return [
        Balance(currency: "USD", total: state.money, held: .zero, available: state.money),
        Balance(currency: "BTC", total: state.coins, held: held, available: (try? state.coins - held) ?? .zero),
      ]
    }
  }
  func fetchFees(_ symbol: Symbol) async throws(BrokerError) -> FeeRates {
    try question { _ in FeeRates(maker: .zero, taker: .zero) }
  }
  func fetchOpenOrders() async throws(BrokerError) -> [Order] {
    try question { state in shown(state).filter { !$0.status.isFinal } }
  }
  func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order] {
    try question { state in shown(state).filter(\.status.isFinal) }
  }
  func fetchOrders(_ reference: OrderReference) async throws(BrokerError) -> [Order] {
    try question { state in
      switch reference {
      case .venue(let id):
        state.orders.filter { $0.order.venueOrderID == id && $0.order.status != .unknown }.map(\.order)
      case .client(let id, _): shown(state).filter { $0.clientOrderID == id }
      }
    }
  }
  func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill] {
    try question { state in (state.orders.flatMap(\.fills) + state.oddFills).filter { $0.time >= since } }
  }
  func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill] {
    try question { state in
      state.orders.filter { $0.order.venueOrderID == order }.flatMap(\.fills)
        + state.oddFills.filter { $0.venueOrderID == order }
    }
  }

  // MARK: What moves money

  func place(_ order: OrderRequest) async throws(BrokerError) -> Acknowledgement {
    let (fate, id) = state.withLock { state in
      settle(&state)
      var fate = state.fates.randomElement(using: &state.random) ?? .taken
      if state.refusesStops, order.kind.trigger != nil { fate = .refused }
      state.placed.append(order.clientOrderID)
      state.counter += 1
      let id = VenueOrderID("O\(state.counter)")
      if [.taken, .takenReplyLost, .late].contains(fate) {
        let delay = fate == .late ? Duration.seconds(Int.random(in: 1...30, using: &state.random)) : .zero
        let arrives = clock.now + delay
        state.orders.append(
          Held(
            order: Order(
              venueOrderID: id, clientOrderID: order.clientOrderID, symbol: order.symbol, side: order.side,
              status: .pending, quantity: order.quantity, filledQuantity: .zero, createdAt: arrives, kind: order.kind),
            deadline: order.deadline, arrives: arrives, visibleFrom: arrives + state.lag))
        settle(&state)
      }
      return (fate, id)
    }
    switch fate {
    case .taken: return Acknowledgement(venueOrderID: id)
    case .refused:
      throw BrokerError(.insufficientFunds, scope: .order, recovery: .never, message: "not enough")
    case .notSent:
      throw BrokerError(.notSent, scope: .order, recovery: .never, message: "not sent")
    case .takenReplyLost, .lostOnTheWay, .late:
      throw BrokerError(
        .network, scope: .broker, recovery: .reconcile(order.clientOrderID), mayHaveExecuted: true,
        message: "no answer")
    }
  }

  func cancel(_ order: VenueOrderID) async throws(BrokerError) -> CancelOutcome {
    let outcome: Result<CancelOutcome, BrokerError> = state.withLock { state in
      let draw = Int.random(in: 0..<200, using: &state.random)
      let lost = BrokerError(
        .network, scope: .broker, recovery: .retry(after: .zero), mayHaveExecuted: true, message: "no answer")
      if draw < state.failingCancels { return .failure(lost) }
      guard let index = state.orders.firstIndex(where: { $0.order.venueOrderID == order && $0.order.status == .open })
      else {
        return .failure(BrokerError(.unknownOrder, scope: .order, recovery: .never, message: "gone"))
      }
      state.orders[index].order.status = .cancelled
      return draw < 2 * state.failingCancels ? .failure(lost) : .success(.cancelled)
    }
    return try outcome.get()
  }

  /// A resting stop fills, in whole or in part, as when the price fell.
  func trigger(_ share: ExactDecimal) {
    state.withLock { state in
      for index in state.orders.indices where state.orders[index].order.status == .open {
        var held = state.orders[index]
        let left = (try? (held.order.quantity ?? .zero) - held.order.filledQuantity) ?? .zero
        let amount = (try? left.value * share) ?? .zero
        let whole = (try? amount.rounded(places: 8, .down)) ?? .zero
        fill(&held, whole, &state)
        if held.order.filledQuantity == held.order.quantity { held.order.status = .filled }
        state.orders[index] = held
      }
    }
  }

  static func quote(at time: Timestamp) -> Quote {
    Quote(symbol: symbol, bid: Price(fake("99.9")), ask: Price(fake("100")), asOf: time)
  }
}

/// The wall, standing still until it is stepped.
final class SteppedClock: ProtocolClock {
  private let time = Mutex(Timestamp(nanoseconds: 1_768_564_800_000_000_000))
  var now: Timestamp { time.withLock { $0 } }
  func step(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

func fake(_ text: String) -> ExactDecimal {
  guard let number = try? ExactDecimal(parsing: text) else { preconditionFailure("\(text) is no decimal") }
  return number
}
