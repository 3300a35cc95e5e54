import Core
import NIOCore
import NIOHTTP1
import NIOPosix

/// One venue's listener: HTTP/1.1 with keep-alive on its own event loop, so that no venue waits for another.
final class VenueServer: Sendable {
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  /// Where it listens.
  let port: Int

  /// Listens on `host`, which must be loopback, at `port` (0 for any).
  init(_ gateway: VenueGateway, host: String, port: Int, clock: any ProtocolClock) throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
          try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(300)))
          try pipeline.addHandler(VenueConnection(gateway, clock))
        }
      }
    do {
      self.channel = try bootstrap.bind(host: host, port: port).wait()
    } catch {
      try? group.syncShutdownGracefully()
      throw error
    }
    self.group = group
    self.port = channel.localAddress?.port ?? 0
  }

  /// Does `body` every so often on the venue's loop.
  func every(_ interval: TimeAmount, _ body: @escaping @Sendable () -> Void) {
    channel.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in body() }
  }

  /// Closes every connection and ends the loop.
  func stop() {
    try? channel.close().wait()
    try? group.syncShutdownGracefully()
  }
}

/// One connection of a venue.
private final class VenueConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private static let bodyLimit = 1 << 20
  private let gateway: VenueGateway
  private let clock: any ProtocolClock
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var isTooLarge = false

  init(_ gateway: VenueGateway, _ clock: any ProtocolClock) {
    self.gateway = gateway
    self.clock = clock
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      isTooLarge = false
    case .body(let buffer):
      guard body.count + buffer.readableBytes <= Self.bodyLimit else {
        isTooLarge = true
        return
      }
      body.append(contentsOf: buffer.readableBytesView)
    case .end:
      guard let head else { return }
      self.head = nil
      act(on: head, context)
    }
  }

  private func act(on head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard !isTooLarge else {
      return write(.text("Payload Too Large", status: 413), keepAlive: false, context)
    }
    let request = VenueRequest(
      method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: body,
      remote: context.channel.remoteAddress?.ipAddress ?? "", receivedAt: clock.now)
    switch gateway.handle(request) {
    case .drop: context.close(promise: nil)
    case .answer(let response, .zero): write(response, keepAlive: head.isKeepAlive, context)
    case .answer(let response, let delay):
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: .nanoseconds(delay.wholeNanoseconds)) {
        let (connection, context) = bound.value
        guard context.channel.isActive else { return }
        connection.write(response, keepAlive: head.isKeepAlive, context)
      }
    }
  }

  private func write(_ response: VenueResponse, keepAlive: Bool, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
    headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count))
    if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let buffer = context.channel.allocator.buffer(bytes: response.body)
    context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    let done = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: done)
    guard !keepAlive else { return }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    done.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
