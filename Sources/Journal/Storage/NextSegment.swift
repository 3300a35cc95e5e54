import Core
import Glibc
import SQLite

/// Makes the file of the next segment: what is needed to go on without the sealed ones, then the row that ties it to
/// them.
///
/// Rows that are carried over keep their running numbers, which are below the segment's first; the opening row has a
/// digest over all of them. Carried are: orders that are open, or had an intent, event or fill within the last hour;
/// the last entry of each open position (its plan); the last order and the last own fill; all executions of the last
/// hour and of these orders; the plans, markers and balances in force; what each market's earlier fills add up to.
/// Anything older is looked up in the sealed segments when a venue brings it up again.
struct NextSegment {
  /// What a market's own fills before ``from`` add up to.
  struct Base {
    var position: Position
    var through: Timestamp
  }

  let source: JournalFiles
  let files: JournalFiles
  let from: Timestamp
  let bases: [Base]
  /// Markets whose fills do not add up: all of those are carried over.
  let misfits: [Symbol]
  /// The markets with open positions.
  let open: [Symbol]
  let seal: Seal
  let placedBefore: Int
  let createdAt: String
  let chain: RowChain
  let now: Timestamp

  /// - Returns: the opening row.
  func build() throws(JournalError) -> Journal.Head {
    try remove(files.unfinished)
    let descriptor = unsafe Glibc.open(files.unfinished, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(files.unfinished) }
    defer { close(descriptor) }
    let head = try fill()
    guard fsync(descriptor) == 0 else { throw .system(files.unfinished) }
    return head
  }

  private func fill() throws(JournalError) -> Journal.Head {
    let database = try mapped { () throws(SQLiteError) in
      let database = try Database(path: files.unfinished, access: .readWrite, busyTimeout: .zero)
      // A file that is not finished is thrown away: it needs no journal of its own, and one sync at its end.
      try database.setPragma("journal_mode", "OFF")
      try database.setPragma("synchronous", "OFF")
      try database.economise()
      try database.execute("ATTACH ? AS old", [.text(Database.immutableName(source.database))])
      try database.execute("BEGIN")
      try Schema.migrate(database, from: 0)
      try carry(into: database)
      return database
    }
    let carried = try CarriedRows.digest(database, Schema.version, first: seal.last + 1, chain)
    let head = try append(to: database, carried)
    try mapped { () throws(SQLiteError) in
      try database.execute("COMMIT")
      try database.execute("DETACH old")
    }
    return head
  }

  // MARK: What is carried over

  private func carry(into database: Database) throws(SQLiteError) {
    try database.execute(
      script: """
        INSERT INTO meta SELECT * FROM old.meta;
        CREATE TEMP TABLE keep (client_id TEXT PRIMARY KEY) WITHOUT ROWID;
        """)
    let from = SQLiteValue.integer(self.from.nanoseconds)
    for source in keptOrders {
      try database.execute("INSERT OR IGNORE INTO keep \(source)", source.contains("?") ? [from] : [])
    }
    for symbol in open {
      try database.execute(
        """
        INSERT OR IGNORE INTO keep SELECT client_id FROM old.intents i WHERE symbol = ? AND purpose = 'entry'
          AND EXISTS (SELECT 1 FROM old.order_events e JOIN old.fills f ON f.venue_order_id = e.venue_order_id
            WHERE e.client_id = i.client_id) ORDER BY seq DESC LIMIT 1
        """, [.text(symbol.description)])
    }
    for symbol in misfits {
      try database.execute(
        """
        INSERT OR IGNORE INTO keep SELECT e.client_id FROM old.order_events e JOIN old.fills f
          ON f.venue_order_id = e.venue_order_id WHERE f.symbol = ?
        """, [.text(symbol.description)])
    }
    try copyRows(into: database, from)
    try copyState(into: database)
  }

  private var keptOrders: [String] {
    [
      "SELECT client_id FROM old.intents WHERE time >= ?", "SELECT client_id FROM old.order_events WHERE time >= ?",
      """
      SELECT e.client_id FROM old.fills f JOIN old.order_events e ON e.venue_order_id = f.venue_order_id
      WHERE f.executed_at >= ?
      """,
      "SELECT client_id FROM old.intents WHERE seq = (SELECT max(seq) FROM old.intents)",
      """
      SELECT e.client_id FROM old.fills f JOIN old.order_events e ON e.venue_order_id = f.venue_order_id
      ORDER BY f.executed_at DESC LIMIT 1
      """,
      """
      SELECT i.client_id FROM old.intents i LEFT JOIN old.order_events e
        ON e.seq = (SELECT max(seq) FROM old.order_events WHERE client_id = i.client_id)
      WHERE e.state IS NULL OR e.state NOT IN (\(OrderState.finalWords))
      """,
    ]
  }

  private func copyRows(into database: Database, _ from: SQLiteValue) throws(SQLiteError) {
    let orders = "client_id IN (SELECT client_id FROM keep)"
    let copies: [(table: JournalKind, rows: String)] = [
      (.intents, orders), (.orderEvents, orders),
      (
        .fills,
        """
        executed_at >= ?1 OR venue_order_id IN
          (SELECT venue_order_id FROM old.order_events WHERE venue_order_id IS NOT NULL AND \(orders))
        """
      ),
      (.cycles, "seq = (SELECT max(seq) FROM old.cycles)"),
      (
        .notes,
        """
        seq IN (SELECT max(seq) FROM old.notes GROUP BY kind, key) AND value IS NOT NULL AND kind <> 'opening'
        """
      ),
      (.balances, "seq IN (SELECT max(seq) FROM old.balances GROUP BY currency)"),
      (.positions, "seq IN (SELECT max(seq) FROM old.positions GROUP BY symbol)"),
      (.operatorActions, "seq IN (SELECT max(seq) FROM old.operator_actions GROUP BY scope)"),
    ]
    for copy in copies {
      // Columns in this version's order: those of a file that was migrated stand in the order they came in.
      let columns = try columns(of: copy.table.rawValue, database)
      try database.execute(
        """
        INSERT INTO main.\(copy.table.rawValue) (\(columns)) SELECT \(columns) FROM old.\(copy.table.rawValue)
        WHERE \(copy.rows)
        """, copy.table == .fills ? [from] : [])
    }
  }

  private func columns(of table: String, _ database: Database) throws(SQLiteError) -> String {
    var rows = try database.query("SELECT name FROM pragma_table_info(?)", [.text(table)])
    var names: [String] = []
    while try rows.next() { names.append(rows.text(0) ?? "") }
    return names.joined(separator: ", ")
  }

  private func copyState(into database: Database) throws(SQLiteError) {
    for base in bases {
      let row = HoldingRow(base.position)
      try database.execute(
        """
        INSERT INTO base_positions (symbol, through, quantity, cost, realised, fees, opened_at, entry_price)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [.text(base.position.symbol.description), .integer(base.through.nanoseconds)]
          + row.columns.dropLast().map(\.value))
    }
    try database.execute(
      script: """
        INSERT INTO counters SELECT name, value FROM old.counters WHERE name = 'client_ids';
        INSERT INTO counters SELECT 'settled_before', coalesce(min(i.seq), \(seal.last + 1)) FROM intents i
          LEFT JOIN order_events e ON e.seq = (SELECT max(seq) FROM order_events WHERE client_id = i.client_id)
          WHERE e.state IS NULL OR e.state NOT IN (\(OrderState.finalWords));
        """)
  }

  // MARK: The opening row

  private func append(
    to database: Database, _ carried: (rows: Int64, digest: [UInt8])
  ) throws(JournalError) -> Journal.Head {
    let placed = try database.number(
      """
      SELECT count(*) FROM old.intents WHERE client_id NOT IN (SELECT client_id FROM keep)
        AND client_id NOT IN (SELECT client_id FROM old.order_events WHERE state = 'denied')
      """)
    let columns: [(name: String, value: SQLiteValue)] = [
      ("seq", .integer(seal.last + 1)), ("time", .integer(now.nanoseconds)), ("cause", .text("segment sealed")),
      ("number", .integer(Int64(files.segment))), ("created_at", .text(createdAt)),
      ("placed_before", .integer(Int64(placedBefore) + placed)), ("fills_from", .integer(from.nanoseconds)),
      ("carried_rows", .integer(carried.rows)), ("carried", .text(Hex.encode(carried.digest))),
      ("before_first", .integer(seal.first)), ("before_rows", .integer(seal.rows)),
      ("before_hash", .text(Hex.encode(seal.hash))), ("before_digest", .text(Hex.encode(seal.digest))),
      ("before_bytes", .integer(Int64(seal.bytes))), ("before_sealed_at", .integer(seal.sealedAt.nanoseconds)),
    ]
    let hash = try chain.hash(after: seal.hash, table: JournalKind.segments.rawValue, columns: columns)
    let marks = repeatElement("?", count: columns.count + 1).joined(separator: ", ")
    try mapped { () throws(SQLiteError) in
      try database.execute(
        "INSERT INTO segments (\(columns.map(\.name).joined(separator: ", ")), hash) VALUES (\(marks))",
        columns.map(\.value) + [.blob(hash)])
    }
    return Journal.Head(seq: seal.last + 1, hash: hash)
  }

  private func remove(_ path: String) throws(JournalError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .system(path) }
  }
}

/// The rows a segment has from the ones before it.
enum CarriedRows {
  /// One digest over all of them and over what sealed fills add up to.
  static func digest(
    _ database: Database, _ version: Int, first: Int64, _ chain: RowChain
  ) throws(JournalError) -> (rows: Int64, digest: [UInt8]) {
    var digest: [UInt8] = []
    var count: Int64 = 0
    let tables = Schema.chained(version).map { ($0, "WHERE seq < \(first) ORDER BY seq") }
    for (table, rest) in tables + [("base_positions", "ORDER BY symbol")] {
      var rows = try database.rows("SELECT * FROM \(table) \(rest)")
      let names = rows.columnNames
      while try rows.advance() {
        count += 1
        let columns = names.enumerated().map { (name: $1, value: rows.value($0)) }
        digest = try chain.hash(after: digest, table: table, columns: columns)
      }
    }
    return (count, digest)
  }
}
