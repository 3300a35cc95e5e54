import NIOCore
import Synchronization

/// Closes a connection that lets too much time pass from its start, or from what was last exchanged whole, to the next
/// whole request or the end of the answer: bytes that trickle do not count.
final class Deadline<Request: Sendable>: ChannelDuplexHandler {
  typealias InboundIn = Request
  typealias InboundOut = Request
  typealias OutboundIn = Any
  typealias OutboundOut = Any

  private let patience: TimeAmount
  private let isWhole: (Request) -> Bool
  private var timer: Scheduled<Void>?

  /// - Parameter isWhole: whether with this part a request is complete.
  init(_ patience: TimeAmount, isWhole: @escaping (Request) -> Bool = { _ in true }) {
    self.patience = patience
    self.isWhole = isWhole
  }

  private func arm(_ context: ChannelHandlerContext) {
    timer?.cancel()
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
  }

  func channelActive(context: ChannelHandlerContext) {
    arm(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isWhole(unwrapInboundIn(data)) { arm(context) }
    context.fireChannelRead(data)
  }

  func flush(context: ChannelHandlerContext) {
    arm(context)
    context.flush()
  }
}

/// How many connections are served at once.
final class Admission: Sendable {
  private let limit: Int
  private let count = Mutex(0)

  init(limit: Int) { self.limit = limit }

  /// Whether one more is let in.
  func enter() -> Bool {
    count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  /// One has left.
  func leave() { count.withLock { $0 -= 1 } }
}
