import Config
import Core
import Foundation
import Glibc
import Testing

/// The manifest that the repository ships, and files on a real disk.
@Suite struct ShippedFilesTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func load(_ path: String) -> ManifestReading {
    ManifestLoader(vocabulary: Sample.vocabulary, describe: Sample.describe, digest: countingDigest).load(path)
  }

  @Test func `the shipped manifest is sound and names four accounts in the sandbox`() throws {
    let reading = load(Self.root.appending(path: "brokers.yaml").path)
    #expect(reading.diagnostics == [])
    let manifest = try #require(reading.manifest)
    #expect(
      manifest.accounts.map(\.id) == ["kraken", "kraken/daivon_frazier", "kraken/tania_gilbert", "coinbase"])
    #expect(
      manifest.accounts.allSatisfy { $0.mode == .sandbox && $0.isEnabled && $0.strategy.name == "trend_pullback" })
    #expect(manifest.listen?.description == "127.0.0.1:8080")
    #expect(manifest.sandbox.speed == ExactDecimal(integer: 60))
    let tania = try #require(manifest.account("kraken/tania_gilbert"))
    #expect(tania.name == "Tania Gilbert")
    #expect(tania.risk.effective.maxOrder == ExactDecimal(integer: 50))
    #expect(!tania.markets.filter.admits("XRP/USD"))
    #expect(
      manifest.accounts.flatMap(\.credentials).map(\.reference.name) == [
        "KRAKEN_MASTER_API_KEY", "KRAKEN_MASTER_API_SECRET", "KRAKEN_USER_DAIVON_API_KEY",
        "KRAKEN_USER_DAIVON_API_SECRET", "KRAKEN_USER_TANIA_API_KEY", "KRAKEN_USER_TANIA_API_SECRET",
        "COINBASE_API_KEY",
        "COINBASE_API_SECRET",
      ])
  }

  @Test func `a manifest that is not there is one error without a place`() {
    let reading = load("no/such/brokers.yaml")
    #expect(reading.diagnostics.map(\.description) == ["no/such/brokers.yaml: error: no such file"])
    #expect(reading.manifest == nil)
  }

  @Test func `folders, pipes and what is too large are no manifests`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nija-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let pipe = folder.appending(path: "pipe").path
    try #require(mkfifo(pipe, 0o600) == 0)
    let large = folder.appending(path: "large.yaml").path
    try #require(FileManager.default.createFile(atPath: large, contents: Data(count: 9 << 20)))
    #expect(load(folder.path).diagnostics.map(\.message) == ["not a regular file"])
    #expect(load(pipe).diagnostics.map(\.message) == ["not a regular file"])
    #expect(load(large).diagnostics.map(\.message) == ["larger than 8 MiB"])
  }

  @Test func `a pattern finds the users' files on disk, in the order of their names`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nija-\(UInt64.random(in: 0 ... .max))")
    let users = folder.appending(path: "users")
    try FileManager.default.createDirectory(at: users, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let manifest = "format: nija/1\nbrokers: {kraken: {plugin: kraken, strategy: hold, users: [\"users/*.yaml\"]}}\n"
    try manifest.write(to: folder.appending(path: "brokers.yaml"), atomically: true, encoding: .utf8)
    for name in ["cy", "al", "bo", ".hidden"] {
      let text =
        "format: nija-user/1\ncredentials: {api_key: {env: \(name.uppercased())_A}, api_secret: {env: \(name.uppercased())_B}}\n"
      try text.write(to: users.appending(path: "\(name).yaml"), atomically: true, encoding: .utf8)
    }
    let reading = load(folder.appending(path: "brokers.yaml").path)
    #expect(reading.manifest?.accounts.map(\.id) == ["kraken", "kraken/al", "kraken/bo", "kraken/cy"])
  }
}
