import Foundation

/// A folder with a manifest in live mode, and `check --probe` over it as a user runs it.
final class ProbeBench {
  let folder = RunningHost.newFolder()
  private(set) var environment: [String: String] = [:]
  private var brokers = ""
  /// What stands there besides brokers, whole.
  var plugins = ""

  init() { environment["HOME"] = folder.path }

  deinit { try? FileManager.default.removeItem(at: folder) }

  typealias Key = (name: String, secret: String)

  /// A broker with its key in variables named after it; without a key the variables stay unset.
  func add(_ broker: String, plugin: String, endpoint: String, key: Key?) {
    let variable = broker.uppercased()
    if let key {
      environment["\(variable)_KEY"] = key.name
      environment["\(variable)_SECRET"] = key.secret
    }
    brokers += """
        \(broker):
          plugin: \(plugin)
          endpoint: \(endpoint)
          credentials:
            api_key:    {env: \(variable)_KEY}
            api_secret: {env: \(variable)_SECRET}

      """
  }

  /// Writes a manifest with its own state folder.
  func write(_ name: String = "brokers.yaml", mode: String = "live", state: String = ".nija") throws {
    let text = """
      format: nija/1
      mode: \(mode)
      state: \(state)
      listen: off
      defaults: {strategy: hold, cycle: 10s}
      \(plugins)
      brokers:
      \(brokers)
      """
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  /// `check --probe`, and how long it took.
  func probe(_ subjects: [String] = [], manifest: String = "brokers.yaml") throws
    -> (outcome: BuiltPrograms.Outcome, seconds: Double)
  {
    let start = ContinuousClock.now
    let outcome = try BuiltPrograms.run(
      "nija-host", ["check", "--probe", "--config", folder.appending(path: manifest).path] + subjects,
      environment: environment)
    let taken = ContinuousClock.now - start
    return (outcome, Double(taken.components.seconds) + Double(taken.components.attoseconds) / 1e18)
  }

  /// The same, to be run several times at once.
  var command: @Sendable () throws -> BuiltPrograms.Outcome {
    let manifest = folder.appending(path: "brokers.yaml").path
    let environment = environment
    return { try BuiltPrograms.run("nija-host", ["check", "--probe", "--config", manifest], environment: environment) }
  }

  /// The accounts of `check --probe --json`, by id.
  func accounts(_ subjects: [String] = [], manifest: String = "brokers.yaml") throws -> [String: [String: Any]] {
    let outcome = try probe(["--json"] + subjects, manifest: manifest).outcome
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let probe = object?["probe"] as? [String: Any]
    guard probe?["format"] as? String == "nija-probe/1" else { throw NotObserved(description: outcome.output) }
    let list = probe?["accounts"] as? [[String: Any]] ?? []
    return Dictionary(list.map { ($0["account"] as? String ?? "", $0) }) { first, _ in first }
  }

  /// Every word that must stand in no output.
  var secrets: [String] { environment.filter { $0.key != "HOME" }.map(\.value) }

  /// Where this person's live keys have their files.
  var keyFolder: URL { folder.appending(path: ".local/state/nija/keys") }

  /// Who holds the one key of this person's, as its file says.
  func holder() throws -> Int? {
    let files = try FileManager.default.contentsOfDirectory(at: keyFolder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension != "copy" }
    guard files.count == 1, let file = files.first else { return nil }
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("holder") }
    return line?.split(separator: " ").last.flatMap { Int($0) }
  }
}

extension [String: Any] {
  /// Marks of a probed account's findings, by fact.
  var marks: [String: String] {
    let findings = self["findings"] as? [[String: Any]] ?? []
    return findings.reduce(into: [String: String]()) { marks, finding in
      marks[finding["fact"] as? String ?? ""] = finding["mark"] as? String
    }
  }
}
