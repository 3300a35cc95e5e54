import Foundation
import Testing

/// The shared test material beside the repository.
enum CoinbaseMaterial {
  /// A file of it; `nil`, said aloud, where the material is not there. In CI that is an error.
  static func read(_ file: String, folder: String, for test: String) throws -> Data? {
    let environment = ProcessInfo.processInfo.environment
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let directory = root.appending(path: "shared/\(folder)")
    let url = directory.appending(path: file)
    if FileManager.default.fileExists(atPath: url.path) { return try Data(contentsOf: url) }
    try #require(environment["CI"] != "true", "\(file) is needed in CI")
    print("left out: \(test) (no \(file))")
    return nil
  }
}
