import Core
import Foundation
import SQLite
import Testing

@testable import Journal

@Suite struct `Balances, positions and operators in the journal` {
  private func balance(_ currency: String, _ total: String, held: String = "0") -> Balance {
    Balance(currency: currency, total: decimal(total), held: decimal(held), available: decimal(total))
  }

  @Test func `balances are written where they changed and nowhere else`() throws {
    let scratch = try Scratch()
    do {
      let journal = try open(scratch.path)
      #expect(try journal.recordBalances([balance("USD", "1000"), balance("BTC", "1")], cause: "reconcile") == 2)
      #expect(try journal.recordBalances([balance("BTC", "1.0"), balance("USD", "1000.00")], cause: "reconcile") == 0)
      #expect(try journal.recordBalances([balance("BTC", "1"), balance("USD", "900")], cause: "bought") == 1)
    }
    let journal = try open(scratch.path)
    #expect(try journal.recordBalances([balance("BTC", "1"), balance("USD", "900")], cause: "reconcile") == 0)
    let rows = try journal.entries([.balances], limit: 10)
    #expect(rows.map(\.cause) == ["bought", "reconcile", "reconcile"])
    #expect(try journal.latestBalances()["USD"] == .some(balance("USD", "900")))
  }

  @Test func `a currency the venue lists no longer is not known, which is not zero`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    try journal.recordBalances([balance("USD", "1"), balance("BTC", "1")], cause: "reconcile")
    #expect(try journal.recordBalances([balance("USD", "1")], cause: "reconcile") == 1)
    #expect(try journal.recordBalances([balance("USD", "1")], cause: "reconcile") == 0)
    #expect(try journal.latestBalances()["BTC"] == .some(nil))
    #expect(try JournalReader.open(directory: scratch.path).latestBalances()["BTC"] == .some(nil))
  }

  @Test func `each own fill leaves a row of what it made of the position`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1", .buy, "2")
    try journal.recordFill(fill("T1", order: "O1", .buy, "1"), cause: "poll")
    try journal.recordFill(fill("T2", order: "O1", .buy, "0.5", after: 1), cause: "poll")
    try journal.recordFill(fill("T2", order: "O1", .buy, "0.5", after: 1), cause: "again")
    try journal.recordFill(fill("T3", order: "THEIRS"), cause: "foreign")
    let rows = try journal.entries([.positions], limit: 10)
    let quantities = rows.map { row in row.fields.first { $0.name == "quantity" }?.value }
    #expect(quantities == [.text("1.5"), .text("1")])
    #expect(try journal.recordedHolding(of: bitcoin) == journal.holding(of: bitcoin)?.row)
  }

  @Test func `fills that do not add up make the position unknown in its row`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    _ = try journal.accepted("O1", .sell)
    try journal.recordFill(fill("T1", order: "O1", .sell), cause: "poll")
    let row = try #require(try journal.recordedHolding(of: bitcoin))
    #expect(row.quantity == nil && row.problem?.contains("T1") == true)
  }

  @Test func `what an operator did is kept with who, what, to what and why`() throws {
    let scratch = try Scratch()
    do {
      try open(scratch.path).recordOperatorAction(
        OperatorAction(actor: "uid 1000", action: "pause", scope: "kraken/*", reason: "holiday"))
    }
    let row = try #require(try JournalReader.open(directory: scratch.path).entries([.operatorActions], limit: 1).first)
    #expect(row.fields.map(\.value) == ["uid 1000", "pause", "kraken/*", "holiday"].map { .text($0) })
  }

  @Test func `rows are listed newest first, by kind, time and number`() throws {
    let scratch = try Scratch()
    let journal = try open(scratch.path)
    for number in 0..<5 { _ = try journal.accepted("O\(number)") }
    #expect(try journal.entries(limit: 100).map(\.sequence) == (1...11).reversed().map(Int64.init))
    #expect(try journal.entries([.intents], limit: 2).map(\.sequence) == [10, 8])
    #expect(try journal.entries(since: FixedClock().now + .seconds(1), limit: 100).isEmpty)
    #expect(try journal.entries(since: FixedClock().now, limit: 100).count == 11)
  }
}

@Suite struct `Older journals` {
  /// A journal as version 1 or 2 of the schema left it: two orders, one of them filled.
  private func old(_ version: Int) throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    let database = try Database(
      path: scratch.path + "/journal.db", access: .readWriteCreate, busyTimeout: .seconds(1))
    try database.setPragma("journal_mode", "WAL")
    for script in Schema.migrations.prefix(version) { try database.execute(script: script) }
    try database.execute(
      script: """
        PRAGMA application_id=\(Schema.applicationID); PRAGMA user_version=\(version);
        INSERT INTO meta VALUES ('name', '0123456789ab'), ('account', '\(binding.account)'),
          ('mode', '\(binding.mode)'), ('broker', '\(binding.broker)'), ('created_at', '2026-01-16T12:00:00Z');
        INSERT INTO counters VALUES ('client_ids', 65);
        """)
    let chain = RowChain(function: testHash)
    var hash = try chain.genesis(name: "0123456789ab", binding: binding)
    for (number, (table, columns)) in rows().enumerated() {
      let row: [(name: String, value: SQLiteValue)] =
        [("seq", .integer(Int64(number + 1))), ("time", .integer(5)), ("cause", .text("old"))] + columns
      hash = try chain.hash(after: hash, table: table, columns: row)
      let marks = repeatElement("?", count: row.count + 1).joined(separator: ", ")
      try database.execute(
        "INSERT INTO \(table) (\(row.map(\.name).joined(separator: ", ")), hash) VALUES (\(marks))",
        row.map(\.value) + [.blob(hash)])
    }
    try database.execute(script: "INSERT INTO open_orders VALUES ('\(id(2).hex)')")
    return scratch
  }

  private func id(_ number: UInt64) -> ClientOrderID { ClientOrderID(journal: "0123456789ab", sequence: number) }

  private func rows() -> [(String, [(name: String, value: SQLiteValue)])] {
    func intent(_ number: UInt64) -> (String, [(name: String, value: SQLiteValue)]) {
      (
        "intents",
        [
          ("client_id", .text(id(number).hex)), ("symbol", .text("BTC/USD")), ("side", .text("buy")),
          ("quantity", .text("1")), ("limit_price", .text("100.5")), ("time_in_force", .text("immediate_or_cancel")),
          ("deadline", .integer(9)), ("purpose", .text("entry")),
        ]
      )
    }
    return [
      intent(1),
      (
        "fills",
        [
          ("fill_id", .text("T1")), ("venue_order_id", .text("O1")), ("symbol", .text("BTC/USD")),
          ("side", .text("buy")), ("price", .text("100")), ("quantity", .text("1")), ("fee", .text("0.1")),
          ("fee_currency", .text("USD")), ("executed_at", .integer(7)),
        ]
      ),
      (
        "order_events",
        [("client_id", .text(id(1).hex)), ("state", .text("filled")), ("venue_order_id", .text("O1"))]
      ),
      intent(2),
    ]
  }

  @Test(arguments: [1, 2])
  func `are read as they are, before any worker brings them up to date`(version: Int) throws {
    let scratch = try old(version)
    let reader = try JournalReader.open(directory: scratch.path)
    #expect(reader.version == version)
    #expect(try reader.orders(limit: 10).map(\.state) == [.intended, .filled])
    #expect(try reader.openOrUnknownOrders().map(\.request.clientOrderID) == [id(2)])
    #expect(try reader.fills(limit: 10).map(\.fill.id) == ["T1"])
    #expect(try reader.positions().map(\.quantity) == [Quantity(decimal("1"))])
    #expect(try reader.entries(limit: 10).map(\.kind) == [.intents, .orderEvents, .fills, .intents])
    #expect(try reader.latestBalances().isEmpty)
    #expect(try reader.verifyChain(hash: testHash) == 4)
  }

  @Test(arguments: [1, 2])
  func `go on in the version of today with the same rows and chain`(version: Int) throws {
    let scratch = try old(version)
    do {
      let journal = try open(scratch.path)
      #expect(journal.name == "0123456789ab")
      #expect(try journal.openOrUnknownOrders().map(\.request.clientOrderID) == [id(2)])
      try journal.recordEvent(OrderEvent(id(2), .cancelled), cause: "test")
      #expect(try journal.nextClientOrderID().hex >= id(65).hex)
    }
    let reader = try JournalReader.open(directory: scratch.path)
    #expect(reader.version == Schema.version)
    #expect(try reader.verifyChain(hash: testHash) == 6)
    #expect(try reader.entries([.segments], limit: 10).map(\.cause) == ["taken over from an older version"])
  }

  @Test(arguments: [1, 2])
  func `stay whole when the process ends in the middle of a migration`(version: Int) async throws {
    let scratch = try old(version)
    let path = scratch.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, version = version as Int] in
      let database = try Database(path: path + "/journal.db", access: .readWrite, busyTimeout: .seconds(1))
      try database.execute("BEGIN IMMEDIATE")
      try Schema.migrate(database, from: version)
      // So many pages that some of them are in the log already.
      try database.execute(script: "PRAGMA cache_spill=1; PRAGMA cache_size=2;")
      try database.execute("CREATE TABLE ballast AS SELECT randomblob(200000) AS b")
      kill(getpid(), SIGKILL)
    }
    let reader = try JournalReader.open(directory: path)
    #expect(reader.version == version)
    #expect(try reader.orders(limit: 10).count == 2)
    #expect(try reader.verifyChain(hash: testHash) == 4)
  }
}
