import Glibc

/// The folder with journals, locks and sockets: ours alone, and one host's at a time.
final class StateDirectory: Sendable {
  /// Why the folder cannot be used.
  enum Failure: Error, Hashable, CustomStringConvertible {
    /// Another host runs on it.
    case taken(path: String, pid: String)
    /// The system refuses.
    case system(SystemError)

    var description: String {
      switch self {
      case .taken(let path, let pid): "another nija-host (pid \(pid)) runs on \(path)"
      case .system(let error): error.description
      }
    }
  }

  /// Absolute.
  let path: String
  private let lock: Descriptor

  /// Makes the folder where it is missing, shuts others out and takes the lock.
  init(_ path: String) throws(Failure) {
    do {
      try Self.create(path)
      self.path = try Self.absolute(path)
      try Self.create(self.path + "/run")
      lock = try .open(self.path + "/run/host.lock", O_RDWR | O_CREAT)
    } catch {
      throw .system(error)
    }
    guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
      throw .taken(path: self.path, pid: Self.text(of: lock.number) ?? "unknown")
    }
    Self.write("\(getpid())\n", to: lock.number)
  }

  /// A folder below it, made where it is missing.
  func subdirectory(_ name: String) throws(SystemError) -> String {
    let whole = path + "/" + name
    try Self.create(whole)
    return whole
  }

  /// Makes a folder and those above it; the last is shut to everybody else.
  static func create(_ path: String) throws(SystemError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/" + part
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw .last("cannot make the folder \(made)") }
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw .last("cannot look at \(path)") }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw SystemError(attempt: "cannot use \(path)", code: ENOTDIR)
    }
    if status.st_mode & 0o777 != 0o700, chmod(path, 0o700) != 0 { throw .last("cannot shut \(path) to others") }
  }

  /// Removes the plain files of a folder, not those of folders in it.
  static func clear(_ path: String) throws(SystemError) {
    guard let directory = opendir(path) else { throw .last("cannot read \(path)") }
    defer { closedir(directory) }
    let descriptor = dirfd(directory)
    while let entry = readdir(directory) {
      guard entry.pointee.d_type == UInt8(DT_REG) else { continue }
      withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { _ = unlinkat(descriptor, $0, 0) }
      }
    }
  }

  /// The path from the root.
  static func absolute(_ path: String) throws(SystemError) -> String {
    guard let resolved = realpath(path, nil) else { throw .last("cannot resolve \(path)") }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func text(of descriptor: Int32) -> String? {
    var buffer = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(count).prefix { $0 > 32 }, as: UTF8.self)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    // The pid is for people who ask who holds the lock; the lock holds without it.
    _ = ftruncate(descriptor, 0)
    let bytes = Array(text.utf8)
    _ = pwrite(descriptor, bytes, bytes.count, 0)
  }
}
