import Core
import Glibc
import NIOCore
import NIOHTTP1

/// One connection of a venue.
final class VenueConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private static let bodyLimit = 1 << 20
  private let gateway: VenueGateway
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var isTooLarge = false

  init(_ gateway: VenueGateway) { self.gateway = gateway }

  // MARK: Reading

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
      remote: context.channel.remoteAddress?.ipAddress ?? "", receivedAt: gateway.now)
    let action = gateway.handle(request)
    if let delay = action.executes { execute(request, after: delay, answers: action.reply == nil, head, context) }
    if let reply = action.reply { perform(reply, head, context) }
  }

  /// Has the venue take a request later, also when whoever sent it has gone.
  private func execute(
    _ request: VenueRequest, after delay: Duration, answers: Bool, _ head: HTTPRequestHead,
    _ context: ChannelHandlerContext
  ) {
    let gateway = gateway
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .nanoseconds(delay.wholeNanoseconds)) {
      let response = gateway.execute(request)
      let (connection, context) = bound.value
      guard answers, context.channel.isActive else { return }
      connection.write(response, keepAlive: head.isKeepAlive, context)
    }
  }

  // MARK: Writing

  private func perform(_ reply: WireAction.Reply, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    switch reply {
    case .close: context.close(promise: nil)
    case .reset: reset(context)
    case .silence: break
    case .answer(let response, after: .zero, .whole): write(response, keepAlive: head.isKeepAlive, context)
    case .answer(let response, after: .zero, .cut(let count)): write(response, cutTo: count, context)
    case .answer(let response, after: .zero, .drip(let pause)): drip(response, pause, context)
    case .answer(let response, let delay, let pace):
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: .nanoseconds(delay.wholeNanoseconds)) {
        let (connection, context) = bound.value
        guard context.channel.isActive else { return }
        connection.perform(.answer(response, after: .zero, pace), head, context)
      }
    }
  }

  /// Closes so that the other end sees a reset: what is in flight is thrown away.
  private func reset(_ context: ChannelHandlerContext) {
    guard let options = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in bound.value.close(promise: nil) }
  }

  private func writeHead(_ response: VenueResponse, keepAlive: Bool, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
    headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count))
    if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
  }

  private func writeBody(_ bytes: some Collection<UInt8>, _ context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))), promise: nil)
  }

  private func write(_ response: VenueResponse, keepAlive: Bool, _ context: ChannelHandlerContext) {
    writeHead(response, keepAlive: keepAlive, context)
    writeBody(response.body, context)
    end(keepAlive: keepAlive, context)
  }

  private func end(keepAlive: Bool, _ context: ChannelHandlerContext) {
    let done = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: done)
    guard !keepAlive else { return }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    done.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
  }

  /// The length of the whole, a piece of it, the end.
  private func write(_ response: VenueResponse, cutTo count: Int, _ context: ChannelHandlerContext) {
    writeHead(response, keepAlive: true, context)
    writeBody(response.body.prefix(count), context)
    context.flush()
    // Closing throws away what the kernel has not taken yet: an empty write tells when it has.
    let done = context.eventLoop.makePromise(of: Void.self)
    let nothing = context.channel.allocator.buffer(capacity: 0)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(nothing))), promise: done)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    done.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
  }

  private func drip(_ response: VenueResponse, _ pause: Duration, _ context: ChannelHandlerContext) {
    writeHead(response, keepAlive: true, context)
    context.flush()
    drop(response.body[...], pause, context)
  }

  private func drop(_ rest: ArraySlice<UInt8>, _ pause: Duration, _ context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    guard !rest.isEmpty else { return end(keepAlive: true, context) }
    writeBody(rest.prefix(1), context)
    context.flush()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .nanoseconds(pause.wholeNanoseconds)) {
      let (connection, context) = bound.value
      connection.drop(rest.dropFirst(), pause, context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
