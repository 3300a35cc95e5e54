import ArgumentParser

/// `nija-sandbox check-faults`: what `nija-host check` asks.
struct CheckFaultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-faults", abstract: "Read a file of faults and say what is wrong with it.",
    discussion: "Ends with 78 when something is.")

  @Option(help: "An account there is; may be repeated. Without any, accounts are not looked at.")
  var account: [String] = []
  @Argument(help: "The file (nija-faults/1).")
  var file: String

  func run() throws { _ = try FaultsCommand.rules(file: file, accounts: account.isEmpty ? nil : account) }
}
