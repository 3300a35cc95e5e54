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
  init(_ gateway: VenueGateway, host: String, port: Int) throws {
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
          try pipeline.addHandler(VenueConnection(gateway))
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
