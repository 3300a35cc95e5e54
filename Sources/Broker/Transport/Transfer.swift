import CCurl
import Synchronization

/// One request on its way, with what has come of its answer.
///
/// Unchecked: made by the caller, handed over through the loop's mutex and from then on touched by the loop's thread
/// only. The one exception is `isCancelled`.
final class Transfer: @unchecked Sendable {
  /// What has come back.
  struct Answer: Sendable {
    var status = 0
    var headers = AnswerHeaders()
    var body: [UInt8] = []
  }

  let request: HTTPRequest
  /// When the caller's time is over, waiting for a connection included.
  let deadline: ContinuousClock.Instant
  /// Set from any thread.
  let isCancelled = Atomic<Bool>(false)
  private let maximumBody: Int
  private let maximumHeaders: Int
  private var continuation: CheckedContinuation<Result<Answer, TransportError>, Never>?
  /// The handle while it is under way.
  var handle: EasyHandle?
  private var answer = Answer()
  private var hasBegunTLS = false
  private var hasBegunSending = false
  private var isTooLarge = false
  private var wouldBeRepeated = false

  init(_ request: HTTPRequest, _ settings: CurlSettings) {
    self.request = request
    self.deadline = .now + request.timeout
    self.maximumBody = settings.maximumAnswerBytes
    self.maximumHeaders = settings.maximumHeaderBytes
  }

  /// Who is told the outcome; set once, before the transfer is handed over.
  func answerTo(_ continuation: CheckedContinuation<Result<Answer, TransportError>, Never>) {
    self.continuation = continuation
  }

  /// Tells the caller; later calls do nothing.
  func finish(_ result: Result<Answer, TransportError>) {
    continuation?.resume(returning: result)
    continuation = nil
  }

  /// Tells the caller what libcurl made of it.
  func finish(_ code: CURLcode) {
    guard code != CURLE_OK, let handle else {
      answer.status = handle?.status ?? 0
      let complete = answer
      answer = Answer()
      return finish(.success(complete))
    }
    let detail = wouldBeRepeated ? "the connection ended before an answer came" : handle.detail(of: code)
    finish(.failure(TransportError(code, progress, detail: detail)))
  }

  /// Tells the caller that it was given up under way.
  func abandon(_ detail: String) {
    let mayHaveArrived = hasBegunSending
    finish(
      .failure(
        TransportError(phase: mayHaveArrived ? .receive : .cancelled, mayHaveArrived: mayHaveArrived, detail: detail)))
  }

  private var progress: TransferProgress {
    TransferProgress(
      hasBegunSending: hasBegunSending, sentBytes: handle?.sentBytes ?? 0, isResolved: handle?.isResolved ?? false,
      hasBegunTLS: hasBegunTLS, isTooLarge: isTooLarge)
  }

  // MARK: What libcurl calls

  private static func transfer(at pointer: UnsafeMutableRawPointer?) -> Transfer? {
    unsafe pointer.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Called when TCP is connected: libcurl's own time of that is still zero while TLS is under way.
  static let beforeTLS: curl_ssl_ctx_callback = { _, _, pointer in
    guard let transfer = unsafe transfer(at: pointer) else { return CURLE_SSL_CONNECT_ERROR }
    transfer.hasBegunTLS = true
    return CURLE_OK
  }

  /// libcurl by itself sends a request again when a kept connection turns out to be dead, also a POST that may have been
  /// carried out. Only what is safe to repeat, or of which no byte left, may go a second time.
  static let beforeRequest: curl_prereq_callback = { pointer, _, _, _, _ in
    guard let transfer = unsafe transfer(at: pointer) else { return CURL_PREREQFUNC_ABORT }
    let isRepetition = transfer.hasBegunSending && (transfer.handle?.sentBytes ?? 1) > 0
    if isRepetition && !transfer.request.isSafeToRepeat {
      transfer.wouldBeRepeated = true
      return CURL_PREREQFUNC_ABORT
    }
    transfer.hasBegunSending = true
    return CURL_PREREQFUNC_OK
  }

  static let takeHeader: curl_write_callback = { bytes, size, count, pointer in
    guard let transfer = unsafe transfer(at: pointer) else { return 0 }
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard unsafe transfer.answer.headers.append(line, limit: transfer.maximumHeaders) else {
      transfer.isTooLarge = true
      return 0
    }
    return line.count
  }

  static let takeBody: curl_write_callback = { bytes, size, count, pointer in
    guard let transfer = unsafe transfer(at: pointer) else { return 0 }
    let chunk = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard transfer.answer.body.count + chunk.count <= transfer.maximumBody else {
      transfer.isTooLarge = true
      return 0
    }
    if transfer.answer.body.isEmpty, let length = transfer.handle?.announcedLength {
      transfer.answer.body.reserveCapacity(min(length, transfer.maximumBody))
    }
    unsafe transfer.answer.body.append(contentsOf: chunk)
    return chunk.count
  }
}
