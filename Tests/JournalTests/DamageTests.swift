import Core
import Foundation
import SQLite
import Testing

@testable import Journal

@Suite struct `A journal in trouble` {
  /// A closed journal of a few orders, all of it in the database file.
  private func closedJournal() throws -> Scratch {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    for number in 0..<40 { _ = try journal.accepted("O\(number)") }
    return scratch
  }

  /// The same, without the log: it still has what the last copies of it put into the file.
  private func closedFile() throws -> Scratch {
    let scratch = try closedJournal()
    for name in ["journal.db-wal", "journal.db-shm"] { unlink(scratch.path + "/" + name) }
    return scratch
  }

  private func overwrite(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  @Test(arguments: [0, 4_096, 8_192, 12_288, 16_384])
  func `a damaged file is an error, not an empty list`(offset: Int) throws {
    let scratch = try closedFile()
    let file = scratch.path + "/journal.db"
    for page in offset == 0 ? [0] : Array(stride(from: offset, to: offset + 40_960, by: 4_096)) {
      try overwrite(file, at: page, [UInt8](repeating: 0x5a, count: 64))
    }
    let error = try #require(throws: JournalError.self) {
      let reader = try JournalReader.open(directory: scratch.path)
      _ = try reader.verifyChain(hash: testHash)
      _ = try reader.orders(limit: 100)
    }
    guard case .damaged = error else { throw error }
    #expect(!error.nextStep.isEmpty)
  }

  @Test func `a database that vanished from under its log is not begun anew`() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      _ = try open(path).accepted("O1")
      let journal = try open(path)
      _ = try journal.accepted("O2")
      kill(getpid(), SIGKILL)
    }
    try FileManager.default.removeItem(atPath: path + "/journal.db")
    for attempt in [{ _ = try open(path) }, { _ = try JournalReader.open(directory: path) }] {
      let error = try #require(throws: JournalError.self) { try attempt() }
      guard case .damaged = error else { throw error }
    }
    #expect(FileManager.default.fileExists(atPath: path + "/journal.db-wal"))
  }

  @Test func `the chain holds over all tables`() throws {
    let scratch = try closedJournal()
    #expect(try JournalReader.open(directory: scratch.path).verifyChain(hash: testHash) == 81)
  }

  @Test(arguments: [
    ("UPDATE intents SET quantity = '2' WHERE seq = 42", "row 42 (intents)"),
    ("UPDATE order_events SET time = time + 1 WHERE seq = 11", "row 11 (order_events)"),
    ("UPDATE intents SET plan = '{}' WHERE seq = 2", "row 2 (intents)"),
    ("DELETE FROM order_events WHERE seq = 21", "row 21"),
  ])
  func `a changed or deleted row is named`(tampering: String, place: String) throws {
    let scratch = try closedJournal()
    do {
      let database = try Database(
        path: scratch.path + "/journal.db", access: .readWrite, busyTimeout: .seconds(1))
      try database.execute(tampering)
    }
    let error = try #require(throws: JournalError.self) {
      try JournalReader.open(directory: scratch.path).verifyChain(hash: testHash)
    }
    guard case .damaged(place, _) = error else { throw error }
  }

  @Test func `a full disk refuses the row, keeps the rows before, and heals`() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      // A limit on file size stands in for the disk: it needs no rights, and the write fails in the same place.
      signal(SIGXFSZ, SIG_IGN)
      let journal = try open(path)
      func limit(_ bytes: UInt) { setrlimit(__rlimit_resource_t(1), [rlimit(rlim_cur: bytes, rlim_max: .max)]) }
      let written = try fill(journal) { limit(200_000) }
      #expect(try journal.orders(limit: 20_000).count == written)
      limit(.max)
      try journal.recordIntent(request(try journal.nextClientOrderID()), purpose: .exit, cause: "space again")
      #expect(try journal.orders(limit: 20_000).count == written + 1)
      #expect(try journal.verifyChain(hash: testHash) == written + 2)
    }
  }

  @Test func `a full file system is told as such`() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard geteuid() == 0, try run("/bin/mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path]) == 0 else {
      print("left out: `a full file system is told as such` (mounting needs rights this user lacks)")
      return
    }
    defer { _ = try? run("/bin/umount", ["-l", path]) }
    do {
      let journal = try open(path + "/j")
      let written = try fill(journal) {}
      #expect(try journal.orders(limit: 20_000).count == written)
    }
    let reader = try JournalReader.open(directory: path + "/j")
    #expect(try reader.verifyChain(hash: testHash) == reader.orders(limit: 20_000).count + 1)
  }

  private func run(_ tool: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test func `a disk that cannot be written is told as such`() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard geteuid() == 0, try run("/bin/mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path]) == 0 else {
      print("left out: `a disk that cannot be written is told as such` (mounting needs rights this user lacks)")
      return
    }
    defer { _ = try? run("/bin/umount", ["-l", path]) }
    do { _ = try open(path + "/j").accepted("O1") }
    #expect(try run("/bin/mount", ["-o", "remount,ro", path]) == 0)
    let error = try #require(throws: JournalError.self) { try open(path + "/j") }
    guard case .readOnly = error else { throw error }
    #expect(try JournalReader.open(directory: path + "/j").orders(limit: 10).count == 1)
  }
}

/// Records intents until the journal refuses one for lack of space; answers how many it took.
private func fill(_ journal: Journal, after begin: () -> Void) throws -> Int {
  let plan = String(repeating: "x", count: 2_000)
  begin()
  for written in 0..<10_000 {
    do throws(JournalError) {
      try journal.recordIntent(
        request(try journal.nextClientOrderID()), purpose: .entry, plan: plan, cause: "until it is full")
    } catch {
      guard case .diskFull = error else { throw error }
      #expect(written > 0)
      return written
    }
  }
  Issue.record("the disk never filled")
  return 0
}

@Suite struct `Memory of a journal` {
  @Test func `opening one costs little`() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      [path = path as String] in
      // The first pays for the library; the further ones are what an account adds.
      let warm = try open(path + "/warm")
      _ = try warm.accepted("O")
      let before = try residentKiB()
      var journals: [Journal] = []
      for number in 0..<16 {
        let journal = try open("\(path)/\(number)")
        _ = try journal.accepted("O")
        _ = try journal.positions()
        journals.append(journal)
      }
      let each = try (residentKiB() - before) / journals.count
      print("marginal RSS of an open journal: \(each) KiB")
      #expect(each < 512)
    }
    let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    print(output.split(separator: "\n").first { $0.hasPrefix("marginal") } ?? "no figure")
  }
}

private func residentKiB() throws -> Int {
  let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
  return try #require(Int(statm.split(separator: " ")[1])) * 4
}
