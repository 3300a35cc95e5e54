import Foundation
import Testing

/// `check --probe` as a user runs it, against venues on loopback.
@Suite(.serialized)
struct ProbeEndToEndTests {
  @Test(.timeLimit(.minutes(2)))
  func `with good keys and no host every fact is told, no order is placed and no secret is shown`() throws {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let bench = ProbeBench()
    for plugin in ["kraken", "coinbase"] {
      bench.add(
        plugin, plugin: plugin, endpoint: venue.endpoint(plugin),
        key: try venue.openAccount(venue: plugin, account: plugin, dollars: "1234.50"))
    }
    try bench.write()

    let outcome = try bench.probe().outcome
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    for line in [
      "✅ Kraken MASTER connected", "✅ Coinbase MASTER connected", "✅ clock: ", "(± ",
      "✅ permissions: may query and trade, may not move money out", "✅ balance: 1234.50 USD, available 1234.50",
    ] { #expect(outcome.output.contains(line), "\(line)\n\(outcome.output)") }
    for secret in bench.secrets { #expect(!(outcome.output + outcome.errors).contains(secret)) }

    let accounts = try bench.accounts()
    for id in ["kraken", "coinbase"] {
      #expect(accounts[id]?["asked"] as? String == "venue" && accounts[id]?["ok"] as? Bool == true)
      #expect((accounts[id]?["permissions"] as? [String: Any])?["withdraw"] as? Bool == false)
      let offset = try #require((accounts[id]?["clock"] as? [String: Any])?["offset_ms"] as? Int)
      #expect(abs(offset) < 1_500)
      #expect(try venue.orders(of: id).isEmpty)
    }
    // One account alone, by its id.
    #expect(try bench.accounts(["coinbase"]).keys.sorted() == ["coinbase"])
  }

  @Test(.timeLimit(.minutes(2)))
  func `a revoked key is told with what to do, and missing variables start no worker`() throws {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let bench = ProbeBench()
    for plugin in ["kraken", "coinbase"] {
      bench.add(
        plugin, plugin: plugin, endpoint: venue.endpoint(plugin),
        key: try venue.openAccount(venue: plugin, account: plugin, dollars: "1.00"))
      try venue.revokeKey(account: plugin)
    }
    try bench.write()
    let outcome = try bench.probe().outcome
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("❌ permissions: invalid_key") && outcome.output.contains("KRAKEN_KEY"))
    for secret in bench.secrets { #expect(!(outcome.output + outcome.errors).contains(secret)) }
    for (_, account) in try bench.accounts() {
      #expect(account.marks == ["connection": "good", "clock": "good", "permissions": "bad", "balance": "open"])
    }

    let unset = ProbeBench()
    unset.add("kraken", plugin: "kraken", endpoint: venue.endpoint("kraken"), key: nil)
    try unset.write()
    let missing = try unset.probe().outcome
    #expect(missing.status == 1)
    #expect(missing.output.contains("⚪ MASTER: kraken: NOT CONFIGURED"))
    #expect(missing.output.contains("KRAKEN_KEY, KRAKEN_SECRET"))
    #expect(!FileManager.default.fileExists(atPath: unset.keyFolder.path), "a worker would have made it")
  }

  @Test(.timeLimit(.minutes(2)))
  func `a venue that hangs or is away is told within bounds, and holds up no other account`() throws {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let mute = try KrakenTap.listening(), gone = try KrakenTap.listening()
    let goneEndpoint = "http://127.0.0.1:\(KrakenTap.port(of: gone))"
    close(gone)
    defer { close(mute) }
    let bench = ProbeBench()
    let key = try venue.openAccount(venue: "kraken", account: "a", dollars: "7.00")
    bench.add(
      "hanging", plugin: "kraken", endpoint: "http://127.0.0.1:\(KrakenTap.port(of: mute))",
      key: try venue.openAccount(venue: "kraken", account: "b", dollars: "7.00"))
    bench.add(
      "away", plugin: "coinbase", endpoint: goneEndpoint,
      key: try venue.openAccount(venue: "coinbase", account: "c", dollars: "7.00"))
    bench.add("well", plugin: "kraken", endpoint: venue.endpoint("kraken"), key: key)
    try bench.write()
    let (outcome, seconds) = try bench.probe()
    #expect(outcome.status == 1)
    // Two private steps of ten seconds each, one after the other.
    #expect(seconds < 27, "\(seconds) s")
    #expect(outcome.output.contains("❌ no connection to \(goneEndpoint)"), "\(outcome.output)")
    #expect(
      outcome.output.contains("no answer within 10 s") || outcome.output.contains("imed out"), "\(outcome.output)")
    #expect(outcome.output.contains("✅ Kraken MASTER connected"), "\(outcome.output)")
    let well = try bench.accounts(["well"])["well"]
    #expect(well?["ok"] as? Bool == true)
  }

  @Test(.timeLimit(.minutes(2)))
  func `a key that lacks a right or may move money out is told in the venue's words, and each mark is the key's own`()
    throws
  {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let bench = ProbeBench()
    let reading = ["query-funds", "query-open-trades", "query-closed-trades"]
    let keys: [(broker: String, plugin: String, permissions: [String])] = [
      ("kraken_reads", "kraken", reading),
      ("kraken_pays", "kraken", reading + ["modify-trades", "close-trades", "withdraw-funds"]),
      ("coinbase_reads", "coinbase", ["view"]), ("coinbase_pays", "coinbase", ["view", "trade", "transfer"]),
      ("kraken_good", "kraken", reading + ["modify-trades", "close-trades"]),
    ]
    for key in keys {
      bench.add(
        key.broker, plugin: key.plugin, endpoint: venue.endpoint(key.plugin),
        key: try venue.openAccount(
          venue: key.plugin, account: key.broker, dollars: "9.00", permissions: key.permissions))
    }
    try bench.write()
    let outcome = try bench.probe().outcome
    #expect(outcome.status == 1)
    for secret in bench.secrets { #expect(!(outcome.output + outcome.errors).contains(secret)) }
    for line in [
      "❌ permissions: missing modify-trades", "next: give the key modify-trades, close-trades at Kraken",
      "❌ permissions: the key may move money out: withdraw-funds", "❌ permissions: missing trade",
      "❌ permissions: the key may move money out: ",
    ] { #expect(outcome.output.contains(line), "\(line)\n\(outcome.output)") }
    let accounts = try bench.accounts()
    let marks = accounts.mapValues { $0.marks["permissions"] }
    #expect(
      marks == [
        "kraken_reads": "bad", "kraken_pays": "bad", "coinbase_reads": "bad", "coinbase_pays": "bad",
        "kraken_good": "good",
      ])
    #expect(accounts.values.allSatisfy { $0.marks["balance"] == "good" }, "the later step ran all the same")
    #expect((accounts["coinbase_pays"]?["permissions"] as? [String: Any])?["withdraw"] as? Bool == true)
  }

  @Test(.timeLimit(.minutes(2)))
  func `a clock that is off is told with its amount, and a question the venue does not know or answer costs no other`()
    throws
  {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let bench = ProbeBench()
    for plugin in ["kraken", "coinbase"] {
      bench.add(
        plugin, plugin: plugin, endpoint: venue.endpoint(plugin),
        key: try venue.openAccount(venue: plugin, account: plugin, dollars: "9.00"))
    }
    try bench.write()
    // The venues' clocks ahead: ours is behind, by more than an order's life at Kraken.
    try venue.fault("clock_skew:20", ["venue": "kraken"])
    try venue.fault("clock_skew:-90", ["venue": "coinbase"])
    try venue.fault("unknown_method:GetApiKeyInfo", ["venue": "kraken"])
    let skewed = try bench.accounts()
    let kraken = try #require(skewed["kraken"]), coinbase = try #require(skewed["coinbase"])
    #expect(kraken.marks == ["connection": "good", "clock": "bad", "permissions": "open", "balance": "good"])
    #expect(((kraken["clock"] as? [String: Any])?["offset_ms"] as? Int).map { abs($0 + 20_000) < 1_500 } == true)
    #expect(coinbase.marks["clock"] == "bad")
    #expect(((coinbase["clock"] as? [String: Any])?["offset_ms"] as? Int).map { abs($0 - 90_000) < 1_500 } == true)
    let text = try bench.probe().outcome
    #expect(text.status == 1 && text.output.contains("behind Kraken's") && text.output.contains("timedatectl"))
    #expect(text.output.contains("does not tell whether it may move money out"))
    #expect(try venue.ask(["do": "clear_faults"])["ok"] as? Bool == true)

    try venue.fault("hang", ["venue": "kraken", "endpoint": "GetApiKeyInfo"])
    let (hanging, seconds) = try bench.probe(["kraken"])
    #expect(hanging.output.contains("❌ permissions: ") && hanging.output.contains("✅ balance: 9.00 USD"))
    #expect(hanging.status == 1 && seconds < 15, "\(seconds) s")
    #expect(try bench.probe().outcome.status == 0)
  }

  @Test(.timeLimit(.minutes(1)))
  func `in sandbox mode without a host there is no venue to ask, which is no error`() throws {
    let bench = ProbeBench()
    bench.add("kraken", plugin: "kraken", endpoint: "http://127.0.0.1:9", key: nil)
    try bench.write(mode: "sandbox")
    let outcome = try bench.probe().outcome
    #expect(outcome.status == 0 && outcome.output.contains("⚪ mode: sandbox, and no host runs"))
  }

  @Test(.timeLimit(.minutes(3)))
  func `a running host is asked, its worker looks between its own calls, and the key has no second user`() async throws
  {
    let venue = try StandaloneVenue()
    defer { venue.stop() }
    let tap = try KrakenTap(endpoint: venue.endpoint("kraken"))
    let bench = ProbeBench()
    bench.add(
      "kraken", plugin: "kraken", endpoint: tap.endpoint,
      key: try venue.openAccount(venue: "kraken", account: "kraken", dollars: "500.00"))
    try bench.write()
    let host = try RunningHost(in: bench)
    defer { host.drain() }
    let worker = try await host.await("the account trading", within: 60) { () -> Int? in
      let account = try host.accounts()["kraken"]
      return account?["state"] as? String == "trading" ? account?["pid"] as? Int : nil
    }
    let looks = { tap.calls.count { $0.method == "GetApiKeyInfo" } }
    let before = looks()

    // Three at once: looks that meet are one.
    let command = bench.command
    let outcomes = try await withThrowingTaskGroup(of: BuiltPrograms.Outcome.self) { tasks in
      for _ in 0..<3 {
        tasks.addTask {
          try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try command() }) }
          }
        }
      }
      return try await tasks.reduce(into: []) { $0.append($1) }
    }
    for outcome in outcomes {
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("kraken (live), asked the running host"))
      #expect(outcome.output.contains("✅ balance: 500.00 USD"))
      for secret in bench.secrets { #expect(!(outcome.output + outcome.errors).contains(secret)) }
    }
    #expect((1...3).contains(looks() - before))
    #expect(try bench.holder() == worker)

    // Another manifest with the same key: told who holds it, and not a single call made with it.
    try bench.write("other.yaml", state: ".other")
    let asked = looks()
    let other = try bench.probe(manifest: "other.yaml").outcome
    #expect(other.status == 1 && other.output.contains("key_in_use: this key is in use by process \(worker)"))
    #expect(looks() == asked)
    #expect(try bench.holder() == worker)

    let nonces = tap.calls.map(\.nonce)
    #expect(nonces.count > 5 && zip(nonces, nonces.dropFirst()).allSatisfy { $0 < $1 })
    let status = try await host.await("what was seen in status", within: 10) { () -> [String: Any]? in
      let account = try host.accounts()["kraken"]
      return account?["clock_offset_ms"] is Int ? account : nil
    }
    #expect((status["permissions"] as? [String: Any])?["trade"] as? Bool == true)
    #expect(status["pid"] as? Int == worker && status["restarts"] as? Int == 0)
    #expect(status["state"] as? String == "trading")
  }

  @Test(.timeLimit(.minutes(3)))
  func `in the sandbox the running host is asked about every account, and no worker is replaced for it`() async throws {
    let host = try RunningHost()
    defer { host.drain() }
    let pids = try await host.await("four accounts in trading", within: 60) { () -> [String: Int]? in
      let accounts = try host.accounts()
      guard accounts.values.allSatisfy({ $0["state"] as? String == "trading" }) else { return nil }
      return accounts.compactMapValues { $0["pid"] as? Int }
    }
    let outcome = try host.command("check", "--probe")
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.components(separatedBy: "(sandbox), asked the running host").count == 5)
    #expect(outcome.output.contains("✅ USER: Tania Gilbert: connected (Broker: KRAKEN)"))
    #expect(try host.accounts().compactMapValues { $0["pid"] as? Int } == pids)
  }
}
