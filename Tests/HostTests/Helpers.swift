import Config
import Core
import Foundation
import Messages
import NIOPosix
import Synchronization
import Testing

@testable import Host

/// Opened once, by another thread.
final class Gate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  func open() { semaphore.signal() }
  func waitUntilOpen() {
    semaphore.wait()
    semaphore.signal()
  }
}

/// Text from other threads.
final class Captured: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func append(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A folder that is removed with the last one who uses it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("nija-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func read(_ name: String) -> String? {
    (try? Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Buries children as SIGCHLD has the host do it: the test process's signals belong to the test runner.
func withReaper<Result: Sendable>(
  _ children: Children, _ body: @Sendable () async throws -> Result
) async throws -> Result {
  let reaper = Task {
    while !Task.isCancelled {
      children.reap()
      try? await Task.sleep(for: .milliseconds(5))
    }
  }
  defer { reaper.cancel() }
  return try await body()
}

/// The log as a stream, so that a test waits for what it is about.
final class LogTap: Sendable {
  let log: Log
  private let stream: AsyncStream<String>

  init() {
    let (stream, continuation) = AsyncStream<String>.makeStream()
    self.stream = stream
    log = Log(format: .human) { continuation.yield(String(decoding: $0, as: UTF8.self)) }
  }

  /// The next line that holds `text`.
  func line(containing text: String) async -> String? {
    for await line in stream where line.contains(text) { return line }
    return nil
  }
}

/// Asks until it holds, for what has no event of its own.
func eventually(_ what: String, _ holds: () async throws -> Bool) async throws {
  for _ in 0..<2_000 {
    if try await holds() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  Issue.record("never: \(what)")
}

/// A status with one of everything.
enum Sample {
  static func at(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(nanoseconds: 0) }
  static let start = at("2026-01-16T12:00:00Z")

  static func decimal(_ text: String) -> ExactDecimal { (try? ExactDecimal(parsing: text)) ?? .zero }

  static func report() -> AccountReport {
    var report = AccountReport(since: at("2026-01-16T12:00:05Z"))
    report.state = .trading
    for rung in Rung.allCases where rung != .traded { report.ladder[rung] = start + .seconds(1) }
    report.cycle = CycleReport(
      number: 12, startedAt: at("2026-01-16T12:01:00Z"), finishedAt: at("2026-01-16T12:01:01Z"), markets: 50,
      signals: 2, orders: 1, rejected: ["adx_below_floor": 33], failure: nil)
    report.balance = BalanceReport(
      balance: Balance(
        currency: "USD", total: decimal("1000"), held: decimal("60"), available: decimal("940")),
      asOf: at("2026-01-16T12:01:01Z"))
    (report.openOrders, report.unknownOrders, report.placedOrders, report.positions) = (1, 0, 7, 2)
    (report.realisedProfit, report.feesPaid) = (decimal("3.21"), decimal("1.10"))
    report.journalSince = start
    report.lastPrivateCallAt = at("2026-01-16T12:01:01Z")
    report.permissions = KeyPermissions(
      canQuery: true, canTrade: true, canWithdraw: nil, withdrawing: [], missing: ["x"])
    return report
  }

  static func account(
    _ id: String, _ state: AccountState, reason: String? = nil, next: String? = nil, report: AccountReport? = nil
  ) -> AccountStatus {
    let parts = id.split(separator: "/").map(String.init)
    return AccountStatus(
      id: id, broker: parts[0], plugin: parts[0], role: parts.count > 1 ? "user" : "master",
      name: parts.count > 1 ? "Tania Gilbert" : id, mode: "sandbox", control: "independent",
      standing: WorkerUnit.Standing(state: state, reason: reason, nextStep: next, since: start),
      process: report == nil ? nil : 4720, restarts: 0, declaredAt: start, boundAt: report.map { _ in start },
      report: report, isReportCurrent: report != nil)
  }

  static func status(_ accounts: [AccountStatus]) -> HostStatus {
    HostStatus(
      pid: 4711, startedAt: start, mode: "sandbox", manifest: "sha256:ab", sandboxProcess: nil, accounts: accounts,
      feeds: [])
  }
}
