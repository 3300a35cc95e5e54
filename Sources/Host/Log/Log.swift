import Core
import Dispatch
import Glibc
import Messages
import Synchronization

/// The log: one line per event, for people or for scripts, on standard output.
///
/// Writing never makes the caller wait: a reader that stops reading costs lines, which are counted, not the host.
final class Log: Sendable {
  /// How a line looks.
  enum Format: String, Sendable, CaseIterable {
    /// `2026-01-16 12:00:00 | INFO | kraken | …`
    case human
    /// One object a line.
    case json
  }

  private struct Backlog {
    var waiting = 0
    var dropped = 0
  }

  private static let longestBacklog = 10_000

  private let format: Format
  private let clock: any ProtocolClock
  private let output: @Sendable ([UInt8]) -> Void
  private let queue = DispatchQueue(label: "log")
  private let backlog = Mutex(Backlog())

  /// - Parameter output: takes one line, its line feed included; may block.
  init(
    format: Format, clock: any ProtocolClock = WallClock(),
    output: @escaping @Sendable ([UInt8]) -> Void = Log.writeToStandardOutput
  ) {
    self.format = format
    self.clock = clock
    self.output = output
  }

  /// Writes one line of an account's (or of `host`), or counts it as dropped.
  func write(_ account: String, _ event: LogEvent) {
    let dropped: Int? = backlog.withLock { backlog in
      guard backlog.waiting < Self.longestBacklog else {
        backlog.dropped += 1
        return nil
      }
      backlog.waiting += 1
      defer { backlog.dropped = 0 }
      return backlog.dropped
    }
    guard let dropped else { return }
    var lines = [LogLine(at: clock.now, account: account, event: event)]
    if dropped > 0 {
      let text = "\(dropped) lines of the log were dropped: nobody read them in time"
      lines.append(LogLine(at: clock.now, account: "host", event: LogEvent(.warning, "log_lines_dropped", text)))
    }
    let bytes = Array(lines.map { $0.text(format) + "\n" }.joined().utf8)
    queue.async { [self] in
      output(bytes)
      backlog.withLock { $0.waiting -= 1 }
    }
  }

  /// Waits until what was written is out, at most a second.
  func flush() {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    _ = done.wait(timeout: .now() + .seconds(1))
  }

  /// Writes all of it, whatever pieces the system takes.
  static let writeToStandardOutput: @Sendable ([UInt8]) -> Void = { bytes in
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}

/// One line of the log.
struct LogLine: Sendable {
  private static let longestText = 2_000

  let at: Timestamp
  let account: String
  let event: LogEvent

  /// Without a line feed at its end.
  func text(_ format: Log.Format) -> String {
    switch format {
    case .human: human
    case .json: json
    }
  }

  private var human: String {
    let time = at.description.prefix(19).map { $0 == "T" ? " " : $0 }
    return "\(String(time)) | \(event.level.rawValue) | \(account) | \(Self.harmless(event.text))"
  }

  private var json: String {
    let own = ["ts", "level", "account", "event", "message"]
    let fields = event.fields.filter { !own.contains($0.key) }.sorted { $0.key < $1.key }
    return JSONValue.object(
      [
        (key: "ts", value: .string(at.description)), (key: "level", value: .string(event.level.rawValue)),
        (key: "account", value: .string(account)), (key: "event", value: .string(Self.harmless(event.event))),
        (key: "message", value: .string(Self.harmless(event.text))),
      ] + fields.map { (key: Self.harmless($0.key), value: .string(Self.harmless($0.value))) }
    ).encoded
  }

  /// One line of bounded length, without what a terminal would obey.
  static func harmless(_ text: String) -> String {
    var harmless = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(longestText) {
      let category = scalar.properties.generalCategory
      harmless.append(category == .control || category == .format ? " " : scalar)
    }
    return String(harmless)
  }
}
