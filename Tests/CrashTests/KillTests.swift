import Core
import Foundation
import Testing

/// The worker's parts, ended at thousands of points over both venues: afterwards the venue's ledger and the journal agree
/// to the last digit.
///
/// Runs where `NIJA_KILLS` says how many kills (`make soak`: 10,000); `NIJA_SEED` repeats a run.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["NIJA_KILLS"] != nil, "NIJA_KILLS is not set"))
struct KillTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test(.timeLimit(.minutes(60)))
  func `killed anywhere, no order is doubled, none is lost, none is without its intent`() async throws {
    try #require(CrashBench.shim != nil, "gcc is needed to build the shim that ends processes")
    let seed = Self.environment["NIJA_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
    let kills = Self.environment["NIJA_KILLS"].flatMap(Int.init) ?? 2_000
    print("kill test: seed \(seed), \(kills) kills (set NIJA_SEED, NIJA_KILLS to repeat)")
    let tallies = try await withThrowingTaskGroup(of: Tally.self) { group in
      for venue in ["kraken", "coinbase"] {
        group.addTask { try await Self.play(venue, seed: seed, kills: kills / 2, mutation: nil) }
      }
      var tallies: [Tally] = []
      for try await tally in group { tallies.append(tally) }
      return tallies
    }
    for tally in tallies.sorted(by: { $0.venue < $1.venue }) {
      print(tally)
      #expect(tally.differences.isEmpty, "\(tally.differences.prefix(5).joined(separator: "\n"))")
      #expect(tally.kills >= kills / 2)
    }
  }

  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("send_before_intent", "kraken"), ("failed_is_absent", "kraken"),
      ("send_before_intent", "coinbase"), ("failed_is_absent", "coinbase"),
    ])
  func `a host that breaks the rule is found out`(_ mutation: String, _ venue: String) async throws {
    try #require(CrashBench.shim != nil, "gcc is needed to build the shim that ends processes")
    let tally = try await Self.play(venue, seed: 7, kills: 200, mutation: mutation)
    print("\(mutation) on \(venue): found after \(tally.kills) kills: \(tally.differences.first ?? "never")")
    #expect(!tally.differences.isEmpty, "\(mutation) went unnoticed on \(venue)")
  }

  struct Tally: Sendable, CustomStringConvertible {
    var venue: String
    var accounts = 0
    var kills = 0
    var survived = 0
    var faults = 0
    var orders = 0
    var differences: [String] = []
    var elapsed = Duration.zero

    var description: String {
      "\(venue): \(kills) kills over \(accounts) accounts (\(survived) runs ended by themselves, \(faults) with a lost "
        + "reply), \(differences.count) differences, \(elapsed.components.seconds) s"
    }
  }

  private static let lostReplies = [
    "drop_after", "http_after:502", "cut:50%", "lost:1000", "drop_before", "reset_after",
  ]

  /// Accounts one after another, each killed three times and then left to come to rest.
  private static func play(_ venue: String, seed: UInt64, kills: Int, mutation: String?) async throws -> Tally {
    let began = ContinuousClock.now
    var tally = Tally(venue: venue)
    var bench = try await CrashBench(venue)
    let extra = mutation.map { ["NIJA_MUTATION": $0] } ?? [:]
    while tally.kills < kills {
      tally.accounts += 1
      // A fresh venue now and then: its ledger is read whole for each account.
      if tally.accounts.isMultiple(of: 60) { bench = try await CrashBench(venue) }
      if tally.accounts.isMultiple(of: 10) { try await bench.publish() }
      var random = CrashRandom(seed: seed &* 1_000_003 &+ UInt64(tally.accounts))
      let account = try bench.openAccount()
      var story: [String] = []
      for _ in 0..<3 {
        let plan = Self.plan(&random)
        let kill = Self.kill(&random)
        if Int.random(in: 0..<3, using: &random) == 0, let fault = lostReplies.randomElement(using: &random) {
          tally.faults += 1
          story.append(fault)
          _ = try bench.control([
            "do": "fault", "fault": .string(fault), "account": .string(account.name),
            "endpoint": venue == "kraken" ? "AddOrder" : "POST /orders",
            "nth": .integer(Int.random(in: 1...2, using: &random)), "count": .integer(1),
          ])
          // And the question about it fails, too.
          if Bool.random(using: &random) {
            for endpoint in venue == "kraken" ? ["OpenOrders", "ClosedOrders"] : ["GET /orders/historical/batch"] {
              _ = try bench.control([
                "do": "fault", "fault": "http:502", "account": .string(account.name), "endpoint": .string(endpoint),
                "nth": .integer(2), "count": .integer(2),
              ])
            }
          }
        }
        let outcome = try bench.run(account, plan: plan, kill: kill, extra: extra)
        story.append("\(plan.joined(separator: " ")): \(kill)\(outcome.wasKilled ? "" : " (not reached)")")
        if outcome.wasKilled { tally.kills += 1 } else { tally.survived += 1 }
        _ = try bench.control(["do": "clear_faults"])
      }
      let last = try bench.run(account, plan: ["wait", "wait", "wait", "hold", "wait"])
      var differences = try bench.differences(account)
      if last.status != 0 { differences.append("the last run failed: \(last.text)") }
      let told = "\(venue), account \(tally.accounts) (\(story.joined(separator: "; "))): "
      tally.differences += differences.map { told + $0 }
      bench.close(account)
      if mutation != nil, !tally.differences.isEmpty { break }
    }
    tally.elapsed = .now - began
    return tally
  }

  private static func plan(_ random: inout CrashRandom) -> [String] {
    let plans = [["buy"], ["buy", "sell"], ["sell"], ["hold", "buy"], ["buy", "hold", "sell"]]
    return plans.randomElement(using: &random) ?? []
  }

  private static func kill(_ random: inout CrashRandom) -> CrashBench.Kill {
    if Int.random(in: 0..<3, using: &random) == 0 {
      return .step(Int.random(in: 1...12, using: &random), times: Int.random(in: 1...2, using: &random))
    }
    return .call(
      Int.random(in: 1...220, using: &random), tears: Int.random(in: 0..<3, using: &random) == 0,
      after: Bool.random(using: &random))
  }
}

/// SplitMix64.
struct CrashRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
