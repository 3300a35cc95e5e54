import Core
import Foundation
import Testing

@testable import Journal

@Suite struct `Fills in the journal` {
  @Test func `a fill is recorded once however often it is reported`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let id = try journal.accepted("O1")
    #expect(try journal.recordFill(fill("T1", order: "O1"), cause: "poll"))
    #expect(try !journal.recordFill(fill("T1", order: "O1"), clientOrderID: id, cause: "poll"))
    #expect(try journal.fills(limit: 10).map(\.fill.id) == ["T1"])
    #expect(try journal.order(id)?.filled == Quantity(decimal("1")))
    #expect(try journal.fills(of: id).count == 1)
  }

  @Test func `the same id in other terms is a contradiction`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1")
    try journal.recordFill(fill("T1", order: "O1", price: "100"), cause: "poll")
    let error = try #require(throws: JournalError.self) {
      try journal.recordFill(fill("T1", order: "O1", price: "100.01"), cause: "poll")
    }
    guard case .contradiction = error else { throw error }
    #expect(try journal.fills(limit: 10).map(\.fill.price) == [Price(decimal("100"))])
  }

  @Test func `more than was ordered cannot be filled`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let id = try journal.accepted("O1", .buy, "1")
    try journal.recordFill(fill("T1", order: "O1", .buy, "0.7"), cause: "poll")
    let refused = JournalError.overfill(
      id, ordered: Quantity(decimal("1")), filled: Quantity(decimal("1.1")), fillID: "T2")
    #expect(throws: refused) { try journal.recordFill(fill("T2", order: "O1", .buy, "0.4"), cause: "poll") }
    #expect(try journal.order(id)?.filled == Quantity(decimal("0.7")))
    try journal.recordFill(fill("T3", order: "O1", .buy, "0.3"), cause: "poll")
    #expect(try journal.positions().map(\.quantity) == [Quantity(decimal("1"))])
  }

  @Test func `more than was ordered is found also when the order is told last`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let id = try journal.nextClientOrderID()
    try journal.recordIntent(request(id, .buy, "1"), purpose: .entry, cause: "test")
    try journal.recordFill(fill("T1", order: "O1", .buy, "2"), cause: "poll")
    let error = try #require(throws: JournalError.self) {
      try journal.recordEvent(OrderEvent(id, .accepted, venueOrderID: VenueOrderID("O1")), cause: "late")
    }
    guard case .overfill = error else { throw error }
    #expect(try journal.order(id)?.venueOrderID == nil)
  }

  @Test(arguments: [
    fill("T1", order: "O1", .sell), fill("T1", order: "O1", symbol: Symbol(base: "ETH", quote: "USD")),
    fill("T1", order: "O1", .buy, "0"), fill("T1", order: "O1", .buy, "-1"),
  ])
  func `a fill that is not of its order is refused`(wrong: Fill) throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1", .buy, "1")
    let error = try #require(throws: JournalError.self) { try journal.recordFill(wrong, cause: "poll") }
    guard case .contradiction = error else { throw error }
    #expect(try journal.fills(limit: 10).isEmpty)
  }

  @Test(arguments: [Fill.Kind.reversal, .correction, .synthetic, .sizedInMoney, .other])
  func `what is no trade stands in no book`(kind: Fill.Kind) throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1", .buy, "1")
    var taken = fill("T1", order: "O1", .buy, "0.5")
    taken.kind = kind
    let error = try #require(throws: JournalError.self) { try journal.recordFill(taken, cause: "poll") }
    guard case .contradiction = error else { throw error }
    #expect(try journal.fills(limit: 10).isEmpty)
  }

  @Test func `who rested first may be told later`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1", .buy, "1")
    var told = fill("T1", order: "O1", .buy, "0.5")
    #expect(try journal.recordFill(told, cause: "poll"))
    told.isMaker = true
    #expect(try !journal.recordFill(told, cause: "poll"))
  }

  @Test func `a foreign fill is kept, shown as such, and counts for no position`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    try journal.recordFill(fill("T1", order: "THEIRS"), cause: "poll")
    #expect(try journal.fills(limit: 10).map(\.isForeign) == [true])
    #expect(try journal.positions().isEmpty)
    #expect(try journal.lastFillAt() == nil)
  }

  @Test func `a fill becomes ours when its order is told`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let id = try journal.nextClientOrderID()
    try journal.recordIntent(request(id), purpose: .entry, cause: "test")
    try journal.recordEvent(OrderEvent(id, .outcomeUnknown), cause: "reply lost")
    try journal.recordFill(fill("T1", order: "O1"), cause: "poll")
    #expect(try journal.positions().isEmpty)
    try journal.recordFill(fill("T1", order: "O1"), clientOrderID: id, cause: "matched")
    #expect(try journal.fills(limit: 10).map(\.clientOrderID) == [id])
    #expect(try journal.positions().map(\.quantity) == [Quantity(decimal("1"))])
    #expect(try journal.order(id)?.state == .outcomeUnknown)
    #expect(try journal.order(id)?.venueOrderID == VenueOrderID("O1"))
  }

  @Test func `fills that do not add up are named, and hide no other market`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let ether = Symbol(base: "ETH", quote: "USD")
    _ = try journal.accepted("O1", .sell)
    _ = try journal.accepted("O2", .buy, symbol: ether)
    try journal.recordFill(fill("T1", order: "O1", .sell), cause: "poll")
    try journal.recordFill(fill("T2", order: "O2", symbol: ether), cause: "poll")
    let holdings = try journal.holdings()
    #expect(holdings.positions.map(\.symbol) == [ether])
    #expect(holdings.misfits == [Holdings.Misfit(symbol: bitcoin, fillID: "T1", error: .soldMoreThanHeld)])
    #expect(throws: JournalError.fillDoesNotFit(bitcoin, fillID: "T1", .soldMoreThanHeld)) {
      try journal.positions()
    }
  }
}

@Suite struct `Fills in any order` {
  @Test func `any order and duplication of reports gives the positions of the venue's order`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("fills in any order: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for round in 0..<60 {
      let history = History(&random)
      let scratch = try Scratch()
      let journal = try open(scratch.path)
      for order in history.orders { try journal.recordIntent(order, purpose: .entry, cause: "test") }
      var reports = history.reports + history.reports.filter { _ in Bool.random(using: &random) }
      reports.shuffle(using: &random)
      try journal.transaction { () throws(JournalError) in
        for report in reports { try report.record(in: journal) }
      }
      #expect(try journal.positions() == history.positions, "seed \(seed) round \(round)")
      #expect(try journal.fills(limit: 1_000).count == history.fills.count, "seed \(seed) round \(round)")
      #expect(try JournalReader.open(directory: scratch.path).positions() == history.positions, "seed \(seed)")
    }
  }

  /// What reaches the journal, in some order.
  private enum Report {
    case event(OrderEvent)
    case fill(Fill, ClientOrderID?)

    func record(in journal: Journal) throws(JournalError) {
      switch self {
      case .event(let event): try journal.recordEvent(event, cause: "test")
      case .fill(let fill, let owner): try journal.recordFill(fill, clientOrderID: owner, cause: "test")
      }
    }
  }

  /// A venue's history of orders that are all ours, and what it adds up to.
  private struct History {
    var orders: [OrderRequest] = []
    var fills: [Fill] = []
    var reports: [Report] = []
    var positions: [Position] = []

    init(_ random: inout SeededGenerator) {
      var held = [bitcoin: Position(symbol: bitcoin), ether: Position(symbol: ether)]
      for number in 1...Int.random(in: 1...8, using: &random) {
        let symbol = Bool.random(using: &random) ? bitcoin : ether
        guard var position = held[symbol] else { continue }
        let canSell = position.isOpen && Bool.random(using: &random)
        let quantity =
          canSell ? position.quantity : Quantity(decimal("0.\(Int.random(in: 1...99_999_999, using: &random))"))
        let id = ClientOrderID(journal: "0123456789ab", sequence: UInt64(number))
        let order = request(id, canSell ? .sell : .buy, quantity.description, symbol: symbol)
        add(order, "O\(number)", &position, &random)
        held[symbol] = position
      }
      positions = held.values.filter { position in fills.contains { $0.symbol == position.symbol } }
        .sorted { $0.symbol < $1.symbol }
    }

    private let ether = Symbol(base: "ETH", quote: "USD")

    private mutating func add(
      _ order: OrderRequest, _ venueID: String, _ position: inout Position, _ random: inout SeededGenerator
    ) {
      orders.append(order)
      let event = OrderEvent(order.clientOrderID, .accepted, venueOrderID: VenueOrderID(venueID))
      reports.append(.event(event))
      var rest = order.quantity?.value ?? .zero
      while rest.isPositive {
        let half = (try? rest.divided(by: decimal("2"), places: 8, .down)) ?? .zero
        let part = half.isPositive && Bool.random(using: &random) ? half : rest
        rest = (try? rest - part) ?? .zero
        let execution = fill(
          "T\(fills.count)", order: venueID, order.side, part.description,
          price: "\(Int.random(in: 1...90_000, using: &random)).25", fee: "0.0\(Int.random(in: 1...9, using: &random))",
          symbol: order.symbol, after: fills.count)
        fills.append(execution)
        let owner = Bool.random(using: &random) ? order.clientOrderID : nil
        reports.append(.fill(execution, owner))
        do { try position.apply(execution) } catch { Issue.record("the history itself is wrong: \(error)") }
      }
    }
  }
}
