import Broker
import Config
import Core
import Descriptor

/// A brokerage that a descriptor's file describes, as the conformance command takes it.
struct DescribedPlugin: Sendable {
  /// What the suite puts to the test.
  let kind: PluginKind
  /// The file that the stand-in venue is made from, too.
  let file: String
  /// What its own tests showed.
  let tests: [OwnTestResult]

  /// The most bytes of a descriptor.
  private static let limit = 1 << 20

  /// Why a file is no brokerage: one line each.
  struct Problems: Error {
    let lines: [String]
  }

  /// Reads a file and runs the tests that it brings.
  init(file: String) throws(Problems) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try ManifestFiles.system.read(file, Self.limit)
    } catch {
      throw Problems(lines: ["\(file): \(error.message)"])
    }
    let reading = DescriptorReader(files: .system).read(bytes, file: file)
    guard let descriptor = reading.descriptor, reading.errors.isEmpty else {
      throw Problems(lines: reading.errors.map(\.description))
    }
    self.kind = PluginKind(descriptor)
    self.file = file
    self.tests = OwnTests.run(descriptor)
  }

  /// The file that an argument means: a path, or a name under `brokers`; `nil` for neither.
  static func file(_ argument: String) -> String? {
    let path = argument.contains("/") || argument.hasSuffix(".yaml") ? argument : "brokers/\(argument).yaml"
    return (try? ManifestFiles.system.read(path, limit)) == nil ? nil : path
  }
}
