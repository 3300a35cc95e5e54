internal import CCrypto

/// Why something could not be signed, or a key not be read. Never holds any part of a key or of what was to be signed.
public enum SigningError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text or bytes are no key of the kind asked for; the phrase says which kind.
  case notAKey(expected: String)
  /// It is a key, but of another kind or curve; the phrase says which is needed.
  case wrongKind(expected: String)
  /// The private and the public half do not belong together.
  case halvesDisagree
  /// libcrypto failed in the named step, with its own reason where it gave one.
  case library(step: String, reason: String)

  /// One line for a log.
  public var description: String {
    switch self {
    case .notAKey(let expected): "not a key: expected \(expected)"
    case .wrongKind(let expected): "a key of another kind: expected \(expected)"
    case .halvesDisagree: "the private and the public half of the key do not belong together"
    case .library(let step, let reason): "libcrypto failed: \(step): \(reason)"
    }
  }
}

extension SigningError {
  /// The failure of `step`, with the last reason on libcrypto's queue of this thread, which is emptied.
  static func library(_ step: String) -> SigningError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
      return .library(step: step, reason: "no reason given")
    }
    return .library(step: step, reason: unsafe String(cString: reason))
  }

  /// Empties the queue after a failure that has a better name of our own.
  static func quiet(_ error: SigningError) -> SigningError {
    ERR_clear_error()
    return error
  }
}
