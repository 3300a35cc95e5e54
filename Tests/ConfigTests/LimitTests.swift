import Config
import Testing

/// No file can exhaust memory or time: what is beyond a limit is refused with a word.
@Suite struct LimitTests {
  private func refusal(_ text: String, _ limits: YAMLLimits = YAMLLimits()) -> YAMLError? {
    do throws(YAMLError) {
      _ = try Node(yaml: Array(text.utf8), limits: limits)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a million open brackets are refused where the depth is passed`() {
    let error = refusal(String(repeating: "[", count: 1_000_000))
    #expect(error?.message == "nested more than 32 deep")
    #expect(error?.mark == Mark(line: 1, column: 33))
  }

  @Test func `deep block nesting is refused too`() {
    let text = (0..<100).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    #expect(refusal(text)?.message == "nested more than 32 deep")
  }

  @Test func `a nest of aliases is refused at its first anchor`() {
    let laughs = (1..<20).map { "l\($0): &l\($0) [\(repeatElement("*l\($0 - 1)", count: 9).joined(separator: ", "))]" }
    let error = refusal("l0: &l0 lol\n" + laughs.joined(separator: "\n"))
    #expect(error?.message == "an anchor or a tag; write the bare value")
    #expect(error?.mark == Mark(line: 1, column: 5))
  }

  @Test func `a text of five megabytes is refused`() {
    #expect(refusal("a: " + String(repeating: "x", count: 5 << 20))?.message == "a text of more than 64 KiB")
    #expect(refusal(String(repeating: "k", count: 70_000) + ": a")?.message != nil)
  }

  @Test func `a file beyond the size limit is refused before it is parsed`() {
    #expect(refusal(String(repeating: "#", count: (8 << 20) + 1))?.message == "larger than 8 MiB")
  }

  @Test func `more values than the limit are refused`() {
    var limits = YAMLLimits()
    limits.nodes = 100
    let error = refusal("[" + String(repeating: "a,", count: 200) + "]", limits)
    #expect(error?.message == "more than 100 values in one file")
    #expect(refusal("[" + String(repeating: "a,", count: 50) + "]", limits) == nil)
  }

  @Test func `a manifest with very many mistakes lists a thousand and counts the others`() {
    let keys = (0..<5_000).map { "  key\($0): 1\n" }.joined()
    let reading = read("format: nija/1\ndefaults:\n  strategy: hold\n\(keys)brokers: {kraken: {plugin: kraken}}\n")
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.count == 1_001)
    #expect(reading.diagnostics.last?.message == "4000 more like these are not shown")
  }

  /// Shapes on which a parser that looks back or ahead too far would take hours.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "[", "{", "- ", "? ", "a: ", "!", "!!a ", "&a ", "*a ", "%YAML 1.1\n", ",", "'", "''", "\"", "\"\\n", "|\n ", "#",
      "\n", " ", "a\n", "a: b\n", "- a\n", "---\n", "...\n", "a,", "{a: ", "[a, ", "\u{e9}", "a\n\n", "\"a\" ", "<<: ",
    ])
  func `a great deal of anything is answered at once`(_ piece: String) {
    let text = String(repeating: piece, count: (256 << 10) / piece.utf8.count)
    for head in ["", "a: ["] {
      let bytes = Array((head + text).utf8)
      let time = ContinuousClock().measure { _ = try? Node(yaml: bytes) }
      #expect(time < .seconds(20), "\(piece.debugDescription)")
    }
  }

  @Test(.timeLimit(.minutes(1))) func `very many unknown keys and very long lists are answered at once`() {
    let keys = (0..<30_000).map { "max_ordr\($0): 1, " }.joined()
    #expect(read("format: nija/1\ndefaults: {risk: {\(keys)}}\nbrokers: {}\n").errors.count == 1_000)
    let symbols = (0..<30_000).map { "A\($0)*/USD, " }.joined()
    let long = "defaults: {strategy: hold, markets: {exclude: [\(symbols)]}}\n"
    #expect(
      read("format: nija/1\n\(long)brokers: {k: {plugin: kraken}}\n").errors.map(\.message) == [
        "must have at most 1000 values"
      ])
  }

  @Test func `names and scalars of every kind keep their text and their place`() throws {
    let text = "a: plain\nb: 'single ''q'''\nc: \"esc \\u00e9\\n\"\nd: |\n  two\n  lines\né: [1, {x: y}]\n"
    let node = try Node(yaml: Array(text.utf8))
    guard case .mapping(let entries) = node.content else {
      Issue.record("no mapping")
      return
    }
    #expect(entries.map(\.key) == ["a", "b", "c", "d", "é"])
    #expect(entries.map(\.mark.line) == [1, 2, 3, 4, 7])
    #expect(entries[0].value.content == .scalar("plain", isQuoted: false))
    #expect(entries[1].value.content == .scalar("single 'q'", isQuoted: true))
    #expect(entries[2].value.content == .scalar("esc é\n", isQuoted: true))
    #expect(entries[3].value.content == .scalar("two\nlines\n", isQuoted: true))
    #expect(entries[4].value.mark == Mark(line: 7, column: 4))
  }

  @Test(.timeLimit(.minutes(1))) func `ten thousand users are read, each its own account`() throws {
    var files: [String: String] = [
      "brokers.yaml": "format: nija/1\nbrokers: {kraken: {plugin: kraken, strategy: hold, users: [\"users/*.yaml\"]}}\n"
    ]
    for index in 0..<10_000 {
      files["users/u\(index).yaml"] = """
        format: nija-user/1
        name: User \(index)
        credentials: {api_key: {env: U\(index)_KEY}, api_secret: {env: U\(index)_SECRET}}
        markets: {exclude: [XRP/USD]}
        risk: {max_order: 50, max_positions: 3}
        """
    }
    let manifest = try #require(read(files).manifest)
    #expect(manifest.accounts.count == 10_001)
    #expect(Set(manifest.accounts.map(\.id)).count == 10_001)
  }
}
