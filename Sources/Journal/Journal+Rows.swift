import Core
import SQLite

/// Rows of the chain.
extension Journal {
  /// Runs one statement that changes what is derived from the rows.
  func execute(_ sql: String, _ values: [SQLiteValue]) throws(JournalError) {
    precondition(depth > 0, "changes belong in a transaction")
    if let lost { throw lost }
    try mapped { () throws(SQLiteError) in try database.execute(sql, values) }
  }

  /// Appends a row to the chain.
  func append(_ table: String, cause: String, _ columns: [(name: String, value: SQLiteValue)]) throws(JournalError) {
    let seq = head.seq + 1
    let row: [(name: String, value: SQLiteValue)] =
      [("seq", .integer(seq)), ("time", .integer(clock.now.nanoseconds)), ("cause", .text(cause))] + columns
    let hash = try chain.hash(after: head.hash, table: table, columns: row)
    try execute(insertion(into: table, row.map(\.name)), row.map(\.value) + [.blob(hash)])
    head = Head(seq: seq, hash: hash)
  }

  /// Each table's rows come from one place, with the same columns.
  private func insertion(into table: String, _ columns: [String]) -> String {
    if let known = statements[table] { return known }
    let places = repeatElement("?", count: columns.count + 1).joined(separator: ", ")
    let sql = "INSERT INTO \(table) (\(columns.joined(separator: ", ")), hash) VALUES (\(places))"
    statements[table] = sql
    return sql
  }
}
