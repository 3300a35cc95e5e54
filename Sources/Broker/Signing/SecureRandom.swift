internal import CCrypto

/// Numbers nobody can predict, from libcrypto's generator.
public enum SecureRandom {
  /// So many bytes; `count` must not be negative.
  public static func bytes(_ count: Int) throws(SigningError) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "no such number of random bytes")
    var result = [UInt8](repeating: 0, count: count)
    guard unsafe RAND_bytes(&result, Int32(count)) == 1 else { throw .library("make random bytes") }
    return result
  }
}
