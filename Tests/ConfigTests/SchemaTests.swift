import Config
import Core
import Foundation
import Testing

/// The schema and the reference page say what reading does.
@Suite struct SchemaTests {
  private func object(_ value: JSONValue) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(value.prettyEncoded.utf8)) as? [String: Any])
  }

  private func properties(_ schema: [String: Any], _ path: String...) throws -> [String: Any] {
    var current = schema
    for name in path {
      let found = try #require((current["properties"] as? [String: Any])?[name] as? [String: Any], "\(name)")
      current = found
    }
    return try #require(current["properties"] as? [String: Any])
  }

  @Test func `the schema names every key that is read, and no other`() throws {
    let schema = try object(ManifestSchema.manifest(Sample.vocabulary))
    #expect(schema["additionalProperties"] as? Bool == false)
    #expect(Set(schema["required"] as? [String] ?? []) == ["format", "brokers"])
    for key in try properties(schema).keys {
      let reading = read("\(key): {no_such_key: 1}\n")
      #expect(!reading.diagnostics.contains { $0.path == key && $0.message.hasPrefix("unknown key") }, "\(key)")
    }
    #expect(
      try Set(properties(schema, "defaults", "risk").keys) == [
        "order_size", "max_order", "max_positions", "max_exposure", "max_daily_loss", "max_drawdown",
      ])
  }

  @Test func `every default in the schema is a value that is read`() throws {
    let schema = try object(ManifestSchema.manifest(Sample.vocabulary))
    let risk = try properties(schema, "defaults", "risk")
    let lines = try risk.keys.sorted().map { key in
      let field = try #require(risk[key] as? [String: Any])
      return "    \(key): \(try #require(field["default"]))\n"
    }
    let text = "format: nija/1\ndefaults:\n  strategy: hold\n  risk:\n\(lines.joined())brokers: {k: {plugin: kraken}}\n"
    #expect(read(text).diagnostics == [])
  }

  @Test func `a broker's credentials and options follow from its plugin`() throws {
    let schema = try object(ManifestSchema.manifest(Sample.vocabulary))
    let brokers = try #require(try properties(schema)["brokers"] as? [String: Any])
    let broker = try #require(brokers["additionalProperties"] as? [String: Any])
    let cases = try #require(broker["anyOf"] as? [[String: Any]])
    #expect(cases.count == 3)
    let kraken = try #require(
      cases.first { (($0["properties"] as? [String: [String: Any]])?["plugin"]?["const"] as? String) == "kraken" })
    #expect(try Set(properties(kraken, "credentials").keys) == ["api_key", "api_secret"])
    #expect(try Set(properties(kraken, "options").keys) == ["tier"])
  }

  @Test func `the user's schema has the user's keys`() throws {
    let keys = try Set(properties(object(ManifestSchema.user(Sample.vocabulary))).keys)
    #expect(keys.isSuperset(of: ["format", "name", "enabled", "control", "credentials", "risk", "markets"]))
    #expect(keys.isDisjoint(with: ["users", "plugin", "endpoint", "users_inherit"]))
  }

  @Test func `the reference page has a row for every key`() {
    let page = ManifestReference.markdown(Sample.vocabulary)
    let rows = [
      "`brokers.NAME.users_inherit`", "`defaults.risk.max_order`", "`sandbox.speed`", "`plugins.NAME.sha256`",
      "`control`",
      "`adx_floor`", "`tier`",
    ]
    for row in rows { #expect(page.contains("| \(row) |"), "\(row)") }
    #expect(page.contains("`250`"))
  }
}
