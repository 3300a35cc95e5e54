import Config
import Core
import Descriptor
import Testing

/// Mistakes inside a scalar are named at their character.
@Suite struct LanguageTests {
  /// The sample with another signature.
  private func errors(signature: String, quoted: (String) -> String) -> [Diagnostic] {
    let old = #"{signature: "hex(hmac_sha256(utf8(api_secret), utf8(query + body)))"}"#
    #expect(Sample.text.contains(old))
    return Sample.read(Sample.text.replacing(old, with: "{signature: \(quoted(signature))}")).errors
  }

  private static let start = 22

  @Test func `a mistake in an expression has its own column, however the scalar is quoted`() throws {
    let line =
      UInt32(
        Sample.text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.hasPrefix("  values:") }
          ?? 0) + 1
    let plain = errors(signature: "hex(sha255(utf8(body)))") { $0 }
    #expect(plain.first { $0.mark?.line == line }?.mark == Mark(line: line, column: UInt32(Self.start + 5)))
    let double = errors(signature: "hex(sha255(utf8(body)))") { "\"\($0)\"" }
    #expect(double.first { $0.mark?.line == line }?.mark == Mark(line: line, column: UInt32(Self.start + 6)))
    let escaped = errors(signature: #"hex(utf8('\\n' + bodi))"#) { "\"\($0)\"" }
    #expect(escaped.first { $0.mark?.line == line }?.mark == Mark(line: line, column: UInt32(Self.start + 19)))
    let single = errors(signature: "hex(utf8(''x'' + bodi))") { "'\($0)'" }
    #expect(single.first { $0.mark?.line == line }?.mark == Mark(line: line, column: UInt32(Self.start + 19)))
  }

  @Test func `several mistakes are named together`() {
    let text = Sample.text.replacing("ms(serverTime)", with: "mss(serverTime)").replacing("most: 100}", with: "}")
      .replacing("{buy: BUY, sell: SELL}", with: "{buy: BUY}")
    let errors = Sample.read(text).errors
    #expect(errors.count >= 3)
    #expect(Set(errors.map { $0.mark?.line }).count >= 3)
  }

  @Test func `no message repeats what was written`() {
    let secret = "Zq8mBv3kT9xW2cR7"
    for place in [
      "api_secret)", "serverTime", "GET /time", "BUY", ": open, FILLED", "LIMIT_MAKER", "insufficient_funds",
    ] {
      let reading = Sample.read(Sample.text.replacing(place, with: secret))
      for diagnostic in reading.diagnostics { #expect(!diagnostic.description.contains(secret), "\(diagnostic)") }
    }
  }
}
