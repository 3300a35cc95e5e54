import Glibc

/// The files of one journal, seen from one of its segments.
struct JournalFiles: Sendable {
  let directory: String
  /// Counted from 1; the one with the highest number is written.
  var segment = 1

  /// The segment's file: `journal.db` for the first, `journal-000002.db` for the second.
  var name: String { segment == 1 ? "journal.db" : "journal-\(Self.digits(segment)).db" }
  var database: String { directory + "/" + name }
  var log: String { database + "-wal" }
  var index: String { database + "-shm" }
  /// What a sealed segment's file held, in a few lines of its own.
  var seal: String { directory + "/journal-\(Self.digits(segment)).seal" }
  /// A segment in the making.
  var unfinished: String { database + ".new" }
  var lock: String { directory + "/journal.lock" }
  var mark: String { directory + "/journal.mark" }

  /// Those that the writer has open.
  var written: [String] { [database, lock, mark, log] }

  init(directory: String, segment: Int = 1) {
    self.directory = directory
    self.segment = segment
  }

  static func digits(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 6 - text.utf8.count)) + text
  }

  /// The files seen from the segment that is written.
  func live() throws(JournalError) -> JournalFiles {
    JournalFiles(directory: directory, segment: try segments().max() ?? 1)
  }

  /// The numbers of the segments whose files are there.
  func segments() throws(JournalError) -> [Int] {
    try names().compactMap { name in
      if name == "journal.db" { return 1 }
      guard name.hasPrefix("journal-"), name.hasSuffix(".db") else { return nil }
      return Int(name.dropFirst(8).dropLast(3))
    }.sorted()
  }

  /// The names in the directory; none when there is no directory.
  func names() throws(JournalError) -> [String] {
    guard let listing = unsafe opendir(directory) else {
      guard errno == ENOENT || errno == ENOTDIR else { throw .system(directory) }
      return []
    }
    defer { unsafe closedir(listing) }
    var names: [String] = []
    while let entry = unsafe readdir(listing) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }

  /// A small file's bytes; `nil` when there is no such file.
  func contents(_ path: String, limit: Int) throws(JournalError) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw .system(path) }
      return nil
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw .system(path) }
    return Array(bytes.prefix(count))
  }

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
  static func sync(directory: String) throws(JournalError) {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(directory) }
    let failure = fsync(descriptor) == 0 ? 0 : errno
    close(descriptor)
    guard failure == 0 else { throw .system(directory, failure) }
  }
}
