import Broker
import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1))) struct TransportTests {
  private static func transport(_ change: (inout CurlSettings) -> Void = { _ in }) throws -> CurlTransport {
    var settings = CurlSettings()
    change(&settings)
    return try CurlTransport(settings)
  }

  private static func failure(
    _ transport: CurlTransport, _ request: HTTPRequest, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> TransportError {
    try await #require(throws: TransportError.self, sourceLocation: sourceLocation) {
      _ = try await transport.send(request)
    }
  }

  // MARK: Answers

  @Test func `method, address, headers and body arrive as given, and the answer comes back whole`() async throws {
    let server = try TransportServer { _, connection in
      connection.answer("fine", status: "418 Teapot", headers: "X-One: a \r\nX-ONE: b\r\n")
      return true
    }
    defer { server.stop() }
    let answer = try await Self.transport().send(
      HTTPRequest(
        method: "POST", url: server.url + "/0/private/X?y=1",
        headers: [("API-Key", "k"), ("User-Agent", "nija-host/0.1"), ("Empty", "")], body: Array("a=1&b=%2B".utf8)))
    #expect(answer.status == 418)
    #expect(answer.headers["x-one"] == "a, b")
    #expect(String(decoding: answer.body, as: UTF8.self) == "fine")
    let request = try #require(await server.requests.first { _ in true })
    #expect(request.head.hasPrefix("POST /0/private/X?y=1 HTTP/1.1\r\n"))
    #expect(request.header("api-key") == "k")
    #expect(request.header("user-agent") == "nija-host/0.1")
    #expect(request.header("empty") == "")
    #expect(request.body == "a=1&b=%2B")
  }

  @Test(arguments: ["GET", "POST", "PUT", "DELETE"]) func `each method goes out under its own name, after any other`(
    _ method: String
  ) async throws {
    let server = try TransportServer { request, connection in
      connection.answer("\(request.method) \(request.body)")
      return true
    }
    defer { server.stop() }
    let transport = try Self.transport()
    for (name, body) in [("POST", "x"), (method, ""), ("GET", ""), (method, method == "GET" ? "" : "yz")] {
      let answer = try await transport.send(HTTPRequest(method: name, url: server.url, body: Array(body.utf8)))
      #expect(String(decoding: answer.body, as: UTF8.self) == "\(name) \(body)")
    }
    #expect(server.connections == 1)
  }

  @Test func `a redirect is an answer, not a journey`() async throws {
    let server = try TransportServer { _, connection in
      connection.answer("", status: "302 Found", headers: "Location: /elsewhere\r\n")
      return true
    }
    defer { server.stop() }
    let answer = try await Self.transport().send(HTTPRequest(method: "GET", url: server.url))
    #expect(answer.status == 302)
    #expect(answer.headers["location"] == "/elsewhere")
  }

  @Test func `a proxy named in the environment is not used`() async throws {
    // In a process of its own: the environment belongs to every test of this one.
    await #expect(processExitsWith: .success) {
      setenv("http_proxy", "http://127.0.0.1:1", 1)
      let server = try TransportServer { _, connection in
        connection.answer("direct")
        return true
      }
      defer { server.stop() }
      let transport = try CurlTransport(CurlSettings())
      let answer = try await transport.send(HTTPRequest(method: "GET", url: server.url))
      exit(answer.status == 200 ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }

  // MARK: Failures and where they are

  @Test func `a port nobody listens on is a failed connection that cannot have arrived`() async throws {
    let (descriptor, port) = try TransportServer.listen(backlog: 1)
    close(descriptor)
    let error = try await Self.failure(
      Self.transport(), HTTPRequest(method: "POST", url: "http://127.0.0.1:\(port)"))
    #expect(error.phase == .connect && !error.mayHaveArrived)
  }

  @Test func `a connection that is never taken times out as a connection`() async throws {
    let (descriptor, port) = try TransportServer.listen(backlog: 0)
    defer { close(descriptor) }
    let fillers = (0..<4).map { _ in Self.connectWithoutWaiting(port) }
    defer { for filler in fillers { close(filler) } }
    let transport = try Self.transport { $0.connectTimeout = .milliseconds(200) }
    let error = try await Self.failure(transport, HTTPRequest(method: "POST", url: "http://127.0.0.1:\(port)"))
    #expect(error.phase == .connect && !error.mayHaveArrived)
  }

  private static func connectWithoutWaiting(_ port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(O_NONBLOCK), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    withUnsafePointer(to: &address) {
      _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return descriptor
  }

  @Test func `a name without an address is a failed look-up`() async throws {
    let transport = try Self.transport { $0.connectTimeout = .seconds(2) }
    let error = try await Self.failure(transport, HTTPRequest(method: "GET", url: "https://venue.invalid/"))
    #expect(error.phase == .resolve && !error.mayHaveArrived)
  }

  @Test func `a far end that never shakes hands times out as TLS`() async throws {
    let (descriptor, port) = try TransportServer.listen(backlog: 8)
    defer { close(descriptor) }
    let transport = try Self.transport { $0.connectTimeout = .milliseconds(200) }
    let error = try await Self.failure(transport, HTTPRequest(method: "POST", url: "https://127.0.0.1:\(port)/"))
    #expect(error.phase == .tls && !error.mayHaveArrived, "\(error)")
  }

  /// What a far end may do instead of answering; each leaves open whether the request was carried out.
  enum Misdeed: CaseIterable {
    case silence, close, reset, resetAmidHead, cutBody, cutChunks, garbage, binary, drip

    func act(_ connection: TransportServer.Connection) {
      switch self {
      case .silence: connection.waitForClose()
      case .close: break
      case .reset: connection.resetOnClose()
      case .resetAmidHead:
        connection.send("HTTP/1.1 200 OK\r\nContent-")
        connection.resetOnClose()
      case .cutBody: connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"error\":[]")
      case .cutChunks: connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"err\r\n")
      case .garbage: connection.send("what do you want?\r\n\r\n")
      case .binary: connection.send((0...255).map { UInt8($0) })
      case .drip:
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        connection.waitForClose()
      }
    }
  }

  @Test(arguments: Misdeed.allCases) func `an answer that does not come whole may have been carried out`(
    _ misdeed: Misdeed
  ) async throws {
    let server = try TransportServer { _, connection in
      misdeed.act(connection)
      return false
    }
    defer { server.stop() }
    let error = try await Self.failure(
      Self.transport(), HTTPRequest(method: "POST", url: server.url, body: [1], timeout: .milliseconds(400)))
    #expect(error.phase == .receive && error.mayHaveArrived)
  }

  @Test(arguments: [true, false]) func `an answer above the limit is refused, announced or not`(
    _ isAnnounced: Bool
  ) async throws {
    let server = try TransportServer { _, connection in
      if isAnnounced {
        connection.answer(String(repeating: "x", count: 1_001))
      } else {
        connection.send("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1_001))
      }
      return false
    }
    defer { server.stop() }
    let transport = try Self.transport { $0.maximumAnswerBytes = 1_000 }
    let error = try await Self.failure(transport, HTTPRequest(method: "GET", url: server.url))
    #expect(error.phase == .tooLarge && error.mayHaveArrived)
  }

  @Test func `headers without end are refused`() async throws {
    let server = try TransportServer { _, connection in
      connection.send("HTTP/1.1 200 OK\r\n")
      for number in 0..<1_000 { connection.send("X-\(number): \(String(repeating: "y", count: 100))\r\n") }
      return false
    }
    defer { server.stop() }
    let error = try await Self.failure(Self.transport(), HTTPRequest(method: "GET", url: server.url))
    #expect(error.phase == .tooLarge)
  }

  @Test(arguments: [
    HTTPRequest(method: "GET", url: "http://10.0.0.1/"),
    HTTPRequest(method: "GET", url: "http://127.0.0.1@example.org/"),
    HTTPRequest(method: "GET", url: "http://127.0.0.256/"),
    HTTPRequest(method: "GET", url: "http://localhost.example.org/"),
    HTTPRequest(method: "GET", url: "ftp://127.0.0.1/"),
    HTTPRequest(method: "GET", url: "https://example.org/a b"),
    HTTPRequest(method: "GET /x HTTP/1.1\r\nA:", url: "https://example.org/"),
    HTTPRequest(method: "GET", url: "https://example.org/", headers: [("API-Key", "k\r\nHost: else.where")]),
    HTTPRequest(method: "GET", url: "https://example.org/", headers: [("a: b", "c")]),
  ]) func `what must not leave is refused before anything is sent`(_ request: HTTPRequest) async throws {
    let error = try await Self.failure(Self.transport(), request)
    #expect(error.phase == .send && !error.mayHaveArrived)
  }

  @Test func `a body above the limit is refused before anything is sent`() async throws {
    let transport = try Self.transport { $0.maximumRequestBytes = 10 }
    let error = try await Self.failure(
      transport, HTTPRequest(method: "POST", url: "https://example.org/", body: Array(0...10)))
    #expect(error.phase == .send && !error.mayHaveArrived)
  }

  @Test func `a request prints without its headers and body`() {
    let request = HTTPRequest(
      method: "POST", url: "https://example.org/x", headers: [("API-Key", "canary")], body: Array("canary".utf8))
    var dumped = ""
    dump(request, to: &dumped)
    #expect("\(request) \(String(reflecting: request)) \(dumped)".contains("canary") == false)
    #expect("\(request)" == "POST https://example.org/x")
  }

  // MARK: Kept connections

  @Test func `requests one after another use one connection`() async throws {
    let server = try TransportServer { _, connection in
      connection.answer("x")
      return true
    }
    defer { server.stop() }
    let transport = try Self.transport()
    for _ in 0..<5 { _ = try await transport.send(HTTPRequest(method: "GET", url: server.url)) }
    #expect(server.connections == 1)
  }

  /// A kept connection that dies the moment it is used again.
  private static func dyingServer() throws -> TransportServer {
    try TransportServer { request, connection in
      guard request.head.contains("/dies"), connection.number == 0 else {
        connection.answer("x")
        return true
      }
      return false
    }
  }

  @Test func `an order on a kept connection that dies is not sent a second time`() async throws {
    let server = try Self.dyingServer()
    defer { server.stop() }
    let transport = try Self.transport()
    _ = try await transport.send(HTTPRequest(method: "POST", url: server.url, body: [65]))
    let error = try await Self.failure(
      transport, HTTPRequest(method: "POST", url: server.url + "/dies", body: [65]))
    #expect(error.phase == .receive && error.mayHaveArrived)
    _ = try await transport.send(HTTPRequest(method: "POST", url: server.url + "/last", body: [65]))
    var paths: [String] = []
    for await request in server.requests {
      paths.append(request.head.split(separator: " ").dropFirst().first.map(String.init) ?? "")
      if paths.last == "/last" { break }
    }
    #expect(paths == ["/", "/dies", "/last"])
  }

  @Test func `a question on a kept connection that dies is asked again`() async throws {
    let server = try Self.dyingServer()
    defer { server.stop() }
    let transport = try Self.transport()
    _ = try await transport.send(HTTPRequest(method: "GET", url: server.url))
    let question = HTTPRequest(method: "GET", url: server.url + "/dies", isQuestion: true)
    #expect(try await transport.send(question).status == 200)
    #expect(server.connections == 2)
  }

  @Test func `an order by GET on a kept connection that dies is not sent a second time`() async throws {
    let server = try Self.dyingServer()
    defer { server.stop() }
    let transport = try Self.transport()
    _ = try await transport.send(HTTPRequest(method: "GET", url: server.url))
    let error = try await Self.failure(transport, HTTPRequest(method: "GET", url: server.url + "/dies"))
    #expect(error.phase == .receive && error.mayHaveArrived)
    _ = try await transport.send(HTTPRequest(method: "GET", url: server.url + "/last"))
    var paths: [String] = []
    for await request in server.requests {
      paths.append(request.head.split(separator: " ").dropFirst().first.map(String.init) ?? "")
      if paths.last == "/last" { break }
    }
    #expect(paths == ["/", "/dies", "/last"])
  }

  @Test func `dots in a path are sent as they stand`() async throws {
    let server = try TransportServer { request, connection in
      connection.answer(request.head.split(separator: " ").dropFirst().first.map(String.init) ?? "")
      return true
    }
    defer { server.stop() }
    let answer = try await Self.transport().send(HTTPRequest(method: "DELETE", url: server.url + "/orders/../x/."))
    #expect(String(decoding: answer.body, as: UTF8.self) == "/orders/../x/.")
  }

  // MARK: Waiting, cancelling, ending

  @Test func `cancelling what is under way ends it at once and owns up that it may have arrived`() async throws {
    let server = try TransportServer { _, connection in
      connection.waitForClose()
      return false
    }
    defer { server.stop() }
    let transport = try Self.transport()
    let task = Task {
      _ = await #expect(throws: TransportError(phase: .receive, mayHaveArrived: true, detail: "the caller gave up")) {
        _ = try await transport.send(HTTPRequest(method: "POST", url: server.url, timeout: .seconds(50)))
      }
    }
    _ = await server.requests.first { _ in true }
    task.cancel()
    await task.value
  }

  @Test func `a task cancelled before sends nothing`() async throws {
    let server = try TransportServer { _, connection in
      connection.answer("x")
      return true
    }
    defer { server.stop() }
    let transport = try Self.transport()
    await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = await #expect(throws: TransportError(phase: .cancelled, mayHaveArrived: false, detail: "the caller gave up"))
      {
        _ = try await transport.send(HTTPRequest(method: "POST", url: server.url))
      }
    }.value
    #expect(server.connections == 0)
  }

  @Test func `a cancel does not wait behind queries that hang, a query does`() async throws {
    let server = try TransportServer { request, connection in
      if request.head.contains("/hang") { connection.waitForClose() }
      connection.answer("x")
      return true
    }
    defer { server.stop() }
    let transport = try Self.transport { $0.connections = 2 }
    let hanging = Task {
      try await transport.send(HTTPRequest(method: "GET", url: server.url + "/hang", timeout: .seconds(50)))
    }
    _ = await server.requests.first { _ in true }
    let error = try await Self.failure(
      transport, HTTPRequest(method: "GET", url: server.url, timeout: .milliseconds(100)))
    #expect(error.phase == .cancelled && !error.mayHaveArrived)
    let answer = try await transport.send(HTTPRequest(method: "POST", url: server.url, priority: .cancel))
    #expect(answer.status == 200)
    hanging.cancel()
    _ = await hanging.result
  }

  @Test func `a shutdown lets what is under way finish, refuses more, and may be repeated`() async throws {
    let mayAnswer = DispatchSemaphore(value: 0)
    let server = try TransportServer { _, connection in
      mayAnswer.wait()
      connection.answer("late")
      return true
    }
    defer { server.stop() }
    let transport = try Self.transport()
    let task = Task { try await transport.send(HTTPRequest(method: "POST", url: server.url)) }
    _ = await server.requests.first { _ in true }
    async let end: Void = transport.shutdown(within: .seconds(30))
    // Refused as soon as the shutdown has begun: nothing answers while the semaphore is held.
    mayAnswer.signal()
    #expect(try await task.value.body == Array("late".utf8))
    await end
    await transport.shutdown(within: .seconds(30))
    let error = try await Self.failure(transport, HTTPRequest(method: "POST", url: server.url))
    #expect(error.phase == .cancelled && !error.mayHaveArrived)
  }

  @Test func `a shutdown ends by its bound whatever hangs`() async throws {
    let server = try TransportServer { _, connection in
      connection.waitForClose()
      return false
    }
    defer { server.stop() }
    let transport = try Self.transport()
    let task = Task {
      _ = await #expect(
        throws: TransportError(phase: .receive, mayHaveArrived: true, detail: "the transport is shut down")
      ) {
        _ = try await transport.send(HTTPRequest(method: "POST", url: server.url, timeout: .seconds(50)))
      }
    }
    _ = await server.requests.first { _ in true }
    await transport.shutdown(within: .milliseconds(50))
    await task.value
  }

  // MARK: The executor

  @Test func `a task that prefers the transport's executor runs on its thread, requests included`() async throws {
    let server = try TransportServer { _, connection in
      connection.answer("x")
      return true
    }
    defer { server.stop() }
    let transport = try Self.transport()
    let url = server.url
    let threads = try await Task(executorPreference: transport.executor) {
      var threads: Set<pthread_t> = [pthread_self()]
      for _ in 0..<20 {
        _ = try await transport.send(HTTPRequest(method: "POST", url: url))
        threads.insert(pthread_self())
        await Task.yield()
        threads.insert(pthread_self())
      }
      return threads
    }.value
    #expect(threads.count == 1)
  }

  @Test func `many tasks on the transport's executor and beside it all get their own answer`() async throws {
    let server = try TransportServer { request, connection in
      connection.answer(request.body)
      return true
    }
    defer { server.stop() }
    let transport = try Self.transport()
    let url = server.url
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        let executor: (any TaskExecutor)? = number.isMultiple(of: 2) ? transport.executor : nil
        group.addTask(executorPreference: executor) {
          let body = Array("request \(number)".utf8)
          return try await transport.send(HTTPRequest(method: "POST", url: url, body: body)).body == body
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }

  @Test func `a task on the executor of a transport that shuts down goes on elsewhere`() async throws {
    let transport = try Self.transport()
    let task = Task(executorPreference: transport.executor) {
      await transport.shutdown(within: .seconds(1))
      await Task.yield()
      return true
    }
    #expect(await task.value)
  }
}
