import Foundation

@testable import Host

/// A `nija-host` of our own over a folder of its own, from start to drain.
final class RunningHost {
  let folder: URL
  let process = Process()
  private let log: URL
  private let entrance: [String]

  /// Copies the shipped manifest (with a port of the system's choosing), changes it, and starts the host.
  convenience init(
    folder: URL? = nil, arguments: [String] = [], environment: [String: String] = [:],
    entrance: [String] = [], manifest: (String) -> String = { $0 }
  ) throws {
    let folder = folder ?? Self.newFolder()
    try Self.lay(folder, manifest: manifest)
    try self.init(laid: folder, arguments: arguments, environment: environment, entrance: entrance)
  }

  /// Starts the host in live mode over a probe's folder, which it shares with it.
  convenience init(in bench: ProbeBench) throws {
    try self.init(laid: bench.folder, arguments: ["--live"], environment: bench.environment)
  }

  private init(
    laid folder: URL, arguments: [String], environment: [String: String], entrance: [String] = []
  ) throws {
    self.folder = folder
    self.entrance = entrance
    self.log = folder.appending(path: "host.log")
    try Data().write(to: log)
    BuiltPrograms.prepare(
      process, "nija-host", ["run", "--config", folder.appending(path: "brokers.yaml").path] + arguments, entrance)
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": self.folder.path].merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
  }

  static func newFolder() -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nija-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private static func lay(_ folder: URL, manifest: (String) -> String) throws {
    let root = BuiltPrograms.packageRoot
    let text = try String(contentsOf: root.appending(path: "brokers.yaml"), encoding: .utf8)
    let local = text.replacing("listen: 127.0.0.1:8080", with: "listen: 127.0.0.1:0")
    try manifest(local).write(to: folder.appending(path: "brokers.yaml"), atomically: true, encoding: .utf8)
    let users = folder.appending(path: "users")
    if !FileManager.default.fileExists(atPath: users.path) {
      try FileManager.default.copyItem(at: root.appending(path: "users"), to: users)
    }
  }

  var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Runs a reading command over this host's manifest.
  func command(_ name: String, _ arguments: String...) throws -> BuiltPrograms.Outcome {
    try BuiltPrograms.run(
      "nija-host", [name] + arguments + ["--config", folder.appending(path: "brokers.yaml").path],
      environment: ["HOME": folder.path], entrance: entrance)
  }

  /// The JSON of a reading command.
  func json(_ name: String, _ arguments: String...) throws -> [String: Any] {
    let outcome = try BuiltPrograms.run(
      "nija-host",
      name.split(separator: " ").map(String.init) + arguments
        + ["--json", "--config", folder.appending(path: "brokers.yaml").path],
      environment: ["HOME": folder.path], entrance: entrance)
    guard outcome.status == 0,
      let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    else { throw NotObserved(description: "\(name) exited \(outcome.status): \(outcome.output)\(outcome.errors)") }
    return object
  }

  /// The accounts of `status --json`, by id.
  func accounts() throws -> [String: [String: Any]] {
    let list = try json("status")["accounts"] as? [[String: Any]] ?? []
    return Dictionary(list.map { ($0["id"] as? String ?? "", $0) }) { first, _ in first }
  }

  /// Asks again and again until `fact` answers; the host's own log explains when it does not.
  func await<Fact>(
    _ what: String, within seconds: Double, _ fact: () throws -> Fact?
  ) async throws -> Fact {
    let end = ContinuousClock.now + .seconds(seconds)
    var last = "nothing"
    while ContinuousClock.now < end {
      do {
        if let found = try fact() { return found }
      } catch { last = "\(error)" }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(200))
    }
    let status = (try? command("status").output) ?? ""
    throw NotObserved(
      description: "\(what): not within \(seconds) s (last: \(last))\n\(status)\n\(logText.suffix(6_000))")
  }

  /// SIGTERM, and the exit code.
  @discardableResult
  func drain() -> Int32 {
    guard process.isRunning else { return process.terminationStatus }
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }
}
