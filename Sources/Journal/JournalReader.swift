package import Core
import SQLite

/// The journal of one account, for reading: while its worker writes, after it ended, after it was killed.
///
/// Makes no file and changes no row. Confined to one thread at a time.
package class JournalReader {
  let database: Database
  /// Whose journal this is.
  package let binding: JournalBinding
  /// The journal's own name: 12 random hexadecimal digits, part of every client order id it makes.
  package let name: String
  /// The file's schema version: a reader may come before the worker that brings it up to date.
  let version: Int
  /// Which segment of the journal this is, counted from 1.
  let segment: Int
  /// The running number of this segment's first row; rows before it were carried over from sealed segments.
  let first: Int64

  init(_ database: Database) throws(JournalError) {
    self.database = database
    self.version = try Schema.version(of: database)
    let opening = try SegmentOpening.read(database, version)
    self.segment = opening?.number ?? 1
    self.first = opening.map { $0.number == 1 ? 1 : $0.sequence } ?? 1
    self.binding = JournalBinding(
      account: try Self.meta("account", database), mode: try Self.meta("mode", database),
      broker: try Self.meta("broker", database))
    self.name = try Self.meta("name", database)
  }

  /// Opens the journal in `directory`.
  /// - Throws: ``JournalError/missing(path:)`` when the account never ran in this mode, and whatever else is wrong: an
  ///   unreadable journal is an error, never an empty list.
  package static func open(directory: String) throws(JournalError) -> JournalReader {
    let files = JournalFiles(directory: directory)
    try files.refuseRemains()
    guard let size = try files.size(files.database), size > 0 else { throw .missing(path: files.database) }
    let database = try database(files)
    guard try Schema.version(of: database) > 0 else { throw .missing(path: files.database) }
    return try JournalReader(database)
  }

  /// Which way in makes no file depends on which of SQLite's three files are there.
  ///
  /// * All three, the usual case, since the writer keeps them on close: a read-only connection. It may rebuild the
  ///   index of a killed writer, in place.
  /// * Database and log without the index, as in a copy: exclusive locking keeps the index in memory; that lock needs
  ///   a connection that could write, so `query_only` forbids it, and the log stays as it is on close.
  /// * The database alone: all of it was copied in from the log; as an immutable file it needs neither.
  private static func database(_ files: JournalFiles) throws(JournalError) -> Database {
    let hasLog = try files.size(files.log) != nil
    let hasIndex = try files.size(files.index) != nil
    let access: Database.Access = !hasLog ? .immutable : hasIndex ? .readOnly : .readWrite
    return try mapped { () throws(SQLiteError) in
      let database = try Database(path: files.database, access: access, busyTimeout: .seconds(2))
      try database.setPragma("query_only", "ON")
      if access == .readWrite {
        database.leaveLogOnClose()
        try database.setPragma("locking_mode", "EXCLUSIVE")
      }
      try database.economise()
      return database
    }
  }

  private static func meta(_ key: String, _ database: Database) throws(JournalError) -> String {
    var rows = try database.rows("SELECT value FROM meta WHERE key = ?", [.text(key)])
    guard try rows.advance() else { throw .damaged(place: "meta", detail: "no \(key)") }
    return try rows.needed(0, "meta.value")
  }

  /// When the journal was made.
  package func createdAt() throws(JournalError) -> Timestamp {
    guard let time = Timestamp(rfc3339: try Self.meta("created_at", database)) else {
      throw .damaged(place: "meta", detail: "created_at is not a time")
    }
    return time
  }

  /// The identity of the key at the venue; `nil` until it was first seen.
  package func identity() throws(JournalError) -> String? { try note(.binding, "identity")?.value }

  // What the writer answers from memory instead.
  func holding(of symbol: Symbol) throws(JournalError) -> Holding? { try computedHolding(of: symbol).holding }

  /// A running number before which every intent's order has ended: where the search for open ones begins.
  func settledBefore() throws(JournalError) -> Int64 {
    try database.number("SELECT coalesce(max(value), 0) FROM counters WHERE name = 'settled_before'")
  }
}

extension Database {
  /// Settings that keep a connection's memory small and make it notice damage where it reads.
  func economise() throws(SQLiteError) {
    try setPragma("cache_size", "-256")
    try setPragma("temp_store", "MEMORY")
    try setPragma("mmap_size", "0")
    try setPragma("trusted_schema", "OFF")
    try setPragma("cell_size_check", "ON")
  }
}
