/// A value in a column or for a placeholder. There is no floating point: nothing we store may be inexact.
package enum SQLiteValue: Hashable, Sendable {
  /// `NULL`
  case null
  /// A 64-bit whole number.
  case integer(Int64)
  /// Text, UTF-8.
  case text(String)
  /// Bytes.
  case blob([UInt8])

  /// Text or `NULL`.
  package static func optional(_ text: String?) -> SQLiteValue { text.map(SQLiteValue.text) ?? .null }
  /// A whole number or `NULL`.
  package static func optional(_ number: Int64?) -> SQLiteValue { number.map(SQLiteValue.integer) ?? .null }
}

/// The kind of a ``SQLiteValue``.
package enum SQLiteKind: Hashable, Sendable {
  /// `NULL`
  case null
  /// A 64-bit whole number.
  case integer
  /// Text, UTF-8.
  case text
  /// Bytes.
  case blob
}
