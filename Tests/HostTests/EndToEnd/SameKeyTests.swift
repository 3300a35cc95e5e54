import Broker
import Core
import Foundation
import Testing

/// One key under two accounts of one manifest and under another host: the built programs over a venue that counts.
extension EndToEndTests {
  @Test(.timeLimit(.minutes(4)))
  func `of all that name one key one trades, and the others are refused before their first private call`() async throws
  {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let key = try venue.openAccount(venue: "kraken", account: "same-key", dollars: "5000.00")
    try venue.countCalls(of: "same-key")
    let state = RunningHost.newFolder()
    defer { try? FileManager.default.removeItem(at: state) }

    // We hold the key, so that whatever is called in its name is called by one that was not let in.
    var file: KeyFile? = try await KeyFile.open(
      KeyPlace(state.path + "/nija/keys/" + KeyFile.name(forKey: Secret(Array(key.name.utf8)))), scale: .nanoseconds,
      wait: .zero, clock: WallClock())
    let first = try Self.sharingHost(venue, key, state)
    let second = try Self.sharingHost(venue, key, state)
    defer {
      first.drain()
      second.drain()
    }
    let own = "process \(ProcessInfo.processInfo.processIdentifier) holds this key"
    for host in [first, second] {
      _ = try await host.await("both accounts wait for us", within: 25) { () -> Bool? in
        try Self.sharingAccounts(host).allSatisfy { ($0["reason"] as? String ?? "").contains(own) } ? true : nil
      }
    }
    #expect(try venue.countedCalls() == 0)

    _ = file
    file = nil
    let winner = try await first.await("one that trades", within: 60) { () -> Int? in
      let all = try Self.sharingAccounts(first) + Self.sharingAccounts(second)
      return all.first { $0["state"] as? String == "trading" }?["pid"] as? Int
    }
    #expect(try venue.countedCalls() > 0)
    let losers = try await first.await("three that are parked", within: 60) { () -> [[String: Any]]? in
      let all = try Self.sharingAccounts(first) + Self.sharingAccounts(second)
      let parked = all.filter { $0["state"] as? String == "parked" }
      return parked.count == 3 ? parked : nil
    }
    for account in losers {
      #expect((account["reason"] as? String ?? "").contains("in use by process \(winner)"), "\(account)")
      #expect(account["last_private_call_at"] is NSNull, "\(account)")
      #expect((account["ladder"] as? [String: Any])?["authenticated"] is NSNull?, "\(account)")
    }
  }

  private static func sharingAccounts(_ host: RunningHost) throws -> [[String: Any]] {
    let accounts = try host.accounts()
    return ["kraken", "kraken/daivon_frazier"].compactMap { accounts[$0] }
  }

  /// A live host of a folder of its own, two of whose accounts have the key; its keys are the machine's.
  private static func sharingHost(
    _ venue: StandaloneVenue, _ key: (name: String, secret: String), _ state: URL
  ) throws -> RunningHost {
    try RunningHost(
      arguments: ["--live"],
      environment: [
        "XDG_STATE_HOME": state.path, "KRAKEN_MASTER_API_KEY": key.name, "KRAKEN_MASTER_API_SECRET": key.secret,
        "KRAKEN_USER_DAIVON_API_KEY": key.name, "KRAKEN_USER_DAIVON_API_SECRET": key.secret,
      ]
    ) {
      $0.replacing("mode: sandbox", with: "mode: live")
        .replacing("plugin: kraken", with: "plugin: kraken\n    endpoint: \(venue.endpoint("kraken"))")
    }
  }
}

extension StandaloneVenue {
  /// A fault that never strikes counts what an account's keys ask.
  fileprivate func countCalls(of account: String) throws {
    _ = try ask([
      "do": "fault", "venue": "kraken", "account": account, "fault": "drop_before", "nth": 1_000_000, "count": 1,
    ])
  }

  fileprivate func countedCalls() throws -> Int {
    let faults = try ask(["do": "faults"])["faults"] as? [[String: Any]] ?? []
    guard let calls = faults.first?["calls"] as? Int else { throw NotObserved(description: "no count: \(faults)") }
    return calls
  }
}
