import Broker
import Coinbase
import Core
import Glibc
import Journal
import Kraken
import Market
import Synchronization
import Trading

/// What an order costs from its decision until its bytes are with the transport: id, durable intent, budget, nonce or
/// token, form, signature. The real path, with the real journal and the key's own file; only the transport is another,
/// which notes the moment.
enum OrderPathBench {
  /// Prints, in nanoseconds, median and 99th percentile for Kraken, for Coinbase, and of a write and `fdatasync` of as many
  /// bytes as an intent's commit over a file that has its length already. In turns, so that all see the same disk.
  static func run(_ folder: String, _ count: Int) async throws {
    let loop = try CurlTransport()
    let plain = try PlainFile(folder + "/plain", length: 1 << 20)
    let paths = [try await Path(.kraken, folder), try await Path(.coinbase, folder)]
    var times: [[Duration]] = [[], [], []]
    for index in 0..<count {
      for (number, path) in paths.enumerated() {
        // As in a worker, whose loop runs where its transport does.
        times[number].append(try await withTaskExecutorPreference(loop.executor) { try await path.order(index) })
      }
      times[2].append(ContinuousClock().measure { plain.write(at: index % 64) })
    }
    for each in times {
      let sorted = each.sorted()
      print(sorted[count / 2].wholeNanoseconds, sorted[count * 99 / 100].wholeNanoseconds)
    }
    await loop.shutdown(within: .seconds(1))
  }

  private enum Venue: String {
    case kraken, coinbase

    var instrument: String { self == .kraken ? "XXBTZUSD" : "BTC-USD" }
  }

  /// One account's way out.
  private final class Path: Sendable {
    private let trader: Trader
    private let transport: NotingTransport

    init(_ venue: Venue, _ folder: String) async throws {
      let place = "\(folder)/\(venue.rawValue)", clock = WallClock()
      let transport = NotingTransport(isKraken: venue == .kraken)
      let key = try await KeyFile.open(
        KeyPlace("\(place)-key"), scale: .nanoseconds, wait: .zero, clock: clock)
      let context = PluginContext(
        endpoint: try Broker.Endpoint(parsing: "https://venue.invalid"),
        credentials: try OrderPathBench.credentials(venue, folder),
        options: [:], transport: transport, nonces: key, limits: key, clock: clock)
      let plugin: any BrokerPlugin
      switch venue {
      case .kraken: plugin = try Kraken(context, time: Decode.unhurried)
      case .coinbase: plugin = try Coinbase(context, time: Decode.unhurried)
      }
      plugin.learn([try OrderPathBench.instrument(venue)])
      trader = Trader(
        settings: try OrderPathBench.settings(venue), broker: plugin, strategy: try Hold(parameters: [:]),
        journal: try OrderPathBench.journal(place, venue), book: try OrderPathBench.book(place), clock: clock,
        marketClock: .wall, pause: { _ in }, onEvent: { _ in })
      self.transport = transport
    }

    /// From the decision to the bytes.
    func order(_ index: Int) async throws -> Duration {
      let decision = Trader.Decision(
        symbol: OrderPathBench.symbol, side: .sell, quantity: Quantity(try ExactDecimal(parsing: "0.1")),
        kind: .limit(Price(try ExactDecimal(parsing: "30000"))), timeInForce: .goodTillCancelled, purpose: .exit,
        cause: "trend_pullback")
      let start = ContinuousClock.now
      let outcome = try await trader.carryOut(decision)
      precondition(outcome == .taken, "the venue of a bench takes every order")
      return transport.at - start
    }
  }

  fileprivate static let symbol = Symbol(base: "BTC", quote: "USD")

  private static func credentials(_ venue: Venue, _ folder: String) throws -> [String: Secret] {
    switch venue {
    case .kraken:
      let secret = [UInt8](repeating: 7, count: 64)
      return ["api_key": Secret(Array("bench".utf8)), "api_secret": Secret(Array(Base64.encode(secret).utf8))]
    case .coinbase:
      // Made for the run, by whoever started it.
      return [
        "api_key": Secret(Array("organizations/bench/apiKeys/bench".utf8)),
        "api_secret": Secret(try Decode.contents(of: folder + "/coinbase.pem")),
      ]
    }
  }

  private static func instrument(_ venue: Venue) throws -> Instrument {
    Instrument(
      symbol: symbol, venueID: venue.instrument, venueBase: venue == .kraken ? "XXBT" : "BTC",
      venueQuote: venue == .kraken ? "ZUSD" : "USD", status: .online, tickSize: try ExactDecimal(parsing: "0.1"),
      lotStep: try ExactDecimal(parsing: "0.00000001"))
  }

  private static func settings(_ venue: Venue) throws -> TraderSettings {
    TraderSettings(
      account: venue.rawValue, quoteCurrency: "USD", filter: MarketFilter(), topMarkets: 1, strategyName: "hold",
      candles: .seconds(300), control: .independent,
      limits: SizingLimits(
        orderSize: .amount(Notional(try ExactDecimal(parsing: "10"))),
        maximumSlippage: try ExactDecimal(parsing: "0.003")),
      restsProtectiveStops: false, deadManSwitch: nil, keyFingerprint: "bench")
  }

  private static func journal(_ place: String, _ venue: Venue) throws -> sending Journal {
    try Journal.open(
      directory: place, binding: JournalBinding(account: venue.rawValue, mode: "sandbox", broker: venue.rawValue),
      clock: WallClock(),
      hash: { row throws(JournalError) in
        do { return try SHA256.digest(row) } catch { throw .failed(operation: "hash a row", cause: "\(error)") }
      })
  }

  private static func book(_ place: String) throws -> FeedBookReader {
    let descriptor = open(place + "-book", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    let writer = try FeedBookWriter(
      descriptor: descriptor, layout: FeedBookLayout(maxInstruments: 4, candlesPerInstrument: 8))
    writer.beat(at: WallClock().now)
    return try FeedBookReader(descriptor: descriptor)
  }
}

/// Takes every order, and notes when its bytes came.
private final class NotingTransport: Transport {
  private let isKraken: Bool
  private let state = Mutex((at: ContinuousClock.now, count: 0))

  init(isKraken: Bool) { self.isKraken = isKraken }

  var at: ContinuousClock.Instant { state.withLock { $0.at } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    let count = state.withLock { state in
      state.at = .now
      state.count += 1
      return state.count
    }
    let text =
      isKraken
      ? #"{"error":[],"result":{"descr":{"order":"sell"},"txid":["OBENCH-\#(count)"]}}"#
      : #"{"success":true,"success_response":{"order_id":"bench-\#(count)"}}"#
    return HTTPAnswer(status: 200, headers: [:], body: Array(text.utf8))
  }
}
