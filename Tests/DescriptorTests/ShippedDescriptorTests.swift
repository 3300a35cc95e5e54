import Config
import Descriptor
import Foundation
import Testing

/// What ships is in order.
@Suite struct ShippedDescriptorTests {
  static let folder = Sample.folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "brokers")
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.sorted()

  @Test(arguments: names) func `a shipped descriptor is read without a word`(_ name: String) throws {
    let bytes = try Array(Data(contentsOf: Self.folder.appending(path: name)))
    let reading = DescriptorReader().read(bytes, file: name)
    #expect(reading.diagnostics.map(\.description) == [])
    #expect(reading.descriptor != nil)
  }
}
