import Foundation
import Testing

/// Accounts of brokerages that only a file describes, in a whole host beside a built-in one.
@Suite(.serialized) struct DescriptorEndToEndTests {
  private static let brokers = """
    brokers:
      kraken:
        plugin: kraken
        options: {tier: pro}
        credentials: {api_key: {env: A_KEY}, api_secret: {env: A_SECRET}}
      binance:
        plugin: binance
        credentials: {api_key: {env: B_KEY}, api_secret: {env: B_SECRET}}
        users: [users/at_binance.yaml]
      described:
        plugin: kraken_yaml
        credentials: {api_key: {env: C_KEY}, api_secret: {env: C_SECRET}}
    """
  private static let user = """
    format: nija-user/1
    name: At Binance
    credentials: {api_key: {env: D_KEY}, api_secret: {env: D_SECRET}}
    """
  private static let accounts = ["kraken", "binance", "binance/at_binance", "described"]

  @Test(.timeLimit(.minutes(6)))
  func
    `shipped and declared descriptors trade beside a built-in plugin, survive a kill, and their journals equal the venue's ledger`()
    async throws
  {
    let folder = RunningHost.newFolder()
    let users = folder.appending(path: "users")
    try FileManager.default.createDirectory(at: users, withIntermediateDirectories: true)
    try Self.user.write(to: users.appending(path: "at_binance.yaml"), atomically: true, encoding: .utf8)
    let kraken = BuiltPrograms.packageRoot.appending(path: "brokers/kraken.yaml").path
    let host = try RunningHost(folder: folder) { shipped in
      let head = shipped.components(separatedBy: "\nbrokers:")[0]
      return "\(head)\nplugins:\n  kraken_yaml: {descriptor: \(kraken)}\n\n\(Self.brokers)\n"
    }
    defer { host.drain() }
    _ = try await host.await("a filled order on each account", within: 240) { () -> Bool? in
      let accounts = try host.accounts()
      return Self.accounts.allSatisfy { accounts[$0]?["last_fill_at"] is String } ? true : nil
    }
    let victim = "binance/at_binance"
    let old = try #require(try host.accounts()[victim]?["pid"] as? Int)
    kill(pid_t(old), SIGKILL)
    _ = try await host.await("\(victim) trading again", within: 60) { () -> Bool? in
      let account = try host.accounts()[victim]
      guard let pid = account?["pid"] as? Int, pid != old else { return nil }
      return account?["state"] as? String == "trading" ? true : nil
    }
    #expect(host.drain() == 0)
    for account in Self.accounts {
      // Binance counts executions for each market, so the file makes their names unique by the market.
      let ours = try host.journalFills(account).map { FillLine(text: $0.text.replacing(/^[A-Z]+:/, with: "")) }.sorted()
      #expect(!ours.isEmpty)
      let theirs = try host.ledgerFills(account)
      #expect(ours == theirs, "\(account): \(Set(ours).symmetricDifference(theirs).sorted().map(\.text))")
      #expect(try host.json("journal", account, "--verify")["ok"] as? Bool == true, "\(account)")
    }
  }
}
