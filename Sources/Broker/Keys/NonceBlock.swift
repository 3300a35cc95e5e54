package import Core

/// Which number comes next: above every one given before and not below the clock, out of a block that is durable first.
///
/// A value that decides; ``KeyFile`` writes. After a crash the whole of the last block counts as used.
package struct NonceBlock: Hashable, Sendable {
  /// What the caller has to do.
  package enum Step: Hashable, Sendable {
    /// Use this number.
    case give(UInt64)
    /// Make this ceiling durable, say ``NonceBlock/reserved(upTo:)`` and ask again.
    case reserve(upTo: UInt64)
    /// There is no number left above the last.
    case exhausted
  }

  private let scale: NonceScale
  private var last: UInt64
  private var ceiling: UInt64

  /// How far a block reaches, in time: long enough that a cycle's calls need one write, and short enough that a restart
  /// does not run ahead of the clock.
  private static let span: UInt64 = 1_000_000_000

  /// Goes on above what the file says may have been used.
  package init(scale: NonceScale, stored: UInt64) {
    self.scale = scale
    self.last = stored
    self.ceiling = stored
  }

  /// The next number when the wall shows `now`.
  package mutating func next(at now: Timestamp) -> Step {
    guard last < .max else { return .exhausted }
    let number = Swift.max(last + 1, UInt64(Swift.max(0, now.nanoseconds)) / scale.nanoseconds)
    guard number <= ceiling else {
      let (end, overflow) = number.addingReportingOverflow(Self.span / scale.nanoseconds)
      return .reserve(upTo: overflow ? .max : end)
    }
    last = number
    return .give(number)
  }

  /// The ceiling is durable.
  package mutating func reserved(upTo ceiling: UInt64) {
    self.ceiling = Swift.max(self.ceiling, ceiling)
  }
}
