import ArgumentParser
import Broker
import Conformance
import Core
import Descriptor
import Glibc
import Registry

/// The suite that every plugin must pass.
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance", abstract: "Prove a brokerage plugin against its stand-in venue, case by case.",
    discussion: """
      Starts nija-sandbox in a folder of its own, opens accounts with throw-away keys and puts the plugin through every \
      case: what it declares is proven, what it does not declare must fail loudly. Nothing but loopback is reached. \
      Leaves with 1 when a case failed.
      """)

  @Argument(
    help: ArgumentHelp(
      "Which plugin (`nija-host plugins` lists them), a descriptor (its file, or its name under brokers/), or a program's path.",
      valueName: "plugin"))
  var plugin: String
  @Flag(name: .long, help: "Print JSON.")
  var json = false
  @Option(name: .customLong("case"), help: ArgumentHelp("Only cases whose name holds this text.", valueName: "name"))
  var only: String?
  @Flag(name: .long, help: "List the cases and run none.")
  var list = false
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Compare a descriptor's requests with recorded ones instead of running cases.", valueName: "file"))
  var requests: String?

  func run() throws {
    if let requests {
      let report = try RecordedRequestsReport(plugin, requests: requests)
      Console.print(json ? report.json.prettyEncoded + "\n" : report.text)
      if report.hasFailures { throw ExitCode(ExitStatus.problems.rawValue) }
      return
    }
    let cases = ConformanceSuite.cases.filter { item in only.map { item.name.contains($0) } ?? true }
    guard !cases.isEmpty else { throw Console.failure(.usage, "no case's name holds \(only ?? ""): see --list") }
    if list { return Console.print(json ? Self.json(cases) : cases.map { Self.text($0) + "\n" }.joined()) }
    if let kind = Registry.builtIn.first(where: { $0.name == plugin }) { return try start({ _ in kind }, nil, cases) }
    if let program = try program() { return try start({ program.kind($0) }, nil, cases, venue: program.standIn) }
    let described = try described()
    try start({ described.kind($0) }, described, cases, venue: described.standIn)
  }

  private func program() throws -> ProgramUnderTest? {
    do throws(ProgramUnderTest.Problem) { return try .find(plugin) } catch {
      throw Console.failure(.problems, error.description)
    }
  }

  /// The brokerage that a file describes; its mistakes are told.
  private func described() throws -> DescribedPlugin {
    do {
      if let described = try DescribedPlugin.find(plugin) { return described }
    } catch let problems as DescribedPlugin.Problems {
      for line in problems.lines.dropLast() { Console.complain(line) }
      throw Console.failure(.problems, problems.lines.last ?? "\(plugin) describes no brokerage")
    }
    let known = Registry.plugins.map { $0.spec.declaration.name }.joined(separator: ", ")
    throw Console.failure(.usage, "no plugin \(plugin) and no descriptor of that name; there is: \(known)")
  }

  /// - Parameter venue: the sandbox's venue, where it is not the plugin's own.
  private func start(
    _ make: (Children) -> PluginKind, _ described: DescribedPlugin?, _ cases: [ConformanceCase], venue: String? = nil
  ) throws {
    if !json { Console.print((described?.tests ?? []).map(Self.text).joined()) }
    let ownFailures = described?.tests.count { !$0.hasPassed } ?? 0
    let signals = Signals.block()
    _ = umask(0o077)
    let children = Children()
    let subject = make(children)
    var prepared = SandboxConformanceVenues(programs: try Programs(), children: children, subject, at: venue)
    if venue == nil { prepared.descriptor = described?.file }
    let venues = prepared
    let running = Task { [json] in
      let status = await Self.run(subject, cases, venues, json: json)
      if let folder = described?.folder { TemporaryFolders.remove(folder) }
      Glibc.exit(ownFailures > 0 ? ExitStatus.problems.rawValue : status)
    }
    signals.serve(
      childEnded: { children.reap() },
      end: {
        running.cancel()
        Console.complain("nija-host: interrupted")
        Glibc.exit(ExitStatus.temporary.rawValue)
      }, reload: {})
  }

  private static func run(
    _ subject: PluginKind, _ cases: [ConformanceCase], _ venues: SandboxConformanceVenues, json: Bool
  ) async -> Int32 {
    do {
      let transport = try CurlTransport(CurlSettings.conformance)
      let report = await ConformanceSuite(subject, venues: venues, transport: transport).run(cases) { result in
        if !json { Console.print(text(result) + "\n") }
      }
      Console.print(json ? Self.json(subject.name, report) : report.closingLine + "\n")
      return report.failures.isEmpty ? 0 : ExitStatus.problems.rawValue
    } catch {
      Console.complain("nija-host: no transport: \(error)")
      return ExitStatus.temporary.rawValue
    }
  }

  // MARK: Texts

  private static func text(_ test: OwnTestResult) -> String {
    let name = "own test \(test.name) (\(test.source))\n"
    return (test.hasPassed ? "passed          " : "FAILED          ") + name
      + test.differences.map { "                \($0)\n" }.joined()
  }

  private static func text(_ item: ConformanceCase) -> String {
    item.name + (item.capability.map { " [\($0.rawValue)]" } ?? "")
  }

  private static func text(_ result: CaseResult) -> String {
    let took = "(\(result.took.wholeMilliseconds) ms)"
    switch result.outcome {
    case .passed: return "passed          \(result.name) \(took)"
    case .failed(let mismatch): return "FAILED          \(result.name) \(took)\n                \(mismatch)"
    case .notApplicable(let why): return "not applicable  \(result.name): \(why)"
    }
  }

  private static func json(_ cases: [ConformanceCase]) -> String {
    JSONValue.object([
      ("format", "nija-conformance/1"),
      (
        "cases",
        .array(cases.map { ["name": .string($0.name), "capability": .optional($0.capability?.rawValue)] })
      ),
    ]).prettyEncoded + "\n"
  }

  private static func json(_ plugin: String, _ report: ConformanceReport) -> String {
    JSONValue.object([
      ("format", "nija-conformance/1"), ("plugin", .string(plugin)), ("passed", .integer(report.passed)),
      ("failed", .integer(report.failures.count)), ("not_applicable", .integer(report.notApplicable)),
      ("cases", .array(report.results.map(json))),
    ]).prettyEncoded + "\n"
  }

  private static func json(_ result: CaseResult) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("name", .string(result.name)), ("capability", .optional(result.capability?.rawValue)),
    ]
    switch result.outcome {
    case .passed: members.append(("outcome", "passed"))
    case .failed(let mismatch):
      members += [
        ("outcome", "failed"), ("expected", .string(mismatch.expected)), ("seen", .string(mismatch.seen)),
      ]
    case .notApplicable(let why): members += [("outcome", "not_applicable"), ("reason", .string(why))]
    }
    members.append(("milliseconds", .integer(Int(result.took.wholeMilliseconds))))
    return .object(members)
  }
}

extension SandboxConformanceVenues {
  /// Venues for a plugin: its accounts at the sandbox are of the highest tier where the plugin knows tiers.
  init(programs: Programs, children: Children, _ subject: PluginKind, at venue: String? = nil) {
    self.init(
      programs: programs, children: children, name: venue ?? subject.name, clientIDs: subject.spec.clientOrderIDs)
    let tier = subject.spec.declaration.options.first { $0.name == "tier" }
    if case .choice(let tiers) = tier?.type, let highest = tiers.last { options["tier"] = highest }
  }
}

extension CurlSettings {
  /// Room for many accounts in one process.
  static var conformance: CurlSettings {
    var settings = CurlSettings()
    settings.connections = 32
    return settings
  }
}
