import Core
import Foundation
import Testing

/// The test material beside the repository, or where the environment says.
enum SharedVectors {
  /// A file of it; `nil`, with a word about what is left out, where there is none. CI must have it.
  static func read(_ file: String, for test: String) throws -> JSON? {
    let environment = ProcessInfo.processInfo.environment
    let beside = URL(filePath: #filePath).appending(path: "../../../../shared/vectors").standardized
    let folder = environment["NIJA_VECTORS"].map { URL(filePath: $0) } ?? beside
    guard let data = try? Data(contentsOf: folder.appending(path: file)) else {
      try #require(environment["CI"] != "true", "\(file) is needed in CI")
      print("left out: \(test) (no \(file))")
      return nil
    }
    return try JSON(parsing: Array(data))
  }
}
