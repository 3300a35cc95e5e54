import SQLite

extension JournalReader {
  /// Reads every row and checks that each is chained to the row before.
  /// - Parameter hash: the function the journal was written with.
  /// - Returns: how many rows there are.
  /// - Throws: ``JournalError/damaged(place:detail:)`` naming the first row that breaks the chain.
  package func verifyChain(hash: @escaping @Sendable ([UInt8]) throws(JournalError) -> [UInt8]) throws(JournalError)
    -> Int
  {
    let chain = RowChain(function: hash)
    var previous = try chain.genesis(name: name, binding: binding)
    var count: Int64 = 0
    let sources = Schema.chained(version).map { "SELECT seq, '\($0)' FROM \($0)" }
    var index = try database.rows(sources.joined(separator: " UNION ALL ") + " ORDER BY 1")
    while try index.advance() {
      count += 1
      let table = try index.needed(1, "table")
      guard try index.neededInteger(0, "seq") == count else {
        throw .damaged(place: "row \(count)", detail: "it is missing")
      }
      previous = try verifiedHash(table, count, chain, after: previous)
    }
    return Int(count)
  }

  private func verifiedHash(
    _ table: String, _ seq: Int64, _ chain: RowChain, after previous: [UInt8]
  ) throws(JournalError) -> [UInt8] {
    var row = try database.rows("SELECT * FROM \(table) WHERE seq = ?", [.integer(seq)])
    guard try row.advance() else { throw .damaged(place: "row \(seq)", detail: "it is missing in \(table)") }
    var stored: [UInt8]?
    var columns: [(name: String, value: SQLiteValue)] = []
    for (position, name) in row.columnNames.enumerated() {
      if name == "hash" { stored = row.blob(position) } else { columns.append((name, row.value(position))) }
    }
    let hash = try chain.hash(after: previous, table: table, columns: columns)
    guard stored == hash else {
      throw .damaged(place: "row \(seq) (\(table))", detail: "its hash does not follow from it and the row before")
    }
    return hash
  }
}
