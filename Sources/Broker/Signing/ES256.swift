internal import CCrypto

/// A private key for ES256: ECDSA over P-256 with SHA-256 (RFC 7518 §3.4). Parsed once, shared by threads.
public final class ES256PrivateKey: Sendable {
  private static let expected = "a P-256 private key in PEM (SEC1 or PKCS#8), not encrypted"
  /// The longest DER form of two 32-byte numbers.
  private static let longestDER = 72
  private let key: KeyHandle

  /// Reads `-----BEGIN EC PRIVATE KEY-----` (SEC1) or `-----BEGIN PRIVATE KEY-----` (PKCS#8), with real line ends.
  public init(pem: String) throws(SigningError) {
    let key = try KeyHandle(privatePEM: pem, expected: Self.expected)
    try ES256.check(key, expected: Self.expected)
    self.key = key
  }

  /// The signature of `message`: 64 bytes, `r ‖ s`. Differs from call to call.
  public func signature(for message: [UInt8]) throws(SigningError) -> [UInt8] {
    try ES256.raw(fromDER: try key.sign(digest: try SHA256.digest(message), maximumLength: Self.longestDER))
  }
}

/// A public key for ES256.
public final class ES256PublicKey: Sendable {
  private static let expected = "a P-256 public key in PEM"
  private let key: KeyHandle

  /// Reads `-----BEGIN PUBLIC KEY-----`.
  public init(pem: String) throws(SigningError) {
    let key = try KeyHandle(publicPEM: pem, expected: Self.expected)
    try ES256.check(key, expected: Self.expected)
    self.key = key
  }

  /// Whether `signature`, 64 bytes `r ‖ s`, is this key's for `message`.
  public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard let der = ES256.der(fromRaw: signature) else { return false }
    return key.verify(der, of: message, digest: "SHA256")
  }
}

/// Between libcrypto's DER and the two numbers side by side that JWT wants.
private enum ES256 {
  static func check(_ key: KeyHandle, expected: String) throws(SigningError) {
    guard key.isA("EC"), key.curve == "prime256v1" else { throw .wrongKind(expected: expected) }
  }

  static func raw(fromDER der: [UInt8]) throws(SigningError) -> [UInt8] {
    let parsed = unsafe der.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return unsafe d2i_ECDSA_SIG(nil, &start, bytes.count)
    }
    guard let parsed = unsafe parsed else { throw .library("read a signature") }
    defer { unsafe ECDSA_SIG_free(parsed) }
    var result = [UInt8](repeating: 0, count: 64)
    let written = unsafe result.withUnsafeMutableBufferPointer { halves -> Bool in
      guard let start = halves.baseAddress else { return false }
      return unsafe BN_bn2binpad(ECDSA_SIG_get0_r(parsed), start, 32) == 32
        && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), start + 32, 32) == 32
    }
    guard written else { throw .library("write a signature") }
    return result
  }

  static func der(fromRaw raw: [UInt8]) -> [UInt8]? {
    guard raw.count == 64, let signature = unsafe ECDSA_SIG_new() else { return nil }
    defer { unsafe ECDSA_SIG_free(signature) }
    let r = unsafe BN_bin2bn(Array(raw.prefix(32)), 32, nil)
    let s = unsafe BN_bin2bn(Array(raw.suffix(32)), 32, nil)
    guard unsafe ECDSA_SIG_set0(signature, r, s) == 1 else {
      unsafe BN_free(r)
      unsafe BN_free(s)
      return nil
    }
    var buffer: UnsafeMutablePointer<UInt8>?
    let length = unsafe i2d_ECDSA_SIG(signature, &buffer)
    guard length > 0, let buffer = unsafe buffer else { return nil }
    defer { unsafe CRYPTO_free(buffer, nil, 0) }
    return unsafe Array(UnsafeBufferPointer(start: buffer, count: Int(length)))
  }
}
