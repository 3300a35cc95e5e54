import Foundation

/// The library that is preloaded into a process to end it at one of its calls: `Shim/crash.c`, compiled once a run.
enum CrashShim {
  /// Why there is no shim: without it nothing of the kill test can be shown, so the tests fail by this name.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Where the library is.
  static func library() throws(Missing) -> String { try compiled.get() }

  private static let compiled: Result<String, Missing> = {
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Shim/crash.c").path
    let library = NSTemporaryDirectory() + "nija-crash-\(getpid()).so"
    do throws(Missing) {
      try compile(source, to: library)
      return .success(library)
    } catch { return .failure(error) }
  }()

  /// - Parameter compiler: a name that is looked for in `PATH`.
  static func compile(_ source: String, to library: String, compiler: String = "gcc") throws(Missing) {
    let process = Process(), messages = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"]
    process.standardError = messages
    do { try process.run() } catch { throw Missing(description: "/usr/bin/env does not start: \(error)") }
    let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    switch process.terminationStatus {
    case 0: return
    case 127:
      throw Missing(
        description: "the kill test needs \(compiler) to build Shim/crash.c, and there is none: apt-get install gcc")
    default: throw Missing(description: "\(compiler) does not build Shim/crash.c: \(text)")
    }
  }
}
