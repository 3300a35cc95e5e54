import Broker
import Conformance
import Foundation
import Testing

/// Every shipped descriptor against the venue that the sandbox makes from it.
@Suite(.serialized) struct DescriptorConformanceTests {
  /// `NIJA_DESCRIPTOR=binance` runs one.
  static let names = DescriptorGround.shipped.filter { name in
    ProcessInfo.processInfo.environment["NIJA_DESCRIPTOR"].map { $0 == name } ?? true
  }

  /// Cases that a file cannot pass, and why.
  static let known: [String: [String: String]] = [
    "alpaca": ["the fee rates told are those charged": "Alpaca's fills tell no fee: it is booked later, in kind"],
    "coinbase": [
      "a question answered without its result is an error": "an order is every value of the answer: `{}` has none"
    ],
  ]

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
