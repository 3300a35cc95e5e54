import ArgumentParser
import Core
import Descriptor
import Glibc
import NIOCore

/// `nija-sandbox serve`
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the venues on loopback until told to stop.")

  @Option(help: "Where the ledger, the market's clock and the control socket are kept.")
  var state: String
  @Option(help: "How many market seconds pass in one second of the wall.")
  var speed = 60
  @Option(help: "Which market it is.")
  var seed: UInt64 = 1
  @Option(help: "The loopback address to listen on.")
  var listen = "127.0.0.1"
  @Option(help: "The port of the Kraken venue; 0 for any.")
  var krakenPort = 0
  @Option(help: "The port of the Coinbase venue; 0 for any.")
  var coinbasePort = 0
  @Option(help: "Markets that Kraken lists at least; those beyond the traded ones take no orders.")
  var pairs = 0
  @Option(help: "A file of faults to begin with (nija-faults/1, see docs/sandbox.md).")
  var faults: String?
  @Option(
    name: .customLong("descriptor"),
    help: ArgumentHelp(
      "A brokerage's descriptor (nija-broker/1) to serve a venue from, under the file's own name or NAME; repeatable.",
      valueName: "[NAME=]file"))
  var descriptors: [String] = []
  @Flag(help: "Stop when the standard input ends.")
  var untilEof = false

  func validate() throws {
    guard (1...10_000).contains(speed) else { throw ValidationError("--speed is 1 to 10000") }
    guard (0...10_000).contains(pairs) else { throw ValidationError("--pairs is 0 to 10000") }
    guard listen.hasPrefix("127.") || listen == "::1" || listen == "localhost" else {
      throw ValidationError("--listen must be a loopback address: the keys are throw-away, the wire is plain")
    }
    for port in [krakenPort, coinbasePort] where !(0...65_535).contains(port) {
      throw ValidationError("a port is 0 to 65535")
    }
  }

  func run() throws {
    umask(0o077)
    let stop = StopSignals()
    let descriptors = try DescriptorFiles.read(descriptors)
    let derived = Set(descriptors.map(\.name))
    let rules = try faults.map { try FaultsCommand.rules(file: $0, derived: derived) } ?? []
    let service: SandboxService
    do {
      try StateDirectory.make(state)
      service = try SandboxService(settings(rules, descriptors))
    } catch {
      StandardError.write("nija-sandbox: \(error)\n")
      throw ExitCode(75)
    }
    print(service.announcement.encoded)
    fflush(nil)
    if untilEof { stop.atEndOfInput() }
    stop.wait()
    service.stop()
  }

  private func settings(_ faults: [FaultRule], _ descriptors: [Descriptor]) -> SandboxSettings {
    SandboxSettings(
      state: state, speed: speed, seed: seed, host: listen,
      ports: ["kraken": krakenPort, "coinbase": coinbasePort],
      options: VenueOptions(inertPairs: max(0, pairs - KrakenListings.all.count)), descriptors: descriptors,
      faults: faults)
  }
}

/// Text for whoever started the program.
enum StandardError {
  static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
