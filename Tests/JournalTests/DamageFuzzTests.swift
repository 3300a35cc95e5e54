import Core
import Foundation
import SQLite
import Testing

@testable import Journal

/// What a journal's files tell, however they are laid out.
private struct Contents: Equatable {
  var rows: [JournalEntry]
  var orders: [OrderRecord]
  var fills: [FillRecord]

  init(_ path: String) throws {
    let reader = try JournalReader.open(directory: path)
    rows = try reader.entries(limit: 100_000)
    orders = try reader.orders(limit: 100_000)
    fills = try reader.fills(limit: 100_000)
  }
}

/// A seed of its own for each run, printed; `NIJA_SEED` replays one.
private func seeded(_ what: String) -> SeededGenerator {
  let seed = ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
  print("\(what): NIJA_SEED=\(seed)")
  return SeededGenerator(seed: seed)
}

@Suite struct `Damage to a journal` {
  /// One sealed segment, a live one, and rows that are in the log alone, as a killed worker leaves them.
  private func killed() async throws -> Scratch {
    let scratch = try Scratch()
    let path = scratch.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let journal = try open(path)
      try journal.bind(identity: "AA11")
      for number in 0..<8 {
        if number == 3 { try journal.rotate() }
        let id = try journal.accepted("O\(number)")
        try journal.recordFill(fill("T\(number)", order: "O\(number)", after: number), cause: "test")
        try journal.recordEvent(
          OrderEvent(id, .filled, filledQuantity: Quantity(decimal("1"))), cause: "test")
        if number == 5 { _ = try journal.database.copyLog() }
      }
      kill(getpid(), SIGKILL)
    }
    return scratch
  }

  private func copy(_ scratch: Scratch) throws -> Scratch {
    let other = try Scratch()
    try FileManager.default.copyItem(atPath: scratch.path, toPath: other.path)
    return other
  }

  private func flip(_ path: String, at offset: Int, bit: Int) throws {
    chmod(path, 0o600)
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seek(toOffset: UInt64(offset))
    let byte = try #require(try handle.read(upToCount: 1)?.first)
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data([byte ^ (1 << UInt8(bit))]))
    try handle.close()
  }

  /// Opens as a worker does; answers whether it was refused, or what it found.
  private func opened(_ path: String) throws -> (refused: Bool, findings: [String]) {
    do throws(JournalError) {
      let journal = try Journal.open(directory: path, binding: binding, clock: FixedClock(), hash: testHash)
      return (false, journal.findings)
    } catch {
      #expect(!error.nextStep.isEmpty)
      return (true, [])
    }
  }

  /// Rows that were there must be there, or somebody says so.
  private func expectSaidOrHarmless(_ scratch: Scratch, _ whole: Contents, _ what: String) throws {
    let verified = try? scratch.verified()
    if verified?.problems.isEmpty != true { return }
    let (refused, findings) = try opened(scratch.path)
    if refused || !findings.isEmpty { return }
    guard let after = try? scratch.verified(), after.problems.isEmpty else { return }
    let now = try Contents(scratch.path)
    #expect(now.rows.suffix(whole.rows.count) == whole.rows[...], "\(what): rows")
    #expect(now.orders == whole.orders, "\(what): orders")
    #expect(now.fills == whole.fills, "\(what): fills")
  }

  @Test(arguments: [
    "journal.db", "journal.db-wal", "journal-000002.db", "journal-000002.db-wal", "journal-000001.seal", "journal.mark",
  ])
  func `a flipped bit anywhere is told, or every row is as it was`(file: String) async throws {
    let scratch = try await killed()
    let whole = try Contents(scratch.path)
    #expect(whole.orders.count == 8 && whole.fills.count == 8)
    guard let size = try JournalFiles(directory: "").size(scratch.path + "/" + file) else { return }
    var random = seeded("flipped bits in \(file)")
    let used = file.hasSuffix("-wal") ? min(size, 60 * LogSpace.frame) : size
    for _ in 0..<30 {
      let offset = Int.random(in: 0..<used, using: &random), bit = Int.random(in: 0..<8, using: &random)
      let damaged = try copy(scratch)
      try flip(damaged.path + "/" + file, at: offset, bit: bit)
      try expectSaidOrHarmless(damaged, whole, "\(file) byte \(offset) bit \(bit)")
    }
  }

  @Test func `each byte of seal and mark counts`() async throws {
    let scratch = try await killed()
    for offset in 0..<64 {
      let damaged = try copy(scratch)
      try flip(damaged.path + "/journal.mark", at: offset, bit: offset % 8)
      #expect(try !damaged.verified().remarks.isEmpty, "byte \(offset) of the mark")
      #expect(try opened(damaged.path).findings.contains { $0.contains("mark") }, "byte \(offset) of the mark")
    }
    let seal = try #require(try JournalFiles(directory: "").size(scratch.path + "/journal-000001.seal"))
    for offset in stride(from: 0, to: seal, by: 3) {
      let damaged = try copy(scratch)
      try flip(damaged.path + "/journal-000001.seal", at: offset, bit: offset % 7)
      #expect(try !damaged.verified().problems.isEmpty, "byte \(offset) of the seal")
    }
  }

  @Test func `a sealed segment's file cannot change in any byte`() async throws {
    let scratch = try await killed()
    let size = try #require(try JournalFiles(directory: "").size(scratch.path + "/journal.db"))
    var random = seeded("sealed segment")
    for _ in 0..<20 {
      let damaged = try copy(scratch)
      try flip(damaged.path + "/journal.db", at: .random(in: 0..<size, using: &random), bit: 3)
      #expect(try damaged.verified().problems.contains { $0.segment == 1 })
    }
  }

  @Test func `no frame of the log can be damaged without a word`() async throws {
    let scratch = try await killed()
    let whole = try Contents(scratch.path)
    let log = "journal-000002.db-wal"
    let frames = Self.frames(scratch.path + "/" + log)
    #expect(frames > 15)
    var random = seeded("frames")
    for frame in 0..<frames {
      let damaged = try copy(scratch)
      let offset = 32 + frame * LogSpace.frame + Int.random(in: 0..<LogSpace.frame, using: &random)
      try flip(damaged.path + "/" + log, at: offset, bit: 0)
      #expect(try opened(damaged.path).refused, "frame \(frame + 1)")
      #expect(try damaged.verified().problems.count > 0, "frame \(frame + 1)")
      _ = whole
    }
  }

  /// Without any mark only the log itself tells; what it cannot tell is damage within its last commit.
  @Test func `a frame before the last commit is missed even when the mark is gone, as after a power cut`() async throws
  {
    let scratch = try await killed()
    let log = "/journal-000002.db-wal"
    try FileManager.default.removeItem(atPath: scratch.path + "/journal.mark")
    let commits = Self.commits(scratch.path + log)
    let last = try #require(commits.dropLast().last)
    var random = seeded("frames without a mark")
    for frame in 0..<last {
      let damaged = try copy(scratch)
      // Its page: any byte of it; a frame's own header is looked at in the test above.
      let offset = 32 + frame * LogSpace.frame + 24 + Int.random(in: 0..<4_096, using: &random)
      try flip(damaged.path + log, at: offset, bit: 0)
      let before = try Data(contentsOf: URL(filePath: damaged.path + log))
      let error = try #require(throws: JournalError.self, "frame \(frame + 1)") { try open(damaged.path) }
      guard case .damaged(_, let detail) = error else { throw error }
      #expect(detail.contains("frame \(frame + 1) "))
      #expect(try Data(contentsOf: URL(filePath: damaged.path + log)) == before, "nothing is touched")
    }
    let header = try copy(scratch)
    try flip(header.path + log, at: 17, bit: 2)
    #expect(throws: JournalError.self) { try open(header.path) }
  }

  /// Numbers of the frames that end a commit of the log's present generation.
  private static func commits(_ path: String) -> [Int] {
    guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
    return (0..<frames(path)).filter { frame in
      let start = 32 + frame * LogSpace.frame
      return bytes[start + 4..<start + 8].contains { $0 != 0 }
    }.map { $0 + 1 }
  }

  /// Frames of the log's present generation.
  private static func frames(_ path: String) -> Int {
    guard let bytes = FileManager.default.contents(atPath: path) else { return 0 }
    var count = 0
    while 32 + (count + 1) * LogSpace.frame <= bytes.count {
      let start = 32 + count * LogSpace.frame
      guard bytes[start + 8..<start + 16] == bytes[16..<24] else { break }
      count += 1
    }
    return count
  }

  @Test func `a log cut off at any place loses no acknowledged row without a word`() async throws {
    let scratch = try await killed()
    let whole = try Contents(scratch.path)
    let log = "journal-000002.db-wal"
    let length = 32 + Self.frames(scratch.path + "/" + log) * LogSpace.frame
    var random = seeded("cuts")
    let cuts = [0, 1, 31, 32, 33, length - 1] + (0..<20).map { _ in Int.random(in: 0..<length, using: &random) }
    for cut in cuts {
      let damaged = try copy(scratch)
      #expect(truncate(damaged.path + "/" + log, off_t(cut)) == 0)
      #expect(try opened(damaged.path).refused, "cut at \(cut)")
      _ = whole
    }
    let damaged = try copy(scratch)
    #expect(truncate(damaged.path + "/" + log, off_t(length)) == 0)
    #expect(try !opened(damaged.path).refused)
    #expect(try Contents(damaged.path).orders == whole.orders)
  }

  @Test func `a commit that was never acknowledged is left out and said, at every length of it`() async throws {
    let scratch = try await killed()
    let mark = try Data(contentsOf: URL(filePath: scratch.path + "/journal.mark"))
    let log = "/journal-000002.db-wal"
    let before = Self.frames(scratch.path + log)
    let whole = try Contents(scratch.path)
    // One more commit, then the mark of before it: as if the process had ended within it.
    let path = scratch.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let database = try Database(path: path + "/journal-000002.db", access: .readWrite, busyTimeout: .zero)
      database.leaveLogOnClose(true)
      try database.execute("INSERT OR REPLACE INTO counters (name, value) VALUES ('client_ids', 100000)")
      try database.execute("UPDATE notes SET value = 'x' WHERE 0")
      kill(getpid(), SIGKILL)
    }
    try mark.write(to: URL(filePath: scratch.path + "/journal.mark"))
    let after = Self.frames(scratch.path + log)
    #expect(after > before)
    let (start, end) = (32 + before * LogSpace.frame, 32 + after * LogSpace.frame)
    for cut in stride(from: start, to: end, by: 331) {
      let torn = try copy(scratch)
      // What is not written yet is zero in a log that has its length already.
      let handle = try #require(FileHandle(forUpdatingAtPath: torn.path + log))
      try handle.seek(toOffset: UInt64(cut))
      try handle.write(contentsOf: Data(count: end - cut))
      try handle.close()
      let (refused, findings) = try opened(torn.path)
      #expect(!refused, "cut at \(cut)")
      // Of less than a frame's header there is nothing to be seen.
      if cut >= start + 16 { #expect(findings.contains { $0.contains("never acknowledged") }, "cut at \(cut)") }
      #expect(try Contents(torn.path).orders == whole.orders, "cut at \(cut)")
      let notes = try JournalReader.open(directory: torn.path).entries([.notes], limit: 1)
      if !findings.isEmpty { #expect(notes.first?.fields.first?.value == .text("opening")) }
      #expect(try torn.verified().problems.isEmpty)
    }
  }

  @Test func `an older copy of the files is not taken for the journal`() throws {
    let scratch = try Scratch()
    let older: Scratch
    do {
      let journal = try open(scratch.path)
      _ = try journal.accepted("O1")
      _ = try journal.emptyLog()
      older = try copy(scratch)
      _ = try journal.accepted("O2")
    }
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
      try FileManager.default.removeItem(atPath: scratch.path + "/" + name)
    }
    try FileManager.default.copyItem(atPath: older.path + "/journal.db", toPath: scratch.path + "/journal.db")
    for attempt in [{ _ = try open(scratch.path) }, { _ = try JournalReader.open(directory: scratch.path) }] {
      let error = try #require(throws: JournalError.self) { try attempt() }
      guard case .damaged(_, let detail) = error else { throw error }
      #expect(detail.contains("acknowledged"))
    }
  }

  @Test func `files that are all gone are not begun anew`() throws {
    let scratch = try Scratch()
    do { _ = try open(scratch.path).accepted("O1") }
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
      try FileManager.default.removeItem(atPath: scratch.path + "/" + name)
    }
    for attempt in [{ _ = try open(scratch.path) }, { _ = try JournalReader.open(directory: scratch.path) }] {
      let error = try #require(throws: JournalError.self) { try attempt() }
      guard case .damaged = error else { throw error }
    }
  }

  @Test(arguments: [
    ("UPDATE counters SET value = 1 WHERE name = 'client_ids'", "counters"),
    ("INSERT OR REPLACE INTO counters VALUES ('settled_before', 9999)", "counters"),
    ("UPDATE base_positions SET quantity = '9'", "journal-000002.db"),
    ("UPDATE fills SET quantity = '9' WHERE seq < (SELECT seq FROM segments)", "journal-000002.db"),
    ("UPDATE meta SET value = '2020-01-01T00:00:00Z' WHERE key = 'created_at'", "meta"),
    ("DELETE FROM fills WHERE seq = (SELECT max(seq) FROM fills)", "row"),
    ("DROP INDEX fills_by_venue_order; CREATE INDEX fills_by_venue_order ON fills (symbol)", ""),
  ])
  func `what is derived is checked against the rows`(tampering: String, place: String) throws {
    let scratch = try Scratch()
    do {
      let journal = try open(scratch.path, SteppedClock())
      for number in 0..<3 {
        _ = try journal.accepted("O\(number)")
        try journal.recordFill(
          fill("T\(number)", order: "O\(number)", after: number == 0 ? -90_000 : number), cause: "test")
        if number == 1 { try journal.rotate() }
      }
    }
    #expect(try scratch.verified().problems.isEmpty)
    do {
      let database = try Database(
        path: scratch.path + "/journal-000002.db", access: .readWrite, busyTimeout: .seconds(1))
      try database.execute(script: tampering)
    }
    let problems = try scratch.verified().problems
    #expect(place.isEmpty || problems.contains { $0.place.hasPrefix(place) }, "\(problems)")
  }

  @Test func `a child killed at any moment loses nothing it had acknowledged`() async throws {
    var random = seeded("kills")
    for round in 0..<4 {
      let scratch = try Scratch()
      let path = scratch.path
      let microseconds = UInt32.random(in: 0..<60_000, using: &random)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, microseconds = microseconds as UInt32] in
        let journal = try open(path, FixedClock(), rows: 40)
        let killer = Thread {
          usleep(20_000 + microseconds)
          kill(getpid(), SIGKILL)
        }
        killer.start()
        let log = try #require(fopen(path + "/acknowledged", "w"))
        for number in 0..<100_000 {
          let id = try journal.accepted("O\(number)")
          fputs("\(id.hex)\n", log)
          fflush(log)
          if number % 15 == 14 { try journal.rotateIfDue() }
        }
      }
      let written = try String(contentsOfFile: path + "/acknowledged", encoding: .utf8).split(separator: "\n")
      let known = Set(try JournalReader.open(directory: path).orders(limit: 200_000).map(\.request.clientOrderID.hex))
      #expect(written.filter { $0.utf8.count == 32 }.allSatisfy { known.contains(String($0)) }, "round \(round)")
      #expect(known.count - written.count <= 1, "round \(round)")
      #expect(try !opened(path).refused, "round \(round)")
      let verified = try scratch.verified()
      #expect(verified.problems.isEmpty, "round \(round): \(verified.problems)")
    }
  }
}
