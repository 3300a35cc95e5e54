import CCrypto

/// What venues check signatures with: libcrypto's, independent of the code that signs.
enum Digest {
  /// SHA-256 of the bytes.
  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let done = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    precondition(done == 1, "libcrypto has no SHA-256")
    return digest
  }

  /// HMAC-SHA-512 of the bytes under a key of any length.
  static func hmacSHA512(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 64)
    var length: UInt32 = 64
    // An empty key still needs an address.
    let keyBytes = key.isEmpty ? [0] : key
    let done = HMAC(EVP_sha512(), keyBytes, Int32(key.count), bytes, bytes.count, &code, &length)
    precondition(done != nil && length == 64, "libcrypto has no HMAC-SHA-512")
    return code
  }

  /// Whether both are the same, in a time that does not tell where they differ.
  static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }
}

/// Throw-away secrets.
enum RandomBytes {
  /// So many bytes of the system's randomness.
  static func make(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}
