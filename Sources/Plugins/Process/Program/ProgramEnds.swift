internal import Glibc

/// Our ends of a running program's pipes, and how to end it.
public struct ProgramEnds: Sendable {
  /// What it reads.
  public var input: Int32
  /// What it writes.
  public var output: Int32
  /// What it logs; `nil` where somebody else reads that.
  public var log: Int32?
  /// Called once when nothing more will be said to it: ends it with everything it started, after a moment of its own.
  public var end: @Sendable () -> Void

  /// Ends that the session closes.
  public init(input: Int32, output: Int32, log: Int32?, end: @escaping @Sendable () -> Void = {}) {
    self.input = input
    self.output = output
    self.log = log
    self.end = end
  }

  /// Makes none of them wait, or outlive an exec.
  func prepare() -> Bool {
    ([input, output] + (log.map { [$0] } ?? [])).allSatisfy { descriptor in
      let flags = fcntl(descriptor, F_GETFL)
      return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0
        && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    }
  }

  func close() {
    Glibc.close(input)
    Glibc.close(output)
    if let log { Glibc.close(log) }
  }
}

/// Where the programs of one plugin come from: started by the host, once for each plugin value that is made.
public protocol ProgramSource: Sendable {
  /// A program that nobody has spoken to yet.
  /// - Throws: ``ProgramFault/noPipes(_:)``.
  func next() throws(ProgramFault) -> ProgramEnds
}
