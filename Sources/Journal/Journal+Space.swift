import Core
import SQLite

/// The room of the log, and what the journal needs done to keep it.
extension Journal {
  /// Copies all of the log into the database and empties it.
  /// - Returns: `false` when a reader is in the way.
  func emptyLog() throws(JournalError) -> Bool {
    do throws(SQLiteError) {
      // A reader is not waited for: the next cycle tries again.
      try database.setPragma("busy_timeout", "0")
      defer { _ = try? database.setPragma("busy_timeout", "2000") }
      guard try database.copyLog(truncating: true) else { return false }
      space = LogSpace()
      return true
    } catch {
      guard error.kind == .full || error.kind == .busy || error.kind == .locked else { throw JournalError(error) }
      return false
    }
  }

  /// Keeps the reserve free: copies the log into the database, or, when a reader is in the way, grows it.
  func makeRoom() throws(JournalError) {
    guard !space.hasOrdinaryRoom, try !copyLog() else { return }
    try space.allocate(files.log, frames: space.used + LogSpace.growth + LogSpace.reserve)
  }

  /// What may use the reserve up does so sparingly: as much as can be is copied before the last of it.
  func saveRoom() throws(JournalError) {
    if space.used + LogSpace.copyAt > space.allocated, database.logFrames > 0 { _ = try copyLog() }
  }

  /// - Returns: whether the log begins anew with the next commit.
  private func copyLog() throws(JournalError) -> Bool {
    do throws(SQLiteError) {
      guard try database.copyLog() else { return false }
      space.used = 0
      return true
    } catch {
      // A database that cannot grow is no loss: the log still has the rows.
      guard error.kind == .full || error.kind == .busy else { throw JournalError(error) }
      return false
    }
  }

  /// Commits something that nothing reads: whoever is about to take a stop away knows then that what follows can be
  /// written down. It has to change, since SQLite writes no page whose content stays the same.
  package func proveWritable() throws(JournalError) {
    try checkFiles()
    try transaction { () throws(JournalError) in
      let proofs = try database.number("SELECT coalesce(max(value), 0) FROM counters WHERE name = 'proofs'")
      try execute(
        "INSERT OR REPLACE INTO counters (name, value) VALUES ('proofs', ?)", [.integer((proofs + 1) % 1_000_000)])
    }
  }

  /// Whether an exit will find room for all that it writes, from its stop's cancel to its fills. What is decided on
  /// without it could not be written down to its end.
  /// - Throws: when nothing can be written at all.
  package func hasRoomForExit() throws(JournalError) -> Bool {
    if let stopped { throw stopped }
    try checkFiles()
    if space.used + LogSpace.exit <= space.allocated { return true }
    if depth == 0, (try? copyLog()) == true { return true }
    return (try? space.allocate(files.log, frames: space.used + LogSpace.exit)) != nil
  }

  /// What the journal needs done now and then, off the way of orders.
  func keepUp() throws(JournalError) {
    try checkFiles()
    precondition(!isInTransaction, "the log is copied between transactions")
    if space.used >= LogSpace.copyAt { _ = try copyLog() }
    try settle()
    try rotateIfDue()
  }
}
