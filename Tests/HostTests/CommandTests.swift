import Config
import Core
import Foundation
import Testing

@testable import Host

/// The built program: what it says and the code it leaves with.
@Suite struct CommandTests {
  private func run(_ arguments: [String], in folder: TemporaryFolder) throws -> (code: Int32, out: String, err: String)
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Programs().directory + "/nija-host")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    try folder.write("out", "")
    try folder.write("err", "")
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/out"))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/err"))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, folder.read("out") ?? "", folder.read("err") ?? "")
  }

  @Test func `a broken manifest is 1 for check and 78 for run, every mistake with its place`() throws {
    let folder = try TemporaryFolder()
    try folder.write("brokers.yaml", "format: nija/1\nmoode: live\nstat: x\nbrokers: {}\n")
    let check = try run(["check"], in: folder)
    #expect(check.code == 1)
    #expect(check.err.contains(#"brokers.yaml:2:1: error: moode: unknown key; did you mean "mode"?"#))
    #expect(check.err.contains("brokers.yaml:3:1: error: stat: unknown key"))
    for arguments in [["run"], [], ["--config", "brokers.yaml"], ["run", "--config", "brokers.yaml"]] {
      let run = try run(arguments, in: folder)
      #expect(run.code == 78 && run.err.contains("brokers.yaml:2:1: error:"), "\(arguments)")
    }
    let json = try run(["check", "--json"], in: folder)
    #expect(json.code == 1 && json.out.contains(#""line": 2"#))
    #expect(try run(["check", "missing.yaml"], in: folder).code == 1)
  }

  @Test func `status without a host is 69, also when the manifest is broken`() throws {
    let folder = try TemporaryFolder()
    try folder.write("brokers.yaml", "format: nija/1\nmoode: live\nbrokers: {}\n")
    let status = try run(["status"], in: folder)
    #expect(status.code == 69 && status.err.contains("no host runs"))
  }

  @Test(arguments: [
    ["nonsense"], ["status", "--bogus"], ["run", "--log-format", "xml"], ["orders"], ["plugins", "nobody"],
  ])
  func `a wrong command line is 64`(arguments: [String]) throws {
    #expect(try run(arguments, in: try TemporaryFolder()).code == 64)
  }

  @Test func `version, help and schema need no manifest`() throws {
    let folder = try TemporaryFolder()
    #expect(try run(["--version"], in: folder).out == "nija-host 0.1.0\n")
    #expect(try run(["--help"], in: folder).out.contains("Exit codes"))
    for subject in ["manifest", "user", "descriptor"] {
      let schema = try run(["schema", subject], in: folder)
      #expect(schema.code == 0)
      #expect(try JSONSerialization.jsonObject(with: Data(schema.out.utf8)) is [String: Any])
    }
  }

  @Test func `docs are of the manifest and of descriptors`() throws {
    let folder = try TemporaryFolder()
    #expect(try run(["docs", "manifest"], in: folder).out.contains("| `defaults.risk.max_order` |"))
    #expect(try run(["docs", "descriptor"], in: folder).out.contains("## Operation `place`"))
    let all = try run(["docs"], in: folder)
    #expect(all.code == 0 && all.out.contains("## The manifest") && all.out.contains("## A descriptor"))
  }

  @Test func `a new broker is in order as it stands, and is never written over`() throws {
    let folder = try TemporaryFolder()
    let made = try run(["new", "broker", "meridian"], in: folder)
    #expect(made.code == 0 && made.out.contains("brokers/meridian.yaml"), "\(made)")
    let check = try run(["check", "brokers/meridian.yaml"], in: folder)
    #expect(check.code == 0 && check.out.contains("meridian, 12 operations"), "\(check)")
    // Nothing is wrong with it, and nobody takes it for a brokerage.
    let lines = check.err.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains("warning: ") && lines[0].contains("TODO are left"), "\(check)")
    let text = try #require(folder.read("brokers/meridian.yaml"))
    #expect(try run(["new", "broker", "meridian"], in: folder).code == 78)
    #expect(folder.read("brokers/meridian.yaml") == text)
    #expect(try run(["new", "broker", "../meridian"], in: folder).code == 64)
  }

  @Test func `a broken descriptor is 1 for check, with each mistake's place, as text and as JSON`() throws {
    let folder = try TemporaryFolder()
    try folder.write("venue.yaml", "format: nija-broker/1\nname: venue\ntitel: Venue\n")
    let check = try run(["check", "venue.yaml"], in: folder)
    #expect(check.code == 1)
    #expect(check.err.contains(#"venue.yaml:3:1: error: titel: unknown key; did you mean "title"?"#), "\(check.err)")
    let json = try run(["check", "--json", "venue.yaml"], in: folder)
    #expect(json.code == 1 && json.out.contains(#""descriptor": null"#) && json.out.contains(#""line": 3"#))
    #expect(try run(["check", "--env", "venue.yaml"], in: folder).code == 64)
  }

  @Test func `a descriptor whose own tests fail is 1 for check, and a live account on it is parked and not probed`()
    throws
  {
    let folder = try TemporaryFolder()
    try Self.ship("bitstamp", to: folder) {
      $0.replacing("\"currency\": \"BTC\", \"", with: "\"currency\": \"BTX\", \"")
    }
    try folder.write(
      "brokers.yaml",
      """
      format: nija/1
      mode: live
      defaults: {strategy: hold}
      plugins: {mine: {descriptor: brokers/bitstamp.yaml}}
      brokers: {main: {plugin: mine, credentials: {api_key: {env: NIJA_T_KEY}, api_secret: {env: NIJA_T_SECRET}}}}

      """)
    let check = try run(["check", "brokers/bitstamp.yaml"], in: folder)
    #expect(check.code == 1 && check.err.contains(".json:1:1: error: [") && check.err.contains("BTX"), "\(check)")
    let json = try run(["check", "--json", "brokers/bitstamp.yaml"], in: folder)
    #expect(json.code == 1 && json.out.contains(#""ok": false"#) && json.out.contains("BTX"))
    let whole = try run(["check"], in: folder)
    #expect(whole.code == 1 && whole.err.contains("BTX"), "\(whole)")
    let probe = try run(["check", "--probe", "main"], in: folder)
    #expect(probe.code == 1 && probe.out.contains("its own tests fail"), "\(probe)")
    let reading = ManifestSource.read(folder.path + "/brokers.yaml")
    let plan = try #require(reading.manifest?.account("main"))
    let hold = Holds.hold(for: plan, isLive: true)
    #expect(hold?.state == .parked, "\(String(describing: hold))")
    #expect(hold?.reason.contains("its own tests fail: ") == true)
  }

  @Test func `a live account on a descriptor without tests is not probed`() throws {
    let folder = try TemporaryFolder()
    try Self.ship("bitstamp", to: folder) { $0 }
    let file = folder.path + "/brokers/bitstamp.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8).replacing("tests: bitstamp/", with: "")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    try folder.write(
      "brokers.yaml",
      """
      format: nija/1
      mode: live
      defaults: {strategy: hold}
      plugins: {mine: {descriptor: brokers/bitstamp.yaml}}
      brokers: {main: {plugin: mine, credentials: {api_key: {env: PATH}, api_secret: {env: HOME}}}}

      """)
    let probe = try run(["check", "--probe", "main"], in: folder)
    #expect(probe.code == 1 && probe.out.contains("brings no tests"), "\(probe)")
  }

  @Test func `an account at a brokerage whose feed would need a key is parked, and says so`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "brokers.yaml",
      """
      format: nija/1
      defaults: {strategy: hold}
      brokers:
        main: {plugin: alpaca}
        other: {plugin: binance}

      """)
    let manifest = try #require(ManifestSource.read(folder.path + "/brokers.yaml").manifest)
    let hold = Holds.hold(for: try #require(manifest.account("main")), isLive: false)
    #expect(hold?.state == .parked, "\(String(describing: hold))")
    #expect(hold?.reason == "server_time, instruments of Alpaca need a key, and the feed of a brokerage has none")
    #expect(Holds.hold(for: try #require(manifest.account("other")), isLive: false) == nil)
  }

  /// A descriptor that comes with the program, with its tests changed.
  private static func ship(
    _ name: String, to folder: TemporaryFolder, changing change: (String) -> String
  ) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let files = FileManager.default
    try files.createDirectory(atPath: folder.path + "/brokers/\(name)", withIntermediateDirectories: true)
    let source = root.path + "/brokers/\(name)"
    try files.copyItem(atPath: source + ".yaml", toPath: folder.path + "/brokers/\(name).yaml")
    for file in try files.contentsOfDirectory(atPath: source) {
      let text = try String(contentsOfFile: "\(source)/\(file)", encoding: .utf8)
      try change(text).write(
        toFile: folder.path + "/brokers/\(name)/\(file)", atomically: true, encoding: .utf8)
    }
  }

  @Test func `a new user has the credentials of the broker's plugin`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "brokers.yaml",
      """
      format: nija/1
      defaults: {strategy: hold}
      brokers: {main: {plugin: kraken, options: {tier: pro}, users: ["users/*.yaml"]}}

      """)
    // A pattern names a folder that is there.
    try FileManager.default.createDirectory(atPath: folder.path + "/users", withIntermediateDirectories: false)
    let made = try run(["new", "user", "ada_byron"], in: folder)
    #expect(made.code == 0, "\(made)")
    let text = try #require(folder.read("users/ada_byron.yaml"))
    #expect(
      text.contains("name: Ada Byron") && text.contains("api_secret: {env: MAIN_ADA_BYRON_API_SECRET}"), "\(text)")
    let check = try run(["check"], in: folder)
    #expect(check.code == 0, "\(check)")
    #expect(try run(["new", "user", "ada_byron"], in: folder).code == 78)
    #expect(try run(["new", "user", "bea", "--broker", "other"], in: folder).code == 64)
  }
}
