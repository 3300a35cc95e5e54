import Core
import Foundation
import Testing

@testable import Journal
@testable import Trading

/// Whatever order and number reports come in, an order ends in one state, and never holds more than was ordered.
@Suite struct OrderLifeTests {
  private static let histories = 10_000

  /// The seed of this run: `NIJA_SEED` plays one again.
  private static func seed() -> UInt64 {
    let seed =
      ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("order lives: seed \(seed) (set NIJA_SEED to repeat)")
    return seed
  }

  @Test func `reports in any order and number end in one state, and what is filled is the sum of unique trades`() throws
  {
    var random = StrategyRandom(seed: Self.seed())
    for _ in 0..<Self.histories {
      let history = MadeHistory(&random)
      let straight = try history.life(history.facts)
      let mixed = try history.life(history.shuffledWithRepetitions(&random))
      #expect(straight == mixed)
      #expect(mixed.state == history.finalState)
      #expect(mixed.executions.filled == history.filled)
    }
  }

  @Test func `no fact moves an order back, and every move is in the table`() throws {
    var random = StrategyRandom(seed: Self.seed())
    for _ in 0..<Self.histories {
      let history = MadeHistory(&random)
      var life = try OrderLife(history.request)
      var filled = Quantity.zero
      for fact in history.shuffledWithRepetitions(&random) {
        let before = life.state
        let event = try life.take(fact)
        #expect(before == life.state || before.successors.contains(life.state), "\(before) -> \(life.state)")
        #expect(event != nil || before == life.state)
        #expect(life.executions.filled >= filled)
        filled = life.executions.filled
      }
      // Once final, the same facts again change nothing.
      let final = life
      for fact in history.facts { #expect(try life.take(fact) == nil) }
      #expect(life == final)
    }
  }

  @Test func `a pending or open report never moves a final order back`() throws {
    var random = StrategyRandom(seed: Self.seed())
    var shown = 0
    while shown < Self.histories {
      let history = MadeHistory(&random)
      var life = try history.life(history.facts)
      // One that never got a name is not reported.
      guard let id = life.venueOrderID else { continue }
      shown += 1
      for status in [Order.Status.pending, .open, .unknown] {
        // As old as it likes: nothing filled yet, some of it, or all.
        let filled = Bool.random(using: &random) ? history.filled : history.fills.first?.quantity
        for seen in [Quantity.zero, filled].compactMap({ $0 }) {
          #expect(try life.take(.report(history.report(id, status, filled: seen))) == nil)
          #expect(life.state == history.finalState)
        }
      }
    }
  }

  @Test func `what the journal holds of an order makes the same life again`() throws {
    var random = StrategyRandom(seed: Self.seed())
    for _ in 0..<Self.histories {
      let history = MadeHistory(&random)
      let life = try history.life(history.facts)
      let record = history.record(of: life)
      var again = try OrderLife(record, fills: history.fills)
      #expect(again.state == life.state && again.executions == life.executions)
      for fact in history.facts { _ = try again.take(fact) }
      #expect(again.state == life.state && again.executions == life.executions)
    }
  }

  @Test func `more than was ordered cannot be taken in, and nothing of the refused fact stays`() throws {
    var random = StrategyRandom(seed: Self.seed())
    var shown = 0
    while shown < Self.histories {
      let history = MadeHistory(&random)
      var life = try history.life(history.facts)
      guard let id = life.venueOrderID else { continue }
      shown += 1
      let before = life
      let excess = try life.executions.ordered - life.executions.filled + Quantity(ExactDecimal(integer: 1))
      #expect(throws: OrderContradiction.self) { try life.take(.fill(history.fill("more", id, excess))) }
      #expect(throws: OrderContradiction.self) {
        try life.take(.report(history.report(VenueOrderID("another"), .open, filled: .zero)))
      }
      #expect(life == before)
    }
  }

  @Test func `what is no trade is a contradiction, not an execution`() throws {
    var random = StrategyRandom(seed: 1)
    let history = MadeHistory(&random)
    var life = try OrderLife(history.request)
    _ = try life.take(.acknowledged(VenueOrderID("O1")))
    let before = life
    var reversal = history.fill("T9", VenueOrderID("O1"), Quantity(ExactDecimal(integer: 1)))
    reversal.kind = .reversal
    #expect(throws: OrderContradiction.notATrade(id: "T9", .reversal)) { try life.take(.fill(reversal)) }
    #expect(life == before)
  }

  @Test func `an order proven absent that the venue then has alive is a contradiction, not a move`() throws {
    var random = StrategyRandom(seed: 1)
    let history = MadeHistory(&random)
    var life = try OrderLife(history.request)
    _ = try life.take(.outcomeUnknown(reason: "no answer"))
    #expect(life.state == .outcomeUnknown)
    _ = try life.take(.neverArrived(reason: "absent everywhere"))
    #expect(life.state == .rejected)
    let alive = history.report(VenueOrderID("O1"), .open, filled: .zero)
    #expect(throws: OrderContradiction.cameBack(VenueOrderID("O1"))) { try life.take(.report(alive)) }
    #expect(life.state == .rejected)
  }
}

/// One order's whole life at a venue, as facts.
private struct MadeHistory {
  let request: OrderRequest
  let fills: [Fill]
  let facts: [OrderLife.Fact]
  let finalState: OrderState
  let filled: Quantity

  init(_ random: inout StrategyRandom) {
    let units = Int64.random(in: 1...1_000_000, using: &random)
    request = OrderRequest(
      clientOrderID: ClientOrderID(journal: "0123456789ab", sequence: .random(in: 1...1 << 40, using: &random)),
      symbol: Symbol(base: "BTC", quote: "USD"), side: .buy, quantity: Self.quantity(units),
      limit: Price(ExactDecimal(integer: 100)), timeInForce: .immediateOrCancel,
      deadline: Timestamp(nanoseconds: 1_000_000_000))
    let id = VenueOrderID("O\(UInt32.random(in: 0 ... .max, using: &random))")
    var left = units
    var parts: [Int64] = []
    var made: [Fill] = []
    for number in 0..<Int.random(in: 0...5, using: &random) where left > 0 {
      let part = number == 4 ? left : Int64.random(in: 1...left, using: &random)
      parts.append(part)
      made.append(Self.fill("T\(number)", id, Self.quantity(part)))
      left -= part
    }
    fills = made
    filled = Self.quantity(units - left)
    var facts: [OrderLife.Fact] = [.submitted]
    switch Int.random(in: 0..<10, using: &random) {
    case 0 where made.isEmpty:
      facts.append(.refused(reason: "insufficient funds"))
      finalState = .rejected
    case 1 where made.isEmpty:
      facts += [.outcomeUnknown(reason: "reply lost"), .neverArrived(reason: "absent")]
      finalState = .rejected
    default:
      facts.append(Bool.random(using: &random) ? .acknowledged(id) : .outcomeUnknown(reason: "reply lost"))
      let ends: [(Order.Status, OrderState)] = [
        (.cancelled, .cancelled), (.expired, .expired), (.cancelled, .cancelled),
      ]
      let end = ends[Int.random(in: 0..<ends.count, using: &random)]
      finalState = left == 0 ? .filled : end.1
      var sum: Int64 = 0
      for (fill, part) in zip(made, parts) {
        facts.append(.fill(fill))
        sum += part
        facts.append(.report(Self.report(request, id, .open, filled: Self.quantity(sum))))
      }
      facts.append(.report(Self.report(request, id, left == 0 ? .filled : end.0, filled: Self.quantity(units - left))))
    }
    self.facts = facts
  }

  /// Every fact at least once, in any order.
  func shuffledWithRepetitions(_ random: inout StrategyRandom) -> [OrderLife.Fact] {
    var list = facts
    for _ in 0..<Int.random(in: 0...facts.count, using: &random) {
      if let fact = facts.randomElement(using: &random) { list.append(fact) }
    }
    return list.shuffled(using: &random)
  }

  func life(_ facts: [OrderLife.Fact]) throws -> OrderLife {
    var life = try OrderLife(request)
    for fact in facts { _ = try life.take(fact) }
    return life
  }

  func record(of life: OrderLife) -> OrderRecord {
    OrderRecord(
      request: request, purpose: .entry, plan: nil, cause: "test", marketTime: nil,
      intendedAt: request.deadline, state: life.state, changedAt: request.deadline, venueOrderID: life.venueOrderID,
      reportedFilled: life.reportedFilled, filled: life.executions.filled, reason: life.reason)
  }

  func report(_ id: VenueOrderID, _ status: Order.Status, filled: Quantity) -> Order {
    Self.report(request, id, status, filled: filled)
  }

  func fill(_ id: String, _ order: VenueOrderID, _ quantity: Quantity) -> Fill { Self.fill(id, order, quantity) }

  private static func quantity(_ units: Int64) -> Quantity { Quantity(ExactDecimal(integer: Int(units))) }

  private static func report(
    _ request: OrderRequest, _ id: VenueOrderID, _ status: Order.Status, filled: Quantity
  ) -> Order {
    Order(
      venueOrderID: id, clientOrderID: request.clientOrderID, symbol: request.symbol, side: request.side,
      status: status, quantity: request.quantity, filledQuantity: filled)
  }

  private static func fill(_ id: String, _ order: VenueOrderID, _ quantity: Quantity) -> Fill {
    Fill(
      id: id, venueOrderID: order, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy,
      price: Price(ExactDecimal(integer: 100)), quantity: quantity, fee: .zero, feeCurrency: "USD",
      time: Timestamp(nanoseconds: 5))
  }
}
