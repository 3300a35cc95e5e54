import Core
import SQLite

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
    return Int(try checkChain(chain, expecting: first, after: previous).seq - first + 1)
  }

  /// Checks this segment's own rows; see ``ChainWalk``.
  func checkChain(_ chain: RowChain, expecting start: Int64, after hash: [UInt8]) throws(JournalError) -> Journal.Head {
    try ChainWalk(database: database, version: version, chain: chain)
      .check(from: first, expecting: start, after: hash)
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
