package import Core
import SQLite

extension Journal {
  /// Sets the plan for what is held of one market, as JSON; `nil` when there is none any more.
  package func savePlan(symbol: Symbol, json: String?, cause: String) throws(JournalError) {
    try setNote(.plan, symbol.description, json, cause: cause)
  }

  /// Sets a marker, or clears it with `nil`: a cursor, the last reconciliation, a barred symbol.
  package func setMarker(_ key: String, _ value: String?, cause: String) throws(JournalError) {
    try setNote(.marker, key, value, cause: cause)
  }

  /// Writes down a cycle that has ended, well or not; the journal's own upkeep goes with it, off the way of orders.
  package func recordCycle(_ cycle: CycleRecord, cause: String) throws(JournalError) {
    try keepUp()
    try transaction(canWait: true) { () throws(JournalError) in
      try append(
        "cycles", cause: cause,
        [
          ("number", .integer(Int64(cycle.number))), ("started_at", .integer(cycle.startedAt.nanoseconds)),
          ("finished_at", .integer(cycle.finishedAt.nanoseconds)),
          ("market_time", .integer(cycle.marketTime.nanoseconds)), ("markets", .integer(Int64(cycle.markets))),
          ("signals", .integer(Int64(cycle.signals))), ("orders", .integer(Int64(cycle.orders))),
          ("rejected", .text(cycle.rejected)), ("equity", .optional(cycle.equity?.description)),
          ("failure", .optional(cycle.failure)),
        ])
    }
  }

  /// Appends a value that differs from the one in force.
  func setNote(_ kind: NoteKind, _ key: String, _ value: String?, cause: String) throws(JournalError) {
    guard try note(kind, key)?.value != value else { return }
    try appendNote(kind, key, value, cause: cause)
  }

  func appendNote(_ kind: NoteKind, _ key: String, _ value: String?, cause: String) throws(JournalError) {
    try transaction(canWait: true) { () throws(JournalError) in
      try append(
        "notes", cause: cause,
        [
          ("kind", .text(kind.rawValue)), ("key", .text(key)), ("value", .optional(value)),
        ])
    }
  }
}
