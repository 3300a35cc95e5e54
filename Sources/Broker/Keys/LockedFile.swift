import Glibc

/// A small file that one process at a time may use: opened without following links, locked as a whole, overwritten in
/// place.
final class LockedFile: Sendable {
  /// Where it is.
  let path: String
  private let descriptor: Int32

  /// Opens the file, made with `initial` inside when it is not there. An empty or half-written file is never left under
  /// this name, so that one can only mean damage.
  /// - Parameter isPrivate: whether the folder is made, and refused when others may look into it.
  init(_ place: KeyPlace, isPrivate: Bool, initial: [UInt8]) throws(KeyFileError) {
    if isPrivate { try Self.prepare(place.folder) }
    path = place.path
    var opened = unsafe Glibc.open(path, Self.openFlags)
    if opened < 0, errno == ENOENT {
      try Self.create(path, in: place.folder, initial)
      opened = unsafe Glibc.open(path, Self.openFlags)
    }
    guard opened >= 0 else { throw Self.failed("open", path) }
    descriptor = opened
  }

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  /// Opens the file; `nil` when it is not there.
  static func existing(_ place: KeyPlace) throws(KeyFileError) -> LockedFile? {
    let opened = unsafe Glibc.open(place.path, openFlags)
    if opened < 0, errno == ENOENT { return nil }
    guard opened >= 0 else { throw failed("open", place.path) }
    return LockedFile(path: place.path, descriptor: opened)
  }

  /// Opens a file that is there.
  static func opened(_ place: KeyPlace) throws(KeyFileError) -> LockedFile {
    guard let file = try existing(place) else { throw .removed(path: place.path) }
    return file
  }

  deinit {
    // By name: a child between fork and exec still has the descriptor, and with it the lock.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static let openFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW

  private static func failed(_ operation: String, _ path: String) -> KeyFileError {
    .system(operation: operation, path: path, code: errno)
  }

  /// Makes the folder and those above it that are missing; refuses one that others may read or write.
  private static func prepare(_ folder: String) throws(KeyFileError) {
    var path = folder.hasPrefix("/") ? "" : "."
    for part in folder.split(separator: "/") {
      path += "/" + part
      guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST || errno == EACCES || errno == EROFS else {
        throw failed("make the folder", path)
      }
    }
    var status = stat()
    guard unsafe stat(folder, &status) == 0 else { throw failed("look at", folder) }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw .unsafeFolder(path: folder)
    }
  }

  /// Written whole under another name first; whoever comes second finds the first one's file.
  private static func create(_ path: String, in folder: String, _ bytes: [UInt8]) throws(KeyFileError) {
    let draft = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let file = unsafe Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failed("make", draft) }
    defer {
      close(file)
      unsafe unlink(draft)
    }
    guard unsafe pwrite(file, bytes, bytes.count, 0) == bytes.count, fsync(file) == 0 else {
      throw failed("write", draft)
    }
    guard unsafe link(draft, path) == 0 || errno == EEXIST else { throw failed("make", path) }
    let parent = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { throw failed("open", folder) }
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw failed("write", folder) }
  }

  /// Locks the file; `false` when another process has it.
  func tryLock() throws(KeyFileError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw Self.failed("lock", path) }
    }
    try checkStillThere()
    return true
  }

  /// Whether the path still leads to the file that is locked: a lock on a removed file keeps nobody out.
  func checkStillThere() throws(KeyFileError) {
    var here = stat()
    var there = stat()
    guard unsafe fstat(descriptor, &here) == 0 else { throw Self.failed("look at", path) }
    guard unsafe lstat(path, &there) == 0, here.st_ino == there.st_ino, here.st_dev == there.st_dev else {
      throw .removed(path: path)
    }
  }

  /// Lets go of the lock.
  func unlock() { flock(descriptor, LOCK_UN) }

  /// The first `limit` bytes from there on, or as many as there are.
  func read(from offset: Int = 0, limit: Int) throws(KeyFileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe pread(descriptor, &bytes, limit, off_t(offset))
    guard count >= 0 else { throw Self.failed("read", path) }
    return Array(bytes.prefix(count))
  }

  /// Overwrites from there on, in one write of less than a disk's sector.
  func write(_ bytes: [UInt8], at offset: Int = 0, durably: Bool) throws(KeyFileError) {
    guard unsafe pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
      throw Self.failed("write", path)
    }
    guard !durably || fdatasync(descriptor) == 0 else { throw Self.failed("write", path) }
  }
}

/// The system's words for an error.
enum SystemText {
  static func of(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
