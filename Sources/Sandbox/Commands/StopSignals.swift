import Glibc
import NIOPosix

/// SIGTERM, SIGINT and the end of the standard input, waited for on the main thread.
struct StopSignals {
  private var signals = sigset_t()

  /// Holds the signals back from every thread that starts after this.
  init() {
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Takes the end of the standard input for a SIGTERM.
  func atEndOfInput() {
    let pool = NIOThreadPool(numberOfThreads: 1)
    pool.start()
    // The thread ends with the process: a read cannot be called back.
    pool.submit { _ in
      var block = [UInt8](repeating: 0, count: 256)
      while true {
        let count = block.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
        if count > 0 || (count < 0 && errno == EINTR) { continue }
        kill(getpid(), SIGTERM)
        return
      }
    }
  }

  /// Returns when it is time to stop.
  func wait() {
    var waited = signals
    var signal: Int32 = 0
    while sigwait(&waited, &signal) != 0 {}
  }
}
