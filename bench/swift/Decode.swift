import Broker
import Coinbase
import Core
import Glibc
import Kraken
import Synchronization

/// Decoding through the plugins' own calls: everything but the network.
enum Decode {
  /// Prints seconds, peak KiB before the first document, peak KiB at the end, and a sum that proves the work.
  static func run(_ kind: String, _ file: String, _ count: Int) async throws {
    let transport = CannedTransport(body: try contents(of: file))
    let read = try reader(kind, transport)
    let before = peak()
    let start = ContinuousClock.now
    var total = 0
    for _ in 0..<count { total += try await read() }
    let seconds = Double((ContinuousClock.now - start).wholeNanoseconds) / 1e9
    print(seconds, before, peak(), total)
  }

  private static func reader(
    _ kind: String, _ transport: CannedTransport
  ) throws -> @Sendable () async throws -> Int {
    let context = PluginContext(
      endpoint: try Broker.Endpoint(parsing: "https://venue.invalid"), credentials: [:], options: [:],
      transport: transport, nonces: nil, clock: WallClock())
    let symbol = Symbol(base: "A000", quote: "USD")
    let plugin: any BrokerPlugin
    if kind.hasPrefix("kraken") {
      plugin = try Kraken(context, time: unhurried)
    } else {
      plugin = try Coinbase(context, time: unhurried)
    }
    plugin.learn([try instrument(symbol, kind.hasPrefix("kraken") ? "A000USD" : "A000-USD")])
    switch kind {
    case "kraken-pairs", "coinbase-products": return { try await plugin.fetchInstruments().count }
    case "kraken-candles": return { try await candles(plugin, symbol, 719, newest: 1_700_000_000 + 719 * 300) }
    case "coinbase-candles": return { try await candles(plugin, symbol, 350, newest: 1_699_999_800 + 300) }
    default: throw BenchError.usage
    }
  }

  private static func candles(
    _ plugin: any BrokerPlugin, _ symbol: Symbol, _ limit: Int, newest: Int64
  ) async throws -> Int {
    let now = Timestamp(nanoseconds: newest * 1_000_000_000)
    return try await plugin.fetchCandles(symbol, interval: .seconds(300), limit: limit, marketNow: now).count
  }

  private static func instrument(_ symbol: Symbol, _ name: String) throws -> Instrument {
    Instrument(
      symbol: symbol, venueID: name, venueBase: symbol.base, venueQuote: symbol.quote, status: .online,
      tickSize: try ExactDecimal(parsing: "0.1"), lotStep: try ExactDecimal(parsing: "0.00000001"))
  }

  /// A budget that is full again at every look.
  static let unhurried: GateTime = {
    let start = ContinuousClock.now
    let looks = Atomic(0)
    return GateTime(
      now: { start + .seconds(60) * looks.add(1, ordering: .relaxed).newValue }, sleep: { _ in })
  }()

  static func contents(of file: String) throws -> [UInt8] {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw BenchError.unreadable(file) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw BenchError.unreadable(file) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    guard read(descriptor, &bytes, bytes.count) == bytes.count else { throw BenchError.unreadable(file) }
    return bytes
  }

  /// The most memory this process ever had, in KiB.
  private static func peak() -> Int {
    let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 4_096)
    let count = max(0, read(descriptor, &text, text.count))
    let lines = String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }
}

/// What cannot be measured.
enum BenchError: Error {
  case usage
  case unreadable(String)
}

/// Answers every request with one document, and the list of assets with an empty one.
private struct CannedTransport: Transport {
  let body: [UInt8]

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    let isAssets = request.url.hasSuffix("/Assets")
    return HTTPAnswer(status: 200, headers: [:], body: isAssets ? Array(#"{"error":[],"result":{}}"#.utf8) : body)
  }
}
