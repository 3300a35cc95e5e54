import Broker
import Synchronization

/// Tells a worker that waits for a venue from one that hangs: each call that ends, well or not, is progress.
///
/// A cycle may take many calls, and each of them ten seconds when nobody answers; the host replaces a worker that says
/// nothing for fifteen. So the heart beats on while calls end, and stops when none has for longer than one can take.
final class Progress: Sendable {
  /// A call may wait a minute for its budget, and ten seconds for its answer.
  static let limit = Duration.seconds(75)
  private static let interval = Duration.seconds(1)

  private let last = Mutex(ContinuousClock.now)

  /// Something ended.
  func note() { last.withLock { $0 = .now } }

  /// Whether something has ended lately.
  var isRecent: Bool { last.withLock { ContinuousClock.now - $0 < Self.limit } }

  /// Has `report` sent every second while there is progress, until the task is cancelled.
  func beat(_ report: @Sendable () async -> Void) async {
    while (try? await Task.sleep(for: Self.interval)) != nil {
      if isRecent { await report() }
    }
  }
}

/// A transport whose calls are progress.
struct WatchedTransport: Transport {
  let base: CurlTransport
  let progress: Progress

  func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    defer { progress.note() }
    return try await base.send(request)
  }
}
