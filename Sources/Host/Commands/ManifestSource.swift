import ArgumentParser
import Broker
import Config
import Core

/// `--config`, and the manifest behind it.
struct ManifestSource: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The manifest.", valueName: "file"))
  var config = "brokers.yaml"

  /// Reads a manifest and says what is wrong with it.
  static func read(_ file: String) -> ManifestReading {
    ManifestLoader(
      vocabulary: HostPlugins.vocabulary, describe: HostPlugins.outline,
      inquire: { ProgramInquiry.ask($0, in: $1, digest: $2) }, digest: digest
    ).load(file)
  }

  private static let digest: @Sendable ([UInt8]) -> String = { bytes in
    // Without a digest two manifests cannot be told apart; the word says so where one is shown.
    (try? SHA256.digest(bytes)).map { "sha256:" + Hex.encode($0) } ?? "unavailable"
  }

  /// The state folder, also of a manifest that was broken after its host had started: the host can still be asked.
  func stateDirectory() throws -> String {
    let reading = Self.read(config)
    if let manifest = reading.manifest { return manifest.state }
    guard let bytes = try? ManifestFiles.system.read(config, 8 << 20), let root = try? Node(yaml: bytes),
      case .mapping(let entries) = root.content
    else { return try load().state }
    var state = ".nija"
    if case .scalar(let text, _) = entries.first(where: { $0.key == "state" })?.value.content { state = text }
    let folder = config.lastIndex(of: "/").map { String(config[...$0]) } ?? ""
    return state.hasPrefix("/") ? state : folder + state
  }

  /// The manifest, or every diagnostic on standard error and the exit.
  func load() throws -> Manifest {
    let reading = Self.read(config)
    for diagnostic in reading.diagnostics { Console.complain(diagnostic.description) }
    guard let manifest = reading.manifest else { throw ExitCode(ExitStatus.configuration.rawValue) }
    return manifest
  }
}
