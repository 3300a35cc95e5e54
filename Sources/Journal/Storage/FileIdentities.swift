import Glibc

/// Which files the paths of one directory led to at one time.
struct FileIdentities: Sendable {
  private struct Identity: Equatable {
    let device: dev_t
    let number: ino_t
    /// Of a directory: when a name in it was last made, taken away or moved, in nanoseconds.
    let changed: Int64

    init?(_ path: String) {
      var status = stat()
      guard unsafe lstat(path, &status) == 0 else { return nil }
      device = status.st_dev
      number = status.st_ino
      changed = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    }

    static func == (a: Identity, b: Identity) -> Bool { a.device == b.device && a.number == b.number }
  }

  private let directory: String
  private let known: [(path: String, identity: Identity?)]
  private let home: Identity?
  /// The directory's last change, when all names in it were looked at after that.
  private var settled: Int64?

  /// File times move in steps of the kernel's ticks: within that, a second change shows no other time.
  private static let tick: Int64 = 100_000_000

  init(of paths: [String], in directory: String) {
    self.directory = directory
    known = paths.map { ($0, Identity($0)) }
    home = Identity(directory)
  }

  /// A path that leads elsewhere now, or nowhere. While no name in the directory has changed since the last look, one look
  /// at the directory tells: on the way of an order each look counts.
  mutating func firstMissing() -> String? {
    guard let here = Identity(directory), here == home else { return directory }
    if let settled, here.changed == settled { return nil }
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME_COARSE, &now)
    let age = Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec) &- here.changed
    if let missing = known.first(where: { $0.identity != Identity($0.path) }) { return missing.path }
    settled = age > Self.tick ? here.changed : nil
    return nil
  }
}
