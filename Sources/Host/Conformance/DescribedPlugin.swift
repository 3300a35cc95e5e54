import Broker
import Config
import Core
import Descriptor
import Glibc
import ProcessPlugins
import Registry

/// A brokerage that a descriptor's file describes, as the conformance command takes it.
struct DescribedPlugin: Sendable {
  private let descriptor: BrokerDescriptor
  /// The file that the stand-in venue is made from, too.
  let file: String
  /// What its own tests showed.
  let tests: [OwnTestResult]
  /// The programs that carry out operations of it.
  private let programs: [String: (ProgramOffer, PluginProgram)]
  /// The folder that was made for it, to be removed.
  var folder: String?

  /// The most bytes of a descriptor.
  private static let limit = 1 << 20

  /// Why a file is no brokerage: one line each.
  struct Problems: Error {
    let lines: [String]
  }

  /// Reads a file, or one that comes with the program, and runs the tests that it brings.
  /// - Parameter argument: a path, a name under `brokers`, or the name of one that comes with the program.
  /// - Returns: `nil` for none of these.
  static func find(_ argument: String) throws -> DescribedPlugin? {
    let path = argument.contains("/") || argument.hasSuffix(".yaml") ? argument : "brokers/\(argument).yaml"
    if let bytes = try? ManifestFiles.system.read(path, limit) {
      return try DescribedPlugin(
        bytes, file: path, DescriptorReader(files: .system, inquiry: OperationInquiry.ask))
    }
    guard let bytes = Registry.descriptor(named: argument) else { return nil }
    // Its tests are in the sources: they are run where it is made.
    let folder = try TemporaryFolders.make()
    let file = "\(folder)/\(argument).yaml"
    try Descriptor.open(file, O_WRONLY | O_CREAT | O_EXCL).writeAll(bytes)
    var described = try DescribedPlugin(bytes, file: file, DescriptorReader())
    described.folder = folder
    return described
  }

  private init(_ bytes: [UInt8], file: String, _ reader: DescriptorReader) throws(Problems) {
    let reading = reader.read(bytes, file: file)
    guard let descriptor = reading.descriptor, reading.errors.isEmpty else {
      throw Problems(lines: reading.errors.map(\.description))
    }
    self.descriptor = descriptor
    self.file = file
    self.tests = OwnTests.run(descriptor)
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    var programs: [String: (ProgramOffer, PluginProgram)] = [:]
    for program in descriptor.programs {
      programs[program.name] = try Self.open(program, reading.programs[program.name], in: folder)
    }
    self.programs = programs
  }

  private static func open(
    _ program: OperationProgram, _ finding: OperationProgramFinding?, in folder: String
  ) throws(Problems) -> (ProgramOffer, PluginProgram) {
    do {
      switch finding {
      case .offers(let text):
        return (try ProgramOffer(parsing: text), try OperationInquiry.program(program, in: folder))
      case .mistake(let problem), .unusable(let problem): throw Problems(lines: [problem])
      case nil: throw Problems(lines: ["the program \(program.name) was not asked"])
      }
    } catch let problems as Problems {
      throw problems
    } catch { throw Problems(lines: ["\(error)"]) }
  }

  /// The sandbox's venue that its programs speak to; `nil` for one that is made from the file.
  var standIn: String? { programs.sorted { $0.key < $1.key }.lazy.compactMap { $0.value.0.standIn }.first }

  /// What the suite puts to the test, whose programs are these children.
  func kind(_ children: Children) -> PluginKind {
    let programs = OperationPrograms(
      programs.mapValues { offer, program in
        OperationPrograms.Program(
          offer: offer,
          source: ProgramStarter(program: program, children: children, grace: .milliseconds(500)))
      },
      events: ProgramEvents(
        logged: { Console.complain($0) }, failed: { if $0 != .ended { Console.complain("\($0)") } }))
    return PluginKind(descriptor, carriers: programs.carrier)
  }
}
