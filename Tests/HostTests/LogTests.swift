import Core
import Messages
import Testing

@testable import Host

@Suite struct LogTests {
  private let noon = Timestamp(rfc3339: "2026-01-16T12:00:00.25Z") ?? Timestamp(nanoseconds: 0)

  @Test func `a line for people and one for scripts`() {
    let event = LogEvent(.warning, "state_changed", "parked: bad key", fields: ["state": "parked"])
    let line = LogLine(at: noon, account: "kraken/tania_gilbert", event: event)
    #expect(line.text(.human) == "2026-01-16 12:00:00 | WARNING | kraken/tania_gilbert | parked: bad key")
    #expect(
      line.text(.json)
        == #"{"ts":"2026-01-16T12:00:00.25Z","level":"WARNING","account":"kraken/tania_gilbert","event":"state_changed","message":"parked: bad key","state":"parked"}"#
    )
  }

  @Test func `what a worker says cannot forge a line, drive a terminal or go on for ever`() {
    let text = "x\n2026 | INFO | host | all is well\u{1B}[31m\u{202E}" + String(repeating: "y", count: 10_000)
    for format in Log.Format.allCases {
      let line = LogLine(at: noon, account: "a", event: LogEvent(.info, "e", text, fields: ["ts": "forged"])).text(
        format)
      #expect(!line.contains("\n") && !line.contains("\u{1B}") && !line.contains("\u{202E}"))
      #expect(!line.contains("forged"))
      #expect(line.count < 2_300)
    }
  }

  @Test func `a reader that stops reading costs lines, which are counted, and not the host`() async {
    let gate = Gate()
    let lines = Captured()
    let log = Log(format: .human) { bytes in
      gate.waitUntilOpen()
      lines.append(String(decoding: bytes, as: UTF8.self))
    }
    for number in 0..<12_000 { log.write("a", LogEvent(.info, "e", "line \(number)")) }
    gate.open()
    log.flush()
    log.write("a", LogEvent(.info, "e", "afterwards"))
    log.flush()
    #expect(lines.all.contains { $0.contains("2000 lines of the log were dropped") })
    #expect(lines.all.contains { $0.contains("afterwards") })
  }

  @Test func `a budget lets a burst through, then its rate, and counts the rest`() {
    let start = ContinuousClock.now
    var budget = LineBudget(burst: 3, perSecond: 2, at: start)
    #expect((0..<5).map { _ in budget.take(at: start) } == [0, 0, 0, nil, nil])
    #expect(budget.take(at: start + .milliseconds(500)) == 2)
    #expect(budget.take(at: start + .milliseconds(501)) == nil)
    #expect(budget.take(at: start + .seconds(60)) == 1)
  }
}

@Suite struct PhrasesTests {
  private let at = Timestamp(nanoseconds: 1_768_564_800_000_000_000)
  private let master = Phrases.Subject(broker: "kraken", brokerTitle: "Kraken", user: nil, name: "kraken")
  private let user = Phrases.Subject(
    broker: "kraken", brokerTitle: "Kraken", user: "tania_gilbert", name: "Tania Gilbert")

  private func cycle(_ number: Int, failure: String? = nil) -> CycleReport {
    CycleReport(
      number: number, startedAt: at, finishedAt: at, markets: 5, signals: 1, orders: 0, rejected: [:],
      failure: failure)
  }

  @Test func `each phrase is printed when its fact is first reported, and once`() {
    var phrases = Phrases(master)
    var report = AccountReport(since: at)
    #expect(!phrases.lines(for: report).contains { $0.text.contains("✅") })
    report.ladder[.authenticated] = at
    #expect(phrases.lines(for: report).map(\.text) == ["✅ Kraken MASTER connected"])
    #expect(phrases.lines(for: report).isEmpty)
    report.state = .trading
    #expect(phrases.lines(for: report).map(\.text) == ["✅ Started independent trading thread for kraken (MASTER)"])
    #expect(phrases.lines(for: report).isEmpty)
    phrases.workerStarted()
    #expect(phrases.lines(for: report).count == 2, "a new worker proves both anew")
  }

  @Test func `a user's phrases name user and broker`() {
    var phrases = Phrases(user)
    var report = AccountReport(since: at)
    report.state = .trading
    report.cycle = cycle(3)
    #expect(
      phrases.lines(for: report).map(\.text) == [
        "✅ Started independent trading thread for tania_gilbert_kraken (USER)", "🔄 tania_gilbert_kraken - Cycle #3",
        "✅ tania_gilbert_kraken cycle completed successfully",
      ])
    #expect(
      phrases.notConfigured(missing: ["KRAKEN_USER_TANIA_API_KEY", "KRAKEN_USER_TANIA_API_SECRET"]).text
        == "⚪ USER: Tania Gilbert: NOT CONFIGURED (Broker: KRAKEN, Credentials not set: KRAKEN_USER_TANIA_API_KEY, KRAKEN_USER_TANIA_API_SECRET)"
    )
  }

  @Test func `a failed cycle is not called complete, and a cycle is told once`() {
    var phrases = Phrases(master)
    var report = AccountReport(since: at)
    report.state = .trading
    report.cycle = cycle(1)
    _ = phrases.lines(for: report)
    report.cycle = cycle(2, failure: "no answer in 10 s")
    #expect(
      phrases.lines(for: report).map(\.text) == [
        "🔄 kraken - Cycle #2", "❌ kraken trading cycle failed: no answer in 10 s; will retry next cycle",
      ])
    #expect(phrases.lines(for: report).isEmpty)
  }
}
