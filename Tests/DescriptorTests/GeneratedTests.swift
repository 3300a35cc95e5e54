import Config
import Core
import Descriptor
import Foundation
import Testing

/// The schema, the reference page and the skeleton say what reading does.
@Suite struct GeneratedTests {
  private func properties(_ path: String...) throws -> [String: Any] {
    let data = Data(DescriptorSchema.json.prettyEncoded.utf8)
    let whole = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let definitions = whole["$defs"] as? [String: Any] ?? [:]
    var current = whole
    for name in path {
      current = try #require((current["properties"] as? [String: Any])?[name] as? [String: Any], "\(name)")
      if let name = (current["$ref"] as? String)?.dropFirst("#/$defs/".count) {
        current = try #require(definitions[String(name)] as? [String: Any], "\(name)")
      }
    }
    return try #require(current["properties"] as? [String: Any])
  }

  @Test func `the schema names every key that is read at the top, and no other`() throws {
    let keys = try properties().keys
    for key in keys where key != "format" {
      let reading = Sample.read("format: nija-broker/1\n\(key): {no_such_key: 1}\n")
      #expect(!reading.diagnostics.contains { $0.path == key && $0.message.hasPrefix("unknown key") }, "\(key)")
    }
    let unknown = Sample.read("format: nija-broker/1\nnone_of_them: 1\n").diagnostics.first {
      $0.path == "none_of_them"
    }
    let message = try #require(unknown?.message)
    for key in keys { #expect(message.contains(key), "\(key)") }
  }

  @Test func `the schema is small: what comes again is said once, and every reference leads somewhere`() throws {
    let text = DescriptorSchema.json.prettyEncoded
    #expect(text.utf8.count < 120_000, "\(text.utf8.count) bytes")
    let whole = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let definitions = try #require(whole["$defs"] as? [String: Any])
    let names = text.matches(of: /"\$ref": "#\/\$defs\/([^"]+)"/).map { String($0.output.1) }
    #expect(Set(names) == Set(definitions.keys))
    #expect(!definitions.isEmpty)
  }

  @Test func `the schema knows every operation and what each reads`() throws {
    let operations = try properties("operations")
    #expect(Set(operations.keys) == Set(OperationName.allCases.map(\.rawValue)))
    #expect(try properties("operations", "server_time", "read").keys.sorted() == ["time"])
    #expect(try properties("operations", "place").keys.contains("kinds"))
    #expect(try !properties("operations", "cancel").keys.contains("kinds"))
    #expect(try properties("operations", "order_book", "level").keys.sorted() == ["price", "quantity"])
  }

  @Test func `the reference page has a row for every key of the schema's top and for what operations read`() throws {
    let page = DescriptorReference.markdown
    for key in try properties().keys { #expect(page.contains("\n| `\(key)` | "), "\(key)") }
    for row in [
      "`effect`", "`call`", "`cost`", "`by`", "`read.minimum_notional`", "`kinds`", "`level.price`", "`fixed.maker`",
      "`errors.otherwise.class`", "`limits.NAME.most`", "`client_id.unique`", "`then`", "`window`",
    ] {
      #expect(page.contains("| \(row) | "), "\(row)")
    }
    for name in OperationName.allCases { #expect(page.contains("## Operation `\(name.rawValue)`")) }
  }

  @Test(arguments: ["meridian", "my-venue_2"]) func `a skeleton is in order as it stands`(_ name: String) throws {
    let text = DescriptorSkeleton.text(name: name)
    let reading = Sample.read(text, file: "\(name).yaml")
    #expect(reading.diagnostics.map(\.description) == [])
    let descriptor = try #require(reading.descriptor)
    #expect(descriptor.name == name)
    #expect(!descriptor.isProven)
    for line in text.split(separator: "\n") where line.hasPrefix("#") { #expect(line.count <= 120, "\(line)") }
  }

  @Test func `a skeleton has every key that is required, each with the words of its declaration`() throws {
    let text = DescriptorSkeleton.text(name: "meridian").replacing("\n# ", with: " ")
    for field in ["hosts", "client_id", "orders", "operations", "enums", "errors"] {
      let found = try properties()[field] as? [String: Any]
      let doc = try #require(found?["description"] as? String)
      #expect(text.contains(doc), "\(field)")
    }
  }
}
