import Glibc
import Messages

/// Where this program and those beside it stand, and what a child's environment holds.
struct Programs: Sendable {
  /// The folder of our own file.
  let directory: String
  /// The worker's build when the host started; `nil` when there is no such file.
  let workerBuild: String?

  /// - Parameters:
  ///   - directory: the folder of `nija-worker` and `nija-sandbox`.
  ///   - workerBuild: what the worker there is to say of itself; read from its file unless given.
  init(directory: String, workerBuild: String? = nil) {
    self.directory = directory
    self.workerBuild = workerBuild ?? Build.identity(ofExecutable: directory + "/nija-worker")
  }

  /// The programs beside our own.
  init() throws(SystemError) {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard length > 0 else { throw .last("cannot read /proc/self/exe") }
    let path = String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    let end = path.lastIndex(of: "/") ?? path.startIndex
    self.init(directory: String(path[..<end]))
  }

  var worker: String { directory + "/nija-worker" }
  var sandbox: String { directory + "/nija-sandbox" }

  /// All that a child gets to see of our environment. The runtime's crash report is off: it prints memory.
  static func environment() -> [String] {
    ["TZ", "LANG", "LC_ALL"].compactMap { name in variable(name).map { "\(name)=\($0)" } }
      + ["SWIFT_BACKTRACE=enable=no"]
  }

  /// A variable of our own environment.
  static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
