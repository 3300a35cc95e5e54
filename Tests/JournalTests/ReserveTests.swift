import Core
import Foundation
import SQLite
import Testing

@testable import Journal

@Suite struct `Space of a journal` {
  /// A small file system of its own; `nil` where this user may not mount one.
  private func small(_ megabytes: Int) throws -> Scratch? {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    guard geteuid() == 0,
      try Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", scratch.path]) == 0
    else { return nil }
    return scratch
  }

  private static func run(_ tool: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Takes all that is left.
  private func fillUp(_ path: String) throws {
    let file = Foundation.open(path + "/ballast", O_CREAT | O_WRONLY, 0o600)
    defer { close(file) }
    for size in [65_536, 4_096, 1] {
      let bytes = [UInt8](repeating: 1, count: size)
      while write(file, bytes, size) == size {}
    }
  }

  private func leaveOut(_ name: String) { print("left out: `\(name)` (mounting needs rights this user lacks)") }

  /// Entries until they are refused; how many were taken.
  private func enterUntilRefused(_ journal: Journal) throws -> Int {
    for written in 0..<5_000 {
      do throws(JournalError) {
        let id = try journal.nextClientOrderID()
        try journal.recordIntent(request(id, .buy, "1"), purpose: .entry, cause: "until it is full")
      } catch {
        guard case .diskFull = error else { throw error }
        return written
      }
    }
    Issue.record("never refused")
    return 0
  }

  @Test func `on a full disk entries are refused while exits, their events and fills go on`() throws {
    guard let scratch = try small(8) else {
      return leaveOut("on a full disk entries are refused while exits, their events and fills go on")
    }
    defer { _ = try? Self.run("/bin/umount", ["-l", scratch.path]) }
    let path = scratch.path + "/j"
    let journal = try open(path)
    _ = try journal.accepted("BUY", .buy, "1000")
    try journal.recordFill(fill("T", order: "BUY", .buy, "1000"), cause: "test")
    try fillUp(scratch.path)
    let entries = try enterUntilRefused(journal)
    #expect(throws: JournalError.self) { try journal.setMarker("what can wait", "1", cause: "test") }
    var exits = 0
    for number in 0..<15 {
      let id = try journal.nextClientOrderID()
      try journal.recordIntent(request(id, .sell, "2"), purpose: .exit, cause: "stop")
      try journal.recordEvent(
        OrderEvent(id, .accepted, venueOrderID: VenueOrderID("X\(number)")), cause: "venue")
      for part in 1...2 {
        try journal.recordFill(
          fill("X\(number)P\(part)", order: "X\(number)", .sell, "1", after: 10 + number), cause: "venue")
      }
      try journal.recordEvent(OrderEvent(id, .filled, filledQuantity: Quantity(decimal("2"))), cause: "venue")
      exits += 1
    }
    print("disk full: \(entries) entries were still taken, then refused; \(exits) whole exits after that")
    #expect(try journal.positions().map(\.quantity) == [Quantity(decimal("970"))])
    #expect(try JournalVerifier.verify(directory: path, hash: testHash).problems.isEmpty)
    try FileManager.default.removeItem(atPath: scratch.path + "/ballast")
    let id = try journal.nextClientOrderID()
    try journal.recordIntent(request(id), purpose: .entry, cause: "space again")
    #expect(try JournalVerifier.verify(directory: path, hash: testHash).problems.isEmpty)
  }

  @Test func `a worker that starts on a full disk has its reserve still`() throws {
    guard let scratch = try small(8) else {
      return leaveOut("a worker that starts on a full disk has its reserve still")
    }
    defer { _ = try? Self.run("/bin/umount", ["-l", scratch.path]) }
    let path = scratch.path + "/j"
    do { _ = try open(path).accepted("O1", .sell, "1") }
    try fillUp(scratch.path)
    let journal = try open(path)
    _ = try enterUntilRefused(journal)
    let id = try journal.nextClientOrderID()
    try journal.recordIntent(request(id, .sell, "1"), purpose: .exit, cause: "stop")
    #expect(try journal.order(id)?.state == .intended)
  }

  @Test func `no rotation on a full disk, and nothing lost by trying`() throws {
    guard let scratch = try small(8) else {
      return leaveOut("no rotation on a full disk, and nothing lost by trying")
    }
    defer { _ = try? Self.run("/bin/umount", ["-l", scratch.path]) }
    let path = scratch.path + "/j"
    let journal = try open(path)
    for number in 0..<10 { _ = try journal.accepted("O\(number)") }
    try fillUp(scratch.path)
    try journal.rotate()
    #expect(journal.segment == 1)
    #expect(try journal.orders(limit: 100).count == 10)
    let id = try journal.nextClientOrderID()
    try journal.recordIntent(request(id, .sell, "1"), purpose: .exit, cause: "stop")
    try FileManager.default.removeItem(atPath: scratch.path + "/ballast")
    try journal.rotate()
    #expect(journal.segment == 2)
    #expect(try JournalVerifier.verify(directory: path, hash: testHash).problems.isEmpty)
  }

  @Test func `a reader that stays makes the log longer, not the writer wait`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O")
    let reader = try JournalReader.open(directory: scratch.path)
    var rows = try reader.database.query("SELECT seq FROM intents")
    #expect(try rows.next())
    for number in 0..<200 { _ = try journal.accepted("O\(number)") }
    #expect(try journal.orders(limit: 1_000).count == 201)
  }

  @Test func `an order's intent never waits for a copy of the log`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    #expect(try journal.database.pragma("wal_autocheckpoint") == "0")
    for _ in 0..<30 {
      let id = try journal.nextClientOrderID()
      try journal.recordIntent(request(id), purpose: .entry, cause: "test")
    }
    #expect(journal.database.logFrames > 30)
  }
}
