import Broker
import Core
import Foundation
import Testing

/// What an operator does with a program before it trades: puts it through the suite, checks the manifest that names it,
/// probes an account on it.
@Suite(.serialized) struct ProgramCommandTests {
  private static let root = BuiltPrograms.packageRoot
  static let examples = root.appending(path: "examples/process").path

  static func digest(_ name: String) throws -> String {
    Hex.encode(try SHA256.digest(Array(try Data(contentsOf: URL(filePath: "\(examples)/\(name)")))))
  }

  /// A shipped descriptor with some operations given to `program`, written into a folder.
  static func mixed(
    _ brokerage: String, _ operations: [String], by program: String, _ arguments: [String] = [], digest: String? = nil,
    in folder: URL
  ) throws -> String {
    var text = try String(contentsOf: root.appending(path: "brokers/\(brokerage).yaml"), encoding: .utf8)
    let tests = root.appending(path: "brokers/\(brokerage)").path
    text = text.replacing("tests: \(brokerage)/", with: "tests: \(tests)")
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for operation in operations {
      let line = try #require(lines.firstIndex { $0.hasPrefix("  \(operation):") }, "\(operation)")
      if lines[line].hasPrefix("  \(operation): {") {
        lines[line] = lines[line].replacing("  \(operation): {", with: "  \(operation): {process: py, ")
      } else {
        lines.insert("    process: py", at: line + 1)
      }
    }
    text = lines.joined(separator: "\n")
    let words = arguments.map { "\"\($0)\"" }.joined(separator: ", ")
    let pinned = try digest ?? Self.digest(program)
    let entry = "{file: \"\(examples)/\(program)\", sha256: \(pinned), arguments: [\(words)]}"
    text = text.replacing("\noperations:\n", with: "\nprograms: {py: \(entry)}\noperations:\n")
    let file = folder.appending(path: "mixed.yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  @Test(.timeLimit(.minutes(1))) func `a program's path is put through the suite`() throws {
    let outcome = try BuiltPrograms.run(
      "nija-host", ["conformance", "\(Self.examples)/kraken.py", "--case", "to the last digit"])
    #expect(outcome.status == 0 && outcome.output.contains(" passed, 0 failed"), "\(outcome)")
    #expect(outcome.output.contains("passed          balances are the ledger's, to the last digit"))
    let bad = try BuiltPrograms.run("nija-host", ["conformance", "\(Self.examples)/none.py"])
    #expect(bad.status != 0 && bad.errors.contains("none.py"), "\(bad)")
  }

  @Test(.timeLimit(.minutes(1))) func `a descriptor with programs is looked over and put through the suite`() throws {
    let folder = RunningHost.newFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try Self.mixed("binance", ["balances"], by: "binance_operations.py", in: folder)
    let check = try BuiltPrograms.run("nija-host", ["check", file])
    #expect(check.status == 0 && check.output.contains("(1 by programs)"), "\(check)")
    let suite = try BuiltPrograms.run("nija-host", ["conformance", file, "--case", "balances are the ledger's"])
    #expect(suite.status == 0 && suite.output.contains("1 passed, 0 failed"), "\(suite)")
    let edited = try Self.mixed(
      "binance", ["balances"], by: "binance_operations.py", digest: String(repeating: "0", count: 64), in: folder)
    let warned = try BuiltPrograms.run("nija-host", ["check", edited])
    let words = "has another sha256 than pinned: \(try Self.digest("binance_operations.py"))"
    #expect(warned.errors.contains("mixed.yaml:") && warned.errors.contains("programs.py: "), "\(warned)")
    #expect(warned.errors.contains(words), "\(warned)")
    let refused = try BuiltPrograms.run("nija-host", ["conformance", edited])
    #expect(refused.status == 1 && refused.errors.contains(words), "\(refused)")
  }

  @Test(.timeLimit(.minutes(2))) func `accounts on programs are checked and probed like any other`() throws {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let bench = ProbeBench()
    let digest = try Self.digest("kraken.py")
    let mixed = try Self.mixed(
      "kraken", ["balances", "place", "permissions"], by: "kraken.py", in: bench.folder)
    bench.plugins = """
      plugins:
        kraken_py: {process: ["\(Self.examples)/kraken.py"], sha256: \(digest)}
        mixed: {descriptor: "\(mixed)"}
      """
    for (broker, plugin) in [("py", "kraken_py"), ("mx", "mixed")] {
      bench.add(
        broker, plugin: plugin, endpoint: venue.endpoint("kraken"),
        key: try venue.openAccount(venue: "kraken", account: broker, dollars: "1234.50"))
    }
    try bench.write()
    let manifest = bench.folder.appending(path: "brokers.yaml").path
    let check = try BuiltPrograms.run(
      "nija-host", ["check", "--env", "--config", manifest], environment: bench.environment)
    #expect(check.status == 0 && check.output.contains("2 accounts, mode live"), "\(check)")
    let outcome = try bench.probe().outcome
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    for secret in bench.secrets { #expect(!(outcome.output + outcome.errors).contains(secret)) }
    for (id, account) in try bench.accounts() {
      #expect(account["ok"] as? Bool == true, "\(id): \(outcome.output)")
      #expect((account["permissions"] as? [String: Any])?["withdraw"] as? Bool == false)
      let usd = (account["balances"] as? [[String: Any]])?.first { $0["currency"] as? String == "USD" }
      #expect(usd?["total"] as? String == "1234.50" || usd?["total"] as? String == "1234.5", "\(id): \(account)")
      #expect(try venue.orders(of: id).isEmpty)
    }
    // An edit that nobody pinned: what cannot be probed is told as bad, with what to do.
    bench.plugins = bench.plugins.replacing(digest, with: String(repeating: "0", count: 64))
    try bench.write()
    let edited = try bench.probe(["py"]).outcome
    #expect(edited.status == 1 && edited.output.contains("has another sha256 than pinned: \(digest)"), "\(edited)")
    #expect(edited.output.contains("put the program or its sha256 right"))
  }
}
