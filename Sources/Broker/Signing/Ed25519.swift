/// A private key for Ed25519 (RFC 8032). Parsed once, shared by threads.
public final class Ed25519PrivateKey: Sendable {
  private static let expected = "an Ed25519 private key: 32 or 64 bytes, or PKCS#8 in PEM, not encrypted"
  private let key: KeyHandle

  /// From the 32-byte seed, or the seed followed by the 32 bytes of its public key.
  /// - Throws: ``SigningError/halvesDisagree`` when the public key is not the seed's.
  public init(rawBytes: [UInt8]) throws(SigningError) {
    guard rawBytes.count == 32 || rawBytes.count == 64 else { throw .notAKey(expected: Self.expected) }
    var seed = Array(rawBytes.prefix(32))
    defer { seed.wipe() }
    let key = try KeyHandle(ed25519Seed: seed)
    if rawBytes.count == 64 {
      guard try key.rawPublicKey() == Array(rawBytes.suffix(32)) else { throw .halvesDisagree }
    }
    self.key = key
  }

  /// Reads `-----BEGIN PRIVATE KEY-----` (PKCS#8), with real line ends.
  public init(pem: String) throws(SigningError) {
    let key = try KeyHandle(privatePEM: pem, expected: Self.expected)
    guard key.isA("ED25519") else { throw .wrongKind(expected: Self.expected) }
    self.key = key
  }

  /// The public half: 32 bytes.
  public func publicKey() throws(SigningError) -> [UInt8] { try key.rawPublicKey() }

  /// The signature of `message`: 64 bytes, the same for every call.
  public func signature(for message: [UInt8]) throws(SigningError) -> [UInt8] {
    try key.sign(message, digest: nil, maximumLength: 64)
  }
}

/// A public key for Ed25519.
public final class Ed25519PublicKey: Sendable {
  private let key: KeyHandle

  /// From its 32 bytes.
  public init(rawBytes: [UInt8]) throws(SigningError) { self.key = try KeyHandle(ed25519Public: rawBytes) }

  /// Whether `signature`, 64 bytes, is this key's for `message`.
  public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    key.verify(signature, of: message, digest: nil)
  }
}
