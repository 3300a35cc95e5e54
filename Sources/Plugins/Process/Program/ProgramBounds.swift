/// How much of anything a program may take. None of them is the program's to choose.
public struct ProgramBounds: Hashable, Sendable {
  /// How long it may owe a word: the answer to a call, or something it needs for it. While it waits for us it owes none.
  public var patience: Duration = .seconds(10)
  /// How long one call may take altogether, waiting for us included, however often it says something.
  public var call: Duration = .seconds(600)
  /// The same of a call that changes something: who trades waits for it.
  public var change: Duration = .seconds(150)
  /// How long it may take for its first two answers: interpreters and frameworks start slowly.
  public var start: Duration = .seconds(15)
  /// The longest line it may write: a venue's whole list of markets fits many times over.
  public var line = 4 << 20
  /// The most that may wait for it to be read.
  public var unread = 8 << 20
  /// The most calls under way.
  public var calls = 256
  /// What one call may ask for: requests, numbers. More pages than any history has.
  public var asks = 2_000
  /// What may be asked for before the first is answered.
  public var asksAtOnce = 16
  /// The longest line of its log; the rest is cut off.
  public var logLine = 1_000
  /// Lines of its log at once; the rest is counted.
  public var logBurst = 100
  /// Lines of its log in a second.
  public var logPerSecond = 20
  /// Bytes of its log that are read in a second; what is faster waits in its pipe.
  public var logBytesPerSecond = 1 << 20

  /// The usual bounds.
  public init() {}
}
