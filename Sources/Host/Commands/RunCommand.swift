import ArgumentParser
import Config
import Core
import Glibc

/// Starts everything and stays.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Start every account of the manifest and keep them running.",
    discussion: """
      Accounts in mode: sandbox trade on the embedded venues with play money. Accounts in mode: live place real orders, \
      and only when --live is given too.

      SIGTERM and SIGINT let every worker finish what is in flight (at most 10 s) and leave with 0; positions and the \
      stops at the venue stay. A second one does not wait.
      """)

  @OptionGroup var source: ManifestSource
  @Flag(name: .long, help: "Let accounts in mode: live place real orders.")
  var live = false
  @Option(name: .long, help: "How log lines look: human or json.")
  var logFormat = Log.Format.human

  func run() throws {
    let manifest = try source.load()
    let programs = try Programs()
    try SandboxCommand.checkFaults(manifest, programs)
    let signals = Signals.block()
    _ = umask(0o077)
    let service = HostService(
      manifest: manifest, state: try takeState(manifest.state), programs: programs, isLive: live,
      log: Log(format: logFormat))
    Task { Glibc.exit(await service.run()) }
    signals.serve(
      childEnded: { service.children.reap() }, end: { Task { await service.drain() } },
      reload: { service.refuseReload() })
  }

  private func takeState(_ path: String) throws -> StateDirectory {
    do {
      return try StateDirectory(path)
    } catch {
      if case .taken = error { throw Console.failure(.temporary, "\(error)") }
      throw Console.failure(.configuration, "\(error)")
    }
  }
}

extension Log.Format: ExpressibleByArgument {}
