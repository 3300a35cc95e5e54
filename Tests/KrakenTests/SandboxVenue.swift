import Core
import Foundation
import Glibc

/// A `nija-sandbox` of its own: the built program, asked over its control socket.
final class SandboxVenue {
  let endpoint: String
  let marketClock: MarketClock
  private let folder = FileManager.default.temporaryDirectory.appending(path: "nija-kraken-\(UUID().uuidString)")
  private let process = Process()
  private let input = Pipe()

  struct Failed: Error, CustomStringConvertible { let description: String }

  /// Where a test may keep the file of a key.
  var keys: String { folder.appending(path: "keys").path }

  init(speed: Int = 60) throws {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let output = Pipe()
    process.executableURL = Self.program
    process.arguments = ["serve", "--state", folder.path, "--speed", String(speed), "--until-eof"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while !line.contains(10) {
      let part = output.fileHandleForReading.availableData
      guard !part.isEmpty else { throw Failed(description: "the sandbox ended before it was ready") }
      line += part
    }
    let announced = try JSON(parsing: Array(line))
    endpoint = try announced.object("endpoints").string("kraken")
    let clock = try announced.object("market_clock")
    marketClock = MarketClock(
      wallOrigin: Timestamp(nanoseconds: Int64(try clock.integer("wall_origin"))),
      origin: Timestamp(nanoseconds: Int64(try clock.integer("origin"))), speed: try clock.integer("speed"))
  }

  /// It lies beside the tests; the environment may name another.
  private static var program: URL {
    let named = ProcessInfo.processInfo.environment["NIJA_SANDBOX_PROGRAM"].map { URL(filePath: $0) }
    let tests = URL(filePath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
    return named ?? tests.appending(path: "nija-sandbox")
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// A key of an account with so many dollars.
  func openAccount(_ name: String, dollars: String) throws -> [String: String] {
    let answer = try ask([
      "do": "open_account", "venue": "kraken", "account": .string(name), "funds": ["USD": .string(dollars)],
    ])
    let credentials = try answer.object("credentials")
    return ["api_key": try credentials.string("api_key"), "api_secret": try credentials.string("api_secret")]
  }

  /// Sets a fault for the next call of an endpoint.
  func setFault(_ fault: String, endpoint: String, count: Int = 1) throws {
    _ = try ask([
      "do": "fault", "venue": "kraken", "endpoint": .string(endpoint), "fault": .string(fault),
      "count": .integer(count),
    ])
  }

  /// The fills of an account as the ledger holds them: id, quantity, price, fee.
  func ledgerFills(_ account: String) throws -> [String] {
    let accounts = try ask(["do": "ledger"]).object("ledger").array("accounts")
    guard let account = try accounts.first(where: { try $0.string("account") == account }) else {
      throw Failed(description: "the ledger has no \(account)")
    }
    return try account.array("fills").map { fill in
      try ["id", "quantity", "price", "fee", "fee_currency"].map { try fill.string($0) }.joined(separator: " ")
    }
  }

  private func ask(_ request: JSONValue) throws -> JSON {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: folder.appending(path: "control.sock").path.utf8.prefix(107))
    }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    let line = Array((request.encoded + "\n").utf8)
    guard code == 0, write(descriptor, line, line.count) == line.count else {
      throw Failed(description: "the control socket: errno \(errno)")
    }
    var answer: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while !answer.contains(10) {
      let count = read(descriptor, &block, block.count)
      guard count > 0 else { throw Failed(description: "the control socket closed") }
      answer += block.prefix(count)
    }
    let json = try JSON(parsing: answer)
    guard try json.boolean("ok") else { throw Failed(description: try json.string("error")) }
    return json
  }
}
