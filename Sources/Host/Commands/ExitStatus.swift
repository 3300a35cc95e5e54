import ArgumentParser
import Glibc

/// The contract's exit codes.
enum ExitStatus: Int32 {
  /// `check` found problems.
  case problems = 1
  /// The command line is wrong.
  case usage = 64
  /// No host runs on this state.
  case unavailable = 69
  /// Try again.
  case temporary = 75
  /// The manifest, or something that it names.
  case configuration = 78
}

/// What every command says and leaves by.
enum Console {
  /// To people and scripts.
  static func print(_ text: String) {
    Log.writeToStandardOutput(Array(text.utf8))
  }

  /// To people, beside the output.
  static func complain(_ text: String) {
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      bytes = bytes.dropFirst(max(count, 0))
    }
  }

  /// Says why and leaves.
  static func failure(_ status: ExitStatus, _ text: String) -> ExitCode {
    complain("nija-host: \(text)")
    return ExitCode(status.rawValue)
  }
}
