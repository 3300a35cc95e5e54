import Foundation
import Glibc
import Synchronization

/// A server on loopback that does to each request what the test's script says, bytes and all.
final class TransportServer: Sendable {
  /// One accepted connection, as the script sees it.
  struct Connection: Sendable {
    let descriptor: Int32
    /// 0 for the first connection.
    let number: Int

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
      _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    func answer(_ body: String, status: String = "200 OK", headers: String = "") {
      send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// Makes closing send a reset instead of an end.
    func resetOnClose() {
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Waits until the other side closes.
    func waitForClose() {
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) > 0 {}
    }
  }

  /// A request as it came.
  struct Request: Sendable {
    let head: String
    let body: String
    let connection: Int

    var method: String { String(head.prefix { $0 != " " }) }
    func header(_ name: String) -> String? {
      let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
      return line.map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
  }

  /// What to do with a request; `false` closes the connection.
  typealias Script = @Sendable (Request, Connection) -> Bool

  let port: UInt16
  /// Requests in the order they came.
  let requests: AsyncStream<Request>
  private let descriptor: Int32
  private let sink: AsyncStream<Request>.Continuation
  private let accepted = Atomic<Int>(0)

  var url: String { "http://127.0.0.1:\(port)" }
  /// How many connections were accepted so far.
  var connections: Int { accepted.load(ordering: .sequentiallyConsistent) }

  init(_ script: @escaping Script) throws {
    (descriptor, port) = try Self.listen(backlog: 64)
    (requests, sink) = AsyncStream<Request>.makeStream()
    Thread.detachNewThread { [descriptor, self] in
      while true {
        let socket = accept(descriptor, nil, nil)
        guard socket >= 0 else { return }
        let number = accepted.add(1, ordering: .sequentiallyConsistent).oldValue
        Thread.detachNewThread { self.serve(Connection(descriptor: socket, number: number), script) }
      }
    }
  }

  func stop() { Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// A listening socket on a free port.
  static func listen(backlog: Int32) throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) | Glibc.listen(descriptor, backlog) | getsockname(descriptor, $0, &length)
      }
    }
    guard code == 0 else { throw POSIXError(.EADDRINUSE) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  private func serve(_ connection: Connection, _ script: Script) {
    defer { close(connection.descriptor) }
    var buffer: [UInt8] = []
    while let request = Self.read(connection, &buffer) {
      sink.yield(request)
      guard script(request, connection) else { return }
    }
  }

  private static func read(_ connection: Connection, _ buffer: inout [UInt8]) -> Request? {
    while true {
      if let end = Data(buffer).range(of: Data("\r\n\r\n".utf8)) {
        let head = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
        let request = Request(head: head, body: "", connection: connection.number)
        let length = Int(request.header("content-length") ?? "0") ?? 0
        if buffer.count >= end.upperBound + length {
          let body = String(decoding: buffer[end.upperBound..<(end.upperBound + length)], as: UTF8.self)
          buffer.removeFirst(end.upperBound + length)
          return Request(head: head, body: body, connection: connection.number)
        }
      }
      var chunk = [UInt8](repeating: 0, count: 16_384)
      let count = recv(connection.descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      buffer += chunk.prefix(count)
    }
  }
}
