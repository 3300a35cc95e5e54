import Config
import Core
import Descriptor
import Foundation
import Testing

/// What ships is in order, and proven where it changes something at a venue.
@Suite struct ShippedDescriptorTests {
  static let folder = Sample.folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "brokers")
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.sorted()

  static func reading(_ name: String) throws -> DescriptorReading {
    let file = folder.appending(path: name)
    return try DescriptorReader(files: .system).read(Array(Data(contentsOf: file)), file: file.path)
  }

  @Test(arguments: names) func `a shipped descriptor is read without a word, and passes its own tests`(
    _ name: String
  ) throws {
    let reading = try Self.reading(name)
    // Alpaca's list of markets and its clock need a key, which no feed has: that is said, and its accounts are parked.
    let keyed = name == "alpaca.yaml" ? ["operations.server_time", "operations.instruments"] : []
    #expect(reading.diagnostics.map(\.path) == keyed, "\(reading.diagnostics)")
    #expect(reading.errors.isEmpty && reading.failedTests.isEmpty)
    let descriptor = try #require(reading.descriptor)
    #expect(descriptor.keyedFeed == (keyed.isEmpty ? [] : [.serverTime, .instruments]))
    #expect(descriptor.isProven)
    for result in OwnTests.run(descriptor) { #expect(result.hasPassed, "\(result.name): \(result.differences)") }
  }

  /// What is sent unseen when a text slips: so each has a request that another program made, byte for byte.
  @Test(arguments: names)
  func `every kind of order and every operation that changes something has a request as its test`(
    _ name: String
  ) throws {
    let descriptor = try #require(try Self.reading(name).descriptor)
    var tested: Set<String> = []
    for test in descriptor.tests {
      guard case .request(let operation, let variables, _, _) = test.kind else { continue }
      tested.insert(operation.rawValue)
      tested.insert(variables["kind"] ?? "")
      tested.insert("\(variables["kind"] ?? "").\(variables["side"] ?? "")")
    }
    for operation in descriptor.operations.values where operation.effect != .safe {
      #expect(tested.contains(operation.name.rawValue), "\(operation.name.rawValue)")
    }
    for key in descriptor.orderKinds.keys {
      let wanted = key.kind.rawValue + (key.side.map { ".\($0.rawValue)" } ?? "")
      #expect(tested.contains(wanted), "\(wanted)")
    }
  }
}
