import Core
import Glibc
import NIOCore
import NIOPosix

/// The host's control socket: one JSON object a line, from the same user only.
///
/// `{"do":"status"}` is answered with the contract's status on one line, `{"do":"probe","accounts":[ID, …]}` with what a
/// look at their venues shows (a few accounts at a time: an answer has 30 s); anything else with `{"error": …}`.
struct ControlServer: Sendable {
  let status: @Sendable () async -> HostStatus
  var probe: @Sendable ([String]) async -> [AccountProbe] = { _ in [] }

  private static let longestRequest = 4 << 10
  private static let mostConnections = 64
  private static let patience = TimeAmount.seconds(30)

  private typealias Connection = NIOAsyncChannel<String, ByteBuffer>

  /// Where a host that keeps its state in `directory` is reached.
  static func path(inState directory: String) -> String { directory + "/run/host.sock" }

  /// Binds the socket and serves until cancelled.
  func run(path: String, group: any EventLoopGroup) async throws {
    let socketPath = try UnixSocketPath(path)
    socketPath.remove()
    let server = try await ServerBootstrap(group: group).bind(unixDomainSocketPath: socketPath.address) { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandlers(
          ByteToMessageHandler(LineDecoder(limit: Self.longestRequest, cutting: false)),
          Deadline<String>(Self.patience))
        return try Connection(wrappingChannelSynchronously: channel)
      }
    }
    try socketPath.restrict()
    let admission = Admission(limit: Self.mostConnections)
    try await withThrowingDiscardingTaskGroup { tasks in
      try await server.executeThenClose { inbound in
        for try await connection in inbound {
          guard await Self.isOurs(connection.channel), admission.enter() else {
            connection.channel.close(promise: nil)
            continue
          }
          tasks.addTask {
            await serve(connection)
            admission.leave()
          }
        }
      }
    }
  }

  private func serve(_ connection: Connection) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        for try await line in inbound {
          try await outbound.write(ByteBuffer(string: await answer(line).encoded + "\n"))
        }
      }
    } catch {
      // Whoever asked is gone or took too long; there is nobody to tell.
      return
    }
  }

  /// What a line is answered with.
  func answer(_ line: String) async -> JSONValue {
    guard let request = try? JSON(parsing: line, maximumDepth: 4), let verb = request["do"]?.text else {
      return ["error": "expected {\"do\": VERB} on one line"]
    }
    switch verb {
    case "status": return await status().json
    case "probe":
      let accounts = (request["accounts"]?.elements ?? []).compactMap(\.text)
      return ["format": "nija-probe/1", "accounts": .array(await probe(accounts).map(\.json))]
    default: return ["error": "no such verb; there is: status, probe"]
    }
  }

  /// What the kernel tells of the far end of a local socket.
  private struct PeerCredentials {
    var pid: Int32 = 0
    var uid: UInt32 = .max
    var gid: UInt32 = .max
  }

  private static func isOurs(_ channel: any Channel) async -> Bool {
    guard let provider = channel as? any SocketOptionProvider else { return false }
    let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
      level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
    guard let peer = try? await credentials.get() else { return false }
    return peer.uid == getuid()
  }
}
