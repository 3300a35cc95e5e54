import ArgumentParser
import Config
import Core
import Glibc

/// Only the venues.
struct SandboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox", abstract: "Run only the embedded venues, or show what they hold.",
    subcommands: [Serve.self, Ledger.self], defaultSubcommand: Serve.self)

  /// Runs the venues alone.
  struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve",
      abstract: "Run the venues until interrupted; prints their addresses on one line of JSON.")

    @OptionGroup var source: ManifestSource

    func run() throws {
      let manifest = try source.load()
      let folder = try SandboxCommand.folder(manifest)
      throw try SandboxCommand.become([
        "serve", "--state", folder, "--speed", manifest.sandbox.speed.description, "--seed", "\(manifest.sandbox.seed)",
      ])
    }
  }

  /// Shows what the venues hold.
  struct Ledger: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ledger", abstract: "Show the venues' own record of balances, orders and fills.")

    @OptionGroup var source: ManifestSource
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
      let folder = try SandboxCommand.folder(try source.load())
      throw try SandboxCommand.become(["ledger", "--state", folder] + (json ? ["--json"] : []))
    }
  }

  private static func folder(_ manifest: Manifest) throws -> String {
    do {
      try StateDirectory.create(manifest.state)
      return try StateDirectory.absolute(manifest.state) + "/sandbox/venue"
    } catch {
      throw Console.failure(.configuration, "\(error)")
    }
  }

  /// Puts `nija-sandbox` in our place.
  /// - Returns: only if that fails.
  private static func become(_ arguments: [String]) throws -> ExitCode {
    let program = try Programs().sandbox
    var pointers = (["nija-sandbox"] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    pointers.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { _ = execv(program, base) }
    }
    return Console.failure(.temporary, "\(SystemError.last("cannot start \(program)"))")
  }
}
