import Glibc

/// A socket's address by way of its folder's descriptor: a path of more than 107 bytes fits no socket address, while
/// `/proc/self/fd/N/name` always does.
struct UnixSocketPath: ~Copyable {
  private let directory: Descriptor
  private let name: String

  /// - Parameter path: of the socket; its folder must exist.
  init(_ path: String) throws(SystemError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    directory = try .open(folder, O_RDONLY | O_DIRECTORY)
  }

  /// What to bind or connect to, for as long as this value lives.
  var address: String { "/proc/self/fd/\(directory.number)/\(name)" }

  /// Removes the socket that an earlier process left.
  borrowing func remove() { _ = unlinkat(directory.number, name, 0) }

  /// Shuts the socket to everybody else.
  borrowing func restrict() throws(SystemError) {
    guard fchmodat(directory.number, name, 0o600, 0) == 0 else { throw .last("cannot shut the socket \(name)") }
  }
}
