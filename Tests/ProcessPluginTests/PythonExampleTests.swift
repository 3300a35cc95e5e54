import Broker
import Conformance
import Core
import Testing

@testable import Host
@testable import ProcessPlugins

/// The example that authors copy, end to end: started and spoken to as the host does, against the sandbox's Kraken.
@Suite(.serialized) struct PythonExampleTests {
  @Test(.timeLimit(.minutes(6))) func `the Python example passes every case of the conformance suite`() async throws {
    let report = try await Self.run(ConformanceSuite.cases)
    print("conformance kraken_py: \(report.closingLine)")
    for failure in report.failures {
      if case .failed(let mismatch) = failure.outcome { Issue.record("\(failure.name): \(mismatch)") }
    }
    #expect(report.passed > 60)
  }

  static func run(_ cases: [ConformanceCase]) async throws -> ConformanceReport {
    try await Ground.withChildren { children in
      let program = try Ground.program("kraken.py")
      let declaration = try await Ground.declaration(of: program, children)
      let kind = PluginKind(
        process: declaration, named: "kraken_py",
        source: ProgramStarter(program: program, children: children, grace: .milliseconds(500)),
        events: ProgramEvents(failed: { if $0 != .ended { print("kraken.py: \($0)") } }))
      let venues = SandboxConformanceVenues(
        programs: SandboxPrograms.programs, children: children, kind, at: declaration.standIn)
      let transport = try CurlTransport(.conformance)
      let report = await ConformanceSuite(kind, venues: venues, transport: transport).run(cases)
      await transport.shutdown(within: .seconds(1))
      return report
    }
  }
}
