import Config
import Core
import Descriptor
import Foundation
import Testing

/// The file beside the tests that most of them start from.
enum Sample {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
  static let text = (try? String(contentsOf: folder.appending(path: "Samples/sample.yaml"), encoding: .utf8)) ?? ""

  static func read(_ text: String, file: String = "sample.yaml") -> DescriptorReading {
    DescriptorReader().read(Array(text.utf8), file: file)
  }
}

@Suite struct DescriptorReadingTests {
  @Test func `the sample is read without a word`() throws {
    let reading = Sample.read(Sample.text)
    #expect(reading.diagnostics.map(\.description) == [])
    let descriptor = try #require(reading.descriptor)
    #expect(descriptor.name == "sample")
    #expect(descriptor.tests.count == 2)
    #expect(!descriptor.isProven)
    #expect(descriptor.operations.count == 13)
    #expect(descriptor.orderKinds.count == 5)
  }
}
