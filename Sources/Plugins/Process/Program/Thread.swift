internal import CLinux

/// A thread of its own for something that waits.
enum Thread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Address space; only what is touched is memory.
  private static let stackBytes: UInt = 512 << 10

  /// Starts it; `false` when the system gives none.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let reference = Unmanaged.passRetained(Work(body))
    let code = nija_start_thread(
      { pointer in
        if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
        return nil
      }, reference.toOpaque(), stackBytes)
    if code != 0 { reference.release() }
    return code == 0
  }
}
