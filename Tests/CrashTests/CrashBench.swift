import Broker
import Core
import Foundation
import Glibc
import Kraken
import Synchronization
import Testing

@testable import Coinbase
@testable import Journal
@testable import Market

/// A sandbox with one venue under test, a feed's book for it, and the shim that ends processes.
final class CrashBench {
  let venue: String
  private let folder: String
  private let sandbox = Process()
  private let input = Pipe()
  private let announcement: JSON
  private let writer: FeedBookWriter
  private let descriptor: Int32
  private var accounts = 0

  static let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  /// Compiles the shim, once a run.
  static let shim: String? = {
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Shim/crash.c").path
    let library = NSTemporaryDirectory() + "nija-crash-\(getpid()).so"
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]
    do { try compiler.run() } catch { return nil }
    compiler.waitUntilExit()
    return compiler.terminationStatus == 0 ? library : nil
  }()

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

  /// Where a run is to end.
  enum Kill: CustomStringConvertible {
    case step(Int, times: Int)
    case call(Int, tears: Bool, after: Bool)

    var environment: [String: String] {
      switch self {
      case .step(let step, let times): return ["NIJA_CRASH_STEP": "\(step):\(times)"]
      case .call(let call, let tears, let after):
        var environment = ["NIJA_CRASH_CALL": "\(call)"]
        if tears { environment["NIJA_CRASH_TEAR"] = "1" }
        if after { environment["NIJA_CRASH_AFTER"] = "1" }
        return environment
      }
    }

    var description: String {
      switch self {
      case .step(let step, let times): "step \(step), time \(times)"
      case .call(let call, let tears, let after): "call \(call)\(tears ? ", torn" : "")\(after ? ", after it" : "")"
      }
    }
  }

  struct Outcome {
    var wasKilled: Bool
    var status: Int32
    var summary: JSON?
    var text: String
  }

  /// One life of the account's worker.
  func run(
    _ account: Account, plan: [String], kill: Kill? = nil, extra: [String: String] = [:]
  ) throws -> Outcome {
    let offset = try venueNow() - WallClock().now
    let credentials = (account.credentials.members ?? []).map {
      (key: $0.key, value: JSONValue.string($0.value.text ?? ""))
    }
    let orders: JSONValue = [
      "venue": .string(venue), "endpoint": .string(endpoint), "directory": .string(account.folder + "/journal"),
      "key_file": .string(account.folder + "/keys/key"), "book": .string(folder + "/book"),
      "control": .string(folder + "/sandbox/control.sock"), "offset": .integer(Int(offset.components.seconds)),
      "credentials": .object(credentials), "plan": .array(plan.map(JSONValue.string)), "stops": .boolean(true),
    ]
    let process = Process()
    process.executableURL = Self.programs.appending(path: "CrashRunner")
    var environment = ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"].merging(extra) { $1 }
    if let kill {
      environment.merge(kill.environment) { $1 }
      if case .call = kill { environment["LD_PRELOAD"] = Self.shim }
    }
    process.environment = environment
    let input = Pipe(), output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    input.fileHandleForWriting.write(Data((orders.encoded + "\n").utf8))
    try input.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      wasKilled: process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL,
      status: process.terminationStatus, summary: try? JSON(parsing: Array(data)),
      text: String(decoding: data, as: UTF8.self))
  }

  /// What one account has at the venue, and what its journal says: every difference, in words.
  func differences(_ account: Account) throws -> [String] {
    let ledger = try control(["do": "ledger"]).object("ledger").array("accounts").first {
      $0["account"]?.text == account.name
    }
    let theirs = try #require(ledger)
    let reader = try JournalReader.open(directory: account.folder + "/journal")
    let intents = try reader.orders(limit: 10_000)
    let fills = try reader.fills(limit: 10_000)
    var differences: [String] = []
    var seen: [String: Int] = [:]
    for order in try theirs.array("orders") {
      let name = try order.string("client_order_id"), id = try order.string("id")
      seen[name, default: 0] += 1
      if seen[name] == 2 { differences.append("duplicate: two orders at the venue are called \(name)") }
      guard
        let intent = intents.first(where: {
          [$0.request.clientOrderID.hex, $0.request.clientOrderID.uuidShaped].contains(name)
        })
      else {
        differences.append("order without an intent: \(id) called \(name)")
        continue
      }
      if intent.venueOrderID?.rawValue != id {
        differences.append(
          "orphan: \(id) is \(intent.venueOrderID?.rawValue ?? "unknown") in the journal (\(intent.state))")
      }
      let filled = Quantity(try order.decimal("filled"))
      if intent.filled != filled { differences.append("\(id): filled \(filled), the journal has \(intent.filled)") }
      let isOver = try order.string("status") != "open"
      if intent.state.isFinal != isOver {
        differences.append("\(id): \(try order.string("status")) at the venue, \(intent.state) in the journal")
      }
    }
    let known = Dictionary(fills.map { ($0.fill.id, $0.fill) }) { first, _ in first }
    let real = try theirs.array("fills")
    for fill in real {
      let id = try fill.string("id")
      guard let ours = known[id] else {
        differences.append("lost fill: \(id)")
        continue
      }
      let real = (try fill.decimal("price"), try fill.decimal("quantity"), try fill.decimal("fee"))
      if (ours.price.value, ours.quantity.value, ours.fee) != real {
        differences.append("fill \(id) differs: \(ours)")
      }
    }
    if known.count != real.count {
      differences.append("\(known.count) fills in the journal, \(real.count) at the venue")
    }
    for intent in intents where !intent.state.isFinal && intent.request.timeInForce != .goodTillCancelled {
      differences.append("unresolved: \(intent.request.clientOrderID) is \(intent.state)")
    }
    return differences
  }
}
