import Foundation
import Testing

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

  @Test func `the guide leads from an empty file to a fill in three commands and sixty lines`() throws {
    let files = try Self.blocks("yaml")
    let commands = try Self.blocks("sh").flatMap { $0.split(separator: "\n").map(String.init) }
    try #require(files.count == 1)
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
