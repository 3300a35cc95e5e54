import ArgumentParser
import Config
import Descriptor

/// The descriptors that `serve` is told of.
enum DescriptorFiles {
  /// The most bytes of one.
  private static let limit = 1 << 20

  /// Reads `FILE` or `NAME=FILE` each; mistakes are told, and end the program with 78.
  static func read(_ arguments: [String]) throws -> [Descriptor] {
    var descriptors: [Descriptor] = []
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      var descriptor = try read(file: parts.last ?? "")
      if parts.count == 2 { descriptor.name = parts[0] }
      guard !descriptors.contains(where: { $0.name == descriptor.name }) else {
        throw refused("two descriptors are called \(descriptor.name); --descriptor NAME=FILE names one otherwise")
      }
      descriptors.append(descriptor)
    }
    return descriptors
  }

  private static func read(file: String) throws -> Descriptor {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try ManifestFiles.system.read(file, limit)
    } catch {
      throw refused("\(file): \(error.message)")
    }
    // What the brokerage's own tests say is not the venue's concern.
    let reading = DescriptorReader().read(bytes, file: file)
    guard let descriptor = reading.descriptor, reading.errors.isEmpty else {
      throw refused(reading.errors.map(\.description).joined(separator: "\n"))
    }
    return descriptor
  }

  private static func refused(_ text: String) -> ExitCode {
    StandardError.write("nija-sandbox: \(text)\n")
    return ExitCode(78)
  }
}
