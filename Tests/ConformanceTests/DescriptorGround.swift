import Broker
import Config
import Conformance
import Descriptor
import Foundation

@testable import Host

/// Descriptors of the repository, and the suite over them at venues made from themselves.
enum DescriptorGround {
  /// The repository.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The shipped ones by name.
  static let shipped: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "brokers").path)) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }()

  static func file(_ name: String) -> String { root.appending(path: "brokers/\(name).yaml").path }

  struct Unreadable: Error, CustomStringConvertible { let description: String }

  /// The brokerage that a file describes.
  static func kind(_ file: String) throws -> PluginKind {
    let bytes = Array(try Data(contentsOf: URL(filePath: file)))
    let reading = DescriptorReader().read(bytes, file: file)
    guard let descriptor = reading.descriptor else {
      throw Unreadable(description: reading.errors.map(\.description).joined(separator: "\n"))
    }
    return PluginKind(descriptor)
  }

  /// The suite over a described brokerage, at a venue made from its file or from another one.
  static func run(
    _ kind: PluginKind, venueFrom file: String, _ cases: [ConformanceCase] = ConformanceSuite.cases
  ) async throws -> ConformanceReport {
    try await Ground.withChildren { children in
      let transport = try CurlTransport(.conformance)
      var venues = SandboxConformanceVenues(programs: Ground.programs, children: children, kind)
      venues.descriptor = file
      let report = await ConformanceSuite(kind, venues: venues, transport: transport).run(cases) { result in
        if case .failed(let mismatch) = result.outcome { print("  FAILED \(result.name): \(mismatch)") }
      }
      await transport.shutdown(within: .seconds(1))
      return report
    }
  }
}
