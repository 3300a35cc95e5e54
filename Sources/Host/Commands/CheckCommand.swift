import ArgumentParser
import Config
import Core

/// Reads the manifest and says everything that is wrong with it.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check the manifest, and with --env the credentials' variables and files.",
    discussion: """
      Reads the manifest and its users' files and prints every mistake at once as FILE:LINE:COLUMN. With --env it also \
      looks at each variable and file that a credential is in: set, blank, placeholder or wrong alphabet; never a value. \
      Leaves with 1 when there is an error.
      """)

  @OptionGroup var source: ManifestSource
  @Flag(name: .long, help: "Also check the credentials' variables and files.")
  var env = false
  @Flag(name: .long, help: "Print JSON.")
  var json = false
  @Argument(
    help: ArgumentHelp(
      "A manifest to check in place of --config, or the accounts whose credentials are checked.",
      valueName: "file or account"))
  var subjects: [String] = []

  /// A manifest is named by its ending; an account's id has none.
  private var files: [String] { subjects.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") } }
  private var accounts: [String] { subjects.filter { !$0.hasSuffix(".yaml") && !$0.hasSuffix(".yml") } }

  func validate() throws {
    guard files.count <= 1 else { throw ValidationError("one manifest at a time") }
  }

  func run() throws {
    let file = files.first ?? source.config
    let reading = ManifestSource.read(file)
    for account in accounts where reading.manifest != nil && reading.manifest?.account(account) == nil {
      throw Console.failure(.usage, "\(file) has no account \(account)")
    }
    let findings = env ? reading.manifest.map(findings) ?? [] : []
    if json {
      Console.print(Self.json(file, reading, findings).prettyEncoded + "\n")
    } else {
      report(file, reading, findings)
    }
    let isBad = !reading.errors.isEmpty || findings.contains(where: \.isBad)
    if isBad { throw ExitCode(ExitStatus.problems.rawValue) }
  }

  private struct AccountFinding {
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

  private func report(_ file: String, _ reading: ManifestReading, _ findings: [AccountFinding]) {
    for diagnostic in reading.diagnostics { Console.complain(diagnostic.description) }
    for item in findings {
      item.isBad ? Console.complain("error: " + item.text) : Console.print(item.text + "\n")
    }
    guard let manifest = reading.manifest else { return }
    Console.print("\(file): \(manifest.accounts.count) accounts, mode \(manifest.mode.rawValue)\n")
  }

  private static func json(
    _ file: String, _ reading: ManifestReading, _ findings: [AccountFinding]
  ) -> JSONValue {
    [
      "format": "nija-check/1", "file": .string(file),
      "ok": .boolean(reading.errors.isEmpty && !findings.contains(where: \.isBad)),
      "diagnostics": .array(reading.diagnostics.map(\.json)),
      "accounts": .array((reading.manifest?.accounts ?? []).map { .string($0.id) }),
      "credentials": .array(
        findings.map { item in
          [
            "account": .string(item.account), "slot": .string(item.finding.binding.slot.name),
            "kind": .string(item.finding.binding.reference.kind), "name": .string(item.finding.place),
            "problem": .optional(item.finding.problem?.code),
            "needed": .boolean(item.isNeeded),
          ]
        }),
    ]
  }
}
