import Core

/// Where the levels of a venue's counters and the ends of its bans outlive the process.
///
/// A level is a number that falls with time; the store knows how much time has passed since it was kept, also across a
/// restart of the program or the machine.
public protocol LevelStore: Sendable {
  /// What was kept under every name when the store was opened.
  var kept: KeptLevels { get }
  /// Keeps levels, in the order given; a level of `nil` is forgotten.
  /// - Throws: ``BrokerError/Code/notSent`` when they cannot be kept.
  func keep(_ levels: [LevelChange]) throws(BrokerError)
}

/// One level to keep.
public struct LevelChange: Hashable, Sendable {
  /// Its name: at most ``nameLimit`` visible ASCII characters and spaces.
  public var name: String
  /// What it shows now; `nil` to forget it.
  public var level: Int?
  /// Whether it falls from now on; one with a call under way does so only some time later.
  public var isSettled: Bool
  /// Whether it must outlive the machine's power too.
  public var isDurable: Bool

  /// The most characters of a name.
  public static let nameLimit = 44

  /// A level to keep.
  public init(_ name: String, _ level: Int?, isSettled: Bool = true, isDurable: Bool = false) {
    self.name = name
    self.level = level
    self.isSettled = isSettled
    self.isDurable = isDurable
  }
}

/// What a store held when it was opened.
public struct KeptLevels: Sendable {
  /// What is known of one level.
  public enum Level: Hashable, Sendable {
    /// It showed this, and has fallen for at least so long since.
    case known(Int, age: Duration)
    /// Nobody knows what it showed; it has fallen for at least so long since.
    case unknown(age: Duration)
  }

  /// By name.
  public var levels: [String: Level]
  /// Whether names may be missing: then those that are not here are unknown, not zero.
  public var isDamaged: Bool

  /// What a store held.
  public init(levels: [String: Level] = [:], isDamaged: Bool = false) {
    self.levels = levels
    self.isDamaged = isDamaged
  }

  /// One of them; `nil` when it was never kept.
  public subscript(name: String) -> Level? { levels[name] ?? (isDamaged ? .unknown(age: .zero) : nil) }

  /// What a level shows now that falls by `perSecond` and is `most` at the most.
  func value(_ name: String, most: Int, perSecond: Int) -> Int {
    let (level, age): (Int, Duration)
    switch self[name] {
    case nil: return 0
    case .known(let known, let since): (level, age) = (known, since)
    case .unknown(let since): (level, age) = (most, since)
    }
    let fallen = Int128(max(0, age.wholeNanoseconds)) * Int128(perSecond) / 1_000_000_000
    return Int(clamping: max(0, Int128(max(0, level)) - fallen))
  }
}

/// Keeps nothing beyond the process: for the public feed, which has no key, and for tests.
public struct NoLevelStore: LevelStore {
  /// A store that forgets.
  public init() {}
  /// Nothing.
  public var kept: KeptLevels { KeptLevels() }
  /// Does nothing.
  public func keep(_ levels: [LevelChange]) throws(BrokerError) {}
}
