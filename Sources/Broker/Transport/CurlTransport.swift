import Synchronization

/// Requests over libcurl: one thread, kept connections, a limit on every wait and size, certificates always verified.
///
/// Any complete answer is an answer, whatever its status. A request is sent at most once unless it is a question by `GET`:
/// libcurl's own repetition on a dead connection is suppressed.
public final class CurlTransport: Transport {
  private let loop: CurlLoop
  private let settings: CurlSettings

  /// Starts the thread; connects to nothing yet.
  /// - Throws: ``TransportError`` when libcurl or the thread cannot start.
  public init(_ settings: CurlSettings = CurlSettings()) throws(TransportError) {
    self.settings = settings
    self.loop = try CurlLoop(settings)
  }

  deinit { loop.stop(at: .now) }

  /// Runs tasks on the transport's own thread: for those that prefer it, a request changes no threads, which costs more
  /// than all the rest on loopback. The transport must outlive them, and nothing on it may block for long.
  public var executor: any TaskExecutor { loop }

  /// Sends one request. Cancelling the task ends it at once; the error says whether it may have arrived.
  public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPAnswer {
    if let refusal = request.refusal(maximumBody: settings.maximumRequestBytes) {
      throw TransportError(phase: .send, mayHaveArrived: false, detail: refusal)
    }
    let transfer = Transfer(request, settings)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.answerTo(continuation)
        loop.submit(transfer)
      }
    } onCancel: {
      transfer.isCancelled.store(true, ordering: .relaxed)
      loop.noticeCancellation()
    }
    let answer = try result.get()
    return HTTPAnswer(status: answer.status, headers: answer.headers.fields, body: answer.body)
  }

  /// Takes no more requests, lets those under way finish within the bound, ends the thread. May be called twice.
  public func shutdown(within bound: Duration) async {
    loop.stop(at: .now + bound)
    await loop.waitForEnd()
  }
}
