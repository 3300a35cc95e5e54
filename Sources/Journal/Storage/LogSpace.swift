import Glibc

/// The log's room, made before it is needed.
///
/// Blocks that are there already can be written on a full disk, and synced without the file system's own journal. The
/// log is copied into the database when it has ``copyAt`` frames, so the rest of it stands free: that is the reserve.
/// Rows that can wait (entries, cycles, notes, balances) are refused before they eat into it; what closes a risk
/// (exits, what happened to orders, fills) may use it up.
struct LogSpace {
  /// Bytes of a frame: SQLite's header of 24 and one page.
  static let frame = 24 + 4_096
  /// A copy costs syncs of its own; so many frames are some 20 commits.
  static let copyAt = 64
  /// An exit with its events and two fills takes some 25 frames: room for 15 of them.
  static let reserve = 384
  /// An exit from its stop's cancel to its last fill, and its next stop.
  static let exit = 40
  /// A row that can wait finds at most so many frames used.
  static let ordinary = 124
  /// What the log is grown by when a reader keeps it from being copied.
  static let growth = 256

  /// Frames there are blocks for.
  private(set) var allocated = 0
  /// Frames written since the log was last begun anew; what SQLite said after the last commit.
  var used = 0

  /// Makes room for `frames` frames, as much of it written as is used over and over: blocks that were only promised
  /// cost a sync more the first time they are written.
  mutating func allocate(_ path: String, frames: Int = ordinary + reserve) throws(JournalError) {
    let descriptor = unsafe open(path, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .system(path) }
    let wanted = 32 + frames * Self.frame
    guard Int(status.st_size) < wanted else { return allocated = (Int(status.st_size) - 32) / Self.frame }
    try Self.writeZeros(descriptor, path, from: Int(status.st_size), to: min(wanted, 32 + Self.ordinary * Self.frame))
    let failure = posix_fallocate(descriptor, 0, off_t(wanted))
    guard failure == 0 else { throw .system(path, failure) }
    guard fdatasync(descriptor) == 0 else { throw .system(path) }
    allocated = frames
  }

  /// Whether a row that can wait may be written without touching the reserve.
  var hasOrdinaryRoom: Bool { used + Self.reserve <= allocated }

  private static func writeZeros(_ descriptor: Int32, _ path: String, from: Int, to: Int) throws(JournalError) {
    let zeros = [UInt8](repeating: 0, count: 65_536)
    var offset = from
    while offset < to {
      let count = unsafe zeros.withUnsafeBytes {
        unsafe pwrite(descriptor, $0.baseAddress, min($0.count, to - offset), off_t(offset))
      }
      guard count > 0 else { throw .system(path) }
      offset += count
    }
  }
}
