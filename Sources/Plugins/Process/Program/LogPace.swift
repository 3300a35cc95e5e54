/// A log read no faster than it may be: who writes faster waits at its pipe.
struct LogPace {
  private var reader: LogReader
  private var windowStart: ContinuousClock.Instant
  private var bytes = 0
  private var isClosed = false
  private let limit: Int

  init(_ bounds: ProgramBounds, at now: ContinuousClock.Instant) {
    reader = LogReader(bounds, at: now)
    limit = bounds.logBytesPerSecond
    windowStart = now
  }

  /// How long until it is read again; `nil` for now.
  mutating func wait(at now: ContinuousClock.Instant) -> Duration? {
    if isClosed { return .seconds(3_600) }
    if now - windowStart >= .seconds(1) {
      windowStart = now
      bytes = 0
    }
    return bytes < limit ? nil : windowStart + .seconds(1) - now
  }

  mutating func take(_ block: some Collection<UInt8>, at now: ContinuousClock.Instant) -> [String] {
    bytes += block.count
    return reader.take(block, at: now)
  }

  /// What stands behind the last line end.
  mutating func rest(at now: ContinuousClock.Instant) -> [String] { reader.take([10], at: now) }

  mutating func close() { isClosed = true }
}
