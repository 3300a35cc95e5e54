/// How files are reached while a manifest is read. Passed in, so that a manifest can be read from memory.
public struct ManifestFiles: Sendable {
  /// Reads a whole file of at most so many bytes.
  public let read: @Sendable (_ path: String, _ limit: Int) throws(FileError) -> [UInt8]
  /// The names in a folder, in any order.
  public let list: @Sendable (_ directory: String) throws(FileError) -> [String]

  /// Files behind two functions.
  public init(
    read: @escaping @Sendable (_ path: String, _ limit: Int) throws(FileError) -> [UInt8],
    list: @escaping @Sendable (_ directory: String) throws(FileError) -> [String]
  ) {
    self.read = read
    self.list = list
  }

  /// The files of this machine.
  public static let system = ManifestFiles(
    read: { path, limit throws(FileError) in try SystemFile.read(path, limit: limit) },
    list: { path throws(FileError) in try SystemFile.names(in: path) })
}

/// Why a file or folder cannot be read.
public enum FileError: Error, Hashable, Sendable {
  /// There is none.
  case missing
  /// It is a folder, a pipe or a device.
  case notAFile
  /// It is larger than this many bytes.
  case tooLarge(Int)
  /// What the system says.
  case system(String)

  /// The reason in words.
  public var message: String {
    switch self {
    case .missing: "no such file"
    case .notAFile: "not a regular file"
    case .tooLarge(let limit): limit >= 1 << 20 ? "larger than \(limit >> 20) MiB" : "larger than \(limit) bytes"
    case .system(let text): text
    }
  }
}

/// Paths as text; nothing here looks at a disk.
enum Path {
  /// The folder of a file: `.` when none is written.
  static func directory(of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// A path that a file in `directory` mentions.
  static func resolve(_ path: String, in directory: String) -> String {
    if path.hasPrefix("/") || directory == "." { return path }
    return directory == "/" ? "/\(path)" : "\(directory)/\(path)"
  }

  /// A path without `.` and empty parts and with `..` taken back, so that two spellings of one file are equal.
  static func normalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
