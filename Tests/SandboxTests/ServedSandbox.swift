import Core
import Foundation
import Glibc
import Testing

@testable import Sandbox

/// The built program, serving from a state directory.
final class ServedSandbox {
  let directory: String
  let process = Process()
  let input = Pipe()
  let announcement: JSON

  static func freshDirectory() -> String {
    FileManager.default.temporaryDirectory.appending(path: "nija-sandbox-\(UUID().uuidString)").path
  }

  /// The program lies beside the tests.
  static var program: URL {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "nija-sandbox")
  }

  init(_ directory: String = freshDirectory(), options: [String] = []) throws {
    self.directory = directory
    let output = Pipe()
    process.executableURL = Self.program
    process.arguments = ["serve", "--state", directory, "--until-eof"] + options
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while !line.contains(10) {
      let part = output.fileHandleForReading.availableData
      try #require(!part.isEmpty, "the sandbox ended before it was ready")
      line += part
    }
    announcement = try JSON(parsing: Array(line))
  }

  deinit { if process.isRunning { kill() } }

  func kill() {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func port(_ venue: String) throws -> Int {
    let url = try announcement.object("endpoints").string(venue)
    return try #require(Int(url.split(separator: ":").last ?? ""))
  }

  func control(_ request: JSONValue) throws -> JSON {
    let path = try announcement.string("control")
    let folder = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY)
    defer { close(folder) }
    let wire = try Wire(path: "/proc/self/fd/\(folder)/control.sock")
    try wire.send(request.encoded + "\n")
    return try JSON(parsing: try wire.read { $0.hasSuffix("\n") })
  }

  /// A key of an account, made when there is none.
  func openAccount(_ name: String, funds: JSONValue = ["USD": "1000.00"]) throws -> (key: String, secret: [UInt8]) {
    let answer = try control(["do": "open_account", "venue": "kraken", "account": .string(name), "funds": funds])
    try #require(try answer.boolean("ok"))
    let credentials = try answer.object("credentials")
    return (
      try credentials.string("api_key"), try #require(Base64.decoded(try credentials.string("api_secret")))
    )
  }

  static func request(
    _ name: String, _ parameters: String, _ key: (key: String, secret: [UInt8]), nonce: Int
  ) -> String {
    let body = "nonce=\(nonce)&\(parameters)"
    let sign = KrakenSignature.expected(
      secret: key.secret, path: "/0/private/\(name)", nonce: String(nonce), body: Array(body.utf8))
    return "POST /0/private/\(name) HTTP/1.1\r\nHost: sandbox\r\nAPI-Key: \(key.key)\r\n"
      + "API-Sign: \(Base64.encoded(sign))\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  /// One private call on a connection of its own.
  func call(
    _ name: String, _ parameters: String, _ key: (key: String, secret: [UInt8]), nonce: Int
  ) throws -> JSON {
    let wire = try Wire(port: try port("kraken"))
    try wire.send(Self.request(name, parameters, key, nonce: nonce))
    return try JSON(parsing: try #require(try wire.answers(1).first).body)
  }
}

/// A plain connection: what is sent and what comes back, byte for byte.
final class Wire {
  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(code == 0)
    limitWaiting()
  }

  init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(code == 0)
    limitWaiting()
  }

  deinit { close(descriptor) }

  private func limitWaiting() {
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
  }

  /// What comes next within a time: nothing at the end; `nil` when nothing came or the connection was reset (`errno`).
  func receive(for limit: Duration) throws -> [UInt8]? {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    errno = 0
    guard poll(&polled, 1, Int32(clamping: max(1, limit.wholeMilliseconds))) > 0 else { return nil }
    var block = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(descriptor, &block, block.count)
    return count < 0 ? nil : Array(block[0..<count])
  }

  /// Reads until `isDone` or the far end closes.
  func read(until isDone: (String) -> Bool) throws -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while !isDone(String(decoding: bytes, as: UTF8.self)) {
      let count = Glibc.read(descriptor, &block, block.count)
      try #require(count >= 0, "nothing came for 30 seconds")
      if count == 0 { break }
      bytes += block[0..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// So many HTTP answers in the order they came; fewer when the far end closes.
  func answers(_ count: Int) throws -> [(status: Int, body: String)] {
    Self.parse(try read { Self.parse($0).count >= count })
  }

  private static func parse(_ text: String) -> [(status: Int, body: String)] {
    var answers: [(status: Int, body: String)] = []
    var rest = text[...]
    while let end = rest.firstRange(of: "\r\n\r\n") {
      let lines = rest[..<end.lowerBound].split(separator: "\r\n")
      let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
      guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }),
        let length = length.flatMap({ Int($0) }), rest[end.upperBound...].utf8.count >= length
      else { break }
      let bodyEnd = rest.utf8.index(end.upperBound, offsetBy: length)
      answers.append((status, String(rest[end.upperBound..<bodyEnd])))
      rest = rest[bodyEnd...]
    }
    return answers
  }
}
