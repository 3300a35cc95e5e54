internal import Glibc

/// Files and folders of this machine.
enum SystemFile {
  /// Names in one folder that are looked at.
  static let maximumNames = 200_000

  static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    // Without O_NONBLOCK opening a pipe would wait for its other end.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw lastError() }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw lastError() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
    guard status.st_size <= limit else { throw .tooLarge(limit) }
    return try contents(descriptor, expecting: Int(status.st_size), limit)
  }

  private static func contents(_ descriptor: Int32, expecting size: Int, _ limit: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var count = 0
    while true {
      // One byte more than was promised, to notice the end; a file may grow meanwhile, up to the limit.
      if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: 4_096)) }
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw lastError() }
      guard got > 0 else { break }
      count += got
      guard count <= limit else { throw .tooLarge(limit) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  static func names(in directory: String) throws(FileError) -> [String] {
    guard let stream = unsafe opendir(directory) else { throw lastError() }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
      guard names.count <= maximumNames else { throw .system("more than \(maximumNames) entries") }
    }
    guard errno == 0 else { throw lastError() }
    return names
  }

  private static func lastError() -> FileError {
    let code = errno
    if code == ENOENT || code == ENOTDIR { return .missing }
    return .system(unsafe String(cString: strerror(code)).lowercased())
  }
}
