import Broker
import Core
import Foundation
import Testing

@testable import Host

/// Plugins that are programs, in a whole host: started, supervised, logged, ended.
@Suite(.serialized) struct ProcessPluginEndToEndTests {
  private static let examples = BuiltPrograms.packageRoot.appending(path: "examples/process").path

  private static func digest(_ name: String) throws -> String {
    Hex.encode(try SHA256.digest(Array(try Data(contentsOf: URL(filePath: "\(examples)/\(name)")))))
  }

  /// - Parameter mark: an argument by which the programs of one test are found among all processes.
  private static func manifest(mark: String, bad: String = "dies", badDigest: String? = nil) throws -> String {
    """
    format: nija/1
    listen: 127.0.0.1:0
    sandbox: {speed: 60, seed: 1}
    defaults: {strategy: hold, cycle: 60s, restart: {limit: 2, within: 10m}}
    plugins:
      kraken_py: {process: ["\(examples)/kraken.py", \(mark)], sha256: \(try digest("kraken.py"))}
      bad: {process: ["\(examples)/misbehaves.py", \(bad), \(mark)], sha256: \(try badDigest ?? digest("misbehaves.py"))}
    brokers:
      kraken:
        plugin: kraken
        credentials: {api_key: {env: A_KEY}, api_secret: {env: A_SECRET}}
      py:
        plugin: kraken_py
        credentials: {api_key: {env: B_KEY}, api_secret: {env: B_SECRET}}
      bad:
        plugin: bad
        credentials: {api_key: {env: C_KEY}}
    """
  }

  /// Processes whose command line has the mark.
  private static func processes(_ mark: String) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { process in
      let line = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))) ?? Data()
      return String(decoding: line, as: UTF8.self).contains(mark)
    }
  }

  private static func cycle(_ account: [String: Any]?) -> Int {
    (account?["cycle"] as? [String: Any])?["number"] as? Int ?? 0
  }

  @Test(.timeLimit(.minutes(3)))
  func `a program trades like a built-in plugin, and one that dies is parked while the others miss no cycle`()
    async throws
  {
    let mark = "nija-test-\(UUID().uuidString)"
    let text = try Self.manifest(mark: mark)
    let host = try RunningHost { _ in text }
    let early = try await host.await("both trade", within: 60) { () -> [String: [String: Any]]? in
      let accounts = try host.accounts()
      return ["kraken", "py"].allSatisfy { accounts[$0]?["state"] as? String == "trading" } ? accounts : nil
    }
    let reason = try await host.await("the dying one is parked", within: 60) { () -> String? in
      guard let bad = try host.accounts()["bad"], bad["state"] as? String == "parked" else { return nil }
      return bad["reason"] as? String
    }
    #expect(reason.contains("3 deaths of the worker") && reason.contains("the plugin's program ended"), "\(reason)")
    #expect(host.logText.contains("program_failed") || host.logText.contains("the plugin's program ended"))
    _ = try await host.await("both went on", within: 30) { () -> Bool? in
      let accounts = try host.accounts()
      return ["kraken", "py"].allSatisfy { Self.cycle(accounts[$0]) > Self.cycle(early[$0]) + 2 } ? true : nil
    }
    let accounts = try host.accounts()
    for name in ["kraken", "py"] { #expect(accounts[name]?["restarts"] as? Int == 0) }
    // One for its feed, one for the account.
    #expect(Self.processes(mark).count >= 2)
    #expect(host.drain() == 0)
    try await Self.none(mark)
  }

  @Test(.timeLimit(.minutes(3)))
  func `a descriptor with operations by a program trades, and one whose program fails is parked`() async throws {
    let mark = "nija-test-\(UUID().uuidString)"
    let (good, bad) = (RunningHost.newFolder(), RunningHost.newFolder())
    defer { for folder in [good, bad] { try? FileManager.default.removeItem(at: folder) } }
    let operations = ["balances", "place", "open_orders", "closed_orders", "order", "order_by_client_id"]
    let mixed = try ProgramCommandTests.mixed("kraken", operations, by: "kraken.py", [mark], in: good)
    let dying = try ProgramCommandTests.mixed("kraken", ["balances"], by: "misbehaves.py", ["dies", mark], in: bad)
    let text = """
      format: nija/1
      listen: 127.0.0.1:0
      sandbox: {speed: 60, seed: 1}
      defaults: {strategy: hold, cycle: 60s, restart: {limit: 2, within: 10m}}
      plugins:
        mixed: {descriptor: "\(mixed)"}
        dying: {descriptor: "\(dying)"}
      brokers:
        mixed:
          plugin: mixed
          credentials: {api_key: {env: B_KEY}, api_secret: {env: B_SECRET}}
        dying:
          plugin: dying
          credentials: {api_key: {env: C_KEY}, api_secret: {env: C_SECRET}}
      """
    let host = try RunningHost { _ in text }
    let early = try await host.await("the mixed one trades", within: 60) { () -> [String: Any]? in
      guard let mixed = try host.accounts()["mixed"], mixed["state"] as? String == "trading" else { return nil }
      return mixed
    }
    let reason = try await host.await("the dying one is parked", within: 60) { () -> String? in
      guard let bad = try host.accounts()["dying"], bad["state"] as? String == "parked" else { return nil }
      return bad["reason"] as? String
    }
    #expect(reason.contains("the plugin's program ended"), "\(reason)")
    _ = try await host.await("the mixed one went on", within: 30) { () -> Bool? in
      let mixed = try host.accounts()["mixed"]
      return mixed?["restarts"] as? Int == 0 && Self.cycle(mixed) > Self.cycle(early) + 2 ? true : nil
    }
    // One for its feed, one for the account.
    #expect(Self.processes(mark).count >= 2)
    #expect(host.drain() == 0)
    try await Self.none(mark)
  }

  @Test(.timeLimit(.minutes(2))) func `a host that is killed leaves no program behind`() async throws {
    let mark = "nija-test-\(UUID().uuidString)"
    let text = try Self.manifest(mark: mark, bad: "ignores_its_end")
    let host = try RunningHost { _ in text }
    _ = try await host.await("it trades", within: 60) { () -> Bool? in
      try host.accounts()["py"]?["state"] as? String == "trading" ? true : nil
    }
    #expect(!Self.processes(mark).isEmpty)
    kill(host.process.processIdentifier, SIGKILL)
    host.process.waitUntilExit()
    try await Self.none(mark)
  }

  @Test(.timeLimit(.minutes(2)))
  func `a digest that is missing is an error with its place, another parks its accounts`()
    async throws
  {
    let mark = "nija-test-\(UUID().uuidString)"
    let zeros = String(repeating: "0", count: 64)
    let text = try Self.manifest(mark: mark, badDigest: zeros)
    let host = try RunningHost { _ in text }
    let check = try host.command("check")
    #expect(check.errors.contains("brokers.yaml:7:") && check.errors.contains("plugins.bad: the program"), "\(check)")
    #expect(check.errors.contains("has another sha256 than pinned: \(try Self.digest("misbehaves.py"))"))
    let reason = try await host.await("parked", within: 30) { () -> String? in
      guard let bad = try host.accounts()["bad"], bad["state"] as? String == "parked" else { return nil }
      return bad["reason"] as? String
    }
    #expect(reason.contains("has another sha256 than pinned"))
    _ = try await host.await("the others trade", within: 60) { () -> Bool? in
      try host.accounts()["py"]?["state"] as? String == "trading" ? true : nil
    }
    host.drain()
    let unpinned = try RunningHost { _ in text.replacing(", sha256: \(zeros)", with: "") }
    let refused = try unpinned.command("check")
    #expect(refused.status == 1 && refused.errors.contains("sha256 is missing"), "\(refused)")
    try await Self.none(mark)
  }

  private static func none(_ mark: String) async throws {
    for _ in 0..<1_000 {
      if processes(mark).isEmpty { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("left: \(processes(mark))")
  }
}
