/// What a call adds to a venue's counter, in millionths. It may fall as time goes on: venues ask less for older orders.
public struct CallCost: Hashable, Sendable {
  private struct Fall: Hashable, Sendable {
    var at: ContinuousClock.Instant
    var by: Int
  }

  private var first: Int
  private var falls: [Fall] = []

  /// One whole unit of a counter.
  public static let unit = 1_000_000

  /// A cost that stays as it is, in millionths; below zero is zero.
  public init(millionths: Int) { first = min(max(0, millionths), DecayingCounter.ceiling) }

  /// A cost that stays as it is.
  public static func units(_ count: Int) -> CallCost {
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return CallCost(millionths: overflow ? DecayingCounter.ceiling : product)
  }

  /// From this instant on it is so many millionths less; never below zero.
  public mutating func fall(by millionths: Int, at instant: ContinuousClock.Instant) {
    if millionths > 0 { falls.append(Fall(at: instant, by: millionths)) }
  }

  /// Another cost on top.
  public mutating func add(_ other: CallCost) {
    first = DecayingCounter.sum(first, other.first)
    falls += other.falls
  }

  /// What it is at an instant, in millionths.
  public func millionths(at now: ContinuousClock.Instant) -> Int {
    falls.lazy.filter { $0.at <= now }.reduce(first) { max(0, $0 - $1.by) }
  }

  /// When it changes after `now`, in order.
  func changes(after now: ContinuousClock.Instant) -> [ContinuousClock.Instant] {
    falls.lazy.map(\.at).filter { $0 > now }.sorted()
  }
}
