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
    let insertion = insertion(into: table, row)
    let hash = try chain.hash(after: head.hash, table: table, columns: row, order: insertion.order)
    var values: [SQLiteValue] = []
    values.reserveCapacity(row.count + 1)
    for column in row { values.append(column.value) }
    values.append(.blob(hash))
    try execute(insertion.sql, values)
    head = Head(seq: seq, hash: hash)
  }

  /// Each table's rows come from one place, with the same columns.
  private func insertion(into table: String, _ row: [(name: String, value: SQLiteValue)]) -> Insertion {
    if let known = insertions[table] { return known }
    let places = repeatElement("?", count: row.count + 1).joined(separator: ", ")
    let names = row.map(\.name).joined(separator: ", ")
    let made = Insertion(
      sql: "INSERT INTO \(table) (\(names), hash) VALUES (\(places))", order: RowChain.order(row))
    insertions[table] = made
    return made
  }

  /// How rows of one table are written.
  struct Insertion {
    let sql: String
    /// The places of its columns as they are hashed.
    let order: [Int]
  }
}
