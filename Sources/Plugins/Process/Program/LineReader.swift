internal import Glibc

/// Puts lines together from whatever pieces a pipe delivers, none longer than the limit.
struct LineReader: Sendable {
  private var pending: [UInt8] = []
  private var searched = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Takes in what was read and answers the lines that are complete, without their ends.
  mutating func take(_ bytes: some Sequence<UInt8>) throws(ProgramFault) -> [[UInt8]] {
    pending.append(contentsOf: bytes)
    var lines: [[UInt8]] = []
    var start = 0
    while let end = Self.lineEnd(in: pending, from: max(start, searched)) {
      guard end - start <= limit else { throw .lineTooLong(limit: limit) }
      lines.append(Array(pending[start..<end]))
      start = end + 1
      searched = start
    }
    pending.removeFirst(start)
    searched = pending.count
    guard pending.count <= limit else { throw .lineTooLong(limit: limit) }
    return lines
  }

  /// Where the next line ends: looked for by the C library, since a line of megabytes may not cost the time of an answer.
  private static func lineEnd(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { bytes in
      guard start < bytes.count, let base = bytes.baseAddress else { return nil }
      return memchr(base + start, 10, bytes.count - start).map { UnsafeRawPointer($0) - base }
    }
  }
}

/// The lines of a log: whatever bytes, so many in a second, the rest counted. They are cut a little beyond what is
/// shown, so that a secret at the end is seen whole and taken out.
struct LogReader: Sendable {
  private var pending: [UInt8] = []
  private var room: Int
  private var refilledAt: ContinuousClock.Instant
  private var leftOut = 0
  private let bounds: ProgramBounds

  private static let longestSecret = 8_000

  init(_ bounds: ProgramBounds, at now: ContinuousClock.Instant) {
    self.bounds = bounds
    room = bounds.logBurst
    refilledAt = now
  }

  /// Takes in what was read and answers the lines to be shown.
  mutating func take(_ bytes: some Sequence<UInt8>, at now: ContinuousClock.Instant) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      if byte == 10 {
        finish(&lines, at: now)
      } else if pending.count < bounds.logLine + Self.longestSecret {
        pending.append(byte)
      }
    }
    return lines
  }

  private mutating func finish(_ lines: inout [String], at now: ContinuousClock.Instant) {
    defer { pending.removeAll(keepingCapacity: true) }
    guard !pending.isEmpty else { return }
    refill(at: now)
    guard room > 0 else {
      leftOut += 1
      return
    }
    room -= 1
    if leftOut > 0 { lines.append("\(leftOut) lines of the plugin's program were left out") }
    leftOut = 0
    lines.append(Self.printable(pending))
  }

  private mutating func refill(at now: ContinuousClock.Instant) {
    let seconds = (now - refilledAt).components.seconds
    guard seconds > 0 else { return }
    let (gain, overflow) = Int(seconds).multipliedReportingOverflow(by: bounds.logPerSecond)
    room = min(bounds.logBurst, overflow ? bounds.logBurst : room + min(gain, bounds.logBurst))
    refilledAt += .seconds(seconds)
  }

  private static func printable(_ bytes: [UInt8]) -> String {
    String(
      String.UnicodeScalarView(
        String(decoding: bytes, as: UTF8.self).unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }
}
