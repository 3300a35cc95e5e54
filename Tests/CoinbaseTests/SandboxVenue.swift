import Core
import Foundation

/// A `nija-sandbox` of its own, and accounts at its Coinbase venue.
final class SandboxVenue {
  let endpoint: String
  let marketClock: MarketClock
  private let control: String
  private let process = Process()
  private let input = Pipe()
  private let folder: URL

  struct NotServed: Error, CustomStringConvertible { let description: String }

  /// Starts the program that was built beside the tests.
  init(speed: Int = 1) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "nija-coinbase-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let output = Pipe()
    process.executableURL = Self.program
    process.arguments = ["serve", "--state", folder.path, "--speed", String(speed), "--until-eof"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line: [UInt8] = []
    while !line.contains(10) {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { throw NotServed(description: "the sandbox announced nothing") }
      line += piece
    }
    let announcement = try JSON(parsing: line)
    endpoint = try announcement.object("endpoints").string("coinbase")
    control = try announcement.string("control")
    let clock = try announcement.object("market_clock")
    marketClock = MarketClock(
      wallOrigin: Timestamp(nanoseconds: Int64(try clock.integer("wall_origin"))),
      origin: Timestamp(nanoseconds: Int64(try clock.integer("origin"))), speed: try clock.integer("speed"))
  }

  /// Beside the test bundle, whose path the runner was given; or what the environment names.
  private static var program: URL {
    if let named = ProcessInfo.processInfo.environment["NIJA_SANDBOX_PROGRAM"] { return URL(filePath: named) }
    let arguments = CommandLine.arguments
    let flag = arguments.firstIndex(of: "--test-bundle-path")
    let bundle = flag.flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil } ?? arguments[0]
    return URL(filePath: bundle).deletingLastPathComponent().appending(path: "nija-sandbox")
  }

  /// Opens an account; what comes back is what a manifest's credential slots would hold.
  func openAccount(_ name: String, dollars: String) throws -> [String: String] {
    let answer = try ask([
      "do": "open_account", "venue": "coinbase", "account": .string(name), "funds": ["USD": .string(dollars)],
    ])
    guard let credentials = answer["credentials"]?.members else { throw NotServed(description: "no account") }
    return Dictionary(uniqueKeysWithValues: credentials.map { ($0.key, $0.value.text ?? "") })
  }

  /// One request over the control socket.
  @discardableResult
  func ask(_ request: JSONValue) throws -> JSON {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: control.utf8.prefix(107)) }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { throw NotServed(description: "no connection to \(control): errno \(errno)") }
    let line = Array((request.encoded + "\n").utf8)
    guard line.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == line.count else {
      throw NotServed(description: "errno \(errno)")
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !answer.contains(10) {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { throw NotServed(description: "the control socket closed") }
      answer += buffer.prefix(count)
    }
    let json = try JSON(parsing: answer)
    guard try json.boolean("ok") else { throw NotServed(description: json.encoded) }
    return json
  }

  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }
}
