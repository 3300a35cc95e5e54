import Core
import SQLite

/// What rows of all segments add up to, against what the journal says of it.
struct VerifiedSums {
  struct Problem {
    var row: Int64?
    var place: String
    var detail: String
  }

  private struct Order {
    var row: Int64
    var symbol: String
    var side: String
    var ordered: ExactDecimal
    var state = OrderState.intended
    var stateRow: Int64 = 0
    var reported: ExactDecimal?
  }

  private struct Execution {
    var row: Int64
    var venueOrderID: String
    var fill: Fill
  }

  private var orders: [String: Order] = [:]
  private var owners: [String: String] = [:]
  private var fills: [String: Execution] = [:]
  private var positions: [Symbol: (row: Int64, holding: HoldingRow)] = [:]
  private var greatestID: Int64 = 0
  /// Rows of a segment were not read: sums over all of them say nothing.
  private var isPartial = false

  mutating func miss() { isPartial = true }

  /// Takes in a segment's own rows.
  mutating func add(_ reader: JournalReader) throws(JournalError) -> [Problem] {
    var problems: [Problem] = []
    try addIntents(reader, &problems)
    try addEvents(reader, &problems)
    for record in try reader.ownFillRows() {
      if let known = fills[record.fill.id] {
        problems.append(Problem(row: record.row, place: "fills", detail: "row \(known.row) has the same execution"))
      }
      fills[record.fill.id] = Execution(
        row: record.row, venueOrderID: record.fill.venueOrderID.rawValue, fill: record.fill)
    }
    for (row, symbol, holding) in try reader.positionRows() { positions[symbol] = (row, holding) }
    return problems
  }

  private mutating func addIntents(_ reader: JournalReader, _ problems: inout [Problem]) throws(JournalError) {
    var rows = try reader.database.rows(
      "SELECT seq, client_id, symbol, side, quantity FROM intents WHERE seq >= ? ORDER BY seq",
      [.integer(reader.first)])
    while try rows.advance() {
      let id = try rows.needed(1, "intents.client_id")
      let row = try rows.neededInteger(0, "intents.seq")
      if let known = orders[id] {
        problems.append(Problem(row: row, place: "intents", detail: "row \(known.row) has the same client id"))
      }
      orders[id] = Order(
        row: row, symbol: try rows.needed(2, "intents.symbol"), side: try rows.needed(3, "intents.side"),
        ordered: try rows.neededDecimal(4, "intents.quantity"))
      if id.dropFirst(8).hasPrefix(reader.name) { greatestID = max(greatestID, Int64(id.suffix(12), radix: 16) ?? 0) }
    }
  }

  private mutating func addEvents(_ reader: JournalReader, _ problems: inout [Problem]) throws(JournalError) {
    var rows = try reader.database.rows(
      """
      SELECT seq, client_id, state, venue_order_id, filled_quantity FROM order_events WHERE seq >= ? ORDER BY seq
      """, [.integer(reader.first)])
    while try rows.advance() {
      let id = try rows.needed(1, "order_events.client_id")
      let row = try rows.neededInteger(0, "order_events.seq")
      if orders[id] == nil, !isPartial {
        problems.append(Problem(row: row, place: "order_events", detail: "order \(id) has no intent"))
      }
      orders[id]?.state = try rows.needed(2, "order_events.state", OrderState.init(rawValue:))
      orders[id]?.stateRow = row
      if let reported = try rows.optionalDecimal(4, "order_events.filled_quantity") { orders[id]?.reported = reported }
      guard let venueOrderID = rows.text(3) else { continue }
      if let owner = owners[venueOrderID], owner != id {
        problems.append(
          Problem(row: row, place: "order_events", detail: "venue order \(venueOrderID) is order \(owner)'s"))
      }
      owners[venueOrderID] = id
    }
  }

  /// All rows are in: what do they add up to?
  func finish(_ live: JournalReader) throws(JournalError) -> [Problem] {
    var problems: [Problem] = []
    if greatestID >= (try live.counter("client_ids")) {
      problems.append(Problem(place: "counters", detail: "client_ids is not beyond every id that was given"))
    }
    // Sums of an incomplete journal would accuse the part that is whole.
    guard !isPartial else { return problems }
    problems += checkFills()
    problems += try checkPositions(live)
    problems += try checkOpen(live)
    return problems
  }

  private func checkFills() -> [Problem] {
    var problems: [Problem] = []
    var filled: [String: ExactDecimal] = [:]
    for execution in fills.values {
      guard let id = owners[execution.venueOrderID], let order = orders[id] else { continue }
      let fill = execution.fill
      if fill.symbol.description != order.symbol || fill.side.rawValue != order.side {
        problems.append(
          Problem(row: execution.row, place: "fills", detail: "it is not of order \(id)'s market and side"))
      }
      guard let sum = try? (filled[id] ?? .zero) + fill.quantity.value else {
        problems.append(Problem(row: execution.row, place: "fills", detail: "no exact sum for order \(id)"))
        continue
      }
      filled[id] = sum
    }
    for (id, order) in orders {
      let sum = filled[id] ?? .zero
      if sum > order.ordered {
        problems.append(
          Problem(row: order.row, place: "intents", detail: "order \(id) is filled by \(sum) of \(order.ordered)"))
      }
      if order.state.isFinal, let reported = order.reported, reported != sum {
        problems.append(
          Problem(
            row: order.stateRow, place: "order_events",
            detail: "order \(id) ended with \(reported) filled; its unique fills add up to \(sum)"))
      }
    }
    return problems
  }

  private func checkPositions(_ live: JournalReader) throws(JournalError) -> [Problem] {
    var problems: [Problem] = []
    let own = fills.values.filter { owners[$0.venueOrderID] != nil }.map(\.fill)
    for (symbol, list) in Dictionary(grouping: own, by: \.symbol) {
      var known = KnownHolding()
      for fill in list.sorted(by: { KnownHolding.Turn($0) < KnownHolding.Turn($1) }) {
        known.add(fill, of: symbol)
      }
      // Rows of positions exist from version 3 on, from the first fill that came in it.
      if let told = positions[symbol], told.holding != known.holding?.row {
        problems.append(
          Problem(row: told.row, place: "positions", detail: "\(symbol)'s fills add up to something else"))
      }
      guard let found = try live.holding(of: symbol), found != known.holding else { continue }
      problems.append(
        Problem(place: "base_positions", detail: "\(symbol): what sealed fills add up to is something else"))
    }
    return problems
  }

  private func checkOpen(_ live: JournalReader) throws(JournalError) -> [Problem] {
    let found = Set(try live.openOrUnknownOrders().map(\.request.clientOrderID.hex))
    return orders.filter { !$0.value.state.isFinal && !found.contains($0.key) }.map { id, order in
      Problem(row: order.row, place: "counters", detail: "order \(id) is open, but is not found as such")
    }
  }
}
