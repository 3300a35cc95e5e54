import CSQLite

/// The C handle, closed with the last statement or database that holds it.
@safe final class Connection {
  let handle: OpaquePointer
  /// Frames in the log after the last commit; at a fixed address, since SQLite writes it.
  let logFrames = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

  init(_ name: String, flags: Int32) throws(SQLiteError) {
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(name, &opened, flags, nil)
    guard let opened = unsafe opened else {
      throw SQLiteError(
        code: code, extendedCode: code, systemError: 0, message: "out of memory", operation: "open \(name)")
    }
    unsafe self.handle = opened
    unsafe logFrames.initialize(to: 0)
    guard code == SQLITE_OK else { throw error("open \(name)") }
    unsafe sqlite3_extended_result_codes(handle, 1)
  }

  deinit {
    unsafe sqlite3_close_v2(handle)
    unsafe logFrames.deallocate()
  }

  /// What the last call on this connection said.
  /// - Parameter systemError: `errno` after that call, for where SQLite did not keep it: a commit does not.
  func error(_ operation: String, systemError: Int32 = 0) -> SQLiteError {
    let extended = unsafe sqlite3_extended_errcode(handle)
    let primary = extended & 0xff
    // Only calls that met the system set its number; it stays from call to call.
    let metSystem = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN
    let kept = metSystem ? unsafe sqlite3_system_errno(handle) : 0
    return SQLiteError(
      code: primary, extendedCode: extended, systemError: kept != 0 ? kept : metSystem ? systemError : 0,
      message: unsafe String(cString: sqlite3_errmsg(handle)), operation: operation)
  }
}
