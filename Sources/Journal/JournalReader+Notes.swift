package import Core
import SQLite

/// What a note is about: values of which the latest holds.
enum NoteKind: String {
  /// Facts about whose journal it is.
  case binding
  /// What is to happen to a position, by symbol.
  case plan
  /// Where some work stands, by name.
  case marker
  /// What was found when the journal was opened.
  case opening
}

extension JournalReader {
  /// The plans in force, by symbol, as JSON.
  package func plans() throws(JournalError) -> [String: Noted] { try notes(.plan) }

  /// The plan in force for one market; `nil` when there is none.
  package func plan(symbol: Symbol) throws(JournalError) -> Noted? { try note(.plan, symbol.description) }

  /// The markers that are set, by name.
  package func markers() throws(JournalError) -> [String: Noted] { try notes(.marker) }

  /// One marker; `nil` when it is not set.
  package func marker(_ key: String) throws(JournalError) -> Noted? { try note(.marker, key) }

  func note(_ kind: NoteKind, _ key: String) throws(JournalError) -> Noted? {
    var rows = try database.rows(
      "SELECT value, time FROM notes WHERE kind = ? AND key = ? ORDER BY seq DESC LIMIT 1",
      [.text(kind.rawValue), .text(key)])
    guard try rows.advance(), let value = rows.text(0) else { return nil }
    return Noted(value: value, time: try rows.neededTime(1, "notes.time"))
  }

  private func notes(_ kind: NoteKind) throws(JournalError) -> [String: Noted] {
    var rows = try database.rows(
      """
      SELECT key, value, time FROM notes
      WHERE seq IN (SELECT max(seq) FROM notes WHERE kind = ? GROUP BY key) AND value IS NOT NULL
      """, [.text(kind.rawValue)])
    var notes: [String: Noted] = [:]
    while try rows.advance() {
      notes[try rows.needed(0, "notes.key")] = Noted(
        value: try rows.needed(1, "notes.value"), time: try rows.neededTime(2, "notes.time"))
    }
    return notes
  }
}

extension JournalReader {
  /// The cycles, the newest first.
  package func cycles(limit: Int) throws(JournalError) -> [CycleRecord] {
    var records = try ownCycles(limit: limit)
    guard listsSealed else { return records }
    _ = try sealed { reader throws(JournalError) -> Bool? in
      guard records.count < limit else { return true }
      let last = records.last?.number ?? .max
      records += try reader.ownCycles(limit: limit).filter { $0.number < last }
      return nil
    }
    return Array(records.prefix(limit))
  }

  private func ownCycles(limit: Int) throws(JournalError) -> [CycleRecord] {
    var rows = try database.rows(
      """
      SELECT number, started_at, finished_at, market_time, markets, signals, orders, rejected, equity, failure
      FROM cycles ORDER BY seq DESC LIMIT ?
      """, [.integer(Int64(limit))])
    var cycles: [CycleRecord] = []
    while try rows.advance() {
      cycles.append(
        CycleRecord(
          number: Int(try rows.neededInteger(0, "cycles.number")),
          startedAt: try rows.neededTime(1, "cycles.started_at"),
          finishedAt: try rows.neededTime(2, "cycles.finished_at"),
          marketTime: try rows.neededTime(3, "cycles.market_time"),
          markets: Int(try rows.neededInteger(4, "cycles.markets")),
          signals: Int(try rows.neededInteger(5, "cycles.signals")),
          orders: Int(try rows.neededInteger(6, "cycles.orders")),
          rejected: try rows.needed(7, "cycles.rejected"),
          equity: try rows.optionalDecimal(8, "cycles.equity"),
          failure: rows.text(9)))
    }
    return cycles
  }

  /// The number of the latest cycle; 0 before the first.
  package func lastCycleNumber() throws(JournalError) -> Int {
    Int(try database.number("SELECT coalesce(max(number), 0) FROM cycles"))
  }
}
