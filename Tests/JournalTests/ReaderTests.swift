import Core
import Foundation
import SQLite
import Testing

@testable import Journal

@Suite struct `Reading a journal` {
  @Test func `a reader follows the writer and makes no file`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    let first = try journal.accepted("O1")
    let before = try scratch.files()
    let reader = try JournalReader.open(directory: scratch.path)
    #expect(reader.binding == binding)
    #expect(reader.name == journal.name)
    #expect(try reader.orders(limit: 10).map(\.request.clientOrderID) == [first])
    let second = try journal.accepted("O2")
    #expect(try reader.orders(limit: 10).map(\.request.clientOrderID) == [second, first])
    #expect(try scratch.files() == before)
  }

  @Test func `a reader does not hold the writer up`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1")
    let reader = try JournalReader.open(directory: scratch.path)
    var rows = try reader.database.query("SELECT seq FROM intents")
    #expect(try rows.next())
    _ = try journal.accepted("O2")
    #expect(try journal.database.pragma("wal_checkpoint(PASSIVE)") == "0")
  }

  @Test func `a reader cannot write`() throws {
    let scratch = try Scratch()
    _ = try open(scratch.path)
    let reader = try JournalReader.open(directory: scratch.path)
    #expect(throws: SQLiteError.self) { try reader.database.execute("DELETE FROM meta") }
  }

  @Test func `an account that never ran has no journal, which is not an empty one`() throws {
    let scratch = try Scratch()
    #expect(throws: JournalError.missing(path: scratch.path + "/journal.db")) {
      try JournalReader.open(directory: scratch.path)
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.path))
  }

  /// Rows that are only in the log, as a killed worker leaves them.
  private func killedWriter(_ path: String) async {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let journal = try open(path)
      _ = try journal.accepted("O1")
      kill(getpid(), SIGKILL)
    }
  }

  @Test(arguments: [[], ["journal.db-shm"]])
  func `a killed writer's rows are read from its log, which stays`(gone: [String]) async throws {
    let scratch = try Scratch()
    await killedWriter(scratch.path)
    for file in gone { try FileManager.default.removeItem(atPath: scratch.path + "/" + file) }
    let before = try scratch.files()
    let log = try Data(contentsOf: URL(filePath: scratch.path + "/journal.db-wal"))
    do {
      let reader = try JournalReader.open(directory: scratch.path)
      #expect(try reader.orders(limit: 10).map(\.venueOrderID) == [VenueOrderID("O1")])
    }
    #expect(try scratch.files() == before)
    #expect(try Data(contentsOf: URL(filePath: scratch.path + "/journal.db-wal")) == log)
    #expect(try open(scratch.path).orders(limit: 10).count == 1)
  }

  @Test(arguments: [[], ["journal.db-shm", "journal.db-wal"]])
  func `a journal that was closed is read without making a file`(gone: [String]) throws {
    let scratch = try Scratch()
    do { _ = try open(scratch.path).accepted("O1") }
    for file in gone { try FileManager.default.removeItem(atPath: scratch.path + "/" + file) }
    let before = try scratch.files()
    #expect(try JournalReader.open(directory: scratch.path).orders(limit: 10).count == 1)
    #expect(try scratch.files() == before)
  }

  @Test func `a reader and a new writer live together after a kill`() async throws {
    let scratch = try Scratch()
    await killedWriter(scratch.path)
    let reader = try JournalReader.open(directory: scratch.path)
    #expect(try reader.orders(limit: 10).count == 1)
    let journal = try open(scratch.path)
    _ = try journal.accepted("O2")
    #expect(try reader.orders(limit: 10).count == 2)
  }
}
