import Foundation
import Testing

/// The claims of the README, driven through the built programs over the sandbox. One after another: each runs up to
/// eight processes.
@Suite(.serialized)
struct EndToEndTests {
  private static let four = ["coinbase", "kraken", "kraken/daivon_frazier", "kraken/tania_gilbert"]

  @Test(.timeLimit(.minutes(6)))
  func
    `four accounts trade, each under its own pid, their fills equal the venue's ledger, and a killed one comes back`()
    async throws
  {
    let host = try RunningHost()
    defer { host.drain() }
    let pids = try await host.await("four accounts in trading", within: 60) { () -> [String: Int]? in
      try Self.tradingPids(host)
    }
    #expect(Set(pids.values).count == 4)

    _ = try await host.await("a filled order on each account", within: 180) { () -> Bool? in
      let accounts = try host.accounts()
      return Self.four.allSatisfy { accounts[$0]?["last_fill_at"] is String } ? true : nil
    }
    try await Self.killOne(host, pids)
    for account in Self.four {
      #expect(try host.json("journal", account, "--verify")["ok"] as? Bool == true, "\(account), while it runs")
    }

    #expect(host.drain() == 0)
    for account in Self.four {
      let ours = try host.journalFills(account), theirs = try host.ledgerFills(account)
      #expect(!ours.isEmpty)
      #expect(ours == theirs, "\(account)")
      #expect(try host.json("journal", account, "--verify")["ok"] as? Bool == true, "\(account)")
    }
    try await Self.damageOne(host)
  }

  /// One journal is damaged while nobody runs: its account is parked by name and its money shown still, the others trade.
  private static func damageOne(_ host: RunningHost) async throws {
    let victim = "kraken/daivon_frazier"
    let journals = FileManager.default.enumerator(at: host.folder, includingPropertiesForKeys: nil)?
      .compactMap { $0 as? URL }
    let path = try #require(
      journals?.first { $0.lastPathComponent == "journal.db" && $0.path.contains("daivon_frazier") })
    let file = try FileHandle(forUpdating: path)
    try file.truncate(atOffset: try file.seekToEnd() / 2)
    try file.close()
    let next = try RunningHost(folder: host.folder)
    defer { next.drain() }
    let account = try await next.await("three in trading, one parked with its balance", within: 60) {
      () -> [String: Any]? in
      let accounts = try next.accounts()
      guard let parked = accounts[victim], parked["state"] as? String == "parked", parked["balance"] is [String: Any],
        four.allSatisfy({ $0 == victim || accounts[$0]?["state"] as? String == "trading" })
      else { return nil }
      return parked
    }
    #expect((account["reason"] as? String ?? "").contains("damaged"), "\(account)")
    #expect(account["last_order_at"] is NSNull && account["restarts"] as? Int == 0, "\(account)")
    #expect((account["orders"] as? [String: Any])?["open"] is Int, "\(account)")
  }

  /// The ids and pids once all four trade.
  private static func tradingPids(_ host: RunningHost) throws -> [String: Int]? {
    let accounts = try host.accounts()
    var pids: [String: Int] = [:]
    for id in four {
      guard accounts[id]?["state"] as? String == "trading", let pid = accounts[id]?["pid"] as? Int else { return nil }
      pids[id] = pid
    }
    return pids
  }

  /// One worker dies by SIGKILL: replaced, reconciled and trading again, while the others go on with their cycles.
  private static func killOne(_ host: RunningHost, _ pids: [String: Int]) async throws {
    let victim = "kraken/tania_gilbert"
    let before = try host.accounts()
    let old = try #require(before[victim]?["pid"] as? Int)
    let oldOthers = four.filter { $0 != victim }.map { before[$0]?["pid"] as? Int }
    kill(pid_t(old), SIGKILL)
    // As soon as the venue's call counter, which the dead worker left as it was, lets the successor ask.
    let back = try await host.await("\(victim) trading again", within: 40) { () -> [String: [String: Any]]? in
      let accounts = try host.accounts()
      guard let account = accounts[victim], account["state"] as? String == "trading",
        let pid = account["pid"] as? Int, pid != old, account["restarts"] as? Int == 1,
        (account["ladder"] as? [String: Any])?["reconciled"] is String,
        (account["ladder"] as? [String: Any])?["scanning"] is String
      else { return nil }
      return accounts
    }
    let others = four.filter { $0 != victim }
    #expect(others.map { back[$0]?["pid"] as? Int } == oldOthers)
    for id in others { try await expectNoMissedCycle(host, id) }
  }

  /// The journal's last cycles follow each other without a gap in number, each within two cycle lengths of the wall.
  private static func expectNoMissedCycle(_ host: RunningHost, _ id: String) async throws {
    let first = try cycle(host, id)
    let later = try await host.await("three more cycles of \(id)", within: 20) { () -> (number: Int, started: Date)? in
      try cycle(host, id).number >= first.number + 3 ? try cycle(host, id) : nil
    }
    let elapsed = later.started.timeIntervalSince(first.started)
    let perCycle = elapsed / Double(later.number - first.number)
    // 150 s of the market at speed 60 are 2.5 s of the wall.
    #expect(perCycle < 3.5, "\(id): \(perCycle) s a cycle")
  }

  private static func cycle(_ host: RunningHost, _ id: String) throws -> (number: Int, started: Date) {
    let cycle = try #require(try host.accounts()[id]?["cycle"] as? [String: Any])
    let text = try #require(cycle["started_at"] as? String)
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
    return (try #require(cycle["number"] as? Int), try style.parse(text))
  }

  // MARK: Modes

  private static let variables = [
    "KRAKEN_MASTER_API_KEY", "KRAKEN_MASTER_API_SECRET", "KRAKEN_USER_DAIVON_API_KEY",
    "KRAKEN_USER_DAIVON_API_SECRET", "KRAKEN_USER_TANIA_API_KEY", "KRAKEN_USER_TANIA_API_SECRET", "COINBASE_API_KEY",
    "COINBASE_API_SECRET",
  ]

  @Test(.timeLimit(.minutes(3)))
  func
    `in live mode without variables every account awaits its credentials, each variable named, and the host stays up`()
    async throws
  {
    let host = try RunningHost(arguments: ["--live"]) { $0.replacing("mode: sandbox", with: "mode: live") }
    defer { host.drain() }
    let accounts = try await host.await("four accounts awaiting credentials", within: 30) {
      () -> [String: [String: Any]]? in
      let accounts = try host.accounts()
      return Self.four.allSatisfy { accounts[$0]?["state"] as? String == "awaiting_credentials" } ? accounts : nil
    }
    let reasons = accounts.values.compactMap { $0["reason"] as? String }.joined(separator: " ")
    for variable in Self.variables { #expect(reasons.contains(variable)) }
    #expect(accounts.values.allSatisfy { $0["pid"] is NSNull && $0["balance"] is NSNull })
    #expect(host.process.isRunning)
    #expect(host.drain() == 0)
  }

  @Test(.timeLimit(.minutes(3)))
  func `live mode without --live parks every account and says so`() async throws {
    let host = try RunningHost { $0.replacing("mode: sandbox", with: "mode: live") }
    defer { host.drain() }
    _ = try await host.await("four parked accounts", within: 30) { () -> Bool? in
      let accounts = try host.accounts()
      return Self.four.allSatisfy {
        accounts[$0]?["state"] as? String == "parked" && (accounts[$0]?["reason"] as? String ?? "").contains("--live")
      } ? true : nil
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func
    `with only Coinbase's variables set and its endpoint on loopback, Coinbase trades alone, and nothing of the sandbox is seen`()
    async throws
  {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let key = try venue.openAccount(venue: "coinbase", account: "live-test", dollars: "5000.00")
    let folder = RunningHost.newFolder()

    // First in the sandbox, until its journal has a fill.
    let play = try RunningHost(folder: folder)
    _ = try await play.await("a fill in the sandbox", within: 180) { () -> String? in
      try play.accounts()["coinbase"]?["last_fill_at"] as? String
    }
    #expect(play.drain() == 0)
    let playFills = try play.journalFills("coinbase")
    #expect(!playFills.isEmpty)

    // The same folder in live mode, against a venue of its own.
    let live = try RunningHost(
      folder: folder, arguments: ["--live"],
      environment: ["COINBASE_API_KEY": key.name, "COINBASE_API_SECRET": key.secret]
    ) {
      $0.replacing("mode: sandbox", with: "mode: live")
        .replacing("plugin: coinbase", with: "plugin: coinbase\n    endpoint: \(venue.endpoint("coinbase"))")
    }
    let accounts = try await live.await("Coinbase trading alone", within: 60) { () -> [String: [String: Any]]? in
      let accounts = try live.accounts()
      return accounts["coinbase"]?["state"] as? String == "trading" ? accounts : nil
    }
    for id in Self.four where id != "coinbase" { #expect(accounts[id]?["state"] as? String == "awaiting_credentials") }
    #expect((accounts["coinbase"]?["balance"] as? [String: Any])?["total"] as? String == "5000.00")
    #expect((accounts["coinbase"]?["orders"] as? [String: Any])?["placed"] as? Int == 0)
    #expect(try live.journalFills("coinbase").isEmpty)
    #expect((try live.json("orders", "coinbase")["orders"] as? [Any])?.isEmpty == true)
    #expect((try live.json("positions", "coinbase")["positions"] as? [Any])?.isEmpty == true)
    #expect(!live.logText.contains(key.secret) && !live.logText.contains(key.name))
    #expect(live.drain() == 0)

    // And back.
    let again = try RunningHost(folder: folder)
    let fills = try again.journalFills("coinbase")
    #expect(Set(playFills).isSubset(of: fills))
    #expect(again.drain() == 0)
  }

  @Test(.timeLimit(.minutes(5)))
  func `in live mode Coinbase alone buys at a venue on loopback, and its journal equals that venue's ledger`()
    async throws
  {
    // In live mode the market is as slow as the wall: of a few markets one has a signal in its first minute.
    for seed in 1...12 {
      let venue = try StandaloneVenue(seed: seed)
      defer { venue.stop() }
      let key = try venue.openAccount(venue: "coinbase", account: "live-test", dollars: "5000.00")
      let host = try RunningHost(
        arguments: ["--live"], environment: ["COINBASE_API_KEY": key.name, "COINBASE_API_SECRET": key.secret]
      ) {
        $0.replacing("mode: sandbox", with: "mode: live").replacing("cycle: 150s", with: "cycle: 1s")
          .replacing("plugin: coinbase", with: "plugin: coinbase\n    endpoint: \(venue.endpoint("coinbase"))")
      }
      let bought = try? await host.await("a live fill", within: 15) { () -> String? in
        try host.accounts()["coinbase"]?["last_fill_at"] as? String
      }
      #expect(host.drain() == 0)
      guard bought != nil else { continue }
      let ours = try host.journalFills("coinbase")
      #expect(!ours.isEmpty)
      #expect(ours == (try venue.fills(of: "live-test")).map { FillLine($0, order: "order_id") }.sorted())
      return
    }
    Issue.record("no seed of twelve had a signal within its first seconds")
  }

  @Test(.timeLimit(.minutes(4)))
  func `a broker under another id and a user added as a file are picked up by a restart`() async throws {
    let folder = RunningHost.newFolder()
    let first = try RunningHost(folder: folder)
    _ = try await first.await("four accounts in trading", within: 60) { () -> [String: Int]? in
      try Self.tradingPids(first)
    }
    #expect(first.drain() == 0)

    let user = """
      format: nija-user/1
      name: New User
      credentials:
        api_key:    {env: SECOND_USER_KEY}
        api_secret: {env: SECOND_USER_SECRET}
      """
    try user.write(to: folder.appending(path: "users/new_user.yaml"), atomically: true, encoding: .utf8)
    let second = try RunningHost(folder: folder) {
      $0 + """

          kraken_two:
            plugin: kraken
            credentials:
              api_key:    {env: SECOND_MASTER_KEY}
              api_secret: {env: SECOND_MASTER_SECRET}
            users: [users/new_user.yaml]

        """
    }
    defer { second.drain() }
    _ = try await second.await("six accounts in trading", within: 90) { () -> Bool? in
      let accounts = try second.accounts()
      guard accounts.count == 6, accounts.values.allSatisfy({ $0["state"] as? String == "trading" }) else { return nil }
      return accounts["kraken_two/new_user"]?["name"] as? String == "New User" ? true : nil
    }
  }
}
