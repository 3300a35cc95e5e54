package import Core
import Glibc
import SQLite

/// Why a journal could not be opened, written or read. Nothing is ever reset, repaired or skipped because of one.
package enum JournalError: Error, Hashable, Sendable {
  /// The journal's directory or one of its files cannot be made or opened.
  case inaccessible(path: String, cause: String)
  /// Another process writes this journal; its pid, where it left one.
  case inUse(path: String, pid: Int32?)
  /// There is no journal: the account never ran in this mode.
  case missing(path: String)
  /// A setting that makes commits durable did not hold when read back.
  case notDurable(setting: String, found: String)
  /// The journal belongs to another account, mode, broker or key.
  case boundToAnother(what: String, bound: String, asked: String)
  /// A later version of the program wrote it.
  case newerSchema(found: Int, known: Int)
  /// No space left; the rows of the refused transaction are not in the journal.
  case diskFull(operation: String)
  /// The file system refuses writes.
  case readOnly(operation: String)
  /// What is stored contradicts itself.
  case damaged(place: String, detail: String)
  /// There are rows, but nothing that tells whether acknowledged ones are gone.
  case withoutMark(path: String, detail: String)
  /// A journal stood here; what is there now is none, or another.
  case gone(path: String, name: String)
  /// Another program committed to the file while it was open for writing.
  case writtenByAnother(path: String)
  /// What was asked for may be in a sealed segment that was moved away.
  case movedAway(segment: Int, neededFor: String)
  /// Another connection kept its lock too long.
  case busy(operation: String)
  /// A read, write or sync failed; after a failed sync nobody knows what is on disk, so the journal takes no more rows.
  case failed(operation: String, cause: String)
  /// A client order id is in the journal already: an order is intended once.
  case alreadyIntended(ClientOrderID)
  /// An event or fill names an order without an intent.
  case withoutIntent(ClientOrderID)
  /// A fill or event contradicts what the journal holds of the same order or fill.
  case contradiction(subject: String, detail: String)
  /// The fills of an order would exceed what was ordered.
  case overfill(ClientOrderID, ordered: Quantity, filled: Quantity, fillID: String)
  /// A fill that no position can take in.
  case fillDoesNotFit(Symbol, fillID: String, PositionError)

  init(_ error: SQLiteError) {
    let cause = error.message
    self =
      switch error.kind {
      case .full: .diskFull(operation: error.operation)
      case .readOnly: .readOnly(operation: error.operation)
      case .corrupt, .notADatabase: .damaged(place: error.operation, detail: cause)
      case .busy, .locked: .busy(operation: error.operation)
      case .cannotOpen: .inaccessible(path: error.operation, cause: cause)
      case .constraint: .contradiction(subject: error.operation, detail: cause)
      case .inputOutput, .other: .failed(operation: error.operation, cause: error.description)
      }
  }

  /// The error of a system call that failed just now.
  static func system(_ path: String) -> JournalError { system(path, errno) }

  static func system(_ path: String, _ number: Int32) -> JournalError {
    switch number {
    case ENOSPC, EDQUOT: .diskFull(operation: path)
    case EROFS: .readOnly(operation: path)
    default: .inaccessible(path: path, cause: "errno \(number)")
    }
  }

  /// Whether what is on disk is no longer known, so that nothing more may be written through this connection.
  var endsWriting: Bool {
    switch self {
    case .damaged, .failed, .withoutMark, .gone, .writtenByAnother: true
    default: false
    }
  }
}

extension JournalError {
  /// Whether an account with this journal is parked: nothing more can be written down before somebody mends it.
  package var endsTrading: Bool {
    if case .readOnly = self { true } else { endsWriting }
  }

  /// Whether it may pass without anybody mending the journal itself, so that opening it again is worth a try.
  package var mayPass: Bool {
    switch self {
    case .diskFull, .readOnly, .inUse, .busy, .inaccessible: true
    default: false
    }
  }
}

extension JournalError: CustomStringConvertible {
  /// What happened, in one line.
  package var description: String {
    switch self {
    case .inaccessible(let path, let cause): "the journal cannot be opened: \(path): \(cause)"
    case .inUse(let path, let pid):
      "another process\(pid.map { " (pid \($0))" } ?? "") writes the journal in \(path)"
    case .missing(let path): "there is no journal at \(path)"
    case .notDurable(let setting, let found): "the journal is not durable: \(setting) is \(found)"
    case .boundToAnother(let what, let bound, let asked):
      "the journal belongs to \(what) \(bound), not to \(asked)"
    case .newerSchema(let found, let known):
      "the journal has schema version \(found); this program knows up to \(known)"
    case .diskFull(let operation): "no space left for the journal, at: \(operation)"
    case .readOnly(let operation): "the journal cannot be written, at: \(operation)"
    case .damaged(let place, let detail): "the journal is damaged at \(place): \(detail)"
    case .withoutMark(let path, let detail):
      "the journal has rows, but \(path) \(detail): nothing tells whether acknowledged rows are gone"
    case .gone(let path, let name): "the journal \(name) stood here and is gone: \(path) is not it"
    case .writtenByAnother(let path): "another program wrote into the journal while it was open: \(path)"
    case .movedAway(let segment, let what): "segment \(segment) of the journal was moved away; \(what) needs it"
    case .busy(let operation): "the journal is locked by another connection, at: \(operation)"
    case .failed(let operation, let cause): "the journal failed at \(operation): \(cause)"
    case .alreadyIntended(let id): "order \(id) is in the journal already"
    case .withoutIntent(let id): "order \(id) has no intent in the journal"
    case .contradiction(let subject, let detail): "\(subject) contradicts the journal: \(detail)"
    case .overfill(let id, let ordered, let filled, let fill):
      "fill \(fill) makes order \(id) filled by \(filled) of \(ordered)"
    case .fillDoesNotFit(let symbol, let fill, let error):
      "fill \(fill) does not fit the position in \(symbol): \(error)"
    }
  }

  /// What the operator does next.
  package var nextStep: String {
    switch self {
    case .inaccessible: "give the host's user access to the state directory"
    case .inUse: "end the other process, or wait until it has ended"
    case .missing: "start the account once in this mode"
    case .notDurable: "move the state directory to a local file system that supports SQLite's WAL"
    case .boundToAnother: "use the key this journal was made with, or give the account another state directory"
    case .newerSchema: "run the version that wrote it, or a later one"
    case .diskFull: "free space on the state directory's disk; cancels remain possible"
    case .readOnly: "make the state directory writable; cancels remain possible"
    case .damaged: "keep the files, copy them aside, and restore the journal from a backup"
    case .withoutMark(let path, _):
      """
      put the mark back from the same copy as the rest; or, after `journal ACCOUNT --verify` and a look at the venue's \
      orders, accept the rows that are there: echo accept > \(path)
      """
    case .gone:
      """
      put the journal's files back; or, to begin a new one on purpose, cancel the account's orders at the venue and \
      remove journal.lock too
      """
    case .writtenByAnother: "end the other program, run `journal ACCOUNT --verify`"
    case .movedAway: "put the segment's file back beside its seal"
    case .busy: "end whatever else has the file open"
    case .failed: "look after the disk, then restart the account"
    case .alreadyIntended, .withoutIntent, .contradiction, .overfill, .fillDoesNotFit:
      "compare the account's orders and fills with the venue's before it trades again"
    }
  }
}
