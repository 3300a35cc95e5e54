import Glibc

/// The right to write a journal: one process at a time, released by the kernel when that ends, however it ends.
struct WriterLock: ~Copyable {
  private let descriptor: Int32
  /// The name of the journal that stood here when the lock was last held.
  let journal: String?

  init(_ files: JournalFiles) throws(JournalError) {
    let descriptor = unsafe open(files.lock, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(files.lock) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = errno
      let pid = Self.holder(descriptor)
      close(descriptor)
      if failure == EWOULDBLOCK { throw .inUse(path: files.directory, pid: pid) }
      throw .system(files.lock, failure)
    }
    journal = Self.journal(descriptor)
    // In place, so that what follows the line stays. Only a help for whoever finds it locked: the lock holds without it,
    // on a full disk too.
    let pid = String(getpid())
    let line = Array((String(repeating: "0", count: max(0, Self.width - pid.utf8.count)) + pid + "\n").utf8)
    unsafe _ = line.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    self.descriptor = descriptor
  }

  deinit {
    // A child between fork and exec still has the descriptor; only an explicit unlock does not wait for it.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Leaves word of the journal that stands here now, for when its files are gone. Called when they are on the disk.
  func leaveTrace(of name: String) {
    guard journal != name else { return }
    let line = Array((Self.trace + name + "\n").utf8)
    // Without it no more than that is lost: a full disk must not keep a journal from being opened.
    let start = off_t(Self.width + 1)
    let count = unsafe line.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, start) }
    guard count == line.count, ftruncate(descriptor, start + off_t(count)) == 0 else { return }
    fsync(descriptor)
  }

  /// The name of the journal that stood in a directory, as its lock tells; `nil` when it tells of none.
  static func trace(_ files: JournalFiles) throws(JournalError) -> String? {
    let descriptor = unsafe open(files.lock, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw .system(files.lock) }
      return nil
    }
    defer { close(descriptor) }
    return journal(descriptor)
  }

  private static let trace = "journal "
  /// Of the first line, without its end.
  private static let width = 10

  private static func journal(_ descriptor: Int32) -> String? {
    guard let line = lines(descriptor).dropFirst().first, line.hasPrefix(trace) else { return nil }
    let name = String(line.dropFirst(trace.utf8.count))
    // Anything shorter is a line that a power cut tore.
    return name.utf8.count == JournalOpening.nameLength ? name : nil
  }

  private static func holder(_ descriptor: Int32) -> Int32? { lines(descriptor).first.flatMap { Int32($0) } }

  private static func lines(_ descriptor: Int32) -> [Substring] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
  }
}
