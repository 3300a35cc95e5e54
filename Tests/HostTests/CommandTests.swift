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
    #expect(check.code == 0 && check.err == "" && check.out.contains("meridian, 11 operations"), "\(check)")
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
