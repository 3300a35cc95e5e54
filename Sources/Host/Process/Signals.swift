import Glibc

/// The signals a host lives by. They are blocked before there is a second thread, so that every thread leaves them to
/// the one that waits for them here, and none is lost or handled in the middle of something.
struct Signals {
  private var set = sigset_t()

  /// Blocks them from now on, in this thread and those it starts. The children's own are put back by their start.
  static func block() -> Signals {
    var signals = Signals()
    sigemptyset(&signals.set)
    for number in [SIGCHLD, SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals.set, number) }
    pthread_sigmask(SIG_BLOCK, &signals.set, nil)
    // A closed terminal or pipe is an error of one write, not the end of the host.
    signal(SIGPIPE, SIG_IGN)
    return signals
  }

  /// Waits for them for ever.
  func serve(childEnded: () -> Void, end: () -> Void, reload: () -> Void) -> Never {
    var set = set
    while true {
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      switch number {
      case SIGCHLD: childEnded()
      case SIGHUP: reload()
      default: end()
      }
    }
  }
}
