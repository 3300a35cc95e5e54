import Core
import Foundation
import Testing

/// Other people's vectors, requests and answers against the two plugins.
@Suite struct ReplayTests {
  @Test func `every case of the two venues passes or stands on the named list`() async throws {
    let report = await Replay(folders: .current, list: try .load()).run()
    for line in report.lines { print(line) }
    for (id, differences) in report.failures {
      Issue.record("\(id): \(differences.joined(separator: "; "))")
    }
    if ProcessInfo.processInfo.environment["CI"] == "true", Folders.current.isDefault {
      #expect(report.absent.isEmpty, "the material beside the project is needed in CI")
    }
  }
}
