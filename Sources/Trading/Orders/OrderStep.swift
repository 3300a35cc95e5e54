#if DEBUG
  import Glibc
#endif

/// The numbered steps of an order's path. Builds for debugging can be told to end the process at one of them: the tests
/// that kill it everywhere do so; release builds have no such hook.
package enum OrderStep: Int, CaseIterable, Sendable {
  /// An order was decided on; nothing is written.
  case decided = 1
  /// It has its id; no intent is written.
  case identified
  /// Its intent is on disk; no byte has left.
  case intentDurable
  /// The venue's answer is here; nothing of it is written.
  case answered
  /// The answer is written.
  case answerDurable
  /// New executions are in a transaction that is not committed.
  case fillsWritten
  /// The new state is in that transaction too.
  case eventWritten
  /// The transaction is on disk.
  case newsDurable
  /// The order was followed to its end, or as far as that came soon.
  case concluded
  /// A resting stop is about to be cancelled.
  case stopCancelling
  /// The cancel was answered; whether the stop is gone has not been asked.
  case stopCancelled
  /// Lists were read from the venue; nothing of them is written.
  case listed

  #if DEBUG
    /// `NIJA_CRASH_STEP=4:2` ends the process the second time it comes by step 4.
    private static let target: (step: Int, times: Int)? = {
      guard let text = getenv("NIJA_CRASH_STEP") else { return nil }
      let parts = String(cString: text).split(separator: ":").compactMap { Int($0) }
      guard let step = parts.first else { return nil }
      return (step, parts.count > 1 ? parts[1] : 1)
    }()
    private nonisolated(unsafe) static var seen = 0
  #endif

  /// Comes by this step.
  @inline(__always)
  package func pass() {
    #if DEBUG
      guard let target = Self.target, target.step == rawValue else { return }
      Self.seen += 1
      if Self.seen == target.times { kill(getpid(), SIGKILL) }
    #endif
  }
}

#if DEBUG
  /// Rules that a build for debugging can be told to break, so that the tests show that they would notice.
  enum BrokenRule: String {
    /// The order leaves before its intent is on disk.
    case sendBeforeIntent = "send_before_intent"
    /// An order of unknown outcome is sent again.
    case resendUnknown = "resend_unknown"
    /// A question that failed is taken for "not found".
    case failedIsAbsent = "failed_is_absent"

    private static let told = getenv("NIJA_MUTATION").map { String(cString: $0) }
    /// Whether this one is broken in this run.
    var isBroken: Bool { Self.told == rawValue }
  }
#endif
