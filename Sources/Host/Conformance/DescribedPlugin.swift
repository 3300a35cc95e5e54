import Broker
import Config
import Core
import Descriptor
import Glibc
import Registry

/// A brokerage that a descriptor's file describes, as the conformance command takes it.
struct DescribedPlugin: Sendable {
  /// What the suite puts to the test.
  let kind: PluginKind
  /// The file that the stand-in venue is made from, too.
  let file: String
  /// What its own tests showed.
  let tests: [OwnTestResult]
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
      return try DescribedPlugin(bytes, file: path, DescriptorReader(files: .system))
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
    self.kind = PluginKind(descriptor)
    self.file = file
    self.tests = OwnTests.run(descriptor)
  }
}
