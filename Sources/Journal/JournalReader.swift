package import Core
import SQLite

/// The journal of one account, for reading: while its worker writes, after it ended, after it was killed.
///
/// Makes no file and changes no row. Confined to one thread at a time.
package class JournalReader {
  private(set) var database: Database
  /// Where the segments are; empty in a reader of one sealed segment.
  let directory: String
  /// Whose journal this is.
  package let binding: JournalBinding
  /// The journal's own name: 12 random hexadecimal digits, part of every client order id it makes.
  package let name: String
  /// The file's schema version: a reader may come before the worker that brings it up to date.
  private(set) var version: Int
  private(set) var opening: SegmentOpening?

  /// Which segment of the journal this is, counted from 1.
  var segment: Int { opening?.number ?? 1 }
  /// The running number of this segment's first row; rows before it were carried over from sealed segments.
  var first: Int64 { opening.map { $0.number == 1 ? 1 : $0.sequence } ?? 1 }
  /// Orders handed to the venue whose intents only sealed segments have.
  var placedBefore: Int { opening?.placedBefore ?? 0 }
  /// Whether lists go on in sealed segments. The writer's do not: what it needs was carried over.
  var listsSealed: Bool { !directory.isEmpty }

  init(_ database: Database, directory: String?) throws(JournalError) {
    self.database = database
    self.directory = directory ?? ""
    self.version = try Schema.version(of: database)
    self.opening = try SegmentOpening.read(database, version)
    self.binding = JournalBinding(
      account: try Self.meta("account", database), mode: try Self.meta("mode", database),
      broker: try Self.meta("broker", database))
    self.name = try Self.meta("name", database)
  }

  /// Opens the journal in `directory`.
  /// - Throws: ``JournalError/missing(path:)`` when the account never ran in this mode, and whatever else is wrong: an
  ///   unreadable journal is an error, never an empty list.
  package static func open(directory: String) throws(JournalError) -> JournalReader {
    try open(directory: directory) { error throws(JournalError) in throw error }
  }

  /// - Parameter onLackingMark: decides whether rows without a mark are read all the same.
  static func open(
    directory: String, onLackingMark: (JournalError) throws(JournalError) -> Void
  ) throws(JournalError) -> JournalReader {
    let files = try JournalFiles(directory: directory).live()
    do throws(JournalError) {
      return try open(files, onLackingMark)
    } catch {
      // The writer may have gone on in the next segment meanwhile.
      let now = try files.live()
      guard now.segment != files.segment else { throw error }
      return try open(now, onLackingMark)
    }
  }

  private static func open(
    _ files: JournalFiles, _ onLackingMark: (JournalError) throws(JournalError) -> Void
  ) throws(JournalError) -> JournalReader {
    // Read in this order, and before the rows: a writer that goes on meanwhile only makes the rows later than the mark.
    let trace = try WriterLock.trace(files)
    var mark = try HeadMark.read(files)
    func lenient(_ check: () throws(JournalError) -> Void) throws(JournalError) {
      do throws(JournalError) { try check() } catch {
        guard case .withoutMark = error else { throw error }
        try onLackingMark(error)
      }
    }
    try lenient { () throws(JournalError) in try JournalOpening.refuseMissing(files, mark, trace) }
    try files.refuseRemains()
    guard let size = try files.size(files.database), size > 0 else { throw .missing(path: files.database) }
    let database = try database(files)
    // A journal gets its mark before its first row: where there are rows by now, there is a mark.
    if mark == .none, try JournalOpening.head(database, try Schema.version(of: database)) != nil {
      mark = try HeadMark.read(files)
    }
    try lenient { () throws(JournalError) in _ = try JournalOpening.compare(database, mark, trace, files) }
    guard try Schema.version(of: database) > 0 else { throw .missing(path: files.database) }
    try files.checkSealed()
    return try JournalReader(database, directory: files.directory)
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
        database.leaveLogOnClose(true)
        try database.setPragma("locking_mode", "EXCLUSIVE")
      }
      try database.economise()
      return database
    }
  }

  /// Goes on with another connection.
  func exchange(_ open: () throws(JournalError) -> Database) throws(JournalError) {
    database = try open()
    version = try Schema.version(of: database)
    opening = try SegmentOpening.read(database, version)
  }

  static func meta(_ key: String, _ database: Database) throws(JournalError) -> String {
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

  /// Whose a venue's order is, as sealed segments know it.
  func sealedClientOrderID(of id: VenueOrderID) throws(JournalError) -> ClientOrderID? {
    try sealed { reader throws(JournalError) in try reader.ownClientOrderID(of: id) }
  }

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
