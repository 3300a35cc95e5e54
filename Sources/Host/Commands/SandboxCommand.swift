import ArgumentParser
import Config
import Core
import Glibc
import NIOPosix

/// Only the venues.
struct SandboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox", abstract: "Run only the embedded venues, show what they hold, or have them fail.",
    subcommands: [Serve.self, Ledger.self, Faults.self], defaultSubcommand: Serve.self)

  /// Runs the venues alone.
  struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve",
      abstract: "Run the venues until interrupted; prints their addresses and throw-away keys.")

    @OptionGroup var source: ManifestSource
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
      let manifest = try source.load()
      let programs = try Programs()
      try SandboxCommand.checkFaults(manifest, programs)
      let state = try SandboxCommand.state(manifest)
      let signals = Signals.block()
      let children = Children()
      let runner = SandboxRunner(
        programs: programs, children: children,
        arguments: SandboxRunner.arguments(
          manifest, state: state, descriptors: try SandboxDescriptors.write(for: manifest, in: state)),
        accounts: SandboxRequest.all(in: manifest), group: MultiThreadedEventLoopGroup.singleton,
        deliver: { [json] in SandboxCommand.tell($0, json: json) })
      let running = Task {
        await runner.run()
        Glibc.exit(0)
      }
      signals.serve(childEnded: { children.reap() }, end: { running.cancel() }, reload: {})
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
      let state = try SandboxCommand.state(try source.load())
      throw try SandboxCommand.become(["ledger", "--state", "\(state)/sandbox/venue"] + (json ? ["--json"] : []))
    }
  }

  /// Has the venues fail.
  struct Faults: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "faults",
      abstract: "Set the faults of the running venues from a file, or show those that are set.",
      discussion: """
        Without FILE: what is set, and how often each fault struck. The file's format and every fault are in
        docs/sandbox.md. Without venues that run it ends with 69.
        """)

    @OptionGroup var source: ManifestSource
    @Flag(name: .long, help: "Forget all faults.")
    var clear = false
    @Flag(name: .long, help: "Print JSON.")
    var json = false
    @Argument(help: "The file (nija-faults/1).")
    var file: String?

    func validate() throws {
      guard file == nil || !clear else { throw ValidationError("either FILE or --clear") }
    }

    func run() throws {
      let state = try SandboxCommand.state(try source.load())
      let options = (clear ? ["--clear"] : []) + (json ? ["--json"] : [])
      // A file whose name begins with a dash is a file all the same.
      let files = file.map { ["--", $0] } ?? []
      throw try SandboxCommand.become(["faults", "--state", "\(state)/sandbox/venue"] + options + files)
    }
  }

  private static func state(_ manifest: Manifest) throws -> String {
    do {
      try StateDirectory.create(manifest.state)
      return try StateDirectory.absolute(manifest.state)
    } catch {
      throw Console.failure(.configuration, "\(error)")
    }
  }

  /// A file of faults with mistakes starts nothing: the sandbox would refuse it again and again.
  static func checkFaults(_ manifest: Manifest, _ programs: Programs) throws {
    let problems = FaultsCheck.problems(manifest, programs)
    for problem in problems { Console.complain(problem) }
    if !problems.isEmpty { throw ExitCode(ExitStatus.configuration.rawValue) }
  }

  private static func tell(_ news: SandboxRunner.News, json: Bool) {
    switch news {
    case .printed(let line): Console.complain(line)
    case .ready(let venues, _): Console.print(json ? venues.json.encoded + "\n" : venues.text)
    case .lost(let cause):
      Console.complain("nija-host: the venues are gone: \(cause)")
      Glibc.exit(ExitStatus.temporary.rawValue)
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
