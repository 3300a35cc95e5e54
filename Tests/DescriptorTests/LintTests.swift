import Config
import Core
import Descriptor
import Testing

/// What a file may say, and hardly means, is a warning with its place; the file is used all the same.
@Suite struct LintTests {
  private func warnings(_ old: String, _ new: String) throws -> [String] {
    #expect(Sample.text.contains(old))
    let reading = Sample.read(Sample.text.replacing(old, with: new))
    #expect(reading.descriptor != nil, "\(reading.diagnostics)")
    for diagnostic in reading.diagnostics { #expect(diagnostic.mark != nil) }
    return reading.diagnostics.filter { $0.severity == .warning }.map(\.path)
  }

  @Test(arguments: [
    (#"{recvWindow: "'10000'"}"#, #"{recvWindow: "'60000'"}"#, "signing.last.recvWindow"),
    ("{X-KEY: api_key}", "{X-KEY: api_key, expires: now_s + 60}", "signing.headers.expires"),
    ("{X-KEY: api_key}", "{X-KEY: api_key, X-UNTIL: text(now_ms + 11000)}", "signing.headers.X-UNTIL"),
  ]) func `what is signed for longer than the order's lifetime is told`(
    _ old: String, _ new: String, _ path: String
  ) throws {
    #expect(try warnings(old, new) == [path])
  }

  @Test func `what is signed for the lifetime or less is in order`() throws {
    #expect(try warnings("{X-KEY: api_key}", "{X-KEY: api_key, expires: now_s + 10}") == [])
    #expect(try warnings("lifetime: 10s", "lifetime: 11s") == [])
    #expect(try warnings("lifetime: 10s", "lifetime: 9s") == ["signing.last.recvWindow"])
  }

  @Test func `what the feed asks is not signed, for it has no key`() throws {
    let call = "{effect: safe, call: GET /time"
    #expect(try warnings(call, "{effect: safe, signed: true, call: GET /time") == ["operations.server_time"])
  }

  @Test func `a test that fails is an error at its place, with what differs`() throws {
    let wrong = Sample.text.replacing(#"locked: "0.5"}"#, with: #"locked: "0.6"}"#)
    #expect(wrong != Sample.text)
    #expect(Sample.read(Sample.text).failedTests.isEmpty)
    let reading = Sample.read(wrong)
    #expect(reading.descriptor != nil)
    let failures = reading.failedTests.map(\.description)
    #expect(failures.count == 1)
    let line = wrong.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("made by hand") }
    let place = "sample.yaml:\(try #require(line) + 1):5: error: tests[1]: "
    #expect(failures.first?.hasPrefix(place) == true && failures.first?.contains("0.6") == true, "\(failures)")
  }

  /// The sample with as many answers as let it trade.
  private func proven(_ more: String = "") -> String {
    let answers = ["instruments", "place", "open_orders", "fills"].map { name in
      "  - {source: by hand, operation: \(name), answer: {}, expected: []}\n"
    }
    return Sample.text + answers.joined() + more
  }

  @Test func `of a file that may trade, whatever no test reaches is told, one by one`() throws {
    #expect(Sample.read(Sample.text).diagnostics.isEmpty)
    let all = Sample.read(proven())
    #expect(all.errors.isEmpty)
    #expect(try #require(all.descriptor).isProven)
    let paths = all.diagnostics.map(\.path)
    #expect(paths.contains("operations.server_time"))
    #expect(paths.filter { $0 == "operations.candles" }.count == 2)
    #expect(paths.filter { $0 == "operations.fills" }.count == 1)
    #expect(!paths.contains("operations.balances"))
    #expect(paths.filter { $0.hasPrefix("errors.rules") } == (0...2).map { "errors.rules[\($0)]" })
    let some = Sample.read(
      proven(
        """
          - {source: by hand, operation: server_time, ask: {request: "GET https://api.sample.example/time"}}
          - {source: by hand, operation: server_time, answer: {serverTime: 1}, expected: {time: 1}}
          - {source: by hand, operation: place, status: 429, answer: {}, error: {class: rate_limited}}

        """)
    ).diagnostics.map(\.path)
    #expect(!some.contains("operations.server_time"))
    #expect(some.filter { $0.hasPrefix("errors.rules") } == ["errors.rules[0]", "errors.rules[2]"])
  }
}
