import SQLite

/// Reads a segment's own rows in the order of their running numbers, whichever tables they are in, each table once, and
/// checks that each row is chained to the row before.
struct ChainWalk {
  let database: Database
  let version: Int
  let chain: RowChain

  /// The rows of one table.
  private final class Cursor {
    let table: String
    private var rows: Rows
    private let shape: RowChain.Shape
    /// The running number of the row that is being read; `nil` after the last.
    private(set) var seq: Int64?

    init(_ database: Database, _ table: String, first: Int64) throws(JournalError) {
      self.table = table
      do throws(SQLiteError) {
        rows = try database.queryOnce("SELECT * FROM \(table) WHERE seq >= \(first) ORDER BY seq")
      } catch {
        throw JournalError(error)
      }
      let names = rows.columnNames
      shape = RowChain.Shape(table: table, columns: names)
      place = names.firstIndex(of: "seq") ?? 0
      try advance()
    }

    private let place: Int

    func advance() throws(JournalError) {
      seq = try rows.advance() ? try rows.neededInteger(place, "\(table).seq") : nil
    }

    func check(_ chain: RowChain, after previous: [UInt8], _ bytes: inout [UInt8]) throws(JournalError) -> [UInt8] {
      let hash = try chain.hash(after: previous, row: rows, shape, &bytes)
      guard let place = shape.stored, rows.blob(place) == hash else {
        throw .damaged(
          place: "row \(seq ?? 0) (\(table))", detail: "its hash does not follow from it and the row before")
      }
      return hash
    }
  }

  /// - Parameters:
  ///   - first: the segment's first row.
  ///   - start: the number that it must have.
  ///   - previous: the hash that it must follow from.
  /// - Returns: the last row.
  /// - Throws: ``JournalError/damaged(place:detail:)`` naming the first row that is changed, missing or there twice.
  func check(from first: Int64, expecting start: Int64, after previous: [UInt8]) throws(JournalError) -> Journal.Head {
    var cursors: [Cursor] = []
    for table in Schema.chained(version) { cursors.append(try Cursor(database, table, first: first)) }
    var head = Journal.Head(seq: start &- 1, hash: previous)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1_024)
    while let (cursor, seq) = Self.next(cursors) {
      guard seq == head.seq &+ 1 else {
        if seq <= head.seq { throw .damaged(place: "row \(seq)", detail: "its number is there twice") }
        throw .damaged(place: "row \(head.seq &+ 1)", detail: "it is missing")
      }
      head = Journal.Head(seq: seq, hash: try cursor.check(chain, after: head.hash, &bytes))
      try cursor.advance()
    }
    return head
  }

  private static func next(_ cursors: [Cursor]) -> (Cursor, Int64)? {
    var next: (Cursor, Int64)?
    for cursor in cursors {
      guard let seq = cursor.seq else { continue }
      if let known = next, known.1 <= seq { continue }
      next = (cursor, seq)
    }
    return next
  }
}
