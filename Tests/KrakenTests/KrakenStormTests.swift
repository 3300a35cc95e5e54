import Broker
import Core
import Foundation
import Synchronization
import Testing

@testable import Kraken

/// When the venue says no to everything: who leaves first, when again, and who not at all.
@Suite(.timeLimit(.minutes(1))) struct KrakenStormTests {
  /// Time that passes when somebody waits.
  private final class JumpingTime: Sendable {
    private let origin = ContinuousClock.now
    private let state = Mutex(Duration.zero)
    var passed: Duration { state.withLock { $0 } }
    func pass(_ duration: Duration) { state.withLock { $0 += duration } }
    var gate: GateTime { GateTime(now: { self.origin + self.passed }, sleep: { self.pass($0) }) }
  }

  /// Answers what a test says, and notes what it was asked and when.
  private final class Venue: Transport {
    private let answers: Mutex<[String: [String]]>
    private let log = Mutex<[(name: String, at: Duration)]>([])
    private let time: JumpingTime
    private let held = AsyncStream<Void>.makeStream()
    private let holds: String?

    init(_ answers: [String: [String]], _ time: JumpingTime, holds: String? = nil) {
      self.answers = Mutex(answers)
      self.time = time
      self.holds = holds
    }

    var asked: [(name: String, at: Duration)] { log.withLock { $0 } }
    var names: [String] { asked.map(\.name) }
    func letGo() { held.continuation.finish() }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
      let name = request.path.split(separator: "/").last.map(String.init) ?? ""
      log.withLock { $0.append((name, time.passed)) }
      if name == holds { for await _ in held.stream {} }
      let body = answers.withLock { answers in
        let body = answers[name]?.first ?? #"{"error":["EGeneral:Unknown method"]}"#
        if answers[name]?.count ?? 0 > 1 { answers[name]?.removeFirst() }
        return body
      }
      return HTTPAnswer(status: 200, headers: [:], body: Array(body.utf8))
    }
  }

  private static let restFull = #"{"error":["EAPI:Rate limit exceeded"]}"#
  private static let engineFull = #"{"error":["EOrder:Rate limit exceeded"]}"#
  private static let lockout = #"{"error":["EGeneral:Temporary lockout"]}"#
  private static let cancelled = #"{"error":[],"result":{"count":1}}"#
  private static let balances = #"{"error":[],"result":{}}"#
  private static let open = """
    {"error":[],"result":{"open":{"OAAAAA-AAAAA-AAAAAA":{"status":"open","opentm":1760000000.0,"descr":{"pair":"XBTUSD",
    "type":"buy","ordertype":"limit","price":"1.0","price2":"0","leverage":"none","order":"","close":""},
    "vol":"1","vol_exec":"0","cost":"0","fee":"0","price":"0","stopprice":"0","limitprice":"0","misc":"","oflags":"fciq"}}}}
    """

  private static func plugin(
    _ venue: any Transport, _ time: JumpingTime, limits: any LevelStore = NoLevelStore()
  ) throws -> Kraken {
    let kraken = try Kraken(
      PluginContext(
        endpoint: Broker.Endpoint(parsing: "https://api.kraken.com"),
        credentials: ["api_key": Secret(Array("key".utf8)), "api_secret": Secret(Array(Kraken.testSecret.utf8))],
        options: ["tier": "starter"], transport: venue, nonces: CountingNonces(), limits: limits, clock: StoppedClock()),
      time: time.gate)
    kraken.learn([
      Instrument(
        symbol: Symbol(base: "BTC", quote: "USD"), venueID: "XXBTZUSD", venueAliases: ["XBTUSD"], venueBase: "XXBT",
        venueQuote: "ZUSD", status: .online, tickSize: .one, lotStep: .one)
    ])
    return kraken
  }

  private static let order = VenueOrderID("OAAAAA-AAAAA-AAAAAA")

  @Test func `refused queries keep queries away by the decay and longer each time, and cancels not at all`()
    async throws
  {
    let time = JumpingTime()
    let venue = Venue(["BalanceEx": [Self.restFull], "CancelOrder": [Self.cancelled]], time)
    let kraken = try Self.plugin(venue, time)
    for _ in 0..<4 {
      let error = try await #require(throws: BrokerError.self) { _ = try await kraken.fetchBalances() }
      #expect(error.code == .rateLimited)
      let before = time.passed
      _ = try await kraken.cancel(Self.order)
      #expect(time.passed == before)
    }
    let queries = venue.asked.filter { $0.name == "BalanceEx" }.map(\.at)
    // What is not urgent leaves 4 of 15 free, and the refused one may have been counted: 6 units at 0.33 a second are
    // 18.2 s; then our pause, doubled each time, is longer.
    let gaps = zip(queries.dropFirst(), queries).map { $0 - $1 }
    for gap in gaps.prefix(2) { #expect(gap > .seconds(18) && gap < .milliseconds(18_200), "\(gaps)") }
    #expect(gaps[2] == .seconds(20), "\(gaps)")
  }

  @Test func `a full engine lets the cancel out by the decay curve, before an entry`() async throws {
    let time = JumpingTime()
    let venue = Venue(["OpenOrders": [Self.open], "CancelOrder": [Self.engineFull, Self.cancelled]], time)
    let kraken = try Self.plugin(venue, time)
    _ = try await kraken.fetchOpenOrders()
    let first = try await #require(throws: BrokerError.self) { _ = try await kraken.cancel(Self.order) }
    #expect(first.code == .rateLimited && first.scope == .instrument)
    _ = try await kraken.cancel(Self.order)
    let cancels = venue.asked.filter { $0.name == "CancelOrder" }.map(\.at)
    // The counter shows 60 and the refused cancel's 8, and falls by one a second; the order's age is counted from 5 s
    // after our start, so that a cancel costs 6 from 10 s on: these have room after 14 s.
    #expect(cancels[1] - cancels[0] == .seconds(14))
    // The cancel filled it again; an entry leaves 20 free: 21 must go.
    let before = time.passed
    _ = try? await kraken.place(
      OrderRequest(
        clientOrderID: ClientOrderID(journal: "000000000001", sequence: 1), symbol: Symbol(base: "BTC", quote: "USD"),
        side: .buy, quantity: Quantity(.one), limit: Price(.one), timeInForce: .immediateOrCancel,
        deadline: StoppedClock().now + .seconds(30)))
    #expect(venue.names.last == "AddOrder")
    #expect(time.passed - before == .seconds(21))
  }

  @Test func `nothing is sent during a ban, not even what was waiting in line, and the caller learns how long`()
    async throws
  {
    let time = JumpingTime()
    let venue = Venue(["CancelOrder": [Self.lockout], "BalanceEx": [Self.balances]], time, holds: "CancelOrder")
    let kraken = try Self.plugin(venue, time)
    let first = Task { _ = try await kraken.cancel(Self.order) }
    while venue.names.isEmpty { await Task.yield() }
    let waiting = [
      Task { _ = try await kraken.cancel(VenueOrderID("OTHER")) }, Task { _ = try await kraken.fetchBalances() },
    ]
    try await Task.sleep(for: .milliseconds(50))
    venue.letGo()
    _ = try await #require(throws: BrokerError.self) { try await first.value }
    for task in waiting {
      let error = try await #require(throws: BrokerError.self) { try await task.value }
      #expect(error.code == .lockedOut && error.recovery == .retry(after: .seconds(900)) && !error.mayHaveExecuted)
    }
    time.pass(.seconds(899))
    await #expect(throws: BrokerError.self) { _ = try await kraken.fetchBalances() }
    #expect(venue.names == ["CancelOrder"])
    time.pass(.seconds(1))
    _ = try await kraken.fetchBalances()
    #expect(venue.names == ["CancelOrder", "BalanceEx"])
  }

  @Test func `a ban and a full counter outlive the process`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nija-storm-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func open() async throws -> KeyFile {
      try await KeyFile.open(
        KeyPlace(folder + "/key"), scale: .nanoseconds, wait: .seconds(10), clock: StoppedClock(),
        machine: { MachineTime(boot: "one", sinceBoot: 5_000_000_000, wall: StoppedClock().now) })
    }
    for (text, code) in [(Self.lockout, BrokerError.Code.lockedOut), (Self.restFull, .rateLimited)] {
      let time = JumpingTime()
      let venue = Venue(["BalanceEx": [text]], time)
      do {
        let kraken = try Self.plugin(venue, time, limits: try await open())
        await #expect(throws: BrokerError.self) { _ = try await kraken.fetchBalances() }
      }
      let successor = try Self.plugin(venue, time, limits: try await open())
      let error = try await #require(throws: BrokerError.self) { _ = try await successor.fetchBalances() }
      #expect(error.code == code)
      // What waits for the counter to fall does so as long as its predecessor would have.
      #expect(code == .lockedOut ? venue.names.count == 1 : time.passed > .seconds(15))
      try? FileManager.default.removeItem(atPath: folder)
    }
  }

  @Test func `nonces refused again and again are asked no more for a while, before Kraken locks the key out`()
    async throws
  {
    let time = JumpingTime()
    let venue = Venue(["BalanceEx": [#"{"error":["EAPI:Invalid nonce"]}"#]], time)
    let kraken = try Self.plugin(venue, time)
    for _ in 0..<20 { _ = try? await kraken.fetchBalances() }
    #expect(venue.names.count == 4)
    time.pass(.seconds(30))
    for _ in 0..<20 { _ = try? await kraken.fetchBalances() }
    #expect(venue.names.count == 5)
  }

  @Test func `ten thousand queries do not delay a cancel`() async throws {
    let time = JumpingTime()
    let venue = Venue(["BalanceEx": [Self.balances], "CancelOrder": [Self.cancelled]], time, holds: "BalanceEx")
    let kraken = try Self.plugin(venue, time)
    let queries = (0..<10_000).map { _ in Task { _ = try await kraken.fetchBalances() } }
    while venue.names.isEmpty { await Task.yield() }
    let start = ContinuousClock.now
    _ = try await kraken.cancel(Self.order)
    #expect(ContinuousClock.now - start < .seconds(1))
    venue.letGo()
    for query in queries { _ = try? await query.value }
  }
}
