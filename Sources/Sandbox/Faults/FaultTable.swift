import Core
import Synchronization

/// The faults that are set, and how often each struck. One call is struck by one wire fault at most: the oldest that fits.
/// State faults that fit hold all together; of two that contradict each other the later one counts.
final class FaultTable: Sendable {
  /// More faults than this are refused; those that strike no more make room.
  static let limit = 1_000

  private struct Entry {
    let id: Int
    let rule: FaultRule
    /// The end of a state fault, by the protocol clock.
    let end: Timestamp?
    /// Calls that it concerned.
    var seen = 0
    var struck = 0

    var isSpent: Bool { rule.isSpent(after: seen) }
    func holds(at now: Timestamp) -> Bool { end.map { now < $0 } ?? true }
  }

  private struct State {
    var entries: [Entry] = []
    var lastID = 0
    /// Addresses that the edge refuses, until when.
    var blocked: [String: Timestamp] = [:]

    mutating func add(_ rule: FaultRule, _ now: Timestamp) throws(FaultProblem) -> Int {
      if entries.count >= FaultTable.limit, let old = entries.firstIndex(where: { $0.isSpent || !$0.holds(at: now) }) {
        entries.remove(at: old)
      }
      guard entries.count < FaultTable.limit else {
        throw FaultProblem(nil, "there are \(FaultTable.limit) faults already; clear_faults forgets them")
      }
      lastID += 1
      entries.append(Entry(id: lastID, rule: rule, end: rule.duration.map { now + $0 }))
      return lastID
    }
  }

  private let state = Mutex(State())

  // MARK: Setting

  /// Sets a fault.
  /// - Returns: its number.
  @discardableResult func add(_ rule: FaultRule, at now: Timestamp) throws(FaultProblem) -> Int {
    try state.withLock { state throws(FaultProblem) in try state.add(rule, now) }
  }

  /// Sets these instead of what is set.
  func replace(_ rules: [FaultRule], at now: Timestamp) throws(FaultProblem) {
    try state.withLock { state throws(FaultProblem) in
      var fresh = State()
      fresh.lastID = state.lastID
      for rule in rules { _ = try fresh.add(rule, now) }
      state = fresh
    }
  }

  /// Forgets one, or all and every block that they led to; how many there were.
  func clear(_ id: Int? = nil) -> Int {
    state.withLock { state in
      let before = state.entries.count
      state.entries.removeAll { id == nil || $0.id == id }
      if id == nil { state.blocked = [:] }
      return before - state.entries.count
    }
  }

  // MARK: Striking

  /// Counts a call, and says what strikes it.
  func strike(venue: String, _ subject: RequestSubject) -> WireFault? {
    state.withLock { state in
      var struck: WireFault?
      for index in state.entries.indices where state.entries[index].rule.fits(venue, subject) {
        guard case .wire(let fault) = state.entries[index].rule.fault else { continue }
        state.entries[index].seen += 1
        guard struck == nil, state.entries[index].rule.strikes(call: state.entries[index].seen) else { continue }
        state.entries[index].struck += 1
        struck = fault
      }
      return struck
    }
  }

  /// What holds for a call that the venue takes at `now`; counts it where it is a call of its own.
  func conditions(venue: String, _ subject: RequestSubject, at now: Timestamp) -> VenueConditions {
    state.withLock { state in
      var conditions = VenueConditions()
      for index in state.entries.indices {
        let entry = state.entries[index]
        guard case .state(let fault) = entry.rule.fault, entry.holds(at: now), entry.rule.fits(venue, subject) else {
          continue
        }
        conditions.add(fault, number: entry.id)
        state.entries[index].seen += 1
        state.entries[index].struck += 1
      }
      return conditions
    }
  }

  /// How far a venue's protocol clock is ahead.
  func skew(of venue: String, at now: Timestamp) -> Duration {
    state.withLock { state in
      state.entries.reduce(.zero) { skew, entry in
        guard case .state(.clockSkew(let ahead)) = entry.rule.fault, entry.holds(at: now),
          (entry.rule.venue ?? venue) == venue
        else { return skew }
        return skew + ahead
      }
    }
  }

  /// Refuses every call of an address until then.
  func block(_ address: String, until end: Timestamp) { state.withLock { $0.blocked[address] = end } }

  /// Whether an address is refused.
  func isBlocked(_ address: String, at now: Timestamp) -> Bool {
    state.withLock { state in state.blocked[address].map { now < $0 } ?? false }
  }

  // MARK: Telling

  /// What is set, oldest first, with how often each struck.
  func listing(at now: Timestamp) -> JSONValue {
    let entries = state.withLock { $0.entries }
    return .array(
      entries.map { entry in
        var members: [(key: String, value: JSONValue)] = [("id", .integer(entry.id))]
        if case .object(let rule) = entry.rule.json { members += rule }
        members += [
          ("calls", .integer(entry.seen)), ("struck", .integer(entry.struck)),
          ("spent", .boolean(entry.isSpent || !entry.holds(at: now))),
        ]
        return .object(members)
      })
  }
}
