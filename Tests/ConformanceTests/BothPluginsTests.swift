import Broker
import Conformance
import Testing

/// The built-in plugins against the sandbox.
@Suite(.serialized) struct BothPluginsTests {
  @Test(.timeLimit(.minutes(4)), arguments: ["kraken", "coinbase"])
  func `a built-in plugin passes every case`(_ name: String) async throws {
    let report = try await Ground.run(try Ground.subject(name))
    print("conformance \(name): \(report.closingLine)")
    for failure in report.failures {
      if case .failed(let mismatch) = failure.outcome { Issue.record("\(failure.name): \(mismatch)") }
    }
    #expect(report.passed > 70)
  }

  @Test func `every capability has a case`() {
    let proven = Set(ConformanceSuite.cases.compactMap(\.capability))
    #expect(Set(Capability.allCases).subtracting(proven).isEmpty)
    #expect(Set(ConformanceSuite.cases.map(\.name)).count == ConformanceSuite.cases.count)
  }
}
