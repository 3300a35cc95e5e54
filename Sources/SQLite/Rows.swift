/// The rows a query answers, read one at a time. The statement is free again when this goes out of scope.
package struct Rows: ~Copyable {
  private let statement: Statement
  private let connection: Connection

  init(_ statement: Statement, _ connection: Connection) {
    self.statement = statement
    self.connection = connection
    statement.isInUse = true
  }

  deinit { statement.reset() }

  /// Moves to the next row; `false` when there is none. Columns may be read after `true` only.
  package mutating func next() throws(SQLiteError) -> Bool { try statement.step(on: connection) }

  /// The columns' names, in order.
  package var columnNames: [String] { statement.columnNames }
  /// The value of a column, counted from 0.
  package func value(_ column: Int) -> SQLiteValue { statement.value(column) }

  /// Of which kind the value of a column is.
  package func kind(_ column: Int) -> SQLiteKind { statement.kind(column) }
  /// Appends the bytes of a text or of bytes as they are stored.
  package func appendBytes(_ column: Int, to bytes: inout [UInt8]) { statement.appendBytes(column, to: &bytes) }

  /// The text of a column; `nil` for `NULL` or another type.
  package func text(_ column: Int) -> String? {
    guard case .text(let text) = value(column) else { return nil }
    return text
  }

  /// The whole number of a column; `nil` for `NULL` or another type.
  package func integer(_ column: Int) -> Int64? {
    guard case .integer(let number) = value(column) else { return nil }
    return number
  }

  /// The bytes of a column; `nil` for `NULL` or another type.
  package func blob(_ column: Int) -> [UInt8]? {
    guard case .blob(let bytes) = value(column) else { return nil }
    return bytes
  }
}
