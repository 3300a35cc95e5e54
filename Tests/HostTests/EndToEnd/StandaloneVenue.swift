import Foundation

/// A `nija-sandbox` of its own, for hosts in live mode whose `endpoint` names it.
final class StandaloneVenue {
  private let process = Process()
  private let folder = RunningHost.newFolder()
  private let input = Pipe()
  private var announcement: [String: Any] = [:]

  init(speed: Int = 1, seed: Int = 1) throws {
    let output = Pipe()
    process.executableURL = BuiltPrograms.url("nija-sandbox")
    process.arguments = [
      "serve", "--state", folder.path, "--speed", String(speed), "--seed", String(seed), "--until-eof",
    ]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while !line.contains(10) {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { throw NotObserved(description: "the sandbox announced nothing") }
      line.append(piece)
    }
    announcement = try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
  }

  func endpoint(_ venue: String) -> String { (announcement["endpoints"] as? [String: String])?[venue] ?? "" }

  /// Opens an account over the control socket.
  /// - Parameter permissions: in the venue's words; what a trading key has unless given.
  func openAccount(
    venue: String, account: String, dollars: String, permissions: [String]? = nil
  ) throws -> (name: String, secret: String) {
    var request: [String: Any] = ["do": "open_account", "venue": venue, "account": account, "funds": ["USD": dollars]]
    request["permissions"] = permissions
    let answer = try ask(request)
    guard let keys = answer["credentials"] as? [String: String], let name = keys["api_key"],
      let secret = keys["api_secret"]
    else { throw NotObserved(description: "no account: \(answer)") }
    return (name, secret)
  }

  /// Sets a fault until it is cleared, or for the calls that it strikes.
  func fault(_ fault: String, _ more: [String: Any] = [:]) throws {
    let answer = try ask(["do": "fault", "fault": fault].merging(more) { $1 })
    guard answer["ok"] as? Bool == true else { throw NotObserved(description: "\(fault): \(answer)") }
  }

  func revokeKey(account: String) throws { _ = try ask(["do": "revoke_key", "account": account]) }

  func ask(_ request: [String: Any]) throws -> [String: Any] {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = announcement["control"] as? String ?? ""
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { throw NotObserved(description: "cannot connect to \(path): errno \(errno)") }
    let line = try JSONSerialization.data(withJSONObject: request) + Data([10])
    _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    var answer = Data()
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while !answer.contains(10) {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      answer.append(contentsOf: buffer.prefix(count))
    }
    return try JSONSerialization.jsonObject(with: answer) as? [String: Any] ?? [:]
  }

  /// What the venue holds of an account, as its own ledger says.
  func fills(of account: String) throws -> [[String: Any]] { try list("fills", of: account) }

  /// Every order it was ever given.
  func orders(of account: String) throws -> [[String: Any]] { try list("orders", of: account) }

  private func list(_ key: String, of account: String) throws -> [[String: Any]] {
    let outcome = try BuiltPrograms.run("nija-sandbox", ["ledger", "--state", folder.path, "--json"])
    let ledger = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let accounts = ledger?["accounts"] as? [[String: Any]] ?? []
    return accounts.first { $0["account"] as? String == account }?[key] as? [[String: Any]] ?? []
  }

  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }
}
