import Core
import NIOCore
import NIOHTTP1
import NIOPosix

/// Serves health and status over HTTP/1.1: every connection, request and wait has a limit.
struct HTTPServer: Sendable {
  let status: @Sendable () async -> HostStatus
  let token: Secret?

  private static let mostConnections = 256
  private static let largestBody = 64 << 10
  private static let patience = TimeAmount.seconds(30)

  fileprivate typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
  fileprivate typealias Listener = NIOAsyncChannel<Connection, Never>

  /// A bound listener and what may be reached through it.
  struct Bound: Sendable {
    fileprivate let listener: Listener
    fileprivate let router: Router
    /// With the port that the system chose.
    let address: ListenAddress
  }

  /// Binds. `$PORT` is how a hosting platform says that it wants every interface.
  /// - Parameter port: the value of `$PORT`, if it is set.
  func bind(_ address: ListenAddress, port: String?, group: any EventLoopGroup) async throws -> Bound {
    if let port, let number = UInt16(port) {
      do {
        return try await bind(ListenAddress(host: "::", port: Int(number)), group)
      } catch {
        // A machine without IPv6.
        return try await bind(ListenAddress(host: "0.0.0.0", port: Int(number)), group)
      }
    }
    return try await bind(address, group)
  }

  private func bind(_ address: ListenAddress, _ group: any EventLoopGroup) async throws -> Bound {
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(host: address.host, port: address.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
          try pipeline.addHandler(
            Deadline<HTTPServerRequestPart>(Self.patience) { part in
              if case .end = part { true } else { false }
            })
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    let bound = ListenAddress(host: address.host, port: listener.channel.localAddress?.port ?? address.port)
    return Bound(
      listener: listener, router: Router(isLoopback: Endpoint.isLoopback(address.host), token: token), address: bound)
  }

  /// Serves until cancelled.
  func run(_ bound: Bound) async throws {
    let admission = Admission(limit: Self.mostConnections)
    try await withThrowingDiscardingTaskGroup { tasks in
      try await bound.listener.executeThenClose { inbound in
        for try await connection in inbound {
          guard admission.enter() else {
            connection.channel.close(promise: nil)
            continue
          }
          tasks.addTask {
            await serve(connection, bound.router)
            admission.leave()
          }
        }
      }
    }
  }

  private func serve(_ connection: Connection, _ router: Router) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        var head: HTTPRequestHead?
        var size = 0
        for try await part in inbound {
          switch part {
          case .head(let value): (head, size) = (value, 0)
          case .body(let bytes):
            size += bytes.readableBytes
            guard size <= Self.largestBody else { return }
          case .end:
            guard let request = head else { return }
            let reply = router.reply(to: request, status: await status())
            try await send(reply, to: request, outbound)
            guard request.isKeepAlive else { return }
          }
        }
      }
    } catch {
      // The client is gone or broke the protocol; there is nobody to tell.
      return
    }
  }

  private func send(
    _ reply: HTTPReply, to request: HTTPRequestHead,
    _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    let body = ByteBuffer(string: reply.body)
    var headers = HTTPHeaders([
      ("content-type", reply.contentType), ("content-length", "\(body.readableBytes)"), ("cache-control", "no-store"),
      ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"),
      ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ])
    for (name, value) in reply.headers { headers.add(name: name, value: value) }
    if !request.isKeepAlive { headers.add(name: "connection", value: "close") }
    var parts: [HTTPServerResponsePart] = [
      .head(HTTPResponseHead(version: .http1_1, status: reply.status, headers: headers))
    ]
    if request.method != .HEAD { parts.append(.body(.byteBuffer(body))) }
    parts.append(.end(nil))
    try await outbound.write(contentsOf: parts)
  }
}
