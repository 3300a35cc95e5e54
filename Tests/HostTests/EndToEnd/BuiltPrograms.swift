import Foundation

/// The programs as built beside the tests, driven as a user drives them.
enum BuiltPrograms {
  static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Where `swift test` put them: beside the test bundle.
  static let folder: URL = {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    return bundle?.deletingLastPathComponent() ?? packageRoot.appending(path: ".build/debug")
  }()

  static func url(_ name: String) -> URL { folder.appending(path: name) }

  /// What a finished command printed.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Names what a process is to run, behind an entrance if there is one.
  static func prepare(_ process: Process, _ name: String, _ arguments: [String], _ entrance: [String]) {
    let words = entrance + [url(name).path] + arguments
    process.executableURL = URL(filePath: words[0])
    process.arguments = Array(words.dropFirst())
  }

  /// Runs a command to its end.
  /// - Parameter entrance: what is put before it, as `nsenter` and its arguments.
  static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], entrance: [String] = []
  ) throws -> Outcome {
    let process = Process()
    prepare(process, name, arguments, entrance)
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": NSTemporaryDirectory()].merging(environment) { $1 }
    let output = Pipe(), errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // On a thread of its own: the pool's may all be blocked in here.
    let semaphore = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var errorData = Data()
    Thread.detachNewThread {
      errorData = errors.fileHandleForReading.readDataToEndOfFile()
      semaphore.signal()
    }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    semaphore.wait()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: errorData, as: UTF8.self))
  }
}

/// Why a fact did not come.
struct NotObserved: Error, CustomStringConvertible {
  let description: String
}
