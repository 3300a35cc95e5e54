import Core

/// Accounts of one venue, one after another: each is killed three times, then left to come to rest, then compared.
struct KillRun {
  private let seed: UInt64
  private let venue: String
  private let mutation: String?
  private var bench: CrashBench
  private(set) var tally: KillTally

  /// Where a venue is asked about orders.
  private static let questions = [
    "kraken": ["OpenOrders", "ClosedOrders", "QueryOrders"],
    "coinbase": ["GET /orders/historical/batch", "GET /orders/historical/*"],
  ]

  init(_ venue: String, seed: UInt64, mutation: String? = nil) async throws {
    self.seed = seed
    self.venue = venue
    self.mutation = mutation
    bench = try await CrashBench(venue)
    tally = KillTally(venue)
  }

  /// Plays accounts until so many lives were killed; with a mutation, until it shows.
  consuming func play(kills: Int) async throws -> KillTally {
    let began = ContinuousClock.now
    while tally.kills < kills {
      let number = tally.accounts + 1
      // A fresh venue now and then, so that none grows old and slow.
      if number.isMultiple(of: 100) { bench = try await CrashBench(venue) }
      if number.isMultiple(of: 10) { try await bench.publish() }
      tally.differences += try await play(account: number)
      if mutation != nil, !tally.differences.isEmpty { break }
    }
    tally.elapsed = .now - began
    return tally
  }

  /// Plays one account.
  /// - Returns: what its journal and the venue's ledger disagree about.
  mutating func play(account number: Int) async throws -> [String] {
    let plan = KillPlan(seed: seed, venue: venue, number: number)
    let account = try bench.openAccount()
    defer { bench.close(account) }
    tally.accounts += 1
    let lag = try plan.visibility.map { try bench.fault("visibility:\($0)", account) }
    if lag != nil { tally.lateAccounts += 1 }
    for life in plan.lives { try play(life, of: account, plan) }
    let last = try bench.run(
      account, plan: ["wait", "wait", "wait", "hold", "wait"], segmentRows: plan.segmentRows, mutation: mutation)
    if let lag { try bench.clear(lag) }
    var found = try bench.differences(account) + bench.damages(account)
    found += try Self.unrest(last)
    return found.map { "\(plan): \($0)" }
  }

  private mutating func play(_ life: KillPlan.Life, of account: CrashBench.Account, _ plan: KillPlan) throws {
    var lost: Int?
    var faults: [Int] = []
    if let fault = life.fault {
      lost = try bench.fault(fault.fault, account, endpoint: fault.endpoint, nth: fault.nth)
    }
    if let nth = life.failsQuestion {
      for endpoint in Self.questions[venue] ?? [] {
        faults.append(try bench.fault("http:502", account, endpoint: endpoint, nth: nth, count: 3))
      }
    }
    let outcome = try bench.run(
      account, plan: life.words, segmentRows: plan.segmentRows, kill: life.kill, mutation: mutation)
    if let struck = outcome.struck {
      tally.kills += 1
      tally.struck[struck, default: 0] += 1
    } else {
      tally.survived += 1
    }
    if let lost, try bench.strikes(of: lost) > 0 {
      tally.lostReplies += 1
      if life.fault?.isExecuted == true, outcome.struck != nil { tally.executedAndKilled += 1 }
    }
    for fault in faults + (lost.map { [$0] } ?? []) { try bench.clear(fault) }
  }

  /// What keeps the last life from having come to rest.
  private static func unrest(_ last: CrashOutcome) throws -> [String] {
    guard last.status == 0 else { return ["the last life failed: \(last.text)"] }
    let summary = try JSON(parsing: Array(last.text.utf8))
    var unrest: [String] = []
    if let failure = summary["failure"]?.text { unrest.append("the last cycle failed: \(failure)") }
    if try summary.integer("unknown") != 0 { unrest.append("orders are unknown for ever: \(last.text)") }
    if try summary.object("unexplained").members?.isEmpty == false {
      unrest.append("balances changed by what nothing explains: \(last.text)")
    }
    return unrest
  }
}
