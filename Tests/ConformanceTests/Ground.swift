import Broker
import Foundation
import Registry

@testable import Conformance
@testable import Host

/// The sandbox as built beside the tests, and a transport to it.
enum Ground {
  static let programs: Programs = {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let folder =
      bundle?.deletingLastPathComponent() ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return Programs(directory: folder.path, workerBuild: "none")
  }()

  static func venues(_ subject: PluginKind, _ children: Children) -> SandboxConformanceVenues {
    SandboxConformanceVenues(programs: programs, children: children, subject)
  }

  static func subject(_ name: String) throws -> PluginKind {
    guard let kind = Registry.plugin(named: name) else { throw NoPlugin(name: name) }
    return kind
  }

  struct NoPlugin: Error { let name: String }

  /// Runs `body` with something that buries children as the host's signal loop does.
  static func withChildren<Answer>(_ body: (Children) async throws -> Answer) async throws -> Answer {
    let children = Children()
    let reaper = Task {
      while !Task.isCancelled {
        children.reap()
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
    defer { reaper.cancel() }
    return try await body(children)
  }

  /// The suite over one plugin.
  static func run(
    _ subject: PluginKind, _ cases: [ConformanceCase] = ConformanceSuite.cases
  ) async throws -> ConformanceReport {
    try await withChildren { children in
      let transport = try CurlTransport(.conformance)
      let report = await ConformanceSuite(subject, venues: venues(subject, children), transport: transport).run(cases)
      await transport.shutdown(within: .seconds(1))
      return report
    }
  }
}
