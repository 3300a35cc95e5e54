import Broker
import Core
import Foundation
import Glibc
import Kraken
import Testing

@testable import Coinbase
@testable import Journal
@testable import Market

/// A sandbox with one venue under test, a feed's book for it, and the shim that ends processes.
final class CrashBench {
  let venue: String
  let folder: String
  private let sandbox = Process()
  private let input = Pipe()
  private let announcement: JSON
  private let writer: FeedBookWriter
  private let descriptor: Int32
  private var accounts = 0

  static let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  init(_ venue: String) async throws {
    self.venue = venue
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    folder = root + "/nija-crash-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let output = Pipe()
    sandbox.executableURL = Self.programs.appending(path: "nija-sandbox")
    sandbox.arguments = ["serve", "--state", folder + "/sandbox", "--speed", "1", "--until-eof"]
    sandbox.standardInput = input
    sandbox.standardOutput = output
    try sandbox.run()
    var line = Data()
    while !line.contains(10) {
      let part = output.fileHandleForReading.availableData
      try #require(!part.isEmpty, "the sandbox ended before it was ready")
      line += part
    }
    announcement = try JSON(parsing: Array(line))
    descriptor = open(folder + "/book", O_RDWR | O_CREAT, 0o600)
    writer = try FeedBookWriter(
      descriptor: descriptor, layout: FeedBookLayout(maxInstruments: 8, candlesPerInstrument: 8))
    try await publish()
  }

  deinit {
    sandbox.terminate()
    sandbox.waitUntilExit()
    Glibc.close(descriptor)
    try? FileManager.default.removeItem(atPath: folder)
  }

  var endpoint: String { (try? announcement.object("endpoints").string(venue)) ?? "" }

  /// The book that every run reads: true prices, dated a little ahead so that no step of the clock makes them stale.
  func publish() async throws {
    let context = PluginContext(
      endpoint: try Broker.Endpoint(parsing: endpoint), credentials: [:], options: [:], transport: try CurlTransport(),
      nonces: nil, clock: WallClock())
    let plugin: any BrokerPlugin = venue == "kraken" ? try Kraken(context) : try Coinbase(context)
    let symbol = Symbol(base: "BTC", quote: "USD")
    let instruments = try await plugin.fetchInstruments().filter { $0.symbol == symbol }
    plugin.learn(instruments)
    _ = writer.publish(instruments: instruments)
    let quote = try await plugin.fetchQuote(symbol)
    let ahead = try venueNow() + .seconds(3_600)
    writer.beat(at: ahead)
    _ = writer.publish(tickers: [
      Ticker(
        symbol: symbol, bid: quote.bid, ask: quote.ask, last: quote.bid, volume24h: Quantity(.one), asOf: ahead)
    ])
    let candle = Candle(
      start: ahead - .seconds(300), open: quote.bid, high: quote.bid, low: quote.bid, close: quote.bid,
      volume: Quantity(.one))
    try writer.publish(candles: [candle], symbol: symbol, interval: .seconds(300), asOf: ahead)
  }

  // MARK: The sandbox's control

  @discardableResult
  func control(_ request: JSONValue) throws -> JSON {
    let directory = open(folder + "/sandbox", O_RDONLY | O_DIRECTORY)
    defer { Glibc.close(directory) }
    let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: "/proc/self/fd/\(directory)/control.sock".utf8.prefix(107))
    }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(code == 0)
    let line = Array((request.encoded + "\n").utf8)
    try #require(write(socket, line, line.count) == line.count)
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while answer.last != 10 {
      let count = read(socket, &chunk, chunk.count)
      try #require(count > 0)
      answer += chunk.prefix(count)
    }
    let json = try JSON(parsing: answer)
    try #require(try json.boolean("ok"), "\(request.encoded): \(String(decoding: answer, as: UTF8.self))")
    return json
  }

  /// Sets a fault for one account.
  /// - Returns: its number, to clear it by.
  func fault(_ fault: String, _ account: Account, endpoint: String? = nil, nth: Int = 1, count: Int = 1) throws -> Int {
    var rule: [(key: String, value: JSONValue)] = [
      ("do", "fault"), ("fault", .string(fault)), ("account", .string(account.name)),
    ]
    if let endpoint {
      rule += [("endpoint", .string(endpoint)), ("nth", .integer(nth)), ("count", .integer(count))]
    }
    return try control(.object(rule)).integer("id")
  }

  /// How often a fault struck.
  func strikes(of fault: Int) throws -> Int {
    let all = try control(["do": "faults"]).array("faults")
    guard let ours = try all.first(where: { try $0.integer("id") == fault }) else { return 0 }
    return try ours.integer("struck")
  }

  func clear(_ fault: Int) throws { try control(["do": "clear_faults", "id": .integer(fault)]) }

  /// The venue's protocol clock.
  func venueNow() throws -> Timestamp {
    let answer = try control(["do": "step_clock", "seconds": .integer(0)])
    return try #require(Timestamp(rfc3339: try answer.string("now")))
  }

  // MARK: Accounts and runs

  /// An account of its own, with its key, folders and journal.
  struct Account {
    let name: String
    let credentials: JSON
    let folder: String
    var journal: String { folder + "/journal" }
  }

  func openAccount() throws -> Account {
    accounts += 1
    let name = "crash-\(accounts)"
    let answer = try control([
      "do": "open_account", "venue": .string(venue), "account": .string(name), "funds": ["USD": "1000.00"],
    ])
    let home = folder + "/" + name
    try FileManager.default.createDirectory(
      atPath: home + "/keys", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return Account(name: name, credentials: try answer.object("credentials"), folder: home)
  }

  func close(_ account: Account) { try? FileManager.default.removeItem(atPath: account.folder) }
}
