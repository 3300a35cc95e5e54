import Broker
import Config
import Core
import Descriptor
import ProcessPlugins
import Registry

/// The plugins as the host needs them: registered ones, and those that a manifest's descriptors describe.
enum HostPlugins {
  /// What a manifest may name without more.
  static var vocabulary: ManifestVocabulary {
    ManifestVocabulary(plugins: Registry.plugins.map { $0.spec.declaration }, strategies: Registry.strategies)
  }

  /// What a manifest needs to know of a descriptor; its tests are looked for beside it.
  @Sendable static func outline(_ bytes: [UInt8], _ file: String) -> DescriptorOutline {
    let reading = DescriptorReader(files: .system, inquiry: OperationInquiry.ask).read(bytes, file: file)
    guard let descriptor = reading.descriptor else {
      return DescriptorOutline(declaration: nil, isProven: false, diagnostics: reading.diagnostics)
    }
    var outline = DescriptorOutline(
      declaration: PluginKind(descriptor).spec.declaration, isProven: descriptor.isProven,
      diagnostics: reading.diagnostics)
    outline.failedTests = reading.failedTests
    outline.obstacle = obstacle(descriptor)
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    outline.programs = descriptor.programs.map { program in
      let (offer, problem) = words(reading.programs[program.name])
      return OperationProgramFile(
        name: program.name, command: [program.file] + program.arguments, folder: folder, digest: program.digest,
        offer: offer, problem: problem, standIn: offer.flatMap { try? ProgramOffer(parsing: $0).standIn })
    }
    return outline
  }

  private static func obstacle(_ descriptor: BrokerDescriptor) -> String? {
    let names = descriptor.keyedFeed.map(\.rawValue)
    guard !names.isEmpty else { return nil }
    return "\(names.joined(separator: ", ")) of \(descriptor.title) need a key, and the feed of a brokerage has none"
  }

  /// Why no account can run on a descriptor that comes with the program; those that are written in Swift all can.
  static func obstacle(ofRegistered name: String) -> String? {
    Registry.builtIn.contains { $0.name == name } ? nil : obstacles[name]
  }

  private static let obstacles: [String: String] = {
    var found: [String: String] = [:]
    for name in Registry.plugins.map(\.name) {
      guard let bytes = Registry.descriptor(named: name),
        let descriptor = DescriptorReader().read(bytes, file: "\(name).yaml").descriptor
      else { continue }
      found[name] = obstacle(descriptor)
    }
    return found
  }()

  private static func words(_ finding: OperationProgramFinding?) -> (offer: String?, problem: String?) {
    switch finding {
    case .offers(let text): (text, nil)
    case .mistake(let text), .unusable(let text): (nil, text)
    case nil: (nil, "the descriptor's program was not asked")
    }
  }

  /// The plugin of an account.
  static func kind(of plan: AccountPlan) -> PluginKind? {
    switch plan.source {
    case .registered: Registry.plugin(named: plan.plugin)
    case .descriptor(let file): try? Registry.plugin(describedBy: file.text, named: plan.plugin)
    case .process: nil
    }
  }
}
