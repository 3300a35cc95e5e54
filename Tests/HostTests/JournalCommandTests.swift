import Broker
import Core
import Foundation
import Journal
import SQLite
import Synchronization
import Testing

/// `nija-host journal`, over the built program and a journal of a few orders.
@Suite struct JournalCommandTests {
  private static let manifest = """
    format: nija/1
    defaults: {strategy: hold}
    brokers:
      kraken: {plugin: kraken, credentials: {api_key: {env: A}, api_secret: {env: B}}}
    """

  /// Each look at it is a second later.
  private final class Ticking: ProtocolClock {
    private let time = Mutex(Timestamp(nanoseconds: 1_768_564_800_000_000_000))
    var now: Timestamp {
      time.withLock { time in
        time = time + .seconds(1)
        return time
      }
    }
  }

  private static func place(_ folder: TemporaryFolder) -> String { folder.path + "/.nija/sandbox/kraken" }

  /// A journal of five orders, closed.
  private static func made() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write("brokers.yaml", manifest)
    let journal = try Journal.open(
      directory: place(folder), binding: JournalBinding(account: "kraken", mode: "sandbox", broker: "kraken"),
      clock: Ticking(),
      hash: { row throws(JournalError) in
        do { return try SHA256.digest(row) } catch { throw .failed(operation: "hash a row", cause: "\(error)") }
      })
    for number in 0..<5 {
      let id = try journal.nextClientOrderID()
      let request = OrderRequest(
        clientOrderID: id, symbol: Symbol(base: "BTC", quote: "USD"), side: .buy, quantity: Quantity(.one),
        limit: Price(.one), timeInForce: .immediateOrCancel, deadline: Timestamp(nanoseconds: 1))
      try journal.recordIntent(request, purpose: .entry, cause: "test")
      try journal.recordEvent(
        OrderEvent(id, .accepted, venueOrderID: VenueOrderID("O\(number)")), cause: "venue")
    }
    return folder
  }

  private static func run(_ folder: TemporaryFolder, _ arguments: String...) throws -> BuiltPrograms.Outcome {
    try BuiltPrograms.run("nija-host", ["journal"] + arguments + ["--config", folder.path + "/brokers.yaml"])
  }

  private static func rows(_ folder: TemporaryFolder, _ arguments: String...) throws -> [JSON] {
    let outcome = try BuiltPrograms.run(
      "nija-host", ["journal", "kraken", "--json"] + arguments + ["--config", folder.path + "/brokers.yaml"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSON(parsing: outcome.output).array("journal")
  }

  @Test func `a whole journal verifies with 0, in words and in JSON`() throws {
    let folder = try Self.made()
    let text = try Self.run(folder, "kraken", "--verify")
    #expect(text.status == 0)
    #expect(text.output.hasSuffix("rows in 1 segment: chain, sums and files are whole\n"), "\(text.output)")
    let json = try Self.run(folder, "kraken", "--verify", "--json")
    #expect(json.status == 0)
    let found = try JSON(parsing: json.output)
    #expect(found["ok"]?.boolean == true)
    #expect(try found.array("problems").isEmpty)
  }

  @Test func `of a changed row its number and table are said, with 1`() throws {
    let folder = try Self.made()
    let intents = try Self.rows(folder, "--kind", "intents")
    let row = try intents[0].integer("row")
    do {
      let database = try Database(path: Self.place(folder) + "/journal.db", access: .readWrite, busyTimeout: .zero)
      try database.execute("UPDATE intents SET quantity = '9' WHERE seq = ?", [.integer(Int64(row))])
    }
    let text = try Self.run(folder, "kraken", "--verify")
    #expect(text.status == 1)
    #expect(
      text.output.contains("DAMAGED: segment 1, row \(row) (intents): its hash does not follow"), "\(text.output)")
    let json = try Self.run(folder, "kraken", "--verify", "--json")
    #expect(json.status == 1)
    let found = try JSON(parsing: json.output)
    #expect(found["ok"]?.boolean == false)
    #expect(try found.array("problems").first?.integer("row") == row)
  }

  @Test func `of a row that is gone the break is said, with 1`() throws {
    let folder = try Self.made()
    let rows = try Self.rows(folder, "--kind", "order_events")
    let row = try rows[1].integer("row")
    do {
      let database = try Database(path: Self.place(folder) + "/journal.db", access: .readWrite, busyTimeout: .zero)
      try database.execute("DELETE FROM order_events WHERE seq = ?", [.integer(Int64(row))])
    }
    let text = try Self.run(folder, "kraken", "--verify")
    #expect(text.status == 1)
    #expect(text.output.contains("row \(row)"), "\(text.output)")
  }

  @Test func `since, kind and limit choose rows, newest first`() throws {
    let folder = try Self.made()
    let all = try Self.rows(folder)
    let numbers = try all.map { row throws in try row.integer("row") }
    #expect(numbers == numbers.sorted(by: >) && numbers.count > 10)
    let middle = try all[4].string("time")
    let late = try Self.rows(folder, "--since", middle)
    #expect(late.count == 5)
    #expect(try Self.rows(folder, "--limit", "3").count == 3)
    let some = try Self.rows(folder, "--kind", "intents", "--kind", "order_events")
    #expect(some.count == 10)
    #expect(try Set(some.map { row throws in try row.string("kind") }) == ["intents", "order_events"])
  }

  @Test func `what was called wrongly is said with 64, what is not there with 75, what is damaged with its place`()
    throws
  {
    let folder = try Self.made()
    #expect(try Self.run(folder, "nobody").status == 64)
    #expect(try Self.run(folder, "kraken", "--since", "yesterday").status == 64)
    #expect(try Self.run(folder, "kraken", "--kind", "hopes").status == 64)
    #expect(try Self.run(folder, "kraken", "--limit", "0").status == 64)

    let path = Self.place(folder) + "/journal.db"
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes.replaceSubrange(0..<100, with: Data(repeating: 0x7a, count: 100))
    try bytes.write(to: URL(filePath: path))
    // Without a log that overlays it.
    for rest in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + rest) }
    let damaged = try Self.run(folder, "kraken")
    #expect(damaged.status == 75 && damaged.errors.contains("damaged"), "\(damaged.errors)")
    let verified = try Self.run(folder, "kraken", "--verify")
    #expect(verified.status != 0 && (verified.output + verified.errors).contains("damaged"), "\(verified)")

    try FileManager.default.removeItem(atPath: Self.place(folder))
    let none = try Self.run(folder, "kraken", "--json")
    #expect(try none.status == 0 && JSON(parsing: none.output).array("journal").isEmpty)
    let nothing = try Self.run(folder, "kraken", "--verify")
    #expect(nothing.status == 75 && nothing.errors.contains("there is no journal"))
  }
}
