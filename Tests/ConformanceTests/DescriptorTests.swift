import Broker
import Conformance
import Foundation
import Testing

/// Shipped descriptors against the venue that the sandbox makes from them: those that differ most, signed in the query,
/// by a token, in a header's payload, with nonces over rows without names. `NIJA_MATRIX=all` (`make soak`) runs every
/// one, `NIJA_DESCRIPTOR=okx` that one.
@Suite(.serialized) struct DescriptorConformanceTests {
  private static let unlike = ["binance", "bitfinex", "coinbase", "gemini"]

  static let names = DescriptorGround.shipped.filter { name in
    let environment = ProcessInfo.processInfo.environment
    if let one = environment["NIJA_DESCRIPTOR"] { return name == one }
    return environment["NIJA_MATRIX"] == "all" || unlike.contains(name)
  }

  @Test func `those that every run takes are shipped`() {
    #expect(Set(DescriptorGround.shipped).isSuperset(of: Self.unlike))
  }

  /// Cases that a file cannot pass, and why.
  static let known: [String: [String: String]] = [:]

  @Test(.timeLimit(.minutes(4)), arguments: names)
  func `a shipped descriptor passes every case`(_ name: String) async throws {
    let file = DescriptorGround.file(name)
    let report = try await DescriptorGround.run(try DescriptorGround.kind(file), venueFrom: file)
    print("conformance \(name): \(report.closingLine)")
    let known = Self.known[name] ?? [:]
    for failure in report.failures where known[failure.name] == nil {
      if case .failed(let mismatch) = failure.outcome { Issue.record("\(failure.name): \(mismatch)") }
    }
    #expect(report.passed > 50)
  }
}
