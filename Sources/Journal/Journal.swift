package import Core
import SQLite

/// The durable record of one account, for its worker: the only one that writes it.
///
/// A call that records something has committed it, synced to the disk, when it returns; inside ``transaction(_:)`` when
/// that returns. Confined to one thread at a time: a class without `Sendable`, to be held by one actor.
package final class Journal: JournalReader {
  private let lock: WriterLock
  private let clock: any ProtocolClock
  private let chain: RowChain
  private var head: Head
  private var depth = 0
  /// Why nothing more may be written; see ``JournalError/endsWriting``.
  private var stopped: JournalError?
  /// Why the transaction that is open can no longer be committed.
  private var lost: JournalError?
  var identifiers = IdentifierBlock()
  var holdingCache: [Symbol: KnownHolding] = [:]
  var balanceCache: [String: Balance?]?
  /// See ``JournalReader/settledBefore()``.
  var settledCache: Int64?
  private var statements: [String: String] = [:]

  /// The last row of the chain.
  struct Head {
    var seq: Int64
    var hash: [UInt8]
  }

  /// Opens the journal in `directory`, making it first where there is none.
  /// - Parameters:
  ///   - directory: see ``JournalBinding/directory(state:)``; made 0700 where missing.
  ///   - binding: whose journal it is; must be what it was made with.
  ///   - clock: gives each row its time.
  ///   - hash: chains each row to the row before; SHA-256 in the worker.
  ///   - random: names a new journal.
  package static func open(
    directory: String, binding: JournalBinding, clock: any ProtocolClock,
    hash: @escaping @Sendable ([UInt8]) throws(JournalError) -> [UInt8],
    random: any RandomNumberGenerator = SystemRandomNumberGenerator()
  ) throws(JournalError) -> Journal {
    let files = JournalFiles(directory: directory)
    try files.makeDirectory()
    let lock = try WriterLock(files)
    try files.refuseRemains()
    try files.makeDatabase()
    let database = try JournalOpening.database(files)
    try JournalOpening.prepare(database, binding, clock, random)
    return try Journal(database, lock, clock, RowChain(function: hash), asked: binding)
  }

  private init(
    _ database: Database, _ lock: consuming WriterLock, _ clock: any ProtocolClock, _ chain: RowChain,
    asked: JournalBinding
  ) throws(JournalError) {
    self.lock = lock
    self.clock = clock
    self.chain = chain
    self.head = Head(seq: 0, hash: [])
    try super.init(database)
    try JournalOpening.compare(binding, asked)
    if let head = try JournalOpening.head(database) {
      self.head = head
    } else {
      self.head = Head(seq: 0, hash: try chain.genesis(name: name, binding: binding))
    }
    try begin()
    try reserveIdentifiers()
  }

  /// The first row of a journal, and of one from before there was such a row: whose it is and since when.
  private func begin() throws(JournalError) {
    guard try SegmentOpening.read(database, version) == nil else { return }
    let created = try createdAt().description
    try transaction { () throws(JournalError) in
      try append(
        "segments", cause: head.seq == 0 ? "made" : "taken over from an older version",
        [("number", .integer(1)), ("created_at", .text(created)), ("placed_before", .integer(0))])
    }
  }

  /// Ties the journal to the identity of the key at the venue: the first time by recording it, from then on by
  /// refusing any other.
  package func bind(identity: String) throws(JournalError) {
    guard let bound = try self.identity() else {
      return try setNote(.binding, "identity", identity, cause: "first key")
    }
    guard bound == identity else { throw .boundToAnother(what: "key", bound: bound, asked: identity) }
  }

  /// The instant now, as rows get it.
  var now: Timestamp { clock.now }

  /// The running number of the last row.
  var lastSequence: Int64 { head.seq }

  override func settledBefore() throws(JournalError) -> Int64 {
    if let known = settledCache { return known }
    let stored = try super.settledBefore()
    settledCache = stored
    return stored
  }

  override func holding(of symbol: Symbol) throws(JournalError) -> Holding? {
    if let known = holdingCache[symbol] { return known.holding }
    let known = try computedHolding(of: symbol)
    holdingCache[symbol] = known
    return known.holding
  }
}

extension Journal {
  /// All that `body` records, or nothing of it: one commit, one sync.
  ///
  /// One inside another is a part of it that can fail alone: its rows are taken back, the others stay.
  package func transaction<Result>(_ body: () throws(JournalError) -> Result) throws(JournalError) -> Result {
    if let stopped { throw stopped }
    let isOuter = depth == 0
    let before = head
    try run(isOuter ? "BEGIN IMMEDIATE" : "SAVEPOINT part")
    depth += 1
    defer { depth -= 1 }
    do throws(JournalError) {
      let result = try body()
      if let lost { throw lost }
      try run(isOuter ? "COMMIT" : "RELEASE part")
      return result
    } catch {
      undo(isOuter, before, error)
      throw error
    }
  }

  private func undo(_ isOuter: Bool, _ before: Head, _ error: JournalError) {
    head = before
    holdingCache = [:]
    balanceCache = nil
    settledCache = nil
    if error.endsWriting { stopped = stopped ?? error }
    do throws(JournalError) {
      // A write that fails badly enough has already ended the whole transaction.
      guard database.isInTransaction else { throw error }
      if isOuter { return try run("ROLLBACK") }
      try run("ROLLBACK TO part")
      try run("RELEASE part")
    } catch {
      lost = error
    }
    if isOuter { lost = nil }
  }

  private func run(_ sql: String) throws(JournalError) {
    try mapped { () throws(SQLiteError) in try database.execute(sql) }
  }

  /// Runs one statement that changes what is derived from the rows.
  func execute(_ sql: String, _ values: [SQLiteValue]) throws(JournalError) {
    precondition(depth > 0, "changes belong in a transaction")
    if let lost { throw lost }
    try mapped { () throws(SQLiteError) in try database.execute(sql, values) }
  }

  /// Appends a row to the chain.
  func append(_ table: String, cause: String, _ columns: [(name: String, value: SQLiteValue)]) throws(JournalError) {
    let seq = head.seq + 1
    let row: [(name: String, value: SQLiteValue)] =
      [("seq", .integer(seq)), ("time", .integer(clock.now.nanoseconds)), ("cause", .text(cause))] + columns
    let hash = try chain.hash(after: head.hash, table: table, columns: row)
    try execute(insertion(into: table, row.map(\.name)), row.map(\.value) + [.blob(hash)])
    head = Head(seq: seq, hash: hash)
  }

  /// Each table's rows come from one place, with the same columns.
  private func insertion(into table: String, _ columns: [String]) -> String {
    if let known = statements[table] { return known }
    let places = repeatElement("?", count: columns.count + 1).joined(separator: ", ")
    let sql = "INSERT INTO \(table) (\(columns.joined(separator: ", ")), hash) VALUES (\(places))"
    statements[table] = sql
    return sql
  }

  /// Whether a transaction of the caller's is open.
  var isInTransaction: Bool { depth > 0 }
}
