import Core
import SQLite

/// A row of the chain, whichever table it is in.
struct ChainedRow {
  let seq: Int64
  let table: String
  let columns: [(name: String, value: SQLiteValue)]
  let hash: [UInt8]?
}

extension JournalReader {
  /// Reads every row of this segment and checks that each is chained to the row before.
  /// - Parameter hash: the function the journal was written with.
  /// - Returns: how many rows there are.
  /// - Throws: ``JournalError/damaged(place:detail:)`` naming the first row that breaks the chain.
  package func verifyChain(hash: @escaping @Sendable ([UInt8]) throws(JournalError) -> [UInt8]) throws(JournalError)
    -> Int
  {
    let chain = RowChain(function: hash)
    var previous: [UInt8]
    if let before = opening?.before {
      previous = before
    } else {
      previous = try chain.genesis(name: name, binding: binding)
    }
    let start = first
    let last = try eachRow(from: start) { (row: ChainedRow) throws(JournalError) in
      let hash = try chain.hash(after: previous, table: row.table, columns: row.columns)
      guard row.hash == hash else {
        throw .damaged(
          place: "row \(row.seq) (\(row.table))", detail: "its hash does not follow from it and the row before")
      }
      previous = hash
    }
    return Int(last - start + 1)
  }

  /// Gives this segment's own rows in their order; a number that is missing, or there twice, ends it.
  /// - Returns: the last row's number.
  func eachRow(
    from start: Int64, _ body: (ChainedRow) throws(JournalError) -> Void
  ) throws(JournalError) -> Int64 {
    var seq = start - 1
    let sources = Schema.chained(version).map { "SELECT seq, '\($0)' FROM \($0) WHERE seq >= \(first)" }
    var index = try database.rows(sources.joined(separator: " UNION ALL ") + " ORDER BY 1")
    while try index.advance() {
      seq += 1
      let table = try index.needed(1, "table")
      guard try index.neededInteger(0, "seq") == seq else {
        throw .damaged(place: "row \(seq)", detail: "it is missing")
      }
      try body(try chainedRow(table, seq))
    }
    return seq
  }

  private func chainedRow(_ table: String, _ seq: Int64) throws(JournalError) -> ChainedRow {
    var row = try database.rows("SELECT * FROM \(table) WHERE seq = ?", [.integer(seq)])
    guard try row.advance() else {
      throw .damaged(place: "row \(seq) (\(table))", detail: "it is missing in its table")
    }
    var stored: [UInt8]?
    var columns: [(name: String, value: SQLiteValue)] = []
    for (position, name) in row.columnNames.enumerated() {
      if name == "hash" { stored = row.blob(position) } else { columns.append((name, row.value(position))) }
    }
    return ChainedRow(seq: seq, table: table, columns: columns, hash: stored)
  }

  // MARK: For a check of all

  /// Everything read from here on is of one instant.
  func beginSnapshot() throws(JournalError) {
    try mapped { () throws(SQLiteError) in try database.execute("BEGIN") }
  }

  /// What SQLite itself finds wrong with the file.
  func integrity() throws(JournalError) -> [String] {
    var rows = try database.rows("PRAGMA integrity_check(20)")
    var lines: [String] = []
    while try rows.advance() { lines.append(try rows.needed(0, "integrity_check")) }
    return lines == ["ok"] ? [] : lines
  }

  func counter(_ name: String) throws(JournalError) -> Int64 {
    try database.number("SELECT coalesce(max(value), 0) FROM counters WHERE name = ?", [.text(name)])
  }

  /// The values of the opening row.
  struct OpeningFields {
    fileprivate(set) var values: [String: SQLiteValue] = [:]

    func text(_ name: String) -> String {
      if case .text(let text)? = values[name] { text } else { "" }
    }

    func number(_ name: String) -> Int64 {
      if case .integer(let number)? = values[name] { number } else { 0 }
    }

    func bytes(_ name: String) -> [UInt8] { Hex.decode(text(name)) ?? [] }
  }

  func openingFields() throws(JournalError) -> OpeningFields {
    var row = try database.rows("SELECT * FROM segments ORDER BY seq DESC LIMIT 1")
    var fields = OpeningFields()
    guard try row.advance() else { return fields }
    for (position, name) in row.columnNames.enumerated() { fields.values[name] = row.value(position) }
    return fields
  }

  /// This segment's own executions, each with its row's number.
  func ownFillRows() throws(JournalError) -> [(row: Int64, fill: Fill)] {
    var rows = try database.rows("SELECT seq, fill_id FROM fills WHERE seq >= ? ORDER BY seq", [.integer(first)])
    var fills: [(row: Int64, fill: Fill)] = []
    while try rows.advance() {
      let row = try rows.neededInteger(0, "fills.seq")
      // Found by its number, not by its id: the index may be what is damaged.
      guard let record = try fill(row: row) else {
        throw .damaged(place: "row \(row) (fills)", detail: "it is missing")
      }
      fills.append((row, record.fill))
    }
    return fills
  }

  /// This segment's own rows about positions, in their order.
  func positionRows() throws(JournalError) -> [(row: Int64, symbol: Symbol, holding: HoldingRow)] {
    guard version >= JournalKind.positions.sinceVersion else { return [] }
    var rows = try database.rows(
      """
      SELECT quantity, cost, realised, fees, opened_at, entry_price, problem, symbol, seq FROM positions
      WHERE seq >= ? ORDER BY seq
      """, [.integer(first)])
    var list: [(row: Int64, symbol: Symbol, holding: HoldingRow)] = []
    while try rows.advance() {
      list.append(
        (
          try rows.neededInteger(8, "positions.seq"), try rows.needed(7, "positions.symbol", Symbol.init(parsing:)),
          try HoldingRow(rows)
        ))
    }
    return list
  }
}
