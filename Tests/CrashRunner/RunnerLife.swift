import Broker
import Coinbase
import Core
import Glibc
import Journal
import Kraken
import Market
import Synchronization
import Trading

/// From the key's file to the end of the plan.
final class RunnerLife {
  private let orders: RunOrders
  private let time: VenueTime
  private let trader: Trader
  private let transport: CurlTransport
  private let wish = RunnerWish()

  init(_ orders: RunOrders) async throws {
    self.orders = orders
    let time = VenueTime(offset: orders.offset, control: orders.control)
    self.time = time
    let key = try await KeyFile.open(
      KeyPlace(orders.keyFile), scale: .nanoseconds, wait: .seconds(5), clock: time, machine: { time.machine })
    transport = try CurlTransport()
    let context = PluginContext(
      endpoint: try Broker.Endpoint(parsing: orders.endpoint), credentials: orders.credentials,
      options: orders.venue == "kraken" ? ["tier": "pro"] : [:], transport: ShortCalls(transport), nonces: key,
      limits: key, clock: time)
    let gate = GateTime(now: { time.instant }, sleep: { time.pass($0) })
    let plugin: any BrokerPlugin =
      orders.venue == "kraken" ? try Kraken(context, time: gate) : try Coinbase(context, time: gate)
    let book = open(orders.book, O_RDONLY)
    let journal = try Journal.open(
      directory: orders.directory, binding: JournalBinding(account: "crash", mode: "sandbox", broker: orders.venue),
      clock: time,
      hash: { row throws(JournalError) in
        do { return try SHA256.digest(row) } catch { throw .failed(operation: "hash a row", cause: "\(error)") }
      }, limits: SegmentLimits(rows: Int64(orders.segmentRows), bytes: SegmentLimits.standard.bytes))
    let settings = TraderSettings(
      account: "crash", quoteCurrency: "USD", filter: MarketFilter(), topMarkets: 1, strategyName: "crash",
      candles: .seconds(300), control: .independent,
      limits: SizingLimits(
        orderSize: .amount(Notional(ExactDecimal(integer: 20))), maximumSlippage: try ExactDecimal(parsing: "0.01")),
      restsProtectiveStops: orders.stops, deadManSwitch: nil, keyFingerprint: "crash")
    trader = Trader(
      settings: settings, broker: plugin, strategy: CrashStrategy(wish), journal: journal,
      book: try FeedBookReader(descriptor: book), clock: time, marketClock: .wall,
      pause: { duration in time.pass(duration) }, onEvent: { _ in })
  }

  func run() async throws {
    // A venue that does not answer is asked again, as the worker does.
    var attempts = 0
    while true {
      do {
        try await trader.start(processStarted: time.now)
        break
      } catch TraderError.refused(let refusal) {
        throw TraderError.refused(refusal)
      } catch {
        attempts += 1
        guard attempts < 60 else { throw error }
        time.pass(error.pause ?? .seconds(2))
      }
    }
    for word in orders.plan {
      if word == "wait" { time.pass(.seconds(40)) }
      wish.set(buys: word == "buy", sells: word == "sell")
      try await trader.cycle()
      // As the worker does between two cycles; what fails there is looked at again in the next one.
      do throws(TraderError) { try await trader.exitsBetweenCycles() } catch .refused(let refusal) {
        throw TraderError.refused(refusal)
      } catch {}
    }
  }

  /// What the test needs to know of a life that ended by itself.
  var summary: [(key: String, value: JSONValue)] {
    get async {
      let report = await trader.report
      return [
        ("offset", .integer(Int(time.offset.components.seconds))), ("unknown", .optional(report.unknownOrders)),
        ("failure", .optional(report.cycle?.failure)), ("orders", .optional(report.placedOrders)),
        ("reason", .optional(report.reason)), ("unexplained", report.unexplainedJSON),
      ]
    }
  }
}

/// Calls that hang are given up soon.
private struct ShortCalls: Transport {
  let inner: CurlTransport
  init(_ inner: CurlTransport) { self.inner = inner }
  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    var request = request
    request.timeout = min(request.timeout, .milliseconds(1_500))
    return try await inner.send(request)
  }
}

/// What the plan says now.
final class RunnerWish: Sendable {
  private let wish = Mutex((buys: false, sells: false))
  func set(buys: Bool, sells: Bool) { wish.withLock { $0 = (buys, sells) } }
  var buys: Bool { wish.withLock { $0.buys } }
  var sells: Bool { wish.withLock { $0.sells } }
}

struct CrashStrategy: Strategy {
  static let declaration = StrategyDeclaration(name: "crash", doc: "Buys and sells as a test says.")
  let wish: RunnerWish
  init(_ wish: RunnerWish) { self.wish = wish }
  init(parameters: [String: FieldValue]) throws(StrategyError) { wish = RunnerWish() }
  var candlesNeeded: Int { 0 }

  func evaluateEntry(_ view: MarketView) -> EntryDecision {
    guard wish.buys, let stop = try? view.quote.bid.value * ExactDecimal(parsing: "0.9"),
      let rounded = try? stop.rounded(toMultipleOf: view.instrument.tickSize, .down)
    else { return .reject(.neverEnters) }
    return .enter(
      EntryPlan(
        symbol: view.instrument.symbol, decidedAt: view.time, entry: view.quote.ask, stop: Price(rounded),
        firstTarget: Price(view.quote.ask.value), atr: .one, score: 1))
  }

  func evaluateExit(_ position: HeldPosition, _ view: MarketView) throws(DecimalError) -> ExitDecision {
    wish.sells
      ? ExitDecision(.exit(Exit(.all, position.quantity, .stop)), plan: position.plan)
      : ExitDecision(.hold, plan: position.plan)
  }
}
