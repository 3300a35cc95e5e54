import Core
import Foundation
import SQLite
import Testing

@testable import Journal

@Suite struct `Opening a journal` {
  @Test func `durability is what SQLite says, not what was asked`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    #expect(try journal.database.pragma("journal_mode") == "wal")
    #expect(try journal.database.pragma("synchronous") == "2")
  }

  @Test func `folder and files are the owner's alone`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.nextClientOrderID()
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(scratch.path) == 0o700)
    let files = try scratch.files()
    #expect(files == ["journal.db", "journal.db-wal", "journal.db-shm", "journal.lock", "journal.mark"])
    for file in files { #expect(try mode(scratch.path + "/" + file) == 0o600, "\(file)") }
  }

  @Test func `a second writer is refused and told who the first is`() throws {
    let scratch = try Scratch()
    let first = try open(scratch.path)
    #expect(throws: JournalError.inUse(path: scratch.path, pid: getpid())) { try open(scratch.path) }
    _ = try first.nextClientOrderID()
  }

  @Test func `the lock goes with the writer`() throws {
    let scratch = try Scratch()
    _ = try open(scratch.path)
    _ = try open(scratch.path)
  }

  @Test(arguments: [
    (JournalBinding(account: "kraken", mode: "sandbox", broker: "kraken"), "account"),
    (JournalBinding(account: "kraken/tania_gilbert", mode: "live", broker: "kraken"), "mode"),
    (JournalBinding(account: "kraken/tania_gilbert", mode: "sandbox", broker: "other"), "broker"),
  ])
  func `a journal opens for nobody else`(asked: JournalBinding, what: String) throws {
    let scratch = try Scratch()
    _ = try open(scratch.path)
    let error = try #require(throws: JournalError.self) { try open(scratch.path, asked) }
    guard case .boundToAnother(let named, _, _) = error else { throw error }
    #expect(named == what)
  }

  @Test func `a journal is bound to the first key it sees`() throws {
    let scratch = try Scratch()
    do {
      let journal = try open(scratch.path)
      #expect(try journal.identity() == nil)
      try journal.bind(identity: "AA11")
      try journal.bind(identity: "AA11")
    }
    let journal = try open(scratch.path)
    try journal.bind(identity: "AA11")
    #expect(throws: JournalError.boundToAnother(what: "key", bound: "AA11", asked: "BB22")) {
      try journal.bind(identity: "BB22")
    }
    #expect(try journal.identity() == "AA11")
  }

  @Test func `ids are never given twice`() throws {
    let scratch = try Scratch()
    var seen: Set<ClientOrderID> = []
    var count = 0
    for _ in 0..<5 {
      let journal = try open(scratch.path)
      for _ in 0..<150 {
        seen.insert(try journal.nextClientOrderID())
        count += 1
      }
    }
    #expect(seen.count == count)
  }

  @Test func `journals of two accounts never give the same id`() throws {
    let (first, second) = (try Scratch(), try Scratch())
    #expect(try open(first.path).nextClientOrderID() != open(second.path).nextClientOrderID())
  }

  @Test func `a later schema is refused by its number`() throws {
    let scratch = try Scratch()
    do { try open(scratch.path).database.setPragma("user_version", "7") }
    let refused = JournalError.newerSchema(found: 7, known: Schema.version)
    #expect(throws: refused) { try open(scratch.path) }
    #expect(throws: refused) { try JournalReader.open(directory: scratch.path) }
  }

  @Test func `another program's database is refused`() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    let database = try Database(path: scratch.path + "/journal.db", access: .readWriteCreate, busyTimeout: .zero)
    try database.execute(script: "CREATE TABLE other (x)")
    let error = try #require(throws: JournalError.self) { try open(scratch.path) }
    guard case .damaged = error else { throw error }
  }

  @Test func `a directory that cannot be made is named`() throws {
    let error = try #require(throws: JournalError.self) { try open("/proc/nija/kraken") }
    guard case .inaccessible(let path, _) = error else { throw error }
    #expect(path == "/proc/nija")
    #expect(!error.nextStep.isEmpty)
  }
}
