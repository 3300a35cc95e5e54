import Glibc

/// Tells builds apart, so that a host that runs while its worker is rebuilt says so instead of guessing.
public enum Build {
  /// The released version of host and workers together.
  public static let version = "0.1.0"

  /// The id of the program in a file: version, size and time of change; `nil` when there is no such file.
  ///
  /// The host asks for its worker's file when it starts; the worker asks for `/proc/self/exe`, which stays what it was
  /// when the file is replaced.
  public static func identity(ofExecutable path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let changed = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    return "\(version)+\(String(status.st_size, radix: 16)).\(String(changed, radix: 16))"
  }
}
