import ArgumentParser
import Config
import Core
import Glibc

/// Reads the manifest and says everything that is wrong with it.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the manifest, and with --env the credentials' variables and files; or a brokerage's descriptor.",
    discussion: """
      Reads the manifest and its users' files and prints every mistake at once as FILE:LINE:COLUMN. With --env it also \
      looks at each variable and file that a credential is in: set, blank, placeholder or wrong alphabet; never a value.

      With --probe it also looks at the venue of each account, read-only: whether it connects, what the key may do, the \
      balance, how far the clock is off; what is wrong and how to mend it. It places no order, needs no --live, and uses \
      no key that somebody else holds: what a host runs is asked of that host.

      A file that begins with `format: nija-broker/1` is a descriptor: it is looked over alone.

      Leaves with 1 when there is an error or a bad finding.
      """)

  @OptionGroup var source: ManifestSource
  @Flag(name: .long, help: "Also check the credentials' variables and files.")
  var env = false
  @Flag(name: .long, help: "Also look at each account's venue, read-only.")
  var probe = false
  @Flag(name: .long, help: "Print JSON.")
  var json = false
  @Argument(
    help: ArgumentHelp(
      "A manifest to check in place of --config, or a descriptor, or the accounts whose credentials and venues are checked.",
      valueName: "file or account"))
  var subjects: [String] = []

  /// A manifest is named by its ending; an account's id has none.
  private var files: [String] { subjects.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") } }
  private var accounts: [String] { subjects.filter { !$0.hasSuffix(".yaml") && !$0.hasSuffix(".yml") } }

  func validate() throws {
    guard files.count <= 1 else { throw ValidationError("one file at a time") }
  }

  func run() throws {
    let file = files.first ?? source.config
    if let check = DescriptorCheck(file) {
      guard !env, !probe, accounts.isEmpty else {
        throw Console.failure(.usage, "\(file) describes a brokerage and has no accounts")
      }
      check.show(json: json)
      if check.isBad { throw ExitCode(ExitStatus.problems.rawValue) }
      return
    }
    let reading = ManifestSource.read(file)
    for account in accounts where reading.manifest != nil && reading.manifest?.account(account) == nil {
      throw Console.failure(.usage, "\(file) has no account \(account)")
    }
    let result = Result(
      file: file, reading: reading, faults: Self.faults(reading),
      findings: env ? reading.manifest.map(findings) ?? [] : [], probed: nil)
    guard probe, let manifest = reading.manifest else {
      show(result)
      if result.isBad { throw ExitCode(ExitStatus.problems.rawValue) }
      return
    }
    probe(manifest, result)
  }

  /// Ends the process: workers are waited for as the running host does it.
  private func probe(_ manifest: Manifest, _ result: Result) -> Never {
    let signals = Signals.block()
    let programs: Programs
    do { programs = try Programs() } catch {
      Console.complain("nija-host: \(error)")
      Glibc.exit(ExitStatus.temporary.rawValue)
    }
    let run = ProbeRun(manifest, programs: programs)
    Task {
      var result = result
      result.probed = await run.run(accounts)
      show(result)
      Glibc.exit(result.isBad ? ExitStatus.problems.rawValue : 0)
    }
    // Interrupted: its workers see the end of their sockets and leave.
    signals.serve(
      childEnded: { run.children.reap() }, end: { Glibc.exit(ExitStatus.temporary.rawValue) }, reload: {})
  }

  /// Everything that was found.
  private struct Result: Sendable {
    var file: String
    var reading: ManifestReading
    /// What is wrong with the file of `sandbox.faults`.
    var faults: [String]
    var findings: [AccountFinding]
    /// `nil` when nobody asked for it.
    var probed: [ProbedAccount]?

    /// The failing tests of the descriptors that accounts trade by.
    var failedTests: [Diagnostic] {
      var files: Set<String> = []
      return (reading.manifest?.accounts ?? []).flatMap { plan -> [Diagnostic] in
        guard case .descriptor(let file) = plan.source, files.insert(file.file).inserted else { return [] }
        return file.failedTests
      }
    }

    var isBad: Bool {
      !reading.errors.isEmpty || !failedTests.isEmpty || !faults.isEmpty || findings.contains(where: \.isBad)
        || probed?.contains(where: \.isBad) == true
    }
  }

  private static func faults(_ reading: ManifestReading) -> [String] {
    guard let manifest = reading.manifest, let programs = try? Programs() else { return [] }
    return FaultsCheck.problems(manifest, programs)
  }

  private func show(_ result: Result) {
    json ? Console.print(Self.json(result).prettyEncoded + "\n") : report(result)
  }

  private struct AccountFinding: Sendable {
    var account: String
    var finding: CredentialCheck.Finding
    /// The sandbox makes its own keys, so that its accounts need none.
    var isNeeded: Bool

    var isBad: Bool { isNeeded && finding.problem != nil }
    var text: String { "\(account): \(finding.message)" + (isNeeded ? "" : " (not needed in mode: sandbox)") }
  }

  private func findings(_ manifest: Manifest) -> [AccountFinding] {
    let check = CredentialCheck(variable: Programs.variable)
    let wanted = manifest.accounts.filter { accounts.isEmpty || accounts.contains($0.id) }
    return wanted.filter(\.isEnabled).flatMap { plan in
      check.findings(for: plan).map { AccountFinding(account: plan.id, finding: $0, isNeeded: plan.mode != .sandbox) }
    }
  }

  private func report(_ result: Result) {
    for diagnostic in result.reading.diagnostics + result.failedTests { Console.complain(diagnostic.description) }
    for problem in result.faults { Console.complain(problem) }
    for item in result.findings {
      item.isBad ? Console.complain("error: " + item.text) : Console.print(item.text + "\n")
    }
    for account in result.probed ?? [] { Console.print(account.text) }
    guard let manifest = result.reading.manifest else { return }
    Console.print("\(result.file): \(manifest.accounts.count) accounts, mode \(manifest.mode.rawValue)\n")
  }

  private static func json(_ result: Result) -> JSONValue {
    [
      "format": "nija-check/1", "file": .string(result.file), "ok": .boolean(!result.isBad),
      "diagnostics": .array((result.reading.diagnostics + result.failedTests).map(\.json)),
      "faults": .array(result.faults.map(JSONValue.string)),
      "accounts": .array((result.reading.manifest?.accounts ?? []).map { .string($0.id) }),
      "credentials": .array(
        result.findings.map { item in
          [
            "account": .string(item.account), "slot": .string(item.finding.binding.slot.name),
            "kind": .string(item.finding.binding.reference.kind), "name": .string(item.finding.place),
            "problem": .optional(item.finding.problem?.code),
            "needed": .boolean(item.isNeeded),
          ]
        }),
      "probe": result.probed.map { ["format": "nija-probe/1", "accounts": .array($0.map(\.json))] } ?? .null,
    ]
  }
}
