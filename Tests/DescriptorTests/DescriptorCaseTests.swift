import Config
import Descriptor
import Foundation
import Testing

/// Every file under `Cases` breaks the sample in one way: lines with `- ` give way to those with `+ `, and `= ` is each
/// diagnostic that this must give; `~` stands between changes in several places. `NIJA_GOLDEN=write swift test --filter DescriptorCaseTests` writes them anew, to be
/// read before a commit.
@Suite struct DescriptorCaseTests {
  /// One way to break the sample.
  struct Case {
    var name: String
    var changes: [(old: String, new: String)]
    var expected: [String]

    init(_ name: String) throws {
      self.name = name
      let text = try String(contentsOf: DescriptorCaseTests.folder.appending(path: name), encoding: .utf8)
      func lines(_ mark: String, _ text: some StringProtocol) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
      }
      changes = text.split(separator: "\n~\n").map { part in
        (lines("- ", part).joined(separator: "\n"), lines("+ ", part).joined(separator: "\n"))
      }
      expected = lines("= ", text)
    }

    /// The broken file.
    func broken() throws -> String {
      var text = Sample.text
      for (old, new) in changes {
        let place = try #require(text.range(of: old), "\(name) changes nothing")
        text.replaceSubrange(place, with: new)
      }
      return text
    }

    func write(_ seen: [String]) throws {
      func lines(_ mark: String, _ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { mark + $0 }
      }
      let parts = changes.map { lines("- ", $0.old) + lines("+ ", $0.new) }
      let all = Array(parts.joined(separator: ["~"])) + seen.map { "= " + $0 }
      let file = DescriptorCaseTests.folder.appending(path: name)
      try (all.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
    }
  }

  static let folder = Sample.folder.appending(path: "Cases")
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".txt") }.sorted()

  @Test(arguments: names) func `a broken descriptor gives what it is expected to give`(_ name: String) throws {
    let item = try Case(name)
    let reading = Sample.read(try item.broken())
    let seen = reading.diagnostics.map(\.description)
    if ProcessInfo.processInfo.environment["NIJA_GOLDEN"] == "write" {
      try item.write(seen)
    } else {
      #expect(seen == item.expected)
    }
    #expect(reading.descriptor == nil)
    #expect(!reading.errors.isEmpty)
    for error in reading.errors { #expect(error.mark != nil, "\(error)") }
  }

  @Test func `there are at least sixty ways to be wrong`() {
    #expect(Self.names.count >= 60)
  }
}
