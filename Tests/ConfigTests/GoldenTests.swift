import Config
import Core
import Foundation
import Testing

/// Every folder under `Cases` is a manifest with its users' files and `expected.txt`: each diagnostic, and what a valid
/// manifest comes to. `NIJA_GOLDEN=write swift test --filter GoldenTests` writes them anew, to be read before a commit.
@Suite struct GoldenTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
  static let names: [String] = {
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return found.filter { !$0.hasPrefix(".") }.sorted()
  }()

  @Test(arguments: names) func `a case gives what it is expected to give`(_ name: String) throws {
    let result = try Self.result(of: name)
    let file = Self.folder.appending(path: "\(name)/expected.txt")
    if ProcessInfo.processInfo.environment["NIJA_GOLDEN"] == "write" {
      try result.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == result)
  }

  @Test func `at least forty manifests are broken, and some are not`() throws {
    let results = try Self.names.map(Self.result)
    let broken = results.filter { $0.contains(": error: ") }
    #expect(broken.count >= 40)
    #expect(results.count - broken.count >= 5)
  }

  @Test(arguments: names) func `every error within a file has its line and column`(_ name: String) throws {
    for line in try Self.result(of: name).split(separator: "\n") where line.contains(": error: ") {
      #expect(line.prefixMatch(of: #/[a-z0-9_/.-]+:[0-9]+:[0-9]+: error: /#) != nil, "\(line)")
    }
  }

  @Test(arguments: names) func `what a case says reads back as the same`(_ name: String) throws {
    let files = try Self.files(of: name)
    let forms = loader(files).normalForms("brokers.yaml")
    let again = files.merging(forms.mapValues { Array($0.encoded.utf8) }) { $1 }
    #expect(loader(again).normalForms("brokers.yaml") == forms)
  }

  private func loader(_ files: [String: [UInt8]]) -> ManifestLoader {
    ManifestLoader(
      vocabulary: Sample.vocabulary, files: .memory(files), describe: Sample.describe, digest: countingDigest)
  }

  static func files(of name: String) throws -> [String: [UInt8]] {
    let base = folder.appending(path: name)
    var files: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: base.path) where path != "expected.txt" {
      let url = base.appending(path: path)
      guard !url.hasDirectoryPath, let data = try? Data(contentsOf: url) else { continue }
      files[path] = Array(data)
    }
    return files
  }

  static func result(of name: String) throws -> String {
    let files = ManifestFiles.memory(try files(of: name))
    let reading = ManifestLoader(
      vocabulary: Sample.vocabulary, files: files, describe: Sample.describe, digest: countingDigest
    )
    .load("brokers.yaml")
    let lines = reading.diagnostics.map { "\($0)\n" }.joined()
    return lines + (reading.manifest.map { $0.json.prettyEncoded + "\n" } ?? "")
  }
}
