import Core
import Foundation
import Testing

@testable import Sandbox

/// How faults are written, set, counted and forgotten.
@Suite struct FaultRuleTests {
  private static let documentation = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/sandbox.md")

  @Test func `every fault is in the documentation's table, and nothing else is`() throws {
    let text = try String(contentsOf: Self.documentation, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- faults -->")), end = try #require(text.range(of: "<!-- /faults -->"))
    let rows = text[start.upperBound..<end.lowerBound].split(separator: "\n").filter { $0.hasPrefix("| `") }
    let documented = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
    #expect(documented == FaultKind.all.map(\.form))
    for garbage in Garbage.allCases { #expect(text.contains("`\(garbage.rawValue)`"), "\(garbage)") }
  }

  @Test func `mistakes in a file are all told, each with its place`() {
    let file = FaultFile(
      name: "faults.yaml",
      bytes: Array(
        """
        format: nija-faults/1
        faults:
          - {fault: drop_befor}
          - {fault: hang, venue: gemini}
          - fault: delay
          - {fault: drop_after, nth: 0}
          - {fault: revoked, count: 2}
          - {fault: http:200}
          - {fault: hang, endpont: AddOrder}
          - {fault: nonce_ahead, venue: coinbase}
          - {venue: kraken}
          - {fault: permission_removed:cook}
          - {fault: clock_skew:90, account: kraken/a}
          - {fault: hang, probability: 2}
          - hang
          - {fault: hang, for: 100}
        extra: 1
        """.utf8))
    let places = file.problems.map { $0.split(separator: " ").first.map(String.init) ?? "" }
    #expect(
      places == [
        "faults.yaml:17:1:", "faults.yaml:3:13:", "faults.yaml:4:26:", "faults.yaml:5:12:", "faults.yaml:6:30:",
        "faults.yaml:7:29:", "faults.yaml:8:13:", "faults.yaml:9:19:", "faults.yaml:10:33:", "faults.yaml:11:5:",
        "faults.yaml:12:13:", "faults.yaml:13:37:", "faults.yaml:14:32:", "faults.yaml:15:5:", "faults.yaml:16:24:",
      ])
    let all = file.problems.joined(separator: "\n")
    for word in [
      "no fault is called drop_befor; there are drop_before, drop_after", "there are kraken, coinbase", "delay:MS",
      "http:STATUS, with a whole number, 400 to 599", "fault, venue, account", "coinbase has no nonce_ahead",
      "fault is missing", "query-funds", "one clock for all", "holds until it is cleared",
    ] {
      #expect(all.contains(word), "\(word)")
    }
  }

  @Test(arguments: [
    ("faults: []", "1:1: error: format: expected once, as nija-faults/1"),
    ("format: nija-faults/2\nfaults: []", "1:9: error: format: expected nija-faults/1"),
    ("format: nija-faults/1", "1:1: error: faults: expected once"),
    ("format: nija-faults/1\nfaults: {}", "2:9: error: faults: expected a list"),
    ("[", "error: not YAML"),
    ("format: nija-faults/1\nfaults: [{fault: [a]}]", "2:18: error: faults[0].fault: expected one value"),
  ])
  func `a file that is none is refused`(_ text: String, _ word: String) {
    let problems = FaultFile(name: "f", bytes: Array(text.utf8)).problems
    #expect(problems.first?.contains(word) == true, "\(problems)")
  }

  @Test func `JSON is a fault file too`() {
    let fault = #"{"fault": "delay:5", "venue": "kraken", "nth": 2, "count": 3}"#
    let json = #"{"format": "nija-faults/1", "faults": [\#(fault)]}"#
    let file = FaultFile(name: "f", bytes: Array(json.utf8))
    #expect(file.problems.isEmpty)
    #expect(file.rules.first?.json.encoded == #"{"fault":"delay:5","venue":"kraken","nth":2,"count":3}"#)
  }

  @Test func `every form is read back as it was written`() throws {
    let arguments = [
      "MS": "10", "[SECONDS]": "7", "SECONDS": "7", "TEXT": "EService:Busy", "STATUS": "502", "N": "50%",
      "KIND": "huge", "NAME": "query-funds", "PERCENT": "50",
    ]
    for kind in FaultKind.all {
      let text = kind.argument.isEmpty ? kind.name : "\(kind.name):\(try #require(arguments[kind.argument]))"
      let rule = try FaultRule(members: [("fault", text)])
      let again = try FaultRule(
        members: try #require(JSON(parsing: rule.json.encoded).members).map { ($0.key, $0.value.text ?? "") })
      #expect(again == rule, "\(text)")
    }
  }

  @Test func `the nth to the last of count are struck, the oldest rule first, and each counts`() throws {
    let table = FaultTable()
    let now = Timestamp(nanoseconds: 0)
    func rule(_ members: [(name: String, text: String)]) throws -> FaultRule { try FaultRule(members: members) }
    try table.add(try rule([("fault", "hang"), ("endpoint", "Balance"), ("nth", "2"), ("count", "2")]), at: now)
    try table.add(try rule([("fault", "drop_before"), ("venue", "kraken"), ("count", "3")]), at: now)
    try table.add(try rule([("fault", "drop_after"), ("account", "x")]), at: now)
    let a = RequestSubject(account: "y", endpoint: "Balance")
    let struck = (0..<5).map { _ in table.strike(venue: "kraken", a) }
    let hang = WireFault(.never, .silence), drop = WireFault(.never, .close)
    #expect(struck == [drop, hang, hang, nil, nil])
    let listing = try #require(try JSON(parsing: table.listing(at: now).wrapped).array("faults").first)
    #expect(try listing.integer("calls") == 5 && listing.integer("struck") == 2)
    #expect(listing["spent"]?.boolean == true)
    #expect(table.strike(venue: "kraken", RequestSubject(account: "x", endpoint: "Ledgers")) == WireFault(.now, .close))
  }

  @Test func `chance is the same for the same seed and near its share`() throws {
    func struck(_ seed: String) throws -> [Bool] {
      let table = FaultTable()
      let rule = try FaultRule(members: [("fault", "hang"), ("probability", "0.3"), ("seed", seed)])
      try table.add(rule, at: Timestamp(nanoseconds: 0))
      return (0..<1_000).map { _ in table.strike(venue: "kraken", RequestSubject(endpoint: "Balance")) != nil }
    }
    #expect(try struck("7") == struck("7"))
    #expect(try struck("7") != struck("8"))
    #expect((200...400).contains(try struck("7").filter { $0 }.count))
  }

  @Test func `spent faults make room, and beyond the limit a fault is refused`() throws {
    let table = FaultTable()
    let now = Timestamp(nanoseconds: 0)
    let short = try FaultRule(members: [("fault", "hang"), ("endpoint", "Balance")])
    let long = try FaultRule(members: [("fault", "lockout"), ("venue", "kraken")])
    try table.add(short, at: now)
    for _ in 1..<FaultTable.limit { try table.add(long, at: now) }
    #expect(throws: FaultProblem.self) { try table.add(long, at: now) }
    _ = table.strike(venue: "kraken", RequestSubject(endpoint: "Balance"))
    try table.add(long, at: now)
    #expect(table.clear() == FaultTable.limit)
  }

  @Test func `a file at the start strikes, and the command replaces, lists and forgets`() throws {
    let folder = ServedSandbox.freshDirectory()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func write(_ name: String, _ text: String) throws -> String {
      try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      return "\(folder)/\(name)"
    }
    let first = try write("a.yaml", "format: nija-faults/1\nfaults:\n  - {fault: http:502, endpoint: Balance}\n")
    let bench = try FaultBench(options: ["--faults", first])
    #expect(try bench.kraken("Balance").status == 502)

    let second = try write("b.yaml", "format: nija-faults/1\nfaults:\n  - {fault: http:503, endpoint: Balance}\n")
    let set = try Self.run(["faults", "--state", bench.sandbox.directory, second])
    #expect(set.code == 0 && set.output == "1 fault is set\n")
    #expect(try bench.kraken("Balance").status == 503)
    let listed = try Self.run(["faults", "--state", bench.sandbox.directory])
    #expect(listed.output == "http:503  endpoint Balance  nth 1  count 1  struck 1 of 1 calls, spent\n")
    let json = try Self.run(["faults", "--state", bench.sandbox.directory, "--json"])
    #expect(try JSON(parsing: json.output).array("faults").count == 1)
    #expect(try Self.run(["faults", "--state", bench.sandbox.directory, "--clear"]).code == 0)
    #expect(try bench.faults().isEmpty)

    let wrong = try write("c.yaml", "format: nija-faults/1\nfaults:\n  - {fault: nonsense}\n")
    for command in [
      ["faults", "--state", bench.sandbox.directory, wrong], ["serve", "--state", folder, "--faults", wrong],
    ] {
      let refused = try Self.run(command)
      #expect(refused.code == 78 && refused.errors.contains("c.yaml:3:13: error: faults[0].fault: no fault"))
    }
    let missing = try Self.run(["faults", "--state", bench.sandbox.directory, folder + "/none"])
    #expect(missing.code == 78 && missing.errors.contains("no such file"))
    #expect(try Self.run(["faults", "--state", folder]).code == 69)
  }

  private static func run(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
    let command = Process()
    let output = Pipe(), errors = Pipe()
    command.executableURL = ServedSandbox.program
    command.arguments = arguments
    command.standardOutput = output
    command.standardError = errors
    command.standardInput = FileHandle.nullDevice
    try command.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    command.waitUntilExit()
    return (command.terminationStatus, text, complaint)
  }
}

extension JSONValue {
  /// As a member of a document, so that a list can be parsed.
  fileprivate var wrapped: String { JSONValue.object([("faults", self)]).encoded }
}
