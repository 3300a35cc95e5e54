import ArgumentParser
import Messages

/// `nija-host`: one manifest, one isolated worker per account, the truth about each.
@main
struct NijaHost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nija-host",
    abstract: "Runs every account of a manifest in a process of its own and tells the truth about each.",
    discussion: """
      Without a command it runs: `nija-host --config brokers.yaml` is `nija-host run --config brokers.yaml`.

      Exit codes: 0 fine · 1 found problems · 64 usage · 69 host not running · 75 temporary · 77 credentials or \
      permissions · 78 configuration.
      """,
    version: "nija-host \(Build.version)",
    subcommands: [
      RunCommand.self, CheckCommand.self, StatusCommand.self, OrdersCommand.self, FillsCommand.self,
      PositionsCommand.self, JournalCommand.self, PluginsCommand.self, SchemaCommand.self, DocsCommand.self,
      NewCommand.self, ConformanceCommand.self,
      SandboxCommand.self,
    ],
    defaultSubcommand: RunCommand.self)
}
