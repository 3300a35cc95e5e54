import CSQLite

/// One connection to one database file. Confined: not `Sendable`, since the C handle is opened without its mutex.
package final class Database {
  /// How a file is opened.
  package enum Access: Hashable, Sendable {
    /// Made when missing.
    case readWriteCreate
    /// Must exist.
    case readWrite
    /// Must exist; nothing is written to it.
    case readOnly
    /// Must exist and not change meanwhile: no locks, no log, no other file is looked at.
    case immutable
  }

  /// The most statements kept prepared: each holds some 5 KiB.
  private static let maximumKept = 48

  private var connection: Connection
  private var kept: [String: Statement] = [:]

  /// Opens the file at `path`.
  /// - Parameters:
  ///   - access: what may be done to it.
  ///   - busyTimeout: how long a call waits for another connection's lock; `.zero` fails at once.
  package init(path: String, access: Access, busyTimeout: Duration) throws(SQLiteError) {
    let flags: Int32 =
      switch access {
      case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readOnly, .immutable: SQLITE_OPEN_READONLY
      }
    let name = "file:" + Self.escaped(path) + (access == .immutable ? "?immutable=1" : "")
    self.connection = try Connection(name, flags: flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX)
    let milliseconds =
      busyTimeout.components.seconds * 1_000 + busyTimeout.components.attoseconds / 1_000_000_000_000_000
    unsafe sqlite3_busy_timeout(connection.handle, Int32(clamping: milliseconds))
  }

  /// The name under which SQL attaches a file that does not change.
  package static func immutableName(_ path: String) -> String { "file:" + escaped(path) + "?immutable=1" }

  /// A path in a `file:` name: everything but plain characters percent-encoded.
  private static func escaped(_ path: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case 45...57, 65...90, 95, 97...122: bytes.append(byte)
      default: bytes += [37, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Runs statements that answer nothing and take no values, such as a schema.
  package func execute(script: String) throws(SQLiteError) {
    guard unsafe sqlite3_exec(connection.handle, script, nil, nil, nil) == SQLITE_OK else {
      throw connection.error(script)
    }
  }

  /// Runs one statement to its end.
  package func execute(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) {
    var rows = try query(sql, values)
    while try rows.next() {}
  }

  /// The rows that one statement answers.
  package func query(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> Rows {
    let statement = try statement(sql)
    try statement.bind(values, on: connection)
    return Rows(statement, connection)
  }

  /// The rows of a statement that is not kept prepared: one that runs once.
  package func queryOnce(_ sql: String) throws(SQLiteError) -> Rows {
    Rows(try Statement(sql, on: connection), connection)
  }

  private func statement(_ sql: String) throws(SQLiteError) -> Statement {
    if let known = kept[sql], !known.isInUse { return known }
    let statement = try Statement(sql, on: connection)
    if kept.count < Self.maximumKept { kept[sql] = statement }
    return statement
  }

  /// What `PRAGMA name` answers now, as text; `nil` when it answers nothing.
  package func pragma(_ name: String) throws(SQLiteError) -> String? {
    let statement = try Statement("PRAGMA \(name)", on: connection)
    var rows = Rows(statement, connection)
    guard try rows.next() else { return nil }
    switch rows.value(0) {
    case .integer(let number): return String(number)
    case .text(let text): return text
    case .null, .blob: return nil
    }
  }

  /// Sets a pragma and answers what SQLite says to it: what it says, not what was asked for, is what holds.
  @discardableResult
  package func setPragma(_ name: String, _ value: String) throws(SQLiteError) -> String? {
    try pragma("\(name)=\(value)")
  }

  /// Whether a transaction is open; SQLite itself ends one when a write fails badly enough.
  package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(connection.handle) == 0 }

  /// Leaves the emptied log and its index in place on close, so that a reader finds them and makes none.
  package func keepLogFiles() {
    var isOn: Int32 = 1
    unsafe sqlite3_file_control(connection.handle, "main", SQLITE_FCNTL_PERSIST_WAL, &isOn)
  }

  /// Whether the log stays as it is on close: neither copied into the database nor deleted.
  package func leaveLogOnClose(_ leave: Bool) {
    _ = unsafe nija_sqlite3_leave_log_on_close(connection.handle, leave ? 1 : 0)
  }

  /// Has the log copied into the database only when asked: not within whichever commit makes it long.
  package func copyLogWhenAsked() {
    unsafe nija_sqlite3_count_log_frames(connection.handle, connection.logFrames)
  }

  /// Frames in the log after the last commit of this connection; 0 before it. Counted after ``copyLogWhenAsked()``.
  package var logFrames: Int { Int(unsafe connection.logFrames.pointee) }

  /// Copies the log into the database, as far as readers let it.
  /// - Parameter truncating: waits for readers as long as the busy time-out allows, and leaves an empty log.
  /// - Returns: whether all of it was copied.
  package func copyLog(truncating: Bool = false) throws(SQLiteError) -> Bool {
    let statement = try Statement("PRAGMA wal_checkpoint(\(truncating ? "TRUNCATE" : "PASSIVE"))", on: connection)
    var rows = Rows(statement, connection)
    guard try rows.next() else { return false }
    return rows.integer(0) == 0 && rows.integer(1) == rows.integer(2)
  }
}
