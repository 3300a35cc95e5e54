import Core
import Foundation
import SQLite
import Synchronization
import Testing

@testable import Journal

/// A clock that tests move.
final class SteppedClock: ProtocolClock {
  private let time = Mutex(FixedClock().now)
  var now: Timestamp { time.withLock { $0 } }
  func step(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

extension Scratch {
  func verified() throws -> Verification { try JournalVerifier.verify(directory: path, hash: testHash) }
}

func open(_ directory: String, _ clock: any ProtocolClock, rows: Int64 = .max) throws -> Journal {
  try Journal.open(
    directory: directory, binding: binding, clock: clock, hash: testHash,
    limits: SegmentLimits(rows: rows, bytes: .max))
}

@Suite struct `Segments of a journal` {
  /// Orders bought, and half of each sold again, an hour apart; the last of each round stays open.
  private func trade(_ journal: Journal, _ clock: SteppedClock, round: Int, count: Int = 6) throws {
    for number in 0..<count {
      let name = "R\(round)N\(number)"
      let offset = (clock.now - FixedClock().now).components.seconds
      let bought = try journal.accepted("B" + name, .buy, "2")
      try journal.recordFill(fill("TB" + name, order: "B" + name, .buy, "2", after: Int(offset)), cause: "t")
      try journal.recordEvent(
        OrderEvent(bought, .filled, filledQuantity: Quantity(decimal("2"))), cause: "t")
      let sold = try journal.accepted("S" + name, .sell, "1")
      try journal.recordFill(fill("TS" + name, order: "S" + name, .sell, "1", after: Int(offset) + 1), cause: "t")
      guard number < count - 1 else { break }
      try journal.recordEvent(OrderEvent(sold, .filled, filledQuantity: Quantity(decimal("1"))), cause: "t")
      clock.step(.seconds(3_600))
    }
    try journal.recordBalances(
      [Balance(currency: "USD", total: decimal("\(round)"), held: .zero, available: .zero)], cause: "t")
    try journal.setMarker("cursor", "\(round)", cause: "t")
    clock.step(.seconds(7_200))
  }

  @Test func `a reader sees through them as if there were one`() throws {
    let (scratch, whole) = (try Scratch(), try Scratch())
    let (clock, other) = (SteppedClock(), SteppedClock())
    let split = try open(scratch.path, clock), single = try open(whole.path, other)
    for round in 0..<4 {
      try trade(split, clock, round: round)
      try trade(single, other, round: round)
      if round < 3 { try split.rotate() }
    }
    #expect(split.segment == 4)
    #expect(
      try scratch.files().filter { $0.hasSuffix(".seal") }.sorted()
        == (1...3).map { "journal-00000\($0).seal" })
    let reader = try JournalReader.open(directory: scratch.path)
    let reference = try JournalReader.open(directory: whole.path)
    func shape(_ order: OrderRecord) -> [String] {
      [order.venueOrderID?.rawValue ?? "", order.state.rawValue, "\(order.filled)", "\(order.intendedAt)"]
    }
    for limit in [1, 7, 20, 1_000] {
      #expect(try reader.orders(limit: limit).map(shape) == reference.orders(limit: limit).map(shape))
      #expect(try reader.fills(limit: limit).map(\.fill) == reference.fills(limit: limit).map(\.fill))
    }
    #expect(try reader.positions() == reference.positions())
    #expect(try split.positions() == reference.positions())
    #expect(try reader.placedCount() == reference.placedCount())
    #expect(try split.openOrUnknownOrders().map(shape) == reference.openOrUnknownOrders().map(shape))
    #expect(try split.marker("cursor")?.value == "3")
    #expect(try split.latestBalances() == reference.latestBalances())
    let rows = try reader.entries(limit: 10_000)
    #expect(rows.map(\.sequence) == (1...Int64(rows.count)).reversed())
    #expect(rows.count == (try reference.entries(limit: 10_000)).count + 3)
    #expect(try scratch.verified() == Verification(segments: scratch.verified().segments))
    #expect(try scratch.verified().rows == Int64(rows.count))
  }

  @Test func `what is sealed is still known: no execution and no id twice`() throws {
    let scratch = try Scratch()
    let clock = SteppedClock()
    let journal = try open(scratch.path, clock)
    try trade(journal, clock, round: 0)
    let old = try #require(try journal.orders(limit: 100).last)
    clock.step(.seconds(100_000))
    try journal.rotate()
    #expect(try journal.ownOrder(old.request.clientOrderID) == nil)
    #expect(throws: JournalError.alreadyIntended(old.request.clientOrderID)) {
      try journal.recordIntent(old.request, purpose: .entry, cause: "again")
    }
    #expect(try journal.clientOrderID(of: VenueOrderID("BR0N0")) == old.request.clientOrderID)
    #expect(try journal.clientOrderID(of: VenueOrderID("THEIRS")) == nil)
    #expect(try !journal.recordFill(fill("TBR0N0", order: "BR0N0", .buy, "2"), cause: "told again"))
    let error = try #require(throws: JournalError.self) {
      try journal.recordFill(fill("TBR0N0", order: "BR0N0", .buy, "3"), cause: "in other terms")
    }
    guard case .contradiction = error else { throw error }
    #expect(throws: JournalError.self) {
      try journal.recordFill(fill("NEW", order: "BR0N0", .buy, "0.1"), cause: "more than was ordered")
    }
    #expect(try scratch.verified().problems.isEmpty)
  }

  @Test func `a fill from before the seal still takes its place in the position`() throws {
    let (scratch, whole) = (try Scratch(), try Scratch())
    var results: [[Position]] = []
    for (folder, splits) in [(scratch, true), (whole, false)] {
      let clock = SteppedClock()
      let journal = try open(folder.path, clock)
      let id = try journal.accepted("LATE", .buy, "5")
      try journal.recordEvent(OrderEvent(id, .cancelled), cause: "t")
      try trade(journal, clock, round: 0)
      clock.step(.seconds(100_000))
      if splits { try journal.rotate() }
      try trade(journal, clock, round: 1)
      try journal.recordFill(fill("L1", order: "LATE", .buy, "3", price: "7"), cause: "late")
      results.append(try journal.positions())
      try journal.rotate()
      #expect(try journal.positions() == results.last)
      #expect(try folder.verified().problems.isEmpty)
    }
    #expect(results[0] == results[1])
  }

  @Test(arguments: RotationStep.allCases, [0, 1])
  func `a crash at any step of a rotation is finished or undone`(step: RotationStep, earlier: Int) async throws {
    let scratch = try Scratch()
    let path = scratch.path
    let index = try #require(RotationStep.allCases.firstIndex(of: step))
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, index = index as Int, earlier = earlier as Int] in
      let journal = try open(path)
      for round in 0...earlier {
        for number in 0..<5 { _ = try journal.accepted("R\(round)O\(number)") }
        if round == earlier {
          journal.rotationStep = { if $0 == RotationStep.allCases[index] { kill(getpid(), SIGKILL) } }
        }
        try journal.rotate()
      }
    }
    let count = 5 * (earlier + 1)
    #expect(try JournalReader.open(directory: path).orders(limit: 100).count == count, "as a reader finds it")
    let isSealed = index >= RotationStep.allCases.firstIndex(of: .nextNamed) ?? 0
    do {
      let journal = try open(path)
      #expect(journal.segment == earlier + (isSealed ? 2 : 1))
      _ = try journal.accepted("AFTER")
      #expect(try journal.openOrUnknownOrders().count == count + 1)
    }
    let files = try scratch.files()
    #expect(!files.contains { $0.contains(".new") })
    #expect(files.filter { $0.hasSuffix(".seal") }.count == earlier + (isSealed ? 1 : 0))
    let verified = try scratch.verified()
    #expect(verified.problems.isEmpty, "\(verified.problems)")
  }

  @Test func `a segment ends by itself when it is long enough`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path, FixedClock(), rows: 20)
    let now = FixedClock().now
    for number in 1...50 {
      try journal.recordCycle(
        CycleRecord(
          number: number, startedAt: now, finishedAt: now, marketTime: now, markets: 1, signals: 0, orders: 0,
          rejected: "{}", equity: nil, failure: nil), cause: "timer")
    }
    #expect(journal.segment == 3)
    #expect(try journal.lastCycleNumber() == 50)
    #expect(try JournalReader.open(directory: scratch.path).cycles(limit: 100).map(\.number) == (1...50).reversed())
    #expect(try scratch.verified().problems.isEmpty)
  }

  @Test func `a reader in the way puts a rotation off`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1")
    let reader = try JournalReader.open(directory: scratch.path)
    do {
      var rows = try reader.database.query("SELECT seq FROM intents")
      #expect(try rows.next())
      try journal.rotate()
      #expect(journal.segment == 1)
    }
    try journal.rotate()
    #expect(journal.segment == 2)
    #expect(try reader.orders(limit: 5).count == 1, "what it had open it can read on")
  }

  @Test func `a segment may be moved away when its seal stays`() throws {
    let scratch = try Scratch()
    let clock = SteppedClock()
    do {
      let journal = try open(scratch.path, clock)
      try trade(journal, clock, round: 0)
      clock.step(.seconds(100_000))
      try journal.rotate()
      try trade(journal, clock, round: 1)
      try journal.rotate()
    }
    let positions = try JournalReader.open(directory: scratch.path).positions()
    try FileManager.default.removeItem(atPath: scratch.path + "/journal.db")
    #expect(try JournalReader.open(directory: scratch.path).positions() == positions)
    let verified = try scratch.verified()
    #expect(verified.problems.isEmpty && verified.segments.map(\.isAway) == [true, false, false])
    let journal = try open(scratch.path, clock)
    let error = try #require(throws: JournalError.self) {
      try journal.recordFill(fill("OLD", order: "BR0N0", .buy, "1"), cause: "nobody knows whether it is there")
    }
    guard case .movedAway(segment: 1, _) = error else { throw error }
    try trade(journal, clock, round: 2)
  }

  @Test(arguments: ["journal-000002.db", "journal-000002.seal", "both"])
  func `a segment missing from the middle is named`(gone: String) throws {
    let scratch = try Scratch()
    do {
      let journal = try open(scratch.path)
      for round in 0..<3 {
        _ = try journal.accepted("O\(round)")
        try journal.rotate()
      }
    }
    for name in gone == "both" ? ["journal-000002.db", "journal-000002.seal"] : [gone] {
      try FileManager.default.removeItem(atPath: scratch.path + "/" + name)
    }
    guard gone != "journal-000002.db" else { return #expect(try scratch.verified().segments[1].isAway) }
    let error = try #require(throws: JournalError.self) { try open(scratch.path) }
    guard case .damaged("journal-000002.db", _) = error else { throw error }
    #expect(try scratch.verified().problems.contains { $0.detail.contains("seal") })
  }
}
