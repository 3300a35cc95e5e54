import Broker
import Coinbase
import Core
import Glibc
import Journal
import Kraken
import Market
import Trading

/// One life of an account's worker, for the tests that end it anywhere: the worker's own parts (key file, transport,
/// plugin, journal, trader) over a venue of the sandbox, told by one line on the standard input what to do.
@main
struct CrashRunner {
  static func main() async {
    do {
      let orders = try RunOrders(readLine() ?? "")
      let life = try await RunnerLife(orders)
      try await life.run()
      print(JSONValue.object(await life.summary).encoded)
      exit(0)
    } catch {
      print(JSONValue.object([("error", .string("\(error)"))]).encoded)
      exit(1)
    }
  }
}

/// What a run is to do.
struct RunOrders {
  var venue: String
  var endpoint: String
  var directory: String
  var keyFile: String
  var book: String
  var control: String
  var offset: Duration
  var credentials: [String: Secret]
  /// One word a cycle: `buy`, `sell`, `hold`, `wait` (lets 40 s of the protocol clock pass first).
  var plan: [String]
  var stops: Bool
  /// After how many rows a segment of the journal is sealed.
  var segmentRows: Int

  init(_ line: String) throws {
    let json = try JSON(parsing: Array(line.utf8))
    venue = try json.string("venue")
    endpoint = try json.string("endpoint")
    directory = try json.string("directory")
    keyFile = try json.string("key_file")
    book = try json.string("book")
    control = try json.string("control")
    offset = .seconds(try json.integer("offset"))
    plan = try json.array("plan").compactMap(\.text)
    stops = try json.boolean("stops")
    segmentRows = try json.integer("segment_rows")
    credentials = [:]
    for (slot, value) in try json.object("credentials").members ?? [] {
      credentials[slot] = Secret(Array((value.text ?? "").utf8))
    }
  }
}
