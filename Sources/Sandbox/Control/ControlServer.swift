import Core
import Glibc
import NIOCore
import NIOPosix

/// The control socket: JSON lines over a Unix socket that only its owner can open.
final class ControlServer: Sendable {
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  private let directory: Int32

  /// Listens at `directory`/control.sock, replacing what an earlier sandbox left there.
  init(_ desk: ControlDesk, directory path: String) throws {
    self.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw LedgerError.system("open \(path)", code: errno) }
    // A socket's path has at most 107 bytes: going through the open directory, the state may lie anywhere.
    let socket = "/proc/self/fd/\(directory)/control.sock"
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      unlink(socket)
      self.channel = try ServerBootstrap(group: group)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(ControlConnection(desk))
          }
        }
        .bind(unixDomainSocketPath: socket).wait()
      guard chmod(socket, 0o600) == 0 else { throw LedgerError.system("chmod \(path)/control.sock", code: errno) }
    } catch {
      try? group.syncShutdownGracefully()
      throw error
    }
    self.group = group
  }

  /// Closes the socket and removes it.
  func stop() {
    try? channel.close().wait()
    unlinkat(directory, "control.sock", 0)
    close(directory)
    try? group.syncShutdownGracefully()
  }
}

/// One holder of the control socket.
private final class ControlConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private static let lineLimit = 1 << 20
  private let desk: ControlDesk
  private var pending: [UInt8] = []

  init(_ desk: ControlDesk) { self.desk = desk }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    pending.append(contentsOf: unwrapInboundIn(data).readableBytesView)
    while let end = pending.firstIndex(of: 10) {
      let line = Array(pending[..<end])
      pending.removeSubrange(...end)
      let answer = desk.answer(line).encoded + "\n"
      context.write(wrapOutboundOut(context.channel.allocator.buffer(string: answer)), promise: nil)
    }
    context.flush()
    if pending.count > Self.lineLimit { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
