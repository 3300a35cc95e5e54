package import Core
import SQLite

/// What one market's own fills add up to.
enum Holding: Hashable, Sendable {
  case position(Position)
  case misfit(Holdings.Misfit)
}

/// A holding, and after which of the market's fills.
struct KnownHolding {
  /// The order in which fills count: the venue's. Where two share an instant the buy goes first, since what is sold must
  /// have been bought.
  struct Turn: Comparable {
    var time: Timestamp
    var side: Side
    var id: String

    init(_ fill: Fill) { (time, side, id) = (fill.time, fill.side, fill.id) }

    static func < (a: Turn, b: Turn) -> Bool {
      (a.time, a.side.rawValue, a.id) < (b.time, b.side.rawValue, b.id)
    }
  }

  /// `nil` without a fill.
  var holding: Holding?
  var last: Turn?
  /// Fills before this instant are in it already, from sealed segments.
  var through: Timestamp?

  /// Whether a fill only has to be added.
  func precedes(_ fill: Fill) -> Bool {
    (last.map { $0 < Turn(fill) } ?? true) && (through.map { $0 <= fill.time } ?? true)
  }

  /// Adds the next fill.
  mutating func add(_ fill: Fill, of symbol: Symbol) {
    last = Turn(fill)
    if case .misfit = holding { return }
    var position = Position(symbol: symbol)
    if case .position(let before) = holding { position = before }
    do throws(PositionError) {
      try position.apply(fill)
      holding = .position(position)
    } catch { holding = .misfit(Holdings.Misfit(symbol: symbol, fillID: fill.id, error: error)) }
  }
}

extension JournalReader {
  private static let columns = """
    f.fill_id, f.venue_order_id, f.symbol, f.side, f.price, f.quantity, f.fee, f.fee_currency, f.executed_at, f.time,
      (SELECT client_id FROM order_events WHERE venue_order_id = f.venue_order_id LIMIT 1) AS owner
    """

  /// Executions, the latest first by the venue's time; foreign ones too.
  package func fills(limit: Int) throws(JournalError) -> [FillRecord] {
    var records = try fills("ORDER BY f.executed_at DESC, f.seq DESC LIMIT ?", [.integer(Int64(limit))])
    guard listsSealed, segment > 1 else { return records }
    var seen = Set(records.map(\.fill.id))
    _ = try sealed { reader throws(JournalError) -> Never? in
      for record in try reader.fills(limit: limit) where seen.insert(record.fill.id).inserted { records.append(record) }
      return nil
    }
    return Array(records.sorted { ($1.fill.time, $1.fill.id) < ($0.fill.time, $0.fill.id) }.prefix(limit))
  }

  /// The running number of the latest row that holds an execution; 0 when there is none.
  package func lastFillSequence() throws(JournalError) -> Int64 {
    try database.number("SELECT coalesce(max(seq), 0) FROM fills")
  }

  /// Executions written down after the row with that running number, foreign ones too.
  package func fills(afterSequence sequence: Int64) throws(JournalError) -> [FillRecord] {
    try fills("WHERE f.seq > ? ORDER BY f.seq", [.integer(sequence)])
  }

  /// The executions of one order of ours, in the venue's order.
  package func fills(of id: ClientOrderID) throws(JournalError) -> [FillRecord] {
    try fills("WHERE owner = ? ORDER BY f.executed_at, f.fill_id", [.text(id.hex)])
  }

  /// The execution of that venue id; `nil` when it is not in the journal.
  package func fill(id: String) throws(JournalError) -> FillRecord? {
    if let own = try ownFill(id: id) { return own }
    return try sealed { reader throws(JournalError) in try reader.ownFill(id: id) }
  }

  func ownFill(id: String) throws(JournalError) -> FillRecord? {
    try fills("WHERE f.fill_id = ?", [.text(id)]).first
  }

  func fill(row: Int64) throws(JournalError) -> FillRecord? {
    try fills("WHERE f.seq = ?", [.integer(row)]).first
  }

  /// The executions of our own orders in one market, in the venue's order, as far as this segment has them.
  func ownFills(of symbol: Symbol) throws(JournalError) -> [Fill] {
    try fills(
      "WHERE f.symbol = ? AND owner IS NOT NULL ORDER BY f.executed_at, f.side, f.fill_id",
      [.text(symbol.description)]
    ).map(\.fill)
  }

  /// When the venue executed the latest of our own fills; `nil` when there is none.
  package func lastFillAt() throws(JournalError) -> Timestamp? {
    var rows = try database.rows(
      """
      SELECT max(executed_at) FROM fills
      WHERE venue_order_id IN (SELECT venue_order_id FROM order_events WHERE venue_order_id IS NOT NULL)
      """)
    guard try rows.advance(), rows.value(0) != .null else { return nil }
    return try rows.neededTime(0, "fills.executed_at")
  }

  private func fills(_ rest: String, _ values: [SQLiteValue]) throws(JournalError) -> [FillRecord] {
    var rows = try database.rows("SELECT \(Self.columns) FROM fills f \(rest)", values)
    var records: [FillRecord] = []
    while try rows.advance() { records.append(try Self.record(rows)) }
    return records
  }

  private static func record(_ rows: borrowing Rows) throws(JournalError) -> FillRecord {
    let isForeign = rows.value(10) == .null
    return FillRecord(
      fill: Fill(
        id: try rows.needed(0, "fills.fill_id"),
        venueOrderID: VenueOrderID(try rows.needed(1, "fills.venue_order_id")),
        symbol: try rows.needed(2, "fills.symbol", Symbol.init(parsing:)),
        side: try rows.needed(3, "fills.side", Side.init(rawValue:)),
        price: Price(try rows.neededDecimal(4, "fills.price")),
        quantity: Quantity(try rows.neededDecimal(5, "fills.quantity")),
        fee: try rows.neededDecimal(6, "fills.fee"),
        feeCurrency: try rows.needed(7, "fills.fee_currency"),
        time: try rows.neededTime(8, "fills.executed_at")),
      clientOrderID: isForeign ? nil : try rows.needed(10, "order_events.client_id", ClientOrderID.init(parsing:)),
      recordedAt: try rows.neededTime(9, "fills.time"))
  }

  /// The sum of the unique fills of one order of ours.
  func filledQuantity(of id: ClientOrderID) throws(JournalError) -> Quantity {
    var rows = try database.rows(
      """
      SELECT quantity FROM fills WHERE venue_order_id IN
        (SELECT venue_order_id FROM order_events WHERE client_id = ? AND venue_order_id IS NOT NULL)
      """, [.text(id.hex)])
    var sum = Quantity.zero
    while try rows.advance() {
      let quantity = Quantity(try rows.neededDecimal(0, "fills.quantity"))
      guard let next = try? sum + quantity else { throw .damaged(place: "fills of \(id)", detail: "no exact sum") }
      sum = next
    }
    return sum
  }
}

extension JournalReader {
  /// What the account's own fills add up to; a market whose fills do not is listed as such.
  package func holdings() throws(JournalError) -> Holdings {
    var holdings = Holdings()
    for symbol in try symbols().sorted() {
      switch try holding(of: symbol) {
      case .position(let position): holdings.positions.append(position)
      case .misfit(let misfit): holdings.misfits.append(misfit)
      case nil: break
      }
    }
    return holdings
  }

  /// One position per market with fills of our own, closed ones too.
  /// - Throws: ``JournalError/fillDoesNotFit(_:fillID:_:)`` when a market's fills do not add up.
  package func positions() throws(JournalError) -> [Position] {
    let holdings = try holdings()
    guard let misfit = holdings.misfits.first else { return holdings.positions }
    throw .fillDoesNotFit(misfit.symbol, fillID: misfit.fillID, misfit.error)
  }

  func symbols() throws(JournalError) -> [Symbol] {
    let bases = version >= 3 ? "SELECT symbol FROM base_positions UNION " : ""
    var rows = try database.rows(bases + "SELECT symbol FROM fills")
    var symbols: [Symbol] = []
    while try rows.advance() { symbols.append(try rows.needed(0, "fills.symbol", Symbol.init(parsing:))) }
    return symbols
  }

  /// Adds the fills up in the venue's order, whatever order they came in: on top of what sealed segments' fills add up
  /// to, unless one has come since that belongs before it.
  func computedHolding(
    of symbol: Symbol, before end: Timestamp = Timestamp(nanoseconds: .max)
  ) throws(JournalError) -> KnownHolding {
    var known = KnownHolding()
    var fills: [Fill]
    if let base = try base(of: symbol) {
      if try hasLateFill(of: symbol, before: base.through) || end < base.through {
        fills = try allFills(of: symbol, before: end)
      } else {
        known.holding = .position(base.position)
        known.through = base.through
        fills = try ownFills(of: symbol).filter { $0.time >= base.through }
      }
    } else {
      fills = try ownFills(of: symbol)
    }
    for fill in fills where fill.time < end { known.add(fill, of: symbol) }
    return known
  }

  /// What a market's fills in sealed segments add up to, up to an instant.
  func base(of symbol: Symbol) throws(JournalError) -> NextSegment.Base? {
    guard version >= 3 else { return nil }
    var rows = try database.rows(
      """
      SELECT through, quantity, cost, realised, fees, opened_at, entry_price FROM base_positions WHERE symbol = ?
      """, [.text(symbol.description)])
    guard try rows.advance() else { return nil }
    return NextSegment.Base(
      position: Position(
        symbol: symbol, quantity: Quantity(try rows.neededDecimal(1, "base_positions.quantity")),
        cost: Notional(try rows.neededDecimal(2, "base_positions.cost")),
        realised: Notional(try rows.neededDecimal(3, "base_positions.realised")),
        fees: Notional(try rows.neededDecimal(4, "base_positions.fees")),
        openedAt: rows.integer(5).map(Timestamp.init(nanoseconds:)),
        entryPrice: try rows.optionalDecimal(6, "base_positions.entry_price").map(Price.init)),
      through: try rows.neededTime(0, "base_positions.through"))
  }

  private func hasLateFill(of symbol: Symbol, before through: Timestamp) throws(JournalError) -> Bool {
    try database.number(
      """
      SELECT count(*) FROM fills f WHERE symbol = ? AND executed_at < ? AND seq >= ?
        AND EXISTS (SELECT 1 FROM order_events WHERE venue_order_id = f.venue_order_id)
      """, [.text(symbol.description), .integer(through.nanoseconds), .integer(first)]) > 0
  }
}
