/// An instant, in nanoseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Nanoseconds since the epoch; negative before it.
  public let nanoseconds: Int64

  /// The instant so many nanoseconds after the epoch.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The instant so many whole seconds after the epoch; `nil` beyond the years 1678…2262.
  public init?(seconds: Int) {
    let (product, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return nil }
    self.nanoseconds = product
  }

  /// The instant given by a decimal number of seconds, exact to the nanosecond; `nil` beyond the years 1678…2262.
  public init?(seconds: ExactDecimal) {
    guard let shifted = try? (try seconds * ExactDecimal(integer: 1_000_000_000)).rounded(places: 0, .down),
      shifted.scale == 0, let nanoseconds = Int64(exactly: shifted.coefficient)
    else { return nil }
    self.nanoseconds = nanoseconds
  }

  /// Whole seconds since the epoch, rounded down.
  public var seconds: Int { Int(nanoseconds.floorDivided(by: 1_000_000_000)) }
  /// Whole milliseconds since the epoch, rounded down.
  public var milliseconds: Int { Int(nanoseconds.floorDivided(by: 1_000_000)) }

  /// Earlier is less.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

  /// The instant `duration` later, held at the ends of the range.
  public static func + (a: Timestamp, duration: Duration) -> Timestamp {
    let (sum, overflow) = a.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
    return Timestamp(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// The instant `duration` earlier, held at the ends of the range.
  public static func - (a: Timestamp, duration: Duration) -> Timestamp { a.minus(duration.wholeNanoseconds) }

  private func minus(_ other: Int64) -> Timestamp {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other)
    return Timestamp(nanoseconds: overflow ? (other < 0 ? .max : .min) : difference)
  }

  /// How long from `b` to `a`; negative when `a` is earlier.
  public static func - (a: Timestamp, b: Timestamp) -> Duration {
    let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
    return .nanoseconds(overflow ? (a < b ? .min : .max) : difference)
  }

  /// The start of the interval of this length that holds this instant, counted from the epoch.
  public func floored(to interval: Duration) -> Timestamp {
    let length = interval.wholeNanoseconds
    guard length > 0 else { return self }
    return Timestamp(nanoseconds: nanoseconds.floorDivided(by: length) &* length)
  }
}

extension Int64 {
  /// Division that rounds down, also below zero; the divisor must be above zero.
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

extension Duration {
  /// The whole nanoseconds, held at the ends of 64 bits (292 years).
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, sumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || sumOverflow ? (seconds < 0 ? .min : .max) : sum
  }

  /// For people: `900 s` for anything from a little more than 899.
  public var roundedUpToSeconds: String {
    "\(components.seconds + (components.attoseconds > 0 ? 1 : 0)) s"
  }

  /// The whole milliseconds, rounded towards zero.
  public var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }
}
