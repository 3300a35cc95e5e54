import Core
import Foundation
import Testing

@testable import Journal
@testable import Trading

/// The venue's lists against the journal: one pass takes everything in, a second finds nothing.
@Suite struct ReconcilerTests {
  private static func seed() -> UInt64 {
    let seed =
      ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("reconciliations: seed \(seed) (set NIJA_SEED to repeat)")
    return seed
  }

  @Test func `one pass converges to the venue's snapshot, and a second emits nothing`() throws {
    var random = StrategyRandom(seed: Self.seed())
    for _ in 0..<10_000 {
      var model = ModelJournal(&random)
      let snapshot = model.venue.snapshot(&random)
      let found = try Reconciler.reconcile(snapshot, model.known)
      #expect(found.contradictions.isEmpty && found.intruders.isEmpty)
      try model.write(found)
      #expect(Set(found.foreign.map(\.venueOrderID)) == model.venue.foreignOpen)
      for order in model.venue.ours where !order.isForeign {
        let life = try #require(model.lives[order.id])
        #expect(life.state == order.state, "\(life) \(order)")
        #expect(life.executions.filled == order.filled)
      }
      let again = try Reconciler.reconcile(snapshot, model.known)
      #expect(again.news.isEmpty && again.foreignFills.isEmpty && again.unowned.isEmpty)
    }
  }

  @Test func `lists that lag behind move nothing back that is known`() throws {
    var random = StrategyRandom(seed: Self.seed())
    for _ in 0..<10_000 {
      var model = ModelJournal(&random)
      try model.write(try Reconciler.reconcile(model.venue.snapshot(&random), model.known))
      let before = model.lives
      let found = try Reconciler.reconcile(model.venue.olderSnapshot(&random), model.known)
      #expect(found.news.isEmpty && found.contradictions.isEmpty && found.intruders.isEmpty)
      try model.write(found)
      #expect(model.lives == before)
    }
  }

  @Test func `an order with an id of our form that the journal never made is another program's`() throws {
    var random = StrategyRandom(seed: Self.seed())
    var model = ModelJournal(&random)
    let stranger = ClientOrderID(journal: "ffffffffffff", sequence: 7)
    var snapshot = model.venue.snapshot(&random)
    snapshot.open.append(VenueSide.order("X1", stranger, .open, ordered: 5, filled: 0, at: 1_000))
    #expect(try Reconciler.reconcile(snapshot, model.known).intruders.map(\.venueOrderID.rawValue) == ["X1"])
    // What ended before the journal began belongs to one before it.
    snapshot.open.removeLast()
    snapshot.closed.append(VenueSide.order("X0", stranger, .cancelled, ordered: 5, filled: 0, at: 1))
    #expect(try Reconciler.reconcile(snapshot, model.known).intruders.isEmpty)
    try model.write(try Reconciler.reconcile(snapshot, model.known))
  }

  @Test func `ids are equal across restarts and differ across journals`() {
    var random = StrategyRandom(seed: Self.seed())
    var seen: [String: String] = [:]
    for _ in 0..<10_000 {
      let journal = String((0..<12).map { _ in "0123456789abcdef".randomElement(using: &random) ?? "0" })
      let sequence = UInt64.random(in: 0..<1 << 48, using: &random)
      let id = ClientOrderID(journal: journal, sequence: sequence)
      #expect(ClientOrderID(journal: journal, sequence: sequence) == id)
      #expect(ClientOrderID(parsing: id.uuidShaped) == id && ClientOrderID(parsing: id.hex) == id)
      #expect(id.journal == journal)
      let key = "\(journal)/\(sequence)"
      #expect(seen[id.hex] ?? key == key)
      seen[id.hex] = key
    }
  }
}

/// The journal's side: lives in a dictionary, some of them older than what the venue knows.
private struct ModelJournal {
  var lives: [ClientOrderID: OrderLife] = [:]
  var owners: [VenueOrderID: ClientOrderID] = [:]
  var fills: Set<String> = []
  let venue: VenueSide

  init(_ random: inout StrategyRandom) {
    venue = VenueSide(&random)
    for order in venue.ours where !order.isForeign {
      guard var life = try? OrderLife(order.request) else { continue }
      // What the journal knows already: any part of the truth.
      var facts: [OrderLife.Fact] = [.submitted]
      if Bool.random(using: &random) { facts.append(.outcomeUnknown(reason: "reply lost")) }
      if Bool.random(using: &random) { facts.append(.acknowledged(order.venueOrderID)) }
      for fill in order.fills where Bool.random(using: &random) { facts.append(.fill(fill)) }
      for fact in facts { _ = try? life.take(fact) }
      for case .fill(let fill) in facts { fills.insert(fill.id) }
      if let id = life.venueOrderID { owners[id] = order.id }
      lives[order.id] = life
    }
  }

  var known: KnownOrders {
    let lives = lives, owners = owners, fills = fills
    return KnownOrders(
      began: Timestamp(nanoseconds: 500_000_000_000), life: { lives[$0] }, owner: { owners[$0] },
      hasFill: { fills.contains($0) })
  }

  mutating func write(_ found: Reconciled) throws {
    for news in found.news {
      for fill in news.fills {
        _ = try lives[news.clientOrderID]?.take(.fill(fill))
        fills.insert(fill.id)
      }
      guard let event = news.event, var life = lives[news.clientOrderID] else { continue }
      if let id = event.venueOrderID { owners[id] = news.clientOrderID }
      // As the journal gives it back: state, names and amounts.
      let record = OrderRecord(
        request: venue.request(news.clientOrderID), purpose: .entry, plan: nil, cause: "test", marketTime: nil,
        intendedAt: Timestamp(nanoseconds: 0), state: event.state, changedAt: Timestamp(nanoseconds: 0),
        venueOrderID: event.venueOrderID ?? life.venueOrderID,
        reportedFilled: event.filledQuantity ?? life.reportedFilled, filled: life.executions.filled,
        reason: event.reason)
      life = try OrderLife(record, fills: venue.fills(of: news.clientOrderID).filter { fills.contains($0.id) })
      lives[news.clientOrderID] = life
    }
    for fill in found.foreignFills + found.unowned { fills.insert(fill.id) }
  }
}

/// The venue's side: orders of ours and of others, at some point of their lives.
private struct VenueSide {
  struct Made {
    let id: ClientOrderID
    let isForeign: Bool
    let venueOrderID: VenueOrderID
    let request: OrderRequest
    let fills: [Fill]
    let filled: Quantity
    let status: Order.Status
    let state: OrderState
    let ordered: Int
    let filledUnits: Int
  }

  let ours: [Made]

  init(_ random: inout StrategyRandom) {
    ours = (0..<Int.random(in: 1...6, using: &random)).map { Self.made($0, &random) }
  }

  private static func made(_ number: Int, _ random: inout StrategyRandom) -> Made {
    let ordered = Int.random(in: 1...1_000, using: &random)
    let id = ClientOrderID(journal: "0123456789ab", sequence: UInt64(number))
    let name = VenueOrderID("O\(number)")
    var left = ordered
    var fills: [Fill] = []
    for part in 0..<Int.random(in: 0...4, using: &random) where left > 0 {
      let units = Int.random(in: 1...left, using: &random)
      fills.append(fill("T\(number)-\(part)", name, units, at: 1_000 + part))
      left -= units
    }
    let filled = ordered - left
    let status: Order.Status
    let state: OrderState
    switch (left, Int.random(in: 0..<3, using: &random)) {
    case (0, _): (status, state) = (.filled, .filled)
    case (_, 0): (status, state) = (.cancelled, .cancelled)
    case (_, 1): (status, state) = (.expired, .expired)
    default: (status, state) = (.open, filled > 0 ? .partiallyFilled : .accepted)
    }
    return Made(
      id: id, isForeign: Int.random(in: 0..<4, using: &random) == 0, venueOrderID: name,
      request: request(id, ordered), fills: fills, filled: Quantity(ExactDecimal(integer: filled)), status: status,
      state: state, ordered: ordered, filledUnits: filled)
  }

  var foreignOpen: Set<VenueOrderID> {
    Set(ours.filter { $0.isForeign && !$0.status.isFinal }.map(\.venueOrderID))
  }

  func request(_ id: ClientOrderID) -> OrderRequest {
    ours.first { $0.id == id }?.request ?? Self.request(id, 1)
  }

  func fills(of id: ClientOrderID) -> [Fill] { ours.first { $0.id == id }?.fills ?? [] }

  func snapshot(_ random: inout StrategyRandom) -> VenueSnapshot {
    let orders = ours.map { made in
      Self.order(
        made.venueOrderID.rawValue, made.isForeign ? nil : made.id, made.status, ordered: made.ordered,
        filled: made.filledUnits, at: 1_000)
    }
    return VenueSnapshot(
      open: orders.filter { !$0.status.isFinal }.shuffled(using: &random),
      closed: orders.filter(\.status.isFinal).shuffled(using: &random),
      fills: ours.flatMap(\.fills).shuffled(using: &random))
  }

  /// As the venue showed it at some time before: orders pending or open that have ended since, less of them filled, some
  /// not there yet.
  func olderSnapshot(_ random: inout StrategyRandom) -> VenueSnapshot {
    var orders: [Order] = []
    var fills: [Fill] = []
    for made in ours where Int.random(in: 0..<5, using: &random) > 0 {
      let known = made.fills.prefix(Int.random(in: 0...made.fills.count, using: &random))
      fills += known
      let filled = known.reduce(ExactDecimal.zero) { (try? $0 + $1.quantity.value) ?? $0 }
      var order = Self.order(
        made.venueOrderID.rawValue, made.isForeign ? nil : made.id, Bool.random(using: &random) ? .pending : .open,
        ordered: made.ordered, filled: 0, at: 1_000)
      order.filledQuantity = Quantity(filled)
      orders.append(order)
    }
    return VenueSnapshot(open: orders.shuffled(using: &random), fills: fills.shuffled(using: &random))
  }

  static func order(
    _ name: String, _ id: ClientOrderID?, _ status: Order.Status, ordered: Int, filled: Int, at seconds: Int64
  ) -> Order {
    Order(
      venueOrderID: VenueOrderID(name), clientOrderID: id, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      status: status, quantity: Quantity(ExactDecimal(integer: ordered)),
      filledQuantity: Quantity(ExactDecimal(integer: filled)),
      createdAt: Timestamp(nanoseconds: seconds * 1_000_000_000))
  }

  private static func request(_ id: ClientOrderID, _ ordered: Int) -> OrderRequest {
    OrderRequest(
      clientOrderID: id, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      quantity: Quantity(ExactDecimal(integer: ordered)), limit: Price(ExactDecimal(integer: 100)),
      timeInForce: .immediateOrCancel, deadline: Timestamp(nanoseconds: 0))
  }

  private static func fill(_ id: String, _ order: VenueOrderID, _ units: Int, at seconds: Int) -> Fill {
    Fill(
      id: id, venueOrderID: order, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      price: Price(ExactDecimal(integer: 100)), quantity: Quantity(ExactDecimal(integer: units)), fee: .zero,
      feeCurrency: "USD", time: Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000))
  }
}
