import Broker
import Descriptor
import Foundation
import Testing

/// The shipped descriptors against what an independent client sent and read, and the page that tells of it.
@Suite struct RecordedRequestsTests {
  @Test(arguments: ShippedBrokerage.names)
  func `a shipped descriptor passes its own tests and has enough of them`(_ name: String) throws {
    let descriptor = try ShippedBrokerage(name).descriptor
    #expect(descriptor.isProven)
    for result in OwnTests.run(descriptor) {
      #expect(result.differences == [], "\(name): \(result.name)")
    }
  }

  @Test func `recorded requests are made again, signed alike, and the page tells of each`() throws {
    var rows: [BrokersPage.Row] = []
    let material = RecordedMaterial.current
    for name in ShippedBrokerage.names {
      guard let bytes = material.read("broker-requests-\(name).json") else {
        print("recorded: absent broker-requests-\(name).json: its requests were left out")
        continue
      }
      let brokerage = try ShippedBrokerage(name)
      var recorded = try RecordedRequests(parsing: bytes)
      // Recorded with a kind of key that no longer exists: a throw-away one of today's, of which nothing is compared.
      if name == "coinbase" { recorded.credentials["secret"] = Data(try SecureRandom.bytes(32)).base64EncodedString() }
      let proofs = RequestProof.run(
        brokerage.descriptor, recorded, declared: OnPurpose.differences[name] ?? [])
      let answers = try RecordedAnswers(material, brokerage).verdicts()
      rows.append(BrokersPage.Row(brokerage, proofs, answers))
    }
    for row in rows { row.check() }
    if ProcessInfo.processInfo.environment["CI"] == "true", material.isDefault {
      #expect(rows.count == ShippedBrokerage.names.count, "the material beside the project is needed in CI")
    }
    guard material.isDefault, rows.count == ShippedBrokerage.names.count else { return }
    try BrokersPage(rows: rows).keep()
  }
}
