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
