internal import Broker
internal import Core
internal import Synchronization

/// An account at the venue, a plugin for one of its keys, and what that plugin sends.
final class TrialAccount: Sendable {
  let trial: Trial
  let wish: AccountWish
  let opened: OpenedAccount
  let plugin: any BrokerPlugin
  let wire: ObservedTransport
  /// Before its first order.
  let began: Timestamp
  private let journal = Trial.digits(12)
  private let sequence = Mutex<UInt64>(0)

  init(
    _ trial: Trial, _ wish: AccountWish, _ opened: OpenedAccount, _ plugin: any BrokerPlugin, _ wire: ObservedTransport
  ) {
    self.trial = trial
    self.wish = wish
    self.opened = opened
    self.plugin = plugin
    self.wire = wire
    self.began = trial.now - .seconds(5)
  }

  var market: Instrument { trial.market }
  var symbol: Symbol { trial.market.symbol }

  // MARK: The venue

  /// What the ledger holds of it.
  func facts() async throws -> AccountFacts { try await trial.venue.facts(of: wish.name) }

  /// Strikes its next call, or those from `first` on.
  func fault(_ text: String, first: Int = 1, count: Int = 1) async throws {
    try await trial.venue.set(VenueFault(text, account: wish.name, first: first, count: count))
  }

  /// Another key of the same account.
  func anotherKey() async throws -> TrialAccount { try await trial.key(of: wish) }

  // MARK: Orders

  /// A name that no order had before.
  func newID() -> ClientOrderID {
    ClientOrderID(
      journal: journal,
      sequence: sequence.withLock { sequence in
        sequence += 1
        return sequence
      })
  }

  /// A price so many per cent above the ask (buy) or the bid (sell), on the tick.
  func price(_ side: Side, percent: Int) throws -> Price {
    let best = side == .buy ? trial.survey.quote.ask.value : trial.survey.quote.bid.value
    let moved = try (best * ExactDecimal(integer: 100 + percent)).divided(
      by: ExactDecimal(integer: 100), places: 20, .nearest)
    return Price(try moved.rounded(toMultipleOf: market.tickSize, .down))
  }

  /// Coins worth so much at a price, on the step and not below the least quantity.
  func quantity(worth: Int, at price: Price) throws -> Quantity {
    let coins = try ExactDecimal(integer: worth).divided(by: price.value, places: 20, .down)
    let least = market.minimumQuantity?.value ?? market.lotStep
    return Quantity(max(try coins.rounded(toMultipleOf: market.lotStep, .down), least))
  }

  /// An order of any kind.
  func order(
    _ side: Side, _ kind: OrderKind, _ amount: OrderAmount, _ timeInForce: TimeInForce, isPostOnly: Bool = false
  ) -> OrderRequest {
    OrderRequest(
      clientOrderID: newID(), symbol: symbol, side: side, amount: amount, kind: kind, timeInForce: timeInForce,
      isPostOnly: isPostOnly, deadline: trial.now + trial.spec.orderLifetime)
  }

  /// A limit order so many per cent from the other side's best price.
  func limit(
    _ side: Side = .buy, percent: Int, worth: Int = 100, _ timeInForce: TimeInForce = .goodTillCancelled
  ) throws -> OrderRequest {
    let price = try price(side, percent: percent)
    return order(side, .limit(price), .base(try quantity(worth: worth, at: price)), timeInForce)
  }

  /// A limit order that rests.
  func resting(_ side: Side = .buy, worth: Int = 100) throws -> OrderRequest {
    try limit(side, percent: side == .buy ? -30 : 30, worth: worth)
  }

  /// A limit order that fills at once.
  func taking(_ side: Side = .buy, worth: Int = 100) throws -> OrderRequest {
    try limit(side, percent: side == .buy ? 5 : -5, worth: worth, .immediateOrCancel)
  }

  /// Places it.
  func place(_ order: OrderRequest) async throws -> VenueOrderID { try await plugin.place(order).venueOrderID }

  /// The one order of that name.
  func only(_ reference: OrderReference) async throws -> Order {
    let found = try await plugin.fetchOrders(reference)
    guard found.count == 1, let order = found.first else {
      throw Mismatch(expected: "one order for \(reference)", seen: "\(found.count)")
    }
    return order
  }

  /// Orders that ended since it began; `nil` where a description has no such list, as it need not when single orders
  /// are found in every state.
  func closedOrders() async throws(BrokerError) -> [Order]? {
    do throws(BrokerError) {
      return try await plugin.fetchClosedOrders(since: began)
    } catch {
      guard trial.venue.isDerived, error.code == .unsupported else { throw error }
      return nil
    }
  }

  /// The order once nothing more can happen to it.
  func final(_ id: VenueOrderID, within bound: Duration = .seconds(15)) async throws -> Order {
    let deadline = ContinuousClock.now + bound
    while true {
      let order = try await only(.venue(id))
      if order.status.isFinal { return order }
      guard ContinuousClock.now < deadline else {
        throw Mismatch(expected: "an end of order \(id)", seen: "still \(order.status.rawValue) after \(bound)")
      }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  /// What it has of a currency; all nothing where the plugin tells none.
  func balance(_ currency: String) async throws -> Balance {
    try await plugin.fetchBalances().first { $0.currency == currency }
      ?? Balance(currency: currency, total: .zero, held: .zero, available: .zero)
  }
}
