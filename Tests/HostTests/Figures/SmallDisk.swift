import Foundation

/// A file system in memory, a few MiB large, at a folder that only those see who enter: in a user and mount namespace of
/// its own, so that no rights are needed. It is there until the value is let go of.
final class SmallDisk {
  private let keeper = Process()
  private let input = Pipe()
  private let path: String

  /// What is put before a command to run it where the disk is seen.
  var entrance: [String] {
    ["/usr/bin/nsenter", "-t", String(keeper.processIdentifier), "-U", "-m", "--preserve-credentials", "--"]
  }

  /// Mounts one at `folder`, with `outside` seen at `within` it: what is there takes none of its space.
  /// - Throws: ``NotObserved`` where this machine lets nobody make such namespaces, with what it said.
  init(at folder: URL, mebibytes: Int, within: String, outside: URL) throws {
    path = folder.path
    for place in [folder, outside] {
      try FileManager.default.createDirectory(
        at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    let output = Pipe(), errors = Pipe()
    keeper.executableURL = URL(filePath: "/usr/bin/unshare")
    let script = """
      set -e
      umask 077
      mount -t tmpfs -o size=\(mebibytes)m,mode=0700 tmpfs "$0"
      mkdir -p "$0/\(within)"
      mount --bind "$1" "$0/\(within)"
      echo ready
      exec cat
      """
    keeper.arguments = ["-r", "-m", "/bin/sh", "-c", script, folder.path, outside.path]
    keeper.standardInput = input
    keeper.standardOutput = output
    keeper.standardError = errors
    try keeper.run()
    let word = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard word.hasPrefix("ready") else {
      keeper.waitUntilExit()
      let why = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      throw NotObserved(description: "no file system of its own: \(why)")
    }
  }

  private var ballast: String { "/proc/\(keeper.processIdentifier)/root\(path)/ballast" }

  /// Takes all the space that is left.
  func fill() throws {
    let file = open(ballast, O_CREAT | O_WRONLY | O_APPEND, 0o600)
    guard file >= 0 else { throw NotObserved(description: "no ballast: errno \(errno)") }
    defer { close(file) }
    for size in [65_536, 4_096, 1] {
      let bytes = [UInt8](repeating: 1, count: size)
      while write(file, bytes, size) == size {}
    }
    guard errno == ENOSPC else { throw NotObserved(description: "not full: errno \(errno)") }
  }

  /// Gives it back.
  func free() throws {
    guard unlink(ballast) == 0 else { throw NotObserved(description: "no ballast to throw off: errno \(errno)") }
  }

  deinit {
    try? input.fileHandleForWriting.close()
    keeper.waitUntilExit()
  }
}
