import Config
import Core
import Foundation
import Testing

@testable import Host

/// docs/adding-a-brokerage.md, followed to the letter.
@Suite struct GuideTests {
  private static let page = BuiltPrograms.packageRoot.appending(path: "docs/adding-a-brokerage.md")

  /// The blocks of a language, in their order.
  private static func blocks(_ language: String) throws -> [String] {
    let text = try String(contentsOf: page, encoding: .utf8)
    return text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  @Test func `the manifest's entry of the guide is in order`() throws {
    let files = try Self.blocks("yaml")
    try #require(files.count == 2)
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/brokers", withIntermediateDirectories: false)
    try folder.write("brokers/meridian.yaml", files[0])
    try folder.write("brokers.yaml", "format: nija/1\ndefaults: {strategy: hold}\n" + files[1])
    let reading = ManifestSource.read(folder.path + "/brokers.yaml")
    #expect(reading.diagnostics.map(\.description) == [])
    let plan = try #require(reading.manifest?.account("meridian"))
    #expect(Holds.hold(for: plan, isLive: false) == nil)
  }

  @Test func `the guide leads from an empty file to a fill in three commands and sixty lines`() throws {
    let files = try Self.blocks("yaml")
    let commands = try Self.blocks("sh").flatMap { $0.split(separator: "\n").map(String.init) }
    try #require(files.count == 2)
    #expect(files[0].split(separator: "\n").count <= 60)
    try #require(commands.count == 3)
    let folder = try TemporaryFolder()
    let file = URL(filePath: folder.path).appending(path: "brokers/meridian.yaml")
    for (index, command) in commands.enumerated() {
      let words = command.split(separator: " ").map(String.init)
      try #require(words.first == "nija-host")
      let process = Process()
      process.executableURL = BuiltPrograms.url("nija-host")
      process.arguments = Array(words.dropFirst())
      process.currentDirectoryURL = URL(filePath: folder.path)
      let log = folder.path + "/log-\(index)"
      try folder.write("log-\(index)", "")
      process.standardOutput = try FileHandle(forWritingTo: URL(filePath: log))
      process.standardError = process.standardOutput
      process.standardInput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      let said = folder.read("log-\(index)") ?? ""
      #expect(process.terminationStatus == 0, "\(command):\n\(said)")
      if index == 0 {
        #expect(FileManager.default.fileExists(atPath: file.path), "the skeleton is where the guide says")
        try files[0].write(to: file, atomically: true, encoding: .utf8)
      }
      if index == 2 {
        #expect(said.contains("passed") && !said.contains("FAILED"))
        #expect(said.lowercased().contains("fill"), "its first fill is among what passed")
      }
    }
  }
}
