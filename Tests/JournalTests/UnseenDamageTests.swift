import Core
import Foundation
import SQLite
import Testing

@testable import Journal

/// Damage that SQLite itself takes for what was written: a worker must not trade on it.
@Suite struct `Damage that SQLite does not see` {
  /// What refused the opening of a worker.
  private func refusal(_ path: String, _ comment: Comment? = nil) throws -> JournalError {
    let error = try #require(throws: JournalError.self, comment) { try open(path) }
    #expect(error.endsTrading && !error.mayPass && !error.nextStep.isEmpty, comment)
    return error
  }

  private func tamper(_ path: String, _ script: String) throws {
    chmod(path, 0o600)
    try Database(path: path, access: .readWrite, busyTimeout: .seconds(1)).execute(script: script)
  }

  private func trade(_ journal: Journal, _ numbers: Range<Int>) throws {
    for number in numbers {
      let id = try journal.accepted("O\(number)")
      try journal.recordFill(fill("T\(number)", order: "O\(number)", after: number), cause: "test")
      try journal.recordEvent(OrderEvent(id, .filled, filledQuantity: Quantity(decimal("1"))), cause: "test")
    }
  }

  /// A closed journal of so many segments, each with two orders of four rows.
  private func closed(segments: Int = 1) throws -> Scratch {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    for segment in 0..<segments {
      if segment > 0 { try journal.rotate() }
      try trade(journal, 2 * segment..<2 * segment + 2)
    }
    return scratch
  }

  /// Names and bytes of all files but SQLite's index of the log, a log without a frame, and whose process has the lock.
  private func bytes(_ path: String) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasSuffix("-shm") }
    let files = try names.map { ($0, try Data(contentsOf: URL(filePath: path + "/" + $0))) }
    return Dictionary(uniqueKeysWithValues: files.map { ($0, $0 == "journal.lock" ? $1.dropFirst(11) : $1) })
      .filter { !$0.value.isEmpty }
  }

  // MARK: Rows

  @Test(arguments: [
    ("UPDATE fills SET price = '1' WHERE seq = 9", "row 9 (fills)"), ("DELETE FROM fills WHERE seq = 9", "row 9"),
    ("UPDATE segments SET time = time + 1 WHERE seq = 1", "row 1 (segments)"),
    ("UPDATE intents SET seq = 20 WHERE seq = 7", "row 7"),
    ("INSERT INTO notes SELECT seq, time, cause, hash, 'a', 'b', 'c' FROM fills WHERE seq = 9", "row 9"),
    ("UPDATE meta SET value = '2020-01-01T00:00:00Z' WHERE key = 'created_at'", "meta"),
  ])
  func `a worker does not open a journal with a changed row`(script: String, place: String) throws {
    let scratch = try closed()
    try tamper(scratch.path + "/journal.db", script)
    let before = try bytes(scratch.path)
    guard case .damaged(let found, _) = try refusal(scratch.path) else { throw try refusal(scratch.path) }
    #expect(found.hasPrefix(place))
    #expect(try bytes(scratch.path) == before, "nothing is touched")
    #expect(try scratch.verified().problems.contains { $0.place == found })
  }

  @Test(arguments: [
    ("UPDATE fills SET price = '1' WHERE seq > (SELECT seq FROM segments)", "row "),
    ("UPDATE fills SET price = '1' WHERE seq < (SELECT seq FROM segments)", "journal-000003.db"),
    ("DELETE FROM fills WHERE seq < (SELECT seq FROM segments)", "journal-000003.db"),
    ("UPDATE base_positions SET quantity = '9'", "journal-000003.db"),
    ("UPDATE segments SET before_rows = before_rows + 1", "segments"),
    ("UPDATE segments SET before_hash = '00'", "segments"),
  ])
  func `nor one that was changed after a seal, or what was carried over it`(script: String, place: String) throws {
    let scratch = try Scratch()
    do {
      let clock = SteppedClock()
      let journal = try open(scratch.path, clock)
      _ = try journal.accepted("OLD")
      try journal.recordFill(fill("OLD", order: "OLD", after: -90_000), cause: "test")
      try trade(journal, 0..<2)
      for round in 1..<3 {
        try journal.rotate()
        try trade(journal, 2 * round..<2 * round + 2)
      }
    }
    try tamper(scratch.path + "/journal-000003.db", script)
    guard case .damaged(let found, _) = try refusal(scratch.path) else { throw try refusal(scratch.path) }
    #expect(found.hasPrefix(place), "\(found)")
  }

  // MARK: Another program

  @Test(arguments: [
    "UPDATE fills SET price = '1' WHERE seq = 9", "INSERT INTO counters VALUES ('theirs', 1)",
    "UPDATE fills SET price = '1' WHERE seq = 9; PRAGMA wal_checkpoint(PASSIVE)", "CREATE TABLE theirs (x)",
  ])
  func `a commit of another program ends the writing at the next transaction`(script: String) throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    try trade(journal, 0..<2)
    let last = journal.lastSequence
    try tamper(scratch.path + "/journal.db", script)
    for _ in 0..<2 {
      let error = try #require(throws: JournalError.self) { try trade(journal, 2..<3) }
      #expect(error == .writtenByAnother(path: scratch.path + "/journal.db"))
      #expect(error.endsTrading && !error.mayPass && !error.nextStep.isEmpty)
    }
    #expect(journal.lastSequence == last)
  }

  @Test func `what a journal does itself, and readers, are no other program`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    for round in 0..<6 {
      try trade(journal, 10 * round..<10 * round + 10)
      #expect(try JournalReader.open(directory: scratch.path).fills(limit: 1).count == 1)
      switch round {
      case 0: #expect(try journal.database.copyLog())
      case 1: #expect(try journal.emptyLog())
      case 2: try journal.keepUp()
      case 3: try journal.rotate()
      case 4: #expect(try scratch.verified().problems.isEmpty)
      default: break
      }
    }
    #expect(journal.segment == 2)
  }

  // MARK: What is gone

  @Test func `rows without a mark are not taken for all there ever were`() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let journal = try open(path)
      for number in 0..<6 { _ = try journal.accepted("O\(number)") }
      kill(getpid(), SIGKILL)
    }
    unlink(path + "/journal.mark")
    // Half of what was acknowledged: a whole number of commits.
    let log = try #require(FileManager.default.contents(atPath: path + "/journal.db-wal"))
    let ends = stride(from: 32, to: log.count - LogSpace.frame, by: LogSpace.frame).filter { start in
      log[start + 8..<start + 16] == log[16..<24] && log[start + 4..<start + 8].contains { $0 != 0 }
    }.map { $0 + LogSpace.frame }
    #expect(truncate(path + "/journal.db-wal", off_t(ends[ends.count / 2])) == 0)
    let before = try bytes(path)
    let error = try refusal(path)
    guard case .withoutMark(path + "/journal.mark", _) = error else { throw error }
    #expect(try bytes(path) == before, "nothing is touched")
    #expect(throws: error) { try JournalReader.open(directory: path) }
    let problems = try scratch.verified().problems
    #expect(problems.contains { $0.place == path + "/journal.mark" }, "\(problems)")
  }

  @Test func `what is left without a mark is taken when the operator says so`() throws {
    let scratch = try closed()
    try Data("accept\n".utf8).write(to: URL(filePath: scratch.path + "/journal.mark"))
    #expect(try scratch.verified().problems.isEmpty)
    #expect(try !scratch.verified().remarks.isEmpty)
    do {
      let journal = try open(scratch.path)
      #expect(journal.findings.count == 1)
      #expect(try journal.entries([.notes], limit: 1).first?.fields.first?.value == .text("opening"))
      try trade(journal, 2..<3)
    }
    #expect(try open(scratch.path).findings.isEmpty)
  }

  @Test(arguments: [Data(), Data(count: 64)])
  func `an empty mark is none`(mark: Data) throws {
    let scratch = try closed()
    try mark.write(to: URL(filePath: scratch.path + "/journal.mark"))
    _ = try refusal(scratch.path)
    #expect(try !scratch.verified().problems.isEmpty)
  }

  @Test(arguments: [["db"], ["db", "db-wal", "db-shm"], ["db", "db-wal", "db-shm", "mark"], ["db-wal", "mark"]])
  func `a journal of which something is gone is not begun anew`(gone: [String]) async throws {
    let scratch = try Scratch()
    let path = scratch.path
    // All rows are in the log: without it there is a database that never had one.
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let journal = try open(path)
      for number in 0..<3 { _ = try journal.accepted("O\(number)") }
      kill(getpid(), SIGKILL)
    }
    for name in gone { try FileManager.default.removeItem(atPath: path + "/journal." + name) }
    let before = try bytes(scratch.path)
    let error = try refusal(path)
    if gone.contains("mark") {
      guard case .gone = error else { throw error }
      #expect(error.nextStep.contains("journal.lock"))
      #expect(throws: error) { try JournalReader.open(directory: path) }
      #expect(try !scratch.verified().problems.isEmpty)
    }
    #expect(try bytes(scratch.path) == before, "nothing is touched")
  }

  @Test func `a journal that is gone is begun anew when the operator takes its lock away too`() throws {
    let scratch = try closed()
    for name in try scratch.files() { try FileManager.default.removeItem(atPath: scratch.path + "/" + name) }
    try trade(try open(scratch.path), 0..<2)
  }

  @Test func `another journal in the place of one is refused`() throws {
    let (scratch, other) = (try closed(), try closed())
    unlink(scratch.path + "/journal.lock")
    try FileManager.default.copyItem(atPath: other.path + "/journal.lock", toPath: scratch.path + "/journal.lock")
    guard case .gone = try refusal(scratch.path) else { throw try refusal(scratch.path) }
  }

  @Test func `a first start that ends anywhere heals`() throws {
    for attempt in 0..<4 {
      let torn = try Scratch()
      try FileManager.default.createDirectory(atPath: torn.path, withIntermediateDirectories: true)
      // The lock alone, with an empty database, with a mark that is not written yet, with tables but no row.
      try Data("1234\n".utf8).write(to: URL(filePath: torn.path + "/journal.lock"))
      if attempt > 0 { try Data().write(to: URL(filePath: torn.path + "/journal.db")) }
      if attempt > 1 { try Data(count: 64).write(to: URL(filePath: torn.path + "/journal.mark")) }
      if attempt > 2 {
        let database = try Database(path: torn.path + "/journal.db", access: .readWrite, busyTimeout: .zero)
        try database.setPragma("journal_mode", "WAL")
        try JournalOpening.prepare(database, binding, FixedClock(), SystemRandomNumberGenerator())
      }
      try trade(try open(torn.path), 0..<2)
      #expect(try torn.verified().problems.isEmpty)
    }
  }

  // MARK: Putting back

  @Test func `the newest segment moved away parks, and put back it is as before`() throws {
    let scratch = try closed(segments: 3)
    let newest = ["db", "db-wal", "db-shm"].map { scratch.path + "/journal-000003." + $0 }
    for path in newest { try FileManager.default.moveItem(atPath: path, toPath: path + ".aside") }
    let before = try bytes(scratch.path)
    for _ in 0..<2 {
      guard case .damaged = try refusal(scratch.path) else { throw try refusal(scratch.path) }
    }
    #expect(try bytes(scratch.path) == before, "nothing is touched")
    #expect(try !scratch.verified().problems.isEmpty)
    for path in newest { try FileManager.default.moveItem(atPath: path + ".aside", toPath: path) }
    try trade(try open(scratch.path), 6..<8)
    #expect(try scratch.verified().problems.isEmpty)
  }

  @Test func `all segments moved away, their seals are not thrown after them`() throws {
    let scratch = try closed(segments: 3)
    let segments = try scratch.files().filter { $0.contains(".db") || $0 == "journal.mark" }
    for name in segments { try FileManager.default.removeItem(atPath: scratch.path + "/" + name) }
    let before = try bytes(scratch.path)
    _ = try refusal(scratch.path)
    #expect(try bytes(scratch.path) == before, "nothing is touched")
  }
}
