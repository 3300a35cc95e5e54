import Broker
import Conformance
import Testing

/// The suite notices what is wrong with a plugin, in the case in which one would look for it.
@Suite(.serialized) struct BrokenPluginTests {
  @Test(.timeLimit(.minutes(2)), arguments: ["kraken", "coinbase"], Breakage.all)
  func `a broken plugin fails the case that is about it`(_ name: String, _ breakage: Breakage) async throws {
    guard breakage.plugins.contains(name) else { return }
    var item = try #require(ConformanceSuite.cases.first { $0.name == breakage.noticedBy })
    if let bound = breakage.bound { item.bound = bound }
    // Another case behind it: a case that fails or hangs ends nothing.
    let after = try #require(ConformanceSuite.cases.first { $0.name.hasPrefix("a quote has a bid") })
    let report = try await Ground.run(breakage.make(try Ground.subject(name)), [item, after])
    #expect(report.results.map(\.name) == [item.name, after.name])
    #expect(report.results.last?.outcome == .passed)
    guard case .failed(let mismatch) = report.results.first?.outcome else {
      Issue.record("\(name) that \(breakage.name) was not noticed by: \(item.name)")
      return
    }
    #expect(mismatch.expected != "a venue that can be asked", "the venue itself failed: \(mismatch.seen)")
    #expect(breakage.says.isEmpty || mismatch.description.contains(breakage.says), "\(mismatch)")
  }
}
