/// The counters of one kind: one that stands for all, and those of members that differ from it.
///
/// Bounded: when there are too many members, the one that shows least is counted with all the others from then on, which
/// counts the others too high and none too low.
struct CounterFamily: Hashable, Sendable {
  let kind: CounterKind
  private(set) var base: DecayingCounter
  private(set) var members: [String: DecayingCounter] = [:]

  /// The most members told apart.
  static let memberLimit = 20

  init(_ kind: CounterKind, at now: ContinuousClock.Instant) {
    self.kind = kind
    base = DecayingCounter(maximum: kind.maximum, decayPerSecond: kind.decayPerSecond, start: now)
  }

  /// The name under which a level is kept.
  func keptName(_ member: String?) -> String { member.map { "\(kind.name) \($0)" } ?? kind.name }

  /// Takes up what was kept.
  /// - Returns: what has to be kept from now on.
  mutating func restore(_ kept: KeptLevels, at now: ContinuousClock.Instant) -> [LevelChange] {
    let most = CallCost.units(kind.maximum).millionths(at: now)
    func value(_ name: String) -> Int { kept.value(name, most: most, perSecond: kind.decayPerSecond) }
    base.raise(to: value(kind.name), at: now)
    var changes: [LevelChange] = []
    for name in kept.levels.keys.sorted() where name.hasPrefix(kind.name + " ") {
      let level = value(name)
      guard level > 0 else {
        changes.append(LevelChange(name, nil))
        continue
      }
      let member = String(name.dropFirst(kind.name.count + 1))
      changes += update(member, at: now) { $0.raise(to: level, at: now) }.changes
    }
    return [self.kept(nil, at: now)] + changes
  }

  func counter(_ member: String?) -> DecayingCounter { member.flatMap { members[$0] } ?? base }

  /// How long until a cost fits: for one member, or for all of them.
  func wait(_ charge: CallCharge, reserve: Int, ahead: Int, at now: ContinuousClock.Instant) -> Duration {
    guard charge.member == nil else {
      return counter(charge.member).wait(for: charge.cost, reserve: reserve, ahead: ahead, at: now)
    }
    var longest = base.wait(for: charge.cost, reserve: reserve, ahead: ahead, at: now)
    for counter in members.values {
      longest = max(longest, counter.wait(for: charge.cost, reserve: reserve, ahead: ahead, at: now))
    }
    return longest
  }

  /// Changes one counter, or with `nil` all of them.
  /// - Returns: what has to be kept, in order; the member that it was done to, `nil` when it was done to all.
  mutating func update(
    _ member: String?, at now: ContinuousClock.Instant, _ change: (inout DecayingCounter) -> Void
  ) -> (member: String?, changes: [LevelChange]) {
    var changes: [LevelChange] = []
    guard let member, isName(member), makeRoom(for: member, at: now, &changes) else {
      change(&base)
      members = members.mapValues { counter in
        var changed = counter
        change(&changed)
        return changed
      }
      return (nil, changes + [kept(nil, at: now)] + members.keys.sorted().map { kept($0, at: now) })
    }
    var counter = counter(member)
    change(&counter)
    members[member] = counter
    return (member, changes + [kept(member, at: now)])
  }

  /// Whether a level can be kept under it; one that cannot is counted for all.
  private func isName(_ member: String) -> Bool {
    keptName(member).utf8.count <= LevelChange.nameLimit && member.utf8.allSatisfy { (33...126).contains($0) }
  }

  /// `false` when there is none: all have calls under way.
  private mutating func makeRoom(
    for member: String, at now: ContinuousClock.Instant, _ changes: inout [LevelChange]
  ) -> Bool {
    guard members[member] == nil, members.count >= Self.memberLimit else { return true }
    let least = members.filter { $0.value.isSettled(at: now) }.min {
      ($0.value.level(at: now), $0.key) < ($1.value.level(at: now), $1.key)
    }
    guard let least else { return false }
    members[least.key] = nil
    base.raise(to: least.value.level(at: now), at: now)
    // In this order: the others show it before it is gone.
    changes += [kept(nil, at: now), LevelChange(keptName(least.key), nil)]
    return true
  }

  private func kept(_ member: String?, at now: ContinuousClock.Instant) -> LevelChange {
    let counter = counter(member)
    return LevelChange(keptName(member), counter.level(at: now), isSettled: counter.isSettled(at: now))
  }
}
