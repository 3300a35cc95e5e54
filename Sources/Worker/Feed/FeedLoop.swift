import Broker
import Core
import Market
import Messages
import Synchronization

/// One brokerage's public data: fetched once within the venue's public limits, published to all its workers.
final class FeedLoop {
  /// Instruments a book has room for; a venue's busiest quote currencies have fewer.
  static let layout = FeedBookLayout(maxInstruments: 1_536)
  private static let idle = Duration.milliseconds(50)
  private static let heartbeat = Duration.seconds(1)
  /// How often the venue's clock is compared with ours, and how long that may hold up the rest.
  private static let clockInterval = Duration.seconds(600)
  private static let clockLimit = Duration.seconds(2)

  private let settings: WorkerSettings
  private let plugin: any BrokerPlugin
  private let candleLimit: Int
  private let book: FeedBookWriter
  private let clock: any ProtocolClock
  private let link: HostLink
  private let stop: StopSignal
  private let progress: Progress
  private let said = LastReport()
  private var schedule: FeedSchedule
  private var fault: String?
  private var instruments = 0
  private var reportedAt: Timestamp?
  private var clockOffset: ClockOffset?
  private var nextClock = ContinuousClock.now

  init(
    settings: WorkerSettings, plugin: any BrokerPlugin, book: FeedBookWriter, clock: any ProtocolClock,
    link: HostLink, stop: StopSignal, progress: Progress
  ) {
    self.settings = settings
    self.plugin = plugin
    self.book = book
    self.clock = clock
    self.link = link
    self.stop = stop
    self.progress = progress
    let spec = plugin.spec
    self.candleLimit = book.layout.candlesPerInstrument
    self.schedule = FeedSchedule(
      candles: settings.candles, selection: settings.markets,
      tickersHaveQuotes: spec.capabilities.contains(.quotesInTickers))
  }

  /// Fetches until told to stop.
  func run() async {
    let (progress, link, said) = (progress, link, said)
    async let _ = progress.beat {
      if let report = said.report { link.send(.feed(report)) }
    }
    while !stop.isSet {
      let market = settings.clock.time(atWall: clock.now)
      if let fetch = schedule.next(wall: clock.now, market: market) {
        await perform(fetch, market: market)
      } else if ContinuousClock.now >= nextClock {
        await compareClocks()
      } else {
        await stop.wait(atMost: Self.idle)
      }
      reportIfDue()
    }
  }

  /// Only when nothing else is due; without an answer the last one stands.
  private func compareClocks() async {
    nextClock = .now + Self.clockInterval
    let outcome = await Prober(plugin: plugin, clock: clock, limit: Self.clockLimit).clockOffset()
    clockOffset = outcome.fact ?? clockOffset
    report()
  }

  private func perform(_ fetch: FeedSchedule.Fetch, market: Timestamp) async {
    do throws(BrokerError) {
      try await self.fetch(fetch, market: market)
      tell(fault: nil)
    } catch {
      schedule.failed(fetch, at: clock.now)
      tell(fault: error.description)
      if case .retry(let pause) = error.recovery { await stop.wait(atMost: min(pause, .seconds(5))) }
    }
  }

  private func fetch(_ fetch: FeedSchedule.Fetch, market: Timestamp) async throws(BrokerError) {
    switch fetch {
    case .instruments:
      let list = try await plugin.fetchInstruments()
      plugin.learn(list)
      tell(omitted: book.publish(instruments: list), "instruments")
      instruments = list.count
      schedule.received(instruments: list, at: clock.now)
    case .tickers:
      let tickers = try await plugin.fetchTickers()
      tell(omitted: book.publish(tickers: tickers), "tickers")
      schedule.received(tickers: tickers, at: clock.now)
    case .quote(let symbol):
      let quote = try await plugin.fetchQuote(symbol)
      do { try book.publish(quote: quote) } catch { tell(omitted: [error], "quote") }
      schedule.received(quoteOf: symbol, at: clock.now)
    case .candles(let symbol):
      let asked = clock.now
      let candles = try await plugin.fetchCandles(
        symbol, interval: settings.candles, limit: candleLimit, marketNow: market)
      do {
        try book.publish(candles: candles, symbol: symbol, interval: settings.candles, asOf: asked)
      } catch { tell(omitted: [error], "candles") }
      schedule.received(candlesOf: symbol, newest: candles.last?.start, at: clock.now)
    }
  }

  /// The book's beat is the last success: one refused call makes nobody stale.
  private func tell(fault text: String?) {
    if text == nil { book.beat(at: clock.now) }
    guard text != fault else { return }
    fault = text
    book.publish(fault: text)
    if let text {
      link.send(.event(LogEvent(.warning, "feed_failed", "feed of \(settings.broker): \(text)")))
    } else {
      link.send(.event(LogEvent(.info, "feed_recovered", "feed of \(settings.broker) works again")))
    }
    report()
  }

  private func tell(omitted: [FeedBookOmission], _ what: String) {
    guard let first = omitted.first else { return }
    link.send(
      .event(
        LogEvent(
          .debug, "feed_omitted", "feed of \(settings.broker): \(omitted.count) \(what) left out, first: \(first)")))
  }

  private func reportIfDue() {
    if let reportedAt, clock.now - reportedAt < Self.heartbeat, clock.now >= reportedAt { return }
    report()
  }

  private func report() {
    reportedAt = clock.now
    let report = FeedReport(
      isFresh: fault == nil && schedule.isComplete, instruments: instruments, fault: fault, clock: clockOffset)
    said.report = report
    link.send(.feed(report))
  }
}

/// What was said last, said again while a call is under way.
private final class LastReport: Sendable {
  private let value = Mutex<FeedReport?>(nil)
  var report: FeedReport? {
    get { value.withLock { $0 } }
    set { value.withLock { $0 = newValue } }
  }
}
