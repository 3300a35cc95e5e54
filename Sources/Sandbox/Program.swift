import ArgumentParser

/// `nija-sandbox`: stand-ins for the venues on loopback, with a market of their own.
@main
struct Program: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nija-sandbox", abstract: "Kraken and Coinbase on loopback, with throw-away keys and a seeded market.",
    subcommands: [ServeCommand.self, LedgerCommand.self, FaultsCommand.self, CheckFaultsCommand.self])
}
