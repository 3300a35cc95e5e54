import Broker
import Core
import Foundation
import Glibc
import Synchronization

@testable import Journal
@testable import Market
@testable import Trading

/// A trader over a venue in memory: its journal and book in a folder of its own.
final class TraderBench {
  let venue: FakeVenue
  let clock: SteppedClock
  let folder: String
  let wishes = Wishes()
  /// What the traders said.
  let said = Said()
  private let descriptor: Int32
  private let writer: FeedBookWriter

  init(seed: UInt64) throws {
    clock = SteppedClock()
    venue = FakeVenue(clock, seed: seed)
    // Where there is one, a file system in memory: what is tested is not the disk.
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    folder = root + "/nija-trader-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    descriptor = Glibc.open(folder + "/book", O_RDWR | O_CREAT, 0o600)
    writer = try FeedBookWriter(
      descriptor: descriptor, layout: FeedBookLayout(maxInstruments: 4, candlesPerInstrument: 8))
    _ = writer.publish(instruments: [FakeVenue.instrument])
    publish()
  }

  deinit {
    close(descriptor)
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Makes the feed say that it lives, and what the price is.
  func publish() {
    writer.beat(at: clock.now)
    _ = writer.publish(tickers: [
      Ticker(
        symbol: FakeVenue.symbol, bid: Price(fake("99.9")), ask: Price(fake("100")), last: Price(fake("100")),
        volume24h: Quantity(fake("10")), asOf: clock.now)
    ])
    let price = Price(fake("100"))
    let candle = Candle(
      start: clock.now - .seconds(300), open: price, high: price, low: price, close: price,
      volume: Quantity(fake("1")))
    try? writer.publish(candles: [candle], symbol: FakeVenue.symbol, interval: .seconds(300), asOf: clock.now)
  }

  func step(_ duration: Duration) {
    clock.step(duration)
    publish()
  }

  /// The journal as it is on disk, opened anew: as after a crash, what was not committed is gone.
  func open() throws -> sending Journal {
    try Journal.open(
      directory: folder + "/journal", binding: JournalBinding(account: "fake", mode: "sandbox", broker: "fake"),
      clock: clock, hash: { bytes in Self.hash(bytes) })
  }

  static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return withUnsafeBytes(of: value.bigEndian, Array.init)
  }

  /// What a worker has whose journal cannot be opened.
  func look() throws -> VenueLook {
    VenueLook(
      broker: venue, quoteCurrency: "USD", book: try FeedBookReader(descriptor: descriptor), clock: clock,
      onEvent: { [said] in said.add($0) })
  }

  /// A trader as a restarted worker has it: nothing in memory but what the journal gives.
  func trader(stops: Bool = false) throws -> Trader {
    let settings = TraderSettings(
      account: "fake", quoteCurrency: "USD", filter: MarketFilter(), topMarkets: 1, strategyName: "scripted",
      candles: .seconds(300), control: .independent,
      limits: SizingLimits(orderSize: .amount(Notional(fake("10"))), maximumSlippage: fake("0.003")),
      restsProtectiveStops: stops, deadManSwitch: nil, keyFingerprint: "fake")
    return Trader(
      settings: settings, broker: venue, strategy: ScriptedStrategy(wishes), journal: try open(),
      book: try FeedBookReader(descriptor: descriptor), clock: clock, marketClock: .wall, pause: { _ in },
      onEvent: { [said] in said.add($0) })
  }
}

/// Lines for the log, as they came.
final class Said: Sendable {
  private let events = Mutex<[LogEvent]>([])
  func add(_ event: LogEvent) { events.withLock { $0.append(event) } }
  var all: [LogEvent] { events.withLock { $0 } }
  func count(_ name: String) -> Int { all.count { $0.event == name } }
}

/// What the test wants the strategy to do.
final class Wishes: Sendable {
  private let wish = Mutex((buys: false, sells: false))
  func set(buys: Bool, sells: Bool) { wish.withLock { $0 = (buys, sells) } }
  var buys: Bool { wish.withLock { $0.buys } }
  var sells: Bool { wish.withLock { $0.sells } }
}

struct ScriptedStrategy: Strategy {
  static let declaration = StrategyDeclaration(name: "scripted", doc: "Does what a test wants.")
  let wishes: Wishes
  init(_ wishes: Wishes) { self.wishes = wishes }
  init(parameters: [String: FieldValue]) throws(StrategyError) { wishes = Wishes() }
  var candlesNeeded: Int { 0 }

  func evaluateEntry(_ view: MarketView) -> EntryDecision {
    guard wishes.buys else { return .reject(.neverEnters) }
    return .enter(
      EntryPlan(
        symbol: view.instrument.symbol, decidedAt: view.time, entry: view.quote.ask, stop: Price(fake("95")),
        firstTarget: Price(fake("110")), atr: fake("1"), score: 1))
  }

  func evaluateExit(_ position: HeldPosition, _ view: MarketView) throws(DecimalError) -> ExitDecision {
    wishes.sells
      ? ExitDecision(.exit(Exit(.all, position.quantity, .stop)), plan: position.plan)
      : ExitDecision(.hold, plan: position.plan)
  }
}
