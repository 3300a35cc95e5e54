import Core
import Foundation
import Testing

@testable import Journal

@Suite struct `Orders in the journal` {
  @Test func `an intent comes back as it was written`() throws {
    let scratch = try Scratch()
    let market = Timestamp(nanoseconds: 1_700_000_000_123_456_789)
    let written: OrderRequest
    do {
      let journal = try open(scratch.path)
      var order = request(try journal.nextClientOrderID(), .sell, "0.00012345", limit: "64123.1")
      order.timeInForce = .goodTillDate(market)
      written = order
      try journal.recordIntent(
        order, purpose: .protectiveStop, plan: #"{"stop":"1"}"#, cause: "stop_placed", marketTime: market)
    }
    let order = try #require(try open(scratch.path).orders(limit: 10).first)
    #expect(order.request == written)
    #expect(order.purpose == .protectiveStop)
    #expect(order.plan == #"{"stop":"1"}"#)
    #expect(order.cause == "stop_placed")
    #expect(order.marketTime == market)
    #expect(order.state == .intended)
    #expect(order.filled == .zero)
  }

  @Test func `what one event tells the next need not repeat`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let id = try journal.accepted("OABC")
    try journal.recordEvent(
      OrderEvent(id, .cancelled, filledQuantity: .zero, reason: "IOC order expired"), cause: "poll")
    let order = try #require(try journal.order(id))
    #expect(order.state == .cancelled)
    #expect(order.venueOrderID == VenueOrderID("OABC"))
    #expect(order.reportedFilled == .zero)
    #expect(order.reason == "IOC order expired")
    #expect(try journal.clientOrderID(of: VenueOrderID("OABC")) == id)
  }

  @Test(arguments: OrderState.allCases)
  func `an order is open until its end is known`(state: OrderState) throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let id = try journal.accepted("O1")
    try journal.recordEvent(OrderEvent(id, state), cause: "test")
    #expect(try journal.openOrUnknownOrders().map(\.request.clientOrderID) == (state.isFinal ? [] : [id]))
    #expect(try journal.placedCount() == (state == .denied ? 0 : 1))
  }

  @Test func `an order is intended once`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let order = request(try journal.nextClientOrderID())
    try journal.recordIntent(order, purpose: .entry, cause: "a")
    #expect(throws: JournalError.alreadyIntended(order.clientOrderID)) {
      try journal.recordIntent(order, purpose: .entry, cause: "b")
    }
    #expect(try journal.orders(limit: 10).count == 1)
  }

  @Test func `nothing happens to an order without an intent`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let id = try journal.nextClientOrderID()
    #expect(throws: JournalError.withoutIntent(id)) {
      try journal.recordEvent(OrderEvent(id, .accepted), cause: "test")
    }
  }

  @Test func `a venue's order belongs to one order of ours`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1")
    let error = try #require(throws: JournalError.self) { try journal.accepted("O1") }
    guard case .contradiction = error else { throw error }
  }

  @Test func `the newest order is listed first and the limit holds`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let ids = try (0..<5).map { try journal.accepted("O\($0)") }
    #expect(try journal.orders(limit: 3).map(\.request.clientOrderID) == ids.suffix(3).reversed())
  }

  @Test func `an intent survives the writer's kill, an unfinished commit does not`() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let journal = try open(path)
      let id = try journal.nextClientOrderID()
      try journal.recordIntent(request(id), purpose: .entry, cause: "kill test")
      try journal.transaction { () throws(JournalError) in
        try journal.recordEvent(OrderEvent(id, .accepted, venueOrderID: VenueOrderID("O1")), cause: "never seen")
        kill(getpid(), SIGKILL)
      }
    }
    // First as `nija-host orders` sees it while nobody has opened it again, then as the next worker does.
    let seen = try JournalReader.open(directory: path).orders(limit: 10)
    #expect(seen.map(\.state) == [.intended])
    let journal = try open(path)
    #expect(try journal.openOrUnknownOrders() == seen)
    #expect(try journal.nextClientOrderID() != seen.first?.request.clientOrderID)
    #expect(try journal.verifyChain(hash: testHash) == 2)
  }
}

@Suite struct `Transactions of the journal` {
  @Test func `what fails inside takes back only its part`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    try journal.transaction { () throws(JournalError) in
      try journal.setMarker("a", "1", cause: "kept")
      _ = try? journal.transaction { () throws(JournalError) in
        try journal.setMarker("b", "2", cause: "taken back")
        throw .missing(path: "on purpose")
      }
      try journal.setMarker("c", "3", cause: "kept")
    }
    #expect(try Set(journal.markers().keys) == ["a", "c"])
    #expect(try journal.verifyChain(hash: testHash) == 3)
  }

  @Test func `what fails outside takes back all`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    try journal.setMarker("a", "1", cause: "kept")
    _ = try? journal.transaction { () throws(JournalError) in
      try journal.setMarker("a", "2", cause: "taken back")
      throw .missing(path: "on purpose")
    }
    try journal.setMarker("b", "1", cause: "kept")
    #expect(try journal.marker("a")?.value == "1")
    #expect(try journal.verifyChain(hash: testHash) == 3)
  }

  @Test func `notes hold the latest value, and none after it was cleared`() throws {
    let scratch = try Scratch()
    do {
      let journal = try open(scratch.path)
      try journal.savePlan(symbol: bitcoin, json: "{}", cause: "entry")
      try journal.savePlan(symbol: bitcoin, json: #"{"stop":"9"}"#, cause: "trail")
      try journal.setMarker("cursor", "17", cause: "fills")
      try journal.setMarker("cursor", nil, cause: "fills")
    }
    let journal = try open(scratch.path)
    #expect(try journal.plan(symbol: bitcoin)?.value == #"{"stop":"9"}"#)
    #expect(try journal.plans().mapValues(\.value) == ["BTC/USD": #"{"stop":"9"}"#])
    #expect(try journal.marker("cursor") == nil)
    #expect(try journal.markers().isEmpty)
  }

  @Test func `a cycle comes back as it was written, and what is not known stays unknown`() throws {
    let scratch = try Scratch()
    let now = FixedClock().now
    let good = CycleRecord(
      number: 1, startedAt: now, finishedAt: now + .milliseconds(3), marketTime: now + .seconds(60), markets: 50,
      signals: 2, orders: 1, rejected: #"{"adx_below_floor":33}"#, equity: decimal("1000.0001"), failure: nil)
    var bad = good
    bad.number = 2
    bad.equity = nil
    bad.failure = "venue unreachable"
    do {
      let journal = try open(scratch.path)
      #expect(try journal.lastCycleNumber() == 0)
      try journal.recordCycle(good, cause: "timer")
      try journal.recordCycle(bad, cause: "timer")
    }
    let journal = try open(scratch.path)
    #expect(try journal.cycles(limit: 5) == [bad, good])
    #expect(try journal.lastCycleNumber() == 2)
  }
}
