/// A line for the log, printed only because what it says was observed.
public struct LogEvent: Hashable, Sendable {
  /// How grave it is.
  public enum Level: String, Hashable, Sendable, CaseIterable {
    /// For those who look for a fault.
    case debug = "DEBUG"
    /// Good to know.
    case info = "INFO"
    /// Somebody should look.
    case warning = "WARNING"
    /// Something failed.
    case error = "ERROR"
  }

  /// How grave it is.
  public var level: Level
  /// Stable name, `snake_case`: what scripts look for.
  public var event: String
  /// The line for people.
  public var text: String
  /// Further facts.
  public var fields: [String: String]

  /// A line for the log.
  public init(_ level: Level, _ event: String, _ text: String, fields: [String: String] = [:]) {
    self.level = level
    self.event = event
    self.text = text
    self.fields = fields
  }
}
