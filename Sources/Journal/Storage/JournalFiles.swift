import Glibc

/// The files of one journal.
struct JournalFiles: Sendable {
  let directory: String
  var database: String { directory + "/journal.db" }
  var log: String { directory + "/journal.db-wal" }
  var index: String { directory + "/journal.db-shm" }
  var lock: String { directory + "/journal.lock" }

  /// The size of a file; `nil` when there is none.
  func size(_ path: String) throws(JournalError) -> Int? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw .system(path) }
      return nil
    }
    return Int(status.st_size)
  }

  /// Makes the directory and those above it that are missing, each for the owner alone.
  func makeDirectory() throws(JournalError) {
    var made = directory.hasPrefix("/") ? "" : "."
    for part in directory.split(separator: "/") {
      let parent = made.isEmpty ? "/" : made
      made += "/" + part
      if unsafe mkdir(made, 0o700) == 0 {
        try Self.sync(directory: parent)
      } else if errno != EEXIST {
        throw .system(made)
      }
    }
  }

  /// Makes the empty database file, so that it is the owner's alone from its first byte on; SQLite gives its other
  /// files the same permissions. An existing file is left as it is.
  func makeDatabase() throws(JournalError) {
    let descriptor = unsafe open(database, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      guard errno == EEXIST else { throw .system(database) }
      return
    }
    close(descriptor)
    try Self.sync(directory: directory)
  }

  /// Refuses remains that SQLite would take for an empty database and delete.
  func refuseRemains() throws(JournalError) {
    guard try (size(database) ?? 0) == 0, let rest = try size(log), rest > 0 else { return }
    throw .damaged(place: database, detail: "it is gone or empty, but its log has \(rest) bytes")
  }

  /// Makes a new name in a directory survive a power cut.
  private static func sync(directory: String) throws(JournalError) {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(directory) }
    let failure = fsync(descriptor) == 0 ? 0 : errno
    close(descriptor)
    guard failure == 0 else { throw .system(directory, failure) }
  }
}

/// The right to write a journal: one process at a time, released by the kernel when that ends, however it ends.
struct WriterLock: ~Copyable {
  private let descriptor: Int32

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
    let text = Array("\(getpid())\n".utf8)
    // Only a help for whoever finds it locked: the lock holds without it, on a full disk too.
    if ftruncate(descriptor, 0) == 0 {
      unsafe _ = text.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }
    self.descriptor = descriptor
  }

  deinit {
    // A child between fork and exec still has the descriptor; only an explicit unlock does not wait for it.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func holder(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self))
  }
}
