import Core
import SQLite

/// What is done and checked before a journal may be written.
enum JournalOpening {
  /// Opens the file so that a commit is on the disk when it returns, and refuses where that does not hold.
  ///
  /// The order matters: `journal_mode` first, then `synchronous`, then both are read back.
  static func database(_ files: JournalFiles) throws(JournalError) -> Database {
    let database = try mapped { () throws(SQLiteError) in
      let database = try Database(path: files.database, access: .readWrite, busyTimeout: .seconds(2))
      try database.economise()
      try database.setPragma("journal_mode", "WAL")
      try database.setPragma("synchronous", "FULL")
      // The log keeps its length: its blocks are the reserve, see LogSpace.
      try database.setPragma("journal_size_limit", "-1")
      database.keepLogFiles()
      database.copyLogWhenAsked()
      // Until all is found in order, nothing of the files may change.
      database.leaveLogOnClose(true)
      return database
    }
    // 2 is FULL: the log is synced on every commit.
    for (setting, wanted) in [("journal_mode", "wal"), ("synchronous", "2")] {
      let found = try mapped { () throws(SQLiteError) in try database.pragma(setting) }
      guard found == wanted else { throw .notDurable(setting: setting, found: found ?? "nothing") }
    }
    return database
  }

  /// Makes the tables of a new journal and says whose it is; brings an older one up to date. One transaction: a crash
  /// leaves all of it or nothing.
  static func prepare(
    _ database: Database, _ binding: JournalBinding, _ clock: any ProtocolClock, _ random: any RandomNumberGenerator
  ) throws(JournalError) {
    let version = try Schema.version(of: database)
    guard version < Schema.version else { return }
    let meta = [
      "name": name(random), "account": binding.account, "mode": binding.mode, "broker": binding.broker,
      "created_at": clock.now.description,
    ]
    try mapped { () throws(SQLiteError) in
      try database.execute("BEGIN IMMEDIATE")
      try Schema.migrate(database, from: version)
      if version == 0 {
        for (key, value) in meta {
          try database.execute("INSERT INTO meta (key, value) VALUES (?, ?)", [.text(key), .text(value)])
        }
      }
      try database.execute("COMMIT")
    }
  }

  private static func name(_ random: any RandomNumberGenerator) -> String {
    var random = random
    let digits = String(random.next() & 0xffff_ffff_ffff, radix: 16)
    return String(repeating: "0", count: nameLength - digits.utf8.count) + digits
  }

  /// Characters of a journal's name.
  static let nameLength = 12

  /// Refuses a journal made for anything else.
  static func compare(_ found: JournalBinding, _ asked: JournalBinding) throws(JournalError) {
    let pairs = [
      ("account", found.account, asked.account), ("mode", found.mode, asked.mode),
      ("broker", found.broker, asked.broker),
    ]
    for (what, bound, asked) in pairs where bound != asked {
      throw .boundToAnother(what: what, bound: bound, asked: asked)
    }
  }

  /// The hash of a row; `nil` when it is in a sealed segment.
  static func hash(
    of seq: Int64, _ database: Database, _ version: Int
  ) throws(JournalError) -> [UInt8]? {
    let opening = try SegmentOpening.read(database, version)
    if let opening, opening.number > 1, seq < opening.sequence {
      return seq == opening.sequence - 1 ? opening.before : nil
    }
    for table in Schema.chained(version) {
      var rows = try database.rows("SELECT hash FROM \(table) WHERE seq = ?", [.integer(seq)])
      if try rows.advance(), let hash = rows.blob(0) { return hash }
    }
    throw .damaged(place: "row \(seq)", detail: "it is missing")
  }

  /// The last row of the chain, whichever table it is in; `nil` when there is none.
  static func head(_ database: Database, _ version: Int = Schema.version) throws(JournalError) -> Journal.Head? {
    var head: Journal.Head?
    for table in Schema.chained(version) {
      var rows = try database.rows("SELECT seq, hash FROM \(table) ORDER BY seq DESC LIMIT 1")
      guard try rows.advance() else { continue }
      let seq = try rows.neededInteger(0, "\(table).seq")
      guard seq < 1 << 48, let hash = rows.blob(1) else {
        throw .damaged(place: "last row of \(table)", detail: "no hash, or no running number")
      }
      if seq > head?.seq ?? 0 { head = Journal.Head(seq: seq, hash: hash) }
    }
    return head
  }
}
