import Foundation

@testable import Host

/// The sandbox as built beside the tests.
enum SandboxPrograms {
  static let programs: Programs = {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let folder =
      bundle?.deletingLastPathComponent() ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return Programs(directory: folder.path, workerBuild: "none")
  }()
}
