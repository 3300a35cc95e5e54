import Broker
import Foundation
import Testing

/// TLS against the system's own `openssl`: a certificate made here, known to one folder and unknown to another.
@Suite(.timeLimit(.minutes(1))) struct TransportTrustTests {
  /// A TLS server with a certificate for `localhost`, and the folder that trusts it.
  private final class Server {
    let folder: URL
    private let process = Process()
    let port: Int

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "nija-trust-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder.appending(path: "trusted"), withIntermediateDirectories: true)
      try Self.openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder.appending(path: "key").path,
        "-out", folder.appending(path: "trusted/ca.pem").path)
      try Self.openssl("rehash", folder.appending(path: "trusted").path)
      let output = Pipe()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", folder.appending(path: "key").path, "-cert",
        folder.appending(path: "trusted/ca.pem").path,
      ]
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      var text = ""
      while !text.contains("\n") || !text.contains("ACCEPT 127.0.0.1:") {
        let chunk = output.fileHandleForReading.availableData
        guard !chunk.isEmpty else { throw CocoaError(.fileReadUnknown) }
        text += String(decoding: chunk, as: UTF8.self)
      }
      let digits = text.components(separatedBy: "ACCEPT 127.0.0.1:")[1].prefix { $0.isNumber }
      port = Int(digits) ?? 0
    }

    private static func openssl(_ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["openssl"] + arguments
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw CocoaError(.fileReadUnknown) }
    }

    deinit {
      // Not SIGTERM: a child made on a thread that blocks it would live on.
      kill(process.processIdentifier, SIGKILL)
      try? FileManager.default.removeItem(at: folder)
    }
  }

  private static func send(to host: String, _ server: Server, trusting folder: String) async throws -> Int {
    var settings = CurlSettings()
    settings.certificateFolder = folder
    let transport = try CurlTransport(settings)
    return try await transport.send(HTTPRequest(method: "GET", url: "https://\(host):\(server.port)/")).status
  }

  @Test func `a certificate is taken from the folder that knows it, and only for the name it was made for`()
    async throws
  {
    let server = try Server()
    let trusted = server.folder.appending(path: "trusted").path
    #expect(try await Self.send(to: "localhost", server, trusting: trusted) == 200)
    let wrongName = try await #require(throws: TransportError.self) {
      _ = try await Self.send(to: "127.0.0.1", server, trusting: trusted)
    }
    #expect(wrongName.phase == .tls && !wrongName.mayHaveArrived)
    for folder in ["/etc/ssl/certs", server.folder.path, "/nowhere"] {
      let unknown = try await #require(throws: TransportError.self) {
        _ = try await Self.send(to: "localhost", server, trusting: folder)
      }
      #expect(unknown.phase == .tls && !unknown.mayHaveArrived)
    }
  }
}
