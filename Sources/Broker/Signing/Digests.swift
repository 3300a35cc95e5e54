internal import CCrypto
import Synchronization

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
  /// Bytes of a digest.
  public static let length = 32
  /// The digest of all of `message`.
  public static func digest(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
    try DigestAlgorithm.sha256.digest(message)
  }
}

/// SHA-384 (FIPS 180-4).
public enum SHA384 {
  /// Bytes of a digest.
  public static let length = 48
  /// The digest of all of `message`.
  public static func digest(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
    try DigestAlgorithm.sha384.digest(message)
  }
}

/// SHA-512 (FIPS 180-4).
public enum SHA512 {
  /// Bytes of a digest.
  public static let length = 64
  /// The digest of all of `message`.
  public static func digest(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
    try DigestAlgorithm.sha512.digest(message)
  }
}

/// A digest fetched from libcrypto once, with a state to compute it in: fetching and making them for every message costs
/// more than short messages do.
@safe final class DigestAlgorithm: Sendable {
  static let sha256 = DigestAlgorithm(name: "SHA256", length: 32)
  static let sha384 = DigestAlgorithm(name: "SHA384", length: 48)
  static let sha512 = DigestAlgorithm(name: "SHA512", length: 64)

  let name: String
  let length: Int
  // Unsafe only in name: written once, and libcrypto counts references to the algorithm atomically; the state is used
  // under the lock alone.
  private nonisolated(unsafe) let algorithm: OpaquePointer?
  private nonisolated(unsafe) let state: OpaquePointer?
  private let lock = Mutex(())

  private init(name: String, length: Int) {
    self.name = name
    self.length = length
    unsafe self.algorithm = EVP_MD_fetch(nil, name, nil)
    unsafe self.state = EVP_MD_CTX_new()
  }

  deinit {
    unsafe EVP_MD_CTX_free(state)
    unsafe EVP_MD_free(algorithm)
  }

  func digest(_ message: [UInt8]) throws(SigningError) -> [UInt8] {
    guard let algorithm = unsafe algorithm, let state = unsafe state else { throw .library("find \(name)") }
    var result = [UInt8](repeating: 0, count: length)
    let isDone = lock.withLock { _ in
      unsafe result.withUnsafeMutableBufferPointer { out in
        unsafe message.withUnsafeBufferPointer { bytes in
          unsafe EVP_DigestInit_ex(state, algorithm, nil) == 1
            && EVP_DigestUpdate(state, bytes.baseAddress, bytes.count) == 1
            && EVP_DigestFinal_ex(state, out.baseAddress, nil) == 1
        }
      }
    }
    guard isDone else { throw .library("digest with \(name)") }
    return result
  }
}
