internal import CCrypto
import Synchronization

/// HMAC (RFC 2104) under one key.
///
/// The state after the key is computed once and gone back to for every message, which signs many times as many short
/// messages as starting from the key each time. May be shared between threads, which then wait for one another.
@safe public final class HMAC: Sendable {
  /// The digest underneath.
  public enum Digest: Hashable, Sendable {
    /// 32 bytes.
    case sha256
    /// 48 bytes.
    case sha384
    /// 64 bytes.
    case sha512

    fileprivate var name: String {
      switch self {
      case .sha256: "SHA256"
      case .sha384: "SHA384"
      case .sha512: "SHA512"
      }
    }
    fileprivate var length: Int {
      switch self {
      case .sha256: SHA256.length
      case .sha384: SHA384.length
      case .sha512: SHA512.length
      }
    }
  }

  private let digest: Digest
  // Unsafe only in name: used under the lock alone.
  private nonisolated(unsafe) let keyed: OpaquePointer
  private let lock = Mutex(())

  /// Takes the key in; `key` itself is not kept.
  public init(_ digest: Digest, key: [UInt8]) throws(SigningError) {
    guard let mac = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw .library("find HMAC") }
    defer { unsafe EVP_MAC_free(mac) }
    guard let context = unsafe EVP_MAC_CTX_new(mac) else { throw .library("make an HMAC state") }
    guard unsafe nija_hmac_start(context, digest.name, key, key.count) == 1 else {
      unsafe EVP_MAC_CTX_free(context)
      throw .library("take the key of an HMAC")
    }
    self.digest = digest
    unsafe self.keyed = context
  }

  deinit { unsafe EVP_MAC_CTX_free(keyed) }

  /// The code of `message`, as long as its digest.
  public func code(for message: [UInt8]) throws(SigningError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: digest.length)
    var written = 0
    let isDone = lock.withLock { _ in
      // Without a key the state goes back to the key that it has.
      unsafe EVP_MAC_init(keyed, nil, 0, nil) == 1 && EVP_MAC_update(keyed, message, message.count) == 1
        && EVP_MAC_final(keyed, &result, &written, result.count) == 1
    }
    guard isDone, written == result.count else { throw .library("compute an HMAC") }
    return result
  }
}
