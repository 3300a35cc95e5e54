import Glibc
import Journal

/// A file that is written and synced in pieces as large as an intent's commit: two pages with their headers.
struct PlainFile: ~Copyable {
  private let descriptor: Int32
  private let bytes = [UInt8](repeating: 7, count: 2 * 4_120)

  init(_ path: String, length: Int) throws {
    descriptor = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw JournalError.inaccessible(path: path, cause: "errno \(errno)") }
    let zeros = [UInt8](repeating: 0, count: length)
    guard Glibc.write(descriptor, zeros, length) == length, fsync(descriptor) == 0 else {
      throw JournalError.inaccessible(path: path, cause: "errno \(errno)")
    }
  }

  deinit { close(descriptor) }

  func write(at piece: Int) {
    let written = pwrite(descriptor, bytes, bytes.count, off_t(piece * bytes.count))
    precondition(written == bytes.count && fdatasync(descriptor) == 0, "the disk of a bench works")
  }
}
