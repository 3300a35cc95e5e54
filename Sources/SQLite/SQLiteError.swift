import CSQLite
import Glibc

/// What SQLite refused, as it said it.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What a refusal means to a caller; the codes are SQLite's (sqlite.org/rescode.html).
  package enum Kind: Hashable, Sendable {
    /// No space left, by the file system, a quota or a limit on file size.
    case full
    /// The file or its directory cannot be written.
    case readOnly
    /// The file's contents contradict themselves.
    case corrupt
    /// The file is something else.
    case notADatabase
    /// Another connection held its lock longer than the busy time-out.
    case busy
    /// This connection itself stands in its way.
    case locked
    /// The file cannot be opened.
    case cannotOpen
    /// A read, write or sync failed.
    case inputOutput
    /// A row contradicts the schema: a duplicate key, a missing value.
    case constraint
    /// Anything else.
    case other
  }

  /// The primary result code.
  package let code: Int32
  /// The extended result code.
  package let extendedCode: Int32
  /// `errno` of the call that failed; 0 where none did.
  package let systemError: Int32
  /// SQLite's own text.
  package let message: String
  /// What was attempted: a statement or a call.
  package let operation: String

  /// What the refusal means to a caller.
  package var kind: Kind {
    // Only ENOSPC comes as SQLITE_FULL; a quota or a limit on file size comes as a failed write.
    if code == SQLITE_IOERR, [ENOSPC, EDQUOT, EFBIG].contains(systemError) { return .full }
    return switch code {
    case SQLITE_FULL: .full
    case SQLITE_READONLY, SQLITE_PERM: .readOnly
    case SQLITE_CORRUPT: .corrupt
    case SQLITE_NOTADB: .notADatabase
    case SQLITE_BUSY: .busy
    case SQLITE_LOCKED: .locked
    case SQLITE_CANTOPEN: .cannotOpen
    case SQLITE_IOERR: .inputOutput
    case SQLITE_CONSTRAINT: .constraint
    default: .other
    }
  }

  /// One line for a log.
  package var description: String {
    let system = systemError == 0 ? "" : ", errno \(systemError)"
    return "\(message) (SQLite \(extendedCode)\(system)) at: \(operation)"
  }
}
