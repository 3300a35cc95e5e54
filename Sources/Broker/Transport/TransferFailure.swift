import CCurl

/// How far a transfer had come when it failed: what decides whether the request may have arrived.
struct TransferProgress: Hashable, Sendable {
  /// Whether libcurl had a connection and began to send.
  var hasBegunSending = false
  /// Bytes of the request that the system (or TLS) took, over all attempts.
  var sentBytes = 0
  /// Whether the name was resolved.
  var isResolved = false
  /// Whether TCP was connected and TLS begun.
  var hasBegunTLS = false
  /// Whether the answer was longer than allowed.
  var isTooLarge = false
}

extension TransportError {
  /// What libcurl's code means, given how far the transfer had come.
  ///
  /// Once sending has begun, all but a send that took no byte may have arrived: the code alone proves nothing.
  init(_ code: CURLcode, _ progress: TransferProgress, detail: String) {
    if progress.hasBegunSending {
      let tookNothing = code == CURLE_SEND_ERROR && progress.sentBytes == 0
      let isTooLarge = progress.isTooLarge || code == CURLE_FILESIZE_EXCEEDED
      let phase: Phase = isTooLarge ? .tooLarge : (code == CURLE_SEND_ERROR ? .send : .receive)
      self.init(phase: phase, mayHaveArrived: !tookNothing, detail: detail)
    } else {
      self.init(phase: Self.phaseBeforeSending(code, progress), mayHaveArrived: false, detail: detail)
    }
  }

  private static func phaseBeforeSending(_ code: CURLcode, _ progress: TransferProgress) -> Phase {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
    case CURLE_COULDNT_CONNECT: .connect
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS:
      .tls
    default: progress.hasBegunTLS ? .tls : (progress.isResolved ? .connect : .resolve)
    }
  }
}
