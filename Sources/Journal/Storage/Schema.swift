import SQLite

/// The tables, and how older files become this version.
///
/// `meta` says whose journal it is; `counters` follows from the rest and saves a search; `base_positions` is what the
/// fills of sealed segments add up to. Every other table is append-only. Their rows share one running number, `seq`, and
/// one chain: each row's `hash` covers the row before it (see ``RowChain``), whichever table that is in. A later version
/// adds columns as `NULL`, which the chain leaves out, so a migration never touches a row. A sealed segment keeps the
/// version it was sealed with for ever, so every version stays readable.
enum Schema {
  /// `nija`: what `file` and `PRAGMA application_id` show.
  static let applicationID = 0x6e69_6a61

  /// The tables whose rows are in the chain, in a file of this version.
  static func chained(_ version: Int) -> [String] {
    JournalKind.allCases.filter { $0.sinceVersion <= version }.map(\.rawValue)
  }

  /// The steps from nothing to now; a file of version n has had the first n.
  static let migrations = [version1, version2, version3]

  static var version: Int { migrations.count }

  private static let row = "seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, cause TEXT NOT NULL, hash BLOB NOT NULL"

  private static let version1 = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE open_orders (client_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE intents (\(row), client_id TEXT NOT NULL UNIQUE, symbol TEXT NOT NULL, side TEXT NOT NULL,
      quantity TEXT NOT NULL, limit_price TEXT NOT NULL, time_in_force TEXT NOT NULL, expires INTEGER,
      deadline INTEGER NOT NULL, purpose TEXT NOT NULL, plan TEXT, market_time INTEGER) STRICT;
    CREATE TABLE order_events (\(row), client_id TEXT NOT NULL, state TEXT NOT NULL, venue_order_id TEXT,
      filled_quantity TEXT, reason TEXT) STRICT;
    CREATE INDEX order_events_by_order ON order_events (client_id, seq);
    CREATE INDEX order_events_by_venue_order ON order_events (venue_order_id) WHERE venue_order_id IS NOT NULL;
    CREATE TABLE fills (\(row), fill_id TEXT NOT NULL UNIQUE, venue_order_id TEXT NOT NULL,
      symbol TEXT NOT NULL, side TEXT NOT NULL, price TEXT NOT NULL, quantity TEXT NOT NULL, fee TEXT NOT NULL,
      fee_currency TEXT NOT NULL, executed_at INTEGER NOT NULL) STRICT;
    CREATE INDEX fills_by_symbol ON fills (symbol, executed_at);
    CREATE INDEX fills_by_venue_order ON fills (venue_order_id);
    CREATE TABLE cycles (\(row), number INTEGER NOT NULL UNIQUE, started_at INTEGER NOT NULL,
      finished_at INTEGER NOT NULL, market_time INTEGER NOT NULL, markets INTEGER NOT NULL, signals INTEGER NOT NULL,
      orders INTEGER NOT NULL, rejected TEXT NOT NULL, equity TEXT, failure TEXT) STRICT;
    CREATE TABLE notes (\(row), kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT) STRICT;
    CREATE INDEX notes_by_key ON notes (kind, key, seq);
    """

  /// Orders of other kinds than limit: `kind` is `NULL` for a limit order; one without a limit has `''` for it, since the
  /// column was made when every order had one.
  private static let version2 = """
    ALTER TABLE intents ADD COLUMN kind TEXT;
    ALTER TABLE intents ADD COLUMN trigger_price TEXT;
    ALTER TABLE intents ADD COLUMN post_only INTEGER;
    """

  /// What the venue says the account has, and what its fills add up to, row by row as they change; what operators did;
  /// the beginnings of segments (`before_…` tells of the one before) with what was carried over. Which orders are open
  /// is read from the orders: a table of them cost a page of every intent.
  private static let version3 = """
    CREATE TABLE balances (\(row), currency TEXT NOT NULL, total TEXT, held TEXT, available TEXT) STRICT;
    CREATE INDEX balances_by_currency ON balances (currency, seq);
    CREATE TABLE positions (\(row), symbol TEXT NOT NULL, quantity TEXT, cost TEXT, realised TEXT, fees TEXT,
      opened_at INTEGER, entry_price TEXT, problem TEXT) STRICT;
    CREATE INDEX positions_by_symbol ON positions (symbol, seq);
    CREATE TABLE operator_actions (\(row), actor TEXT NOT NULL, action TEXT NOT NULL, scope TEXT NOT NULL,
      reason TEXT NOT NULL) STRICT;
    CREATE TABLE segments (\(row), number INTEGER NOT NULL, created_at TEXT NOT NULL, placed_before INTEGER NOT NULL,
      fills_from INTEGER, carried_rows INTEGER, carried TEXT, before_first INTEGER, before_rows INTEGER,
      before_hash TEXT, before_digest TEXT, before_bytes INTEGER, before_sealed_at INTEGER) STRICT;
    CREATE TABLE base_positions (symbol TEXT PRIMARY KEY, through INTEGER NOT NULL, quantity TEXT NOT NULL,
      cost TEXT NOT NULL, realised TEXT NOT NULL, fees TEXT NOT NULL, opened_at INTEGER, entry_price TEXT)
      STRICT, WITHOUT ROWID;
    DROP TABLE open_orders;
    """

  /// The version of an open file; 0 when it has no tables yet.
  static func version(of database: Database) throws(JournalError) -> Int {
    let version = try database.number("PRAGMA user_version")
    let tables = try database.number("SELECT count(*) FROM sqlite_schema")
    let application = try database.number("PRAGMA application_id")
    guard (version == 0 && tables == 0) || application == applicationID else {
      throw .damaged(place: "journal.db", detail: "it is a database, but not a journal")
    }
    guard version <= Self.version else { throw .newerSchema(found: Int(version), known: Self.version) }
    return Int(version)
  }

  /// Applies what a file lacks. Inside the caller's transaction, so that a crash leaves the old version whole.
  static func migrate(_ database: Database, from version: Int) throws(SQLiteError) {
    for migration in migrations.dropFirst(version) { try database.execute(script: migration) }
    try database.execute(script: "PRAGMA application_id=\(applicationID); PRAGMA user_version=\(Self.version);")
  }
}

extension Database {
  /// The one number that a query answers; no answer is an error, not 0.
  func number(_ sql: String, _ values: [SQLiteValue] = []) throws(JournalError) -> Int64 {
    let number = try mapped { () throws(SQLiteError) -> Int64? in
      var rows = try query(sql, values)
      return try rows.next() ? rows.integer(0) : nil
    }
    guard let number else { throw .damaged(place: sql, detail: "no number") }
    return number
  }
}

/// Runs `body` with SQLite's errors turned into the journal's.
func mapped<Result>(_ body: () throws(SQLiteError) -> Result) throws(JournalError) -> Result {
  do {
    return try body()
  } catch {
    throw JournalError(error)
  }
}
