import CSQLite
import Glibc

/// One prepared statement. Belongs to its ``Database`` and, like it, to one thread at a time.
@safe final class Statement {
  private let handle: OpaquePointer
  let sql: String
  /// Whether a ``Rows`` is reading from it.
  var isInUse = false

  init(_ sql: String, on connection: Connection) throws(SQLiteError) {
    var prepared: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(
      connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard code == SQLITE_OK, let prepared = unsafe prepared else { throw connection.error(sql) }
    unsafe self.handle = prepared
    self.sql = sql
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// Gives each placeholder its value, in order.
  func bind(_ values: [SQLiteValue], on connection: Connection) throws(SQLiteError) {
    precondition(Int(unsafe sqlite3_bind_parameter_count(handle)) == values.count, "a value for each placeholder")
    for (offset, value) in values.enumerated() {
      guard bind(value, at: Int32(offset + 1)) == SQLITE_OK else { throw connection.error(sql) }
    }
  }

  private func bind(_ value: SQLiteValue, at index: Int32) -> Int32 {
    // SQLite's own copy: the Swift value may move.
    let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: return unsafe sqlite3_bind_null(handle, index)
    case .integer(let number): return unsafe sqlite3_bind_int64(handle, index, number)
    case .text(let text):
      var text = text
      return text.withUTF8 { utf8 in
        // An empty buffer may have no address, and no address would be NULL.
        guard let start = utf8.baseAddress else { return unsafe sqlite3_bind_text(handle, index, "", 0, copied) }
        return unsafe start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
          unsafe sqlite3_bind_text(handle, index, $0, Int32(utf8.count), copied)
        }
      }
    case .blob(let bytes):
      guard !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(handle, index, 0) }
      return unsafe bytes.withUnsafeBytes {
        unsafe sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), copied)
      }
    }
  }

  /// Runs to the next row; `false` when there is none.
  func step(on connection: Connection) throws(SQLiteError) -> Bool {
    errno = 0
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let error = connection.error(sql, systemError: errno)
      reset()
      throw error
    }
  }

  /// Ends the reading (and the read transaction that came with it) and forgets the values.
  func reset() {
    unsafe sqlite3_reset(handle)
    unsafe sqlite3_clear_bindings(handle)
    isInUse = false
  }

  var columnNames: [String] {
    let count = unsafe sqlite3_column_count(handle)
    return (0..<count).map { index in
      unsafe sqlite3_column_name(handle, index).map { unsafe String(cString: $0) } ?? ""
    }
  }

  func value(_ column: Int) -> SQLiteValue {
    let index = Int32(column)
    switch unsafe sqlite3_column_type(handle, index) {
    case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(handle, index))
    case SQLITE_TEXT:
      guard let start = unsafe sqlite3_column_text(handle, index) else { return .text("") }
      return .text(unsafe String(decoding: bytes(start, index), as: UTF8.self))
    case SQLITE_BLOB:
      guard let start = unsafe sqlite3_column_blob(handle, index) else { return .blob([]) }
      return .blob(unsafe Array(bytes(start, index)))
    default: return .null
    }
  }

  func kind(_ column: Int) -> SQLiteKind {
    switch unsafe sqlite3_column_type(handle, Int32(column)) {
    case SQLITE_INTEGER: .integer
    case SQLITE_TEXT: .text
    case SQLITE_BLOB: .blob
    default: .null
    }
  }

  func appendBytes(_ column: Int, to buffer: inout [UInt8]) {
    let index = Int32(column)
    guard let start = unsafe sqlite3_column_blob(handle, index) else { return }
    unsafe buffer.append(contentsOf: bytes(start, index))
  }

  private func bytes(_ start: UnsafeRawPointer, _ index: Int32) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
  }
}
