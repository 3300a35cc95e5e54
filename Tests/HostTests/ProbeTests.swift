import Broker
import Config
import Core
import Foundation
import Messages
import Registry
import Synchronization
import Testing

@testable import Host
@testable import Worker

/// What a probe measures, what it means, and who may be asked when.
@Suite struct ProbeTests {
  // MARK: The clock

  @Test func `the true offset is always within what is told, whatever the delays and however the venue cuts its time`()
  {
    let seed = ProcessInfo.processInfo.environment["NIJA_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
    var random = SeededRandom(seed)
    for _ in 0..<2_000 {
      let truth = Int64.random(in: -90_000_000_000...90_000_000_000, using: &random)
      let there = Int64.random(in: 0...2_000_000_000, using: &random)
      let back = Int64.random(in: 0...2_000_000_000, using: &random)
      let asked = Sample.start + .nanoseconds(Int64.random(in: 0...5_000_000_000, using: &random))
      let step = [1, 1_000_000, 1_000_000_000].randomElement(using: &random) ?? 1
      let shown = (asked + .nanoseconds(there - truth)).nanoseconds
      let offset = ClockOffset(
        askedAt: asked, roundTrip: .nanoseconds(there + back),
        venue: Timestamp(nanoseconds: shown - shown % Int64(step)))
      let distance = abs(Int64(offset.milliseconds) * 1_000_000 - truth)
      #expect(
        distance <= Int64(offset.uncertaintyMilliseconds + 1) * 1_000_000,
        "NIJA_SEED=\(seed): \(truth) ns told as \(offset) at steps of \(step)")
    }
  }

  // MARK: The meaning

  private static let plan = try? Self.loadedPlan()

  private static func loadedPlan() throws -> AccountPlan {
    let folder = try TemporaryFolder()
    try folder.write(
      "brokers.yaml",
      """
      format: nija/1
      mode: live
      defaults: {strategy: hold}
      brokers:
        kraken: {plugin: kraken, credentials: {api_key: {env: A_KEY}, api_secret: {env: A_SECRET}}}
      """)
    return try #require(ManifestSource.read(folder.path + "/brokers.yaml").manifest?.accounts.first)
  }

  private func findings(
    clock: ProbeOutcome<ClockOffset> = .observed(ClockOffset(milliseconds: 3, uncertaintyMilliseconds: 500)),
    permissions: ProbeOutcome<KeyPermissions>, balances: ProbeOutcome<[Balance]> = .observed([])
  ) throws -> [String: ProbeFinding] {
    let plan = try #require(Self.plan)
    let spec = try #require(Registry.plugin(named: "kraken")).spec
    let list = ProbeJudge(plan: plan, spec: spec, endpoint: "https://venue").findings(
      ProbeReport(clock: clock, permissions: permissions, balances: balances))
    return Dictionary(list.map { ($0.fact, $0) }) { first, _ in first }
  }

  private static func key(
    trade: Bool = true, withdraw: Bool? = false, withdrawing: [String] = [], missing: [String] = []
  ) -> ProbeOutcome<KeyPermissions> {
    .observed(
      KeyPermissions(
        canQuery: true, canTrade: trade, canWithdraw: withdraw, withdrawing: withdrawing, missing: missing))
  }

  @Test func `missing permissions are named in the venue's words, and a key that can withdraw is refused`() throws {
    let lacking = try findings(permissions: Self.key(trade: false, missing: ["modify-trades", "query-funds"]))
    #expect(lacking["permissions"]?.mark == .bad && lacking["connection"]?.text == "Kraken answers at https://venue")
    #expect(lacking["permissions"]?.text == "permissions: missing modify-trades, query-funds")
    #expect(lacking["permissions"]?.nextStep == "give the key modify-trades, query-funds at Kraken")

    let rich = try findings(permissions: Self.key(withdraw: true, withdrawing: ["withdraw-funds"]))
    #expect(rich["permissions"]?.mark == .bad && rich["permissions"]?.text.contains("withdraw-funds") == true)
    #expect(rich["permissions"]?.nextStep?.contains("A_KEY and A_SECRET") == true)
    #expect(rich["connection"]?.text.contains("MASTER connected") == false, "the phrase is for keys that are taken")

    let unknown = try findings(permissions: Self.key(withdraw: nil))
    #expect(unknown["permissions"]?.mark == .open && unknown["permissions"]?.nextStep != nil)
  }

  @Test(arguments: [
    (0, 500, "good"), (5_400, 500, "good"), (5_600, 500, "open"), (30_400, 500, "open"), (30_600, 500, "bad"),
    (-12_900, 0, "open"), (-13_100, 0, "bad"), (-31_000, 500, "bad"), (Int.min, 0, "bad"), (Int.max, 0, "bad"),
  ])
  func `a clock is judged by what it is off at least, and by the venue's deadlines when behind`(
    milliseconds: Int, doubt: Int, mark: String
  ) throws {
    let offset = ClockOffset(milliseconds: milliseconds, uncertaintyMilliseconds: doubt)
    let clock = try findings(clock: .observed(offset), permissions: Self.key())["clock"]
    #expect(clock?.mark.rawValue == mark, "\(String(describing: clock))")
    #expect((clock?.nextStep?.contains("NTP") == true) == (mark != "good"))
  }

  @Test func `a venue nobody reached is said once, and any word of the venue is a connection`() throws {
    let none = ProbeFailure(code: "network", message: "refused")
    let away = try findings(
      clock: .failed(none), permissions: .failed(none), balances: .failed(ProbeFailure(code: "timed_out", message: "x"))
    )
    #expect(away["connection"]?.mark == .bad && away.values.count { $0.mark == .bad } == 1)
    let down = try findings(
      clock: .failed(none), permissions: .failed(ProbeFailure(code: "venue_unavailable", message: "maintenance")),
      balances: .notAsked("x"))
    #expect(down["connection"]?.mark == .good && down["permissions"]?.mark == .bad && down["balance"]?.mark == .open)
    let held = try findings(
      clock: .notAsked("y"), permissions: .failed(ProbeFailure(code: ProbeFailure.keyInUse, message: "z")))
    #expect(held["permissions"]?.mark == .bad)
  }

  // MARK: Messages

  @Test func `reports and requests come out of their frames as they went in`() throws {
    let balance = Balance(
      currency: "USD", total: Sample.decimal("10.5"), held: Sample.decimal("0.5"), available: Sample.decimal("10"))
    var full = ProbeReport(
      clock: .observed(ClockOffset(milliseconds: -7, uncertaintyMilliseconds: 2)),
      permissions: Self.key(withdraw: nil, withdrawing: ["a"], missing: ["b"]), balances: .observed([balance]))
    full.currencyNames = ["ZUSD": "USD"]
    let failed = ProbeReport(
      clock: .notAsked("r"), permissions: .failed(ProbeFailure(code: "c", message: "m", nextStep: "n")),
      balances: .failed(ProbeFailure(code: "c", message: "m")))
    for report in [full, failed] {
      guard case .probed(let read) = try WorkerMessage(payload: Self.payload(WorkerMessage.probed(report).frame)) else {
        Issue.record("another message")
        return
      }
      #expect(read == report)
    }
    for flag in [true, false] {
      guard case .probe(let read) = try HostMessage(payload: Self.payload(HostMessage.probe(withClock: flag).frame))
      else {
        Issue.record("another message")
        return
      }
      #expect(read == flag)
    }
  }

  private static func payload(_ frame: [UInt8]) throws -> [UInt8] {
    var reader = FrameReader()
    reader.append(frame)
    return try #require(try reader.next())
  }

  // MARK: The desk

  @Test(.timeLimit(.minutes(1))) func `a desk looks once at a time, and says so before it can look`() async throws {
    let (answers, continuation) = AsyncStream<ProbeReport>.makeStream()
    let desk = ProbeDesk { continuation.yield($0) }
    var heard = answers.makeAsyncIterator()
    desk.ask(withClock: true)
    #expect(await heard.next()?.permissions == .notAsked("the worker has not taken its key up yet"))

    let looks = Mutex(0)
    let (gate, open) = AsyncStream<Void>.makeStream()
    desk.open { _ in
      looks.withLock { $0 += 1 }
      for await _ in gate { break }
      return ProbeReport(clock: .notAsked("1"), permissions: .notAsked("1"), balances: .notAsked("1"))
    }
    for _ in 0..<5 { desk.ask(withClock: false) }
    open.yield()
    #expect(await heard.next()?.clock == .notAsked("1"))
    #expect(looks.withLock { $0 } == 1)
    desk.ask(withClock: false)
    open.yield()
    #expect(await heard.next() != nil)
    #expect(looks.withLock { $0 } == 2)
  }
}
