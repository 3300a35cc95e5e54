import Core

/// The levels of one key's file: which line holds which name, and what was kept means now.
///
/// A value that decides; ``KeyFile`` reads and writes.
struct LevelTable: Sendable {
  private var slots: [LevelSlot?]
  private var isDamaged: [Bool]
  /// Written since it was opened: what was there before and is not asked for any more may be written over.
  private var isOurs: [Bool]

  /// All of them lie in one page: a line on two would not be written in one piece when the process is killed.
  static let count = 28
  static let length = count * LevelSlot.length

  /// A machine that lost its power may have lost what was written in its last half minute.
  static let lostWrites = Duration.seconds(35)
  /// What was sent and not answered may arrive for so long after it was given up.
  static let lateArrival = Duration.seconds(5)
  /// What was under way when a level was kept may arrive for so long after that: nobody knows when its process died, only
  /// that each call with a key is given up after ten seconds (``HTTPRequest/timeout``).
  static let underWay = .seconds(10) + lateArrival

  /// Reads the lines as they lie in the file; those that are cut off count as damaged.
  init(_ bytes: [UInt8]) {
    slots = []
    isDamaged = []
    isOurs = Array(repeating: false, count: Self.count)
    for index in 0..<Self.count {
      let line = bytes.dropFirst(index * LevelSlot.length).prefix(LevelSlot.length)
      let slot = LevelSlot(line)
      slots.append(slot)
      isDamaged.append(slot == nil && !line.elementsEqual(LevelSlot.blank))
    }
  }

  /// What they mean now.
  func kept(at now: MachineTime) -> KeptLevels {
    var kept = KeptLevels(isDamaged: isDamaged.contains(true))
    for case let slot? in slots {
      let age = now.age(since: slot.time)
      let isCertain = slot.isDurable || now.isSameBoot(as: slot.time)
      kept.levels[slot.name] =
        isCertain ? .known(slot.level, age: age) : .unknown(age: max(.zero, age - Self.lostWrites))
    }
    return kept
  }

  /// Takes a level in.
  /// - Returns: the line to write and its place; `nil` when there is nothing to write.
  mutating func keep(_ change: LevelChange, at now: MachineTime) -> (index: Int, line: [UInt8])? {
    let held = slots.firstIndex { $0?.name == change.name }
    guard let level = change.level else {
      guard let held else { return nil }
      slots[held] = nil
      return (held, LevelSlot.blank)
    }
    guard let index = held ?? free else { return nil }
    var time = now
    if !change.isSettled {
      time.sinceBoot = (time.sinceBoot.addingReportingOverflow(Self.underWay.wholeNanoseconds)).partialValue
      time.wall = time.wall + Self.underWay
    }
    let slot = LevelSlot(name: change.name, level: level, time: time, isDurable: change.isDurable)
    slots[index] = slot
    isDamaged[index] = false
    isOurs[index] = true
    return (index, slot.encoded)
  }

  /// The lines that cannot be read, each told once.
  mutating func takeDamaged() -> [Int] {
    let damaged = isDamaged.indices.filter { isDamaged[$0] }
    for index in damaged { isDamaged[index] = false }
    return damaged
  }

  /// A line for a new name: a free one, or one that this process has not written. Plugins have fewer names than there
  /// are lines.
  private var free: Int? {
    slots.indices.first { slots[$0] == nil && !isDamaged[$0] } ?? slots.indices.first { !isOurs[$0] }
  }
}
