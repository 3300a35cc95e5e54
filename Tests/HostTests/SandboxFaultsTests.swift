import Core
import Foundation
import Testing

@testable import Host

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// `sandbox.faults` and `nija-host sandbox faults`, over the built programs.
@Suite struct SandboxFaultsTests {
  private static let manifest = """
    format: nija/1
    sandbox: {faults: faults/start.yaml}
    defaults: {strategy: hold, candles: 5m, cycle: 150s, markets: {quote: USD}}
    brokers:
      kraken: {plugin: kraken}
    """

  private static func file(_ fault: String) -> String { "format: nija-faults/1\nfaults:\n  - {fault: \"\(fault)\"}\n" }

  /// What it says goes to files: nobody has to read pipes while it runs.
  private static func run(
    _ arguments: [String], _ folder: TemporaryFolder
  ) throws -> (status: Int32, output: String, errors: String) {
    try folder.write("out", "")
    try folder.write("err", "")
    let process = Process()
    process.executableURL = BuiltPrograms.url("nija-host")
    process.arguments = ["sandbox"] + arguments + ["--config", "\(folder.path)/brokers.yaml"]
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/out"))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/err"))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, folder.read("out") ?? "", folder.read("err") ?? "")
  }

  /// The venues alone, until their input or this object ends.
  private final class Venues {
    let process = Process()
    let kraken: String

    init(_ folder: TemporaryFolder) throws {
      let output = Pipe()
      process.executableURL = BuiltPrograms.url("nija-host")
      process.arguments = ["sandbox", "serve", "--json", "--config", "\(folder.path)/brokers.yaml"]
      process.standardOutput = output
      process.standardInput = FileHandle.nullDevice
      try process.run()
      var line = Data()
      while !line.contains(10) {
        let piece = output.fileHandleForReading.availableData
        guard !piece.isEmpty else { throw NotObserved(description: "the venues announced nothing") }
        line.append(piece)
      }
      kraken = try JSON(parsing: Array(line)).object("endpoints").string("kraken")
    }

    deinit {
      process.terminate()
      process.waitUntilExit()
    }

    /// The status of a public call.
    func status() async throws -> Int? {
      let url = try #require(URL(string: "\(kraken)/0/public/Time"))
      let (_, response) = try await URLSession(configuration: .ephemeral).data(from: url)
      return (response as? HTTPURLResponse)?.statusCode
    }
  }

  @Test func `faults of the manifest hold from the start, those of the command from then on`() async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: "\(folder.path)/faults", withIntermediateDirectories: true)
    try folder.write("brokers.yaml", Self.manifest)
    try folder.write("faults/start.yaml", Self.file("http:502"))
    try folder.write("later.yaml", Self.file("http:503"))
    try folder.write("wrong.yaml", Self.file("hum"))
    #expect(try Self.run(["faults"], folder).status == 69)
    let venues = try Venues(folder)
    #expect(try await venues.status() == 502)
    #expect(try await venues.status() == 200)
    #expect(try Self.run(["faults", "\(folder.path)/later.yaml"], folder).status == 0)
    #expect(try await venues.status() == 503)
    let listed = try JSON(parsing: try Self.run(["faults", "--json"], folder).output).array("faults")
    #expect(try listed.count == 1 && listed[0].integer("struck") == 1)
    let wrong = try Self.run(["faults", "\(folder.path)/wrong.yaml"], folder)
    #expect(wrong.status == 78)
    #expect(wrong.errors.contains("wrong.yaml:3:13: error: faults[0].fault: no fault is called hum"))
    #expect(try Self.run(["faults", "--clear"], folder).status == 0)
  }

  @Test func `a manifest's broken file of faults keeps the venues from starting, and says where`() throws {
    let folder = try TemporaryFolder()
    try folder.write("brokers.yaml", Self.manifest.replacing("faults/start.yaml", with: "wrong.yaml"))
    try folder.write("wrong.yaml", Self.file("hum"))
    let outcome = try Self.run(["serve"], folder)
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("wrong.yaml:3:13: error: faults[0].fault: no fault is called hum"))
  }

  private static func check(_ folder: TemporaryFolder, _ command: String) throws -> BuiltPrograms.Outcome {
    try BuiltPrograms.run("nija-host", [command, "--config", "\(folder.path)/brokers.yaml"])
  }

  @Test func `check reads the file of faults, and run refuses to start with one that has mistakes`() throws {
    let folder = try TemporaryFolder()
    try folder.write("brokers.yaml", Self.manifest.replacing("faults/start.yaml", with: "some.yaml"))
    try folder.write("some.yaml", Self.file("hum"))
    let checked = try Self.check(folder, "check")
    #expect(checked.status == 1)
    #expect(checked.errors.contains("some.yaml:3:13: error: faults[0].fault: no fault is called hum"))
    let ran = try Self.check(folder, "run")
    #expect(ran.status == 78)
    #expect(ran.errors.contains("some.yaml:3:13"))
    try FileManager.default.removeItem(atPath: folder.path + "/some.yaml")
    #expect(try Self.check(folder, "check").status == 1)
    try folder.write("some.yaml", Self.file("hang"))
    #expect(try Self.check(folder, "check").status == 0)
  }

  @Test(arguments: [
    (
      "venue: kraken, endpoint: AddOrdr",
      "3:44: error: faults[0].endpoint: kraken has no call AddOrdr; did you mean \"AddOrder\"?"
    ),
    (
      "endpoint: POST /order",
      "3:29: error: faults[0].endpoint: no venue has a call POST /order; did you mean \"POST /orders\"?"
    ),
    ("account: krakn", "3:28: error: faults[0].account: no account is called krakn; did you mean \"kraken\"?"),
    (
      "venue: coinbase, endpoint: Balance",
      "3:46: error: faults[0].endpoint: coinbase has no call Balance; there are GET /time,"
    ),
  ])
  func `a call or account that does not exist is refused, with the one that was meant`(
    members: String, complaint: String
  ) throws {
    let folder = try TemporaryFolder()
    try folder.write("brokers.yaml", Self.manifest.replacing("faults/start.yaml", with: "some.yaml"))
    try folder.write("some.yaml", "format: nija-faults/1\nfaults:\n  - {fault: hang, \(members)}\n")
    let checked = try Self.check(folder, "check")
    #expect(checked.status == 1)
    #expect(checked.errors.contains("some.yaml:" + complaint), "\(checked.errors)")
  }
}
