import Trading

/// What is done to one account, from its first life to the last: a pure value of the seed, the venue and the account's
/// number, so that the same seed makes the same plan on any machine.
///
/// What a plan cannot fix: how many of a process's calls there are before the one it is ended at (`recv` returns as often
/// as packets happen to come), when a request that was lost arrives, and the ids that venue and journal draw. A plan that
/// is played again ends where the calls of its processes fall alike: nearly always, not by law.
struct KillPlan: Hashable, CustomStringConvertible {
  let venue: String
  let number: Int
  /// How long new orders are missing from the venue's lists: below what the plugin declares as its bound, and there from
  /// the account's first call to the last, as at a real venue. `nil` for one that lists them at once.
  let visibility: Int?
  /// After how many rows the journal begins a new segment.
  let segmentRows: Int
  let lives: [Life]

  /// One life of the worker, to where it is ended.
  struct Life: Hashable {
    /// What it is to do, a word for each cycle.
    let words: [String]
    let kill: Kill
    let fault: LostReply?
    /// Which of the questions about orders fails first, and the next one; `nil` for none.
    let failsQuestion: Int?
  }

  /// A call that moves money, done or not, of which the worker hears nothing.
  struct LostReply: Hashable {
    let fault: String
    let endpoint: String
    let nth: Int
    /// Whether the venue does at once what is asked.
    var isExecuted: Bool { Self.executed.contains(fault) }

    static let executed = ["drop_after", "reset_after", "http_after:502", "cut:50%"]
    static let others = ["drop_before", "lost:20", "lost:60", "lost:120"]
  }

  init(seed: UInt64, venue: String, number: Int) {
    let isKraken = venue == "kraken"
    var random = CrashRandom(seed: (seed &* 1_000_003 &+ UInt64(number)) &* 2 &+ (isKraken ? 0 : 1))
    self.venue = venue
    self.number = number
    visibility =
      Bool.random(using: &random) ? Int.random(in: 200...(isKraken ? 4_900 : 9_900), using: &random) : nil
    let rotates = Bool.random(using: &random)
    segmentRows = rotates ? Int.random(in: 6...10, using: &random) : 20_000
    lives = (0..<3).map { _ in Self.life(isKraken, rotates, &random) }
  }

  private static func life(_ isKraken: Bool, _ rotates: Bool, _ random: inout CrashRandom) -> Life {
    let kill = kill(rotates, &random)
    var fault: LostReply?
    if Bool.random(using: &random) { fault = lostReply(isKraken, &random) }
    return Life(
      words: words(for: kill, &random), kill: kill, fault: fault,
      failsQuestion: Bool.random(using: &random) ? Int.random(in: 1...3, using: &random) : nil)
  }

  private static func lostReply(_ isKraken: Bool, _ random: inout CrashRandom) -> LostReply {
    let isCancel = Int.random(in: 0..<6, using: &random) == 0
    let endpoints = isKraken ? ["AddOrder", "CancelOrder"] : ["POST /orders", "POST /orders/batch_cancel"]
    let faults = Int.random(in: 0..<3, using: &random) == 0 ? LostReply.others : LostReply.executed
    return LostReply(
      fault: faults[Int.random(in: faults.indices, using: &random)], endpoint: endpoints[isCancel ? 1 : 0],
      nth: Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1)
  }

  private static func words(for kill: Kill, _ random: inout CrashRandom) -> [String] {
    let plans = [
      ["buy"], ["buy", "hold"], ["buy", "sell"], ["sell", "buy"], ["sell"], ["hold", "buy"], ["buy", "hold", "sell"],
    ]
    // Whoever holds coins does not buy, and only who holds some sells and takes a stop away.
    let trading = [["sell", "buy"], ["buy", "sell"], ["sell", "buy", "sell"]]
    let leaving = [["buy", "sell"], ["sell", "buy", "sell"]]
    let set: [[String]]
    switch kill {
    case .step(.stopCancelling, _), .step(.stopCancelled, _): set = leaving
    case .step: set = trading
    case .call: set = plans
    }
    return set[Int.random(in: set.indices, using: &random)]
  }

  // MARK: Where a life ends

  /// Classes of calls that must be struck, and the most of one that a life comes by as a rule.
  static let journal = [
    ("write log", 60), ("sync log", 15), ("write database", 12), ("sync database", 1), ("write mark", 12),
    ("write index", 4), ("write rollback", 2), ("sync rollback", 1), ("sync folder", 3),
  ]
  /// Those of a journal that begins a new segment.
  static let rotation = [
    ("write next segment", 20), ("sync next segment", 1), ("write seal", 1), ("sync seal", 1),
    ("rename next segment", 1), ("unlink log", 1),
  ]
  static let others = [("write key file", 12), ("sync key file", 4), ("send socket", 15), ("recv socket", 20)]

  private static func kill(_ rotates: Bool, _ random: inout CrashRandom) -> Kill {
    let ending = Kill.Ending.allCases[Int.random(in: 0..<3, using: &random)]
    switch Int.random(in: 0..<3, using: &random) {
    case 0:
      let step = OrderStep.allCases[Int.random(in: OrderStep.allCases.indices, using: &random)]
      return .step(step, times: Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1)
    case 1: return .call(Int.random(in: 1...220, using: &random), of: nil, ending: ending)
    default:
      // A rotation's calls are few and come last in a cycle.
      let sets = rotates ? [rotation, rotation, journal, others] : [journal, journal, others]
      let set = sets[Int.random(in: sets.indices, using: &random)]
      let (kind, most) = set[Int.random(in: set.indices, using: &random)]
      return .call(Int.random(in: 1...most, using: &random), of: kind, ending: ending)
    }
  }

  var description: String {
    "\(venue)/\(number), seen after \(visibility ?? 0) ms, segments of \(segmentRows) rows: "
      + lives.map(\.description).joined(separator: "; ")
  }
}

extension KillPlan.Life: CustomStringConvertible {
  var description: String {
    var text = words.joined(separator: " ")
    if let fault { text += " [\(fault.fault) on \(fault.endpoint) \(fault.nth)]" }
    if let failsQuestion { text += " [questions fail from \(failsQuestion)]" }
    return text + ": \(kill)"
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
