import Core
import Foundation
import Testing
import Trading

/// The worker's parts, ended at thousands of points over both venues: afterwards the venue's ledger and the journal agree
/// to the last digit.
///
/// `NIJA_KILLS` says how many kills (2,000; `make soak`: 10,000). `NIJA_SEED` plays the plan of a run again, and
/// `NIJA_KILL_ACCOUNT=kraken/17` one account of it. What the seed fixes and what it cannot: ``KillPlan``.
@Suite(.serialized) struct KillTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let venues = ["coinbase", "kraken"]

  @Test(.timeLimit(.minutes(60)))
  func `killed anywhere, no order is doubled, none is lost, none is without its intent`() async throws {
    _ = try CrashShim.library()
    let seed = Self.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
    let kills = Self.environment["NIJA_KILLS"].flatMap(Int.init) ?? 2_000
    print("kill test: seed \(seed), \(kills) kills (NIJA_SEED, NIJA_KILLS and NIJA_KILL_ACCOUNT repeat it)")
    if let one = Self.environment["NIJA_KILL_ACCOUNT"] { return try await Self.playOne(one, seed) }
    let tallies = try await withThrowingTaskGroup(of: KillTally.self) { group in
      for venue in Self.venues {
        group.addTask { try await KillRun(venue, seed: seed).play(kills: kills / 2) }
      }
      var tallies: [KillTally] = []
      for try await tally in group { tallies.append(tally) }
      return tallies.sorted { $0.venue < $1.venue }
    }
    for tally in tallies {
      print(tally)
      #expect(tally.differences.isEmpty, "\(tally.differences.prefix(5).joined(separator: "\n"))")
      #expect(tally.kills >= kills / 2)
      #expect(tally.lateAccounts > 0 && tally.lostReplies > 0 && tally.executedAndKilled > 0)
    }
    print(KillTally.table(tallies))
    // A short run cannot come by everything.
    guard kills >= 1_000 else { return }
    for name in Self.demanded {
      let count = tallies.reduce(0) { $0 + ($1.struck[name] ?? 0) }
      #expect(count >= kills / 500, "\(name) was struck \(count) times in \(kills) kills")
    }
  }

  /// Every numbered step, and every write and sync of the journal and of the key's file.
  private static var demanded: [String] {
    let classes = KillPlan.journal + KillPlan.rotation + KillPlan.others
    return OrderStep.allCases.map(Kill.name) + classes.map { $0.0 }
  }

  private static func playOne(_ name: String, _ seed: UInt64) async throws {
    let parts = name.split(separator: "/")
    let number = try #require(parts.count == 2 ? Int(parts[1]) : nil, "NIJA_KILL_ACCOUNT is venue/number")
    let venue = try #require(venues.first { $0 == parts[0] }, "NIJA_KILL_ACCOUNT is venue/number")
    var run = try await KillRun(venue, seed: seed)
    let found = try await run.play(account: number)
    print("\(KillPlan(seed: seed, venue: venue, number: number)): \(run.tally.struck)")
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  // Coinbase's client ids are idempotent: an order that is sent again there is the order that it has, so the rule that
  // forbids it saves nothing that could be shown.
  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("send_before_intent", "kraken"), ("resend_unknown", "kraken"), ("failed_is_absent", "kraken"),
      ("send_before_intent", "coinbase"), ("failed_is_absent", "coinbase"),
    ])
  func `a host that breaks the rule is found out, by one seed as by another`(
    _ mutation: String, _ venue: String
  ) async throws {
    _ = try CrashShim.library()
    let drawn = Self.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
    for seed in [7, drawn] {
      let tally = try await KillRun(venue, seed: seed, mutation: mutation).play(kills: 1_500)
      print(
        "\(mutation) on \(venue), seed \(seed): found after \(tally.kills) kills: "
          + (tally.differences.first ?? "never"))
      #expect(!tally.differences.isEmpty, "\(mutation) went unnoticed on \(venue) with seed \(seed)")
    }
  }

  @Test func `a seed is a plan of kills, another seed another`() {
    for venue in Self.venues {
      func plans(_ seed: UInt64) -> [KillPlan] { (1...500).map { KillPlan(seed: seed, venue: venue, number: $0) } }
      #expect(plans(11) == plans(11))
      #expect(plans(11) != plans(12))
      #expect(Set(plans(11).map(\.lives)).count > 490)
    }
    // As it was when this was written: a change here means that seeds noted earlier play something else.
    let told =
      "kraken/1, seen after 0 ms, segments of 7 rows: sell [lost:120 on AddOrder 1]: after call 206; buy sell: after "
      + "call 168; sell buy [http_after:502 on AddOrder 1]: step  7 eventWritten, time 1"
    #expect(KillPlan(seed: 11, venue: "kraken", number: 1).description == told)
  }
}
