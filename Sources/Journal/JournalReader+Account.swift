package import Core
import SQLite

extension JournalReader {
  /// What the venue last said of each currency it ever listed; `nil` for one it no longer lists.
  package func latestBalances() throws(JournalError) -> [String: Balance?] {
    guard version >= JournalKind.balances.sinceVersion else { return [:] }
    var rows = try database.rows(
      """
      SELECT currency, total, held, available FROM balances
      WHERE seq IN (SELECT max(seq) FROM balances GROUP BY currency)
      """)
    var balances: [String: Balance?] = [:]
    while try rows.advance() {
      let currency = try rows.needed(0, "balances.currency")
      let total = try rows.optionalDecimal(1, "balances.total")
      guard let total else {
        balances[currency] = .some(nil)
        continue
      }
      balances[currency] = Balance(
        currency: currency, total: total, held: try rows.neededDecimal(2, "balances.held"),
        available: try rows.neededDecimal(3, "balances.available"))
    }
    return balances
  }

  /// What the last row about a market's position says; `nil` when there is none.
  func recordedHolding(of symbol: Symbol) throws(JournalError) -> HoldingRow? {
    guard version >= JournalKind.positions.sinceVersion else { return nil }
    var rows = try database.rows(
      """
      SELECT quantity, cost, realised, fees, opened_at, entry_price, problem FROM positions
      WHERE symbol = ? ORDER BY seq DESC LIMIT 1
      """, [.text(symbol.description)])
    guard try rows.advance() else { return nil }
    return try HoldingRow(rows)
  }
}

extension HoldingRow {
  /// The first seven columns.
  init(_ rows: borrowing Rows) throws(JournalError) {
    self.init(
      quantity: try rows.optionalDecimal(0, "positions.quantity"), cost: try rows.optionalDecimal(1, "positions.cost"),
      realised: try rows.optionalDecimal(2, "positions.realised"), fees: try rows.optionalDecimal(3, "positions.fees"),
      openedAt: rows.integer(4).map(Timestamp.init(nanoseconds:)),
      entryPrice: try rows.optionalDecimal(5, "positions.entry_price"), problem: rows.text(6))
  }
}
