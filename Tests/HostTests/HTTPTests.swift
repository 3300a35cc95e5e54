import Core
import Foundation
import Glibc
import NIOHTTP1
import NIOPosix
import Testing

@testable import Host

@Suite struct RouterTests {
  private let status = Sample.status([
    Sample.account("kraken", .trading, report: Sample.report()),
    Sample.account("kraken/tania_gilbert", .parked, reason: "<script>alert(1)</script>", next: "y"),
  ])

  private func reply(
    _ path: String, _ router: Router = Router(isLoopback: true, token: nil), method: HTTPMethod = .GET,
    _ headers: [(String, String)] = [("host", "localhost:8080")]
  ) -> HTTPReply {
    router.reply(
      to: HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: HTTPHeaders(headers)), status: status)
  }

  @Test func `health, readiness, status and an account by its escaped id`() {
    #expect(reply("/healthz").status == .ok)
    let ready = reply("/readyz")
    #expect(ready.status == .serviceUnavailable && ready.body.contains(#""account":"kraken/tania_gilbert""#))
    #expect(!ready.body.contains("1000.00"), "readiness tells no amounts")
    #expect(reply("/api/v1/status").body == status.json.encoded + "\n")
    #expect(reply("/api/v1/accounts/kraken%2Ftania_gilbert").body.contains(#""state":"parked""#))
    #expect(reply("/api/v1/accounts/nobody").status == .notFound)
    #expect(reply("/api/v1/accounts/%zz").status == .notFound)
    #expect(reply("/etc/passwd").status == .notFound)
    #expect(reply("/api/v1/status", method: .POST).status == .methodNotAllowed)
  }

  @Test func `the page shows the tree and nothing that a browser runs`() {
    let page = reply("/").body
    #expect(page.contains("kraken/tania_gilbert") && page.contains("&lt;script&gt;") && !page.contains("<script"))
  }

  @Test func `off loopback only health is open, the rest needs the whole token`() {
    let open = Router(isLoopback: false, token: nil)
    #expect(reply("/healthz", open).status == .ok && reply("/readyz", open).status == .serviceUnavailable)
    for path in ["/", "/api/v1/status", "/api/v1/accounts/kraken"] { #expect(reply(path, open).status == .forbidden) }
    let guarded = Router(isLoopback: false, token: Secret(Array("correct-horse".utf8)))
    #expect(reply("/", guarded).status == .unauthorized)
    for wrong in ["Bearer correct-hors", "Bearer correct-horsf", "Bearer ", "Basic correct-horse", "correct-horse"] {
      #expect(reply("/", guarded, [("authorization", wrong)]).status == .unauthorized)
    }
    #expect(reply("/", guarded, [("authorization", "Bearer correct-horse")]).status == .ok)
  }

  @Test func `a page of another site that resolves to here is not answered`() {
    for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""] {
      #expect(reply("/api/v1/status", [("host", host)]).status == .misdirectedRequest)
    }
    for host in ["127.0.0.1:8080", "localhost", "[::1]:8080", "[::1]"] {
      #expect(reply("/api/v1/status", [("host", host)]).status == .ok)
    }
  }

  private func reply(_ path: String, _ headers: [(String, String)]) -> HTTPReply {
    reply(path, Router(isLoopback: true, token: nil), headers)
  }
}

@Suite struct HTTPServerTests {
  /// Serves a status on a port of the system's choice for as long as `body` runs.
  private func serving(_ body: @Sendable @escaping (Int) async throws -> Void) async throws {
    let server = HTTPServer(status: { Sample.status([Sample.account("kraken", .trading)]) }, token: nil)
    let bound = try await server.bind(
      ListenAddress(host: "127.0.0.1", port: 0), port: nil, group: MultiThreadedEventLoopGroup.singleton)
    #expect(bound.address.port > 0)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try? await server.run(bound) }
      try await body(bound.address.port)
      tasks.cancelAll()
    }
  }

  /// Sends bytes as they are and reads until the far end closes or `count` answers are in.
  private func exchange(_ port: Int, _ request: String, answers count: Int) async throws -> String {
    try await NIOThreadPool.singleton.runIfActive {
      let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var patience = timeval(tv_sec: 50, tv_usec: 0)
      setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(UInt16(port).bigEndian)
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      #expect(connected == 0)
      _ = Array(request.utf8).withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      var text = ""
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while text.components(separatedBy: "HTTP/1.1 ").count - 1 < count || text.utf8.last != 10 {
        let received = recv(socket, &chunk, chunk.count, 0)
        guard received > 0 else { break }
        text += String(decoding: chunk.prefix(received), as: UTF8.self)
      }
      return text
    }
  }

  @Test(.timeLimit(.minutes(1))) func `one connection answers several requests`() async throws {
    try await serving { port in
      let get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
      let text = try await exchange(port, get + get, answers: 2)
      #expect(text.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
      #expect(text.contains(#"{"alive":true}"#))
    }
  }

  @Test(.timeLimit(.minutes(1))) func `an endless body, a broken request and a HEAD are each dealt with`() async throws
  {
    try await serving { port in
      let body = String(repeating: "x", count: 100_000)
      let endless = "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n\(body)"
      #expect(try await exchange(port, endless, answers: 1).isEmpty, "cut off without an answer")
      #expect(try await exchange(port, "NONSENSE\r\n\r\n", answers: 1).contains("400"))
      let head = try await exchange(port, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", answers: 1)
      #expect(head.contains("200 OK") && !head.contains("alive"))
    }
  }
}

@Suite struct ControlServerTests {
  @Test(.timeLimit(.minutes(1)))
  func `answers status to its own user, on a path longer than an address holds`() async throws {
    let folder = try TemporaryFolder()
    let deep = folder.path + "/" + String(repeating: "d", count: 150)
    try StateDirectory.create(deep + "/run")
    let path = ControlServer.path(inState: deep)
    let server = ControlServer(status: { Sample.status([Sample.account("kraken", .trading)]) })
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try? await server.run(path: path, group: MultiThreadedEventLoopGroup.singleton) }
      try await eventually("the socket is shut to others") {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600
      }
      let answers = try await NIOThreadPool.singleton.runIfActive {
        var socket = try LineSocket(connectingTo: path, limit: 5)
        return try [#"{"do":"status"}"#, #"{"do":"sell_everything"}"#, "nonsense"].map {
          String(decoding: try socket.ask($0), as: UTF8.self)
        }
      }
      #expect(answers[0].hasPrefix(#"{"format":"nija-status/1""#))
      #expect(answers[1].contains("error") && answers[2].contains("error"))
      tasks.cancelAll()
    }
  }

  @Test(.timeLimit(.minutes(1))) func `an endless line is cut off`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/s.sock"
    let server = ControlServer(status: { Sample.status([]) })
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try? await server.run(path: path, group: MultiThreadedEventLoopGroup.singleton) }
      try await eventually("the socket is there") { access(path, F_OK) == 0 }
      await #expect(throws: (any Error).self) {
        try await NIOThreadPool.singleton.runIfActive {
          var socket = try LineSocket(connectingTo: path, limit: 5)
          _ = try socket.ask(String(repeating: "x", count: 100_000))
        }
      }
      tasks.cancelAll()
    }
  }
}
