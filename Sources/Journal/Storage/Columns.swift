import Core
import SQLite

/// Typed columns: there and readable, or an error that names the column. Never a value that was not stored.
extension Rows {
  private static func damaged(_ name: String) -> JournalError {
    .damaged(place: "column \(name)", detail: "its value is missing or not of its form")
  }

  func needed(_ column: Int, _ name: String) throws(JournalError) -> String {
    guard let text = text(column) else { throw Self.damaged(name) }
    return text
  }

  func neededInteger(_ column: Int, _ name: String) throws(JournalError) -> Int64 {
    guard let number = integer(column) else { throw Self.damaged(name) }
    return number
  }

  func neededTime(_ column: Int, _ name: String) throws(JournalError) -> Timestamp {
    Timestamp(nanoseconds: try neededInteger(column, name))
  }

  func neededDecimal(_ column: Int, _ name: String) throws(JournalError) -> ExactDecimal {
    guard let number = try? ExactDecimal(parsing: try needed(column, name)) else { throw Self.damaged(name) }
    return number
  }

  func optionalDecimal(_ column: Int, _ name: String) throws(JournalError) -> ExactDecimal? {
    value(column) == .null ? nil : try neededDecimal(column, name)
  }

  /// A value whose text form `parse` reads.
  func needed<Value>(_ column: Int, _ name: String, _ parse: (String) -> Value?) throws(JournalError) -> Value {
    guard let value = parse(try needed(column, name)) else { throw Self.damaged(name) }
    return value
  }
}

extension Rows {
  /// The next row, with SQLite's errors turned into the journal's.
  mutating func advance() throws(JournalError) -> Bool {
    do throws(SQLiteError) {
      return try next()
    } catch {
      throw JournalError(error)
    }
  }
}

extension Database {
  /// The rows of a query, with SQLite's errors turned into the journal's.
  func rows(_ sql: String, _ values: [SQLiteValue] = []) throws(JournalError) -> Rows {
    do throws(SQLiteError) {
      return try query(sql, values)
    } catch {
      throw JournalError(error)
    }
  }
}

extension TimeInForce {
  /// The stored word.
  var word: String {
    switch self {
    case .immediateOrCancel: "immediate_or_cancel"
    case .fillOrKill: "fill_or_kill"
    case .goodTillCancelled: "good_till_cancelled"
    case .goodTillDate: "good_till_date"
    }
  }

  /// The instant that goes with `good_till_date`.
  var expires: Timestamp? {
    if case .goodTillDate(let date) = self { date } else { nil }
  }

  init?(word: String, expires: Int64?) {
    switch (word, expires) {
    case ("immediate_or_cancel", nil): self = .immediateOrCancel
    case ("fill_or_kill", nil): self = .fillOrKill
    case ("good_till_cancelled", nil): self = .goodTillCancelled
    case ("good_till_date", let date?): self = .goodTillDate(Timestamp(nanoseconds: date))
    default: return nil
    }
  }
}
