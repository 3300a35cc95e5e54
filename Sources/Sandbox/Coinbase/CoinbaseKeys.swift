import CCrypto
import Core

/// The two kinds of key that Coinbase's developer platform hands out.
enum CoinbaseKeyType: String, Hashable, Sendable {
  /// NIST P-256 with SHA-256.
  case es256 = "ES256"
  /// Ed25519.
  case edDSA = "EdDSA"
}

/// The half of a key that the venue keeps.
///
/// Verified with libcrypto here and nowhere else: the venue must not share the code that signs, or one mistake would
/// cancel the other out.
final class CoinbasePublicKey: @unchecked Sendable {
  // Unchecked: the libcrypto key is never changed after `init`, and using one for verification is thread-safe.
  private let key: OpaquePointer
  /// Which signatures it verifies.
  let type: CoinbaseKeyType
  /// The key as DER `SubjectPublicKeyInfo`, for the ledger.
  let encoded: [UInt8]

  /// Reads DER `SubjectPublicKeyInfo`; `nil` when it is not that, or another kind of key.
  convenience init?(encoded: [UInt8]) {
    let key = encoded.withUnsafeBufferPointer { bytes -> OpaquePointer? in
      var cursor = bytes.baseAddress
      return d2i_PUBKEY(nil, &cursor, bytes.count)
    }
    guard let key else { return nil }
    self.init(taking: key, encoded: encoded)
  }

  fileprivate init?(taking key: OpaquePointer, encoded: [UInt8]) {
    guard let type = Self.type(of: key) else {
      EVP_PKEY_free(key)
      return nil
    }
    self.key = key
    self.type = type
    self.encoded = encoded
  }

  deinit { EVP_PKEY_free(key) }

  private static func type(of key: OpaquePointer) -> CoinbaseKeyType? {
    switch EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_ED25519: .edDSA
    case EVP_PKEY_EC where EVP_PKEY_get_bits(key) == 256: .es256
    default: nil
    }
  }

  /// Whether `signature`, the raw 64 bytes of a token, was made over `message` with this key.
  func verifies(signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == 64 else { return false }
    switch type {
    case .edDSA: return verify(signature, of: message, digest: nil)
    case .es256:
      guard let wrapped = Self.wrapped(signature) else { return false }
      return verify(wrapped, of: message, digest: EVP_sha256())
    }
  }

  private func verify(_ signature: [UInt8], of message: [UInt8], digest: OpaquePointer?) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// `r‖s` as the ASN.1 sequence that libcrypto's ECDSA reads.
  private static func wrapped(_ signature: [UInt8]) -> [UInt8]? {
    guard let pair = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(pair) }
    let r = signature.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, 32, nil) }
    let s = signature.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress.map { $0 + 32 }, 32, nil) }
    guard ECDSA_SIG_set0(pair, r, s) == 1 else {
      BN_free(r)
      BN_free(s)
      return nil
    }
    return LibCrypto.encoded { i2d_ECDSA_SIG(pair, $0) }
  }
}

/// A throw-away key as an account gets it once; the venue keeps only ``publicKey``.
struct CoinbaseKeyPair: Sendable {
  /// `organizations/{uuid}/apiKeys/{uuid}` (ES256) or a bare UUID (Ed25519): `kid` and `sub` of every token.
  let name: String
  /// SEC1 PEM (ES256) or base64 of seed‖public, 64 bytes (Ed25519): the forms in which Coinbase hands keys out.
  let secret: String
  /// What stays with the venue.
  let publicKey: CoinbasePublicKey

  /// Makes a key; `nil` only when libcrypto has no memory or no entropy.
  init?(_ type: CoinbaseKeyType) {
    guard let key = Self.generate(type) else { return nil }
    defer { EVP_PKEY_free(key) }
    guard let secret = Self.secret(of: key, type),
      let encoded = LibCrypto.encoded({ i2d_PUBKEY(key, $0) }),
      let publicKey = CoinbasePublicKey(encoded: encoded)
    else { return nil }
    self.name = Self.name(type, publicKey: encoded)
    self.secret = secret
    self.publicKey = publicKey
  }

  /// The public key's own bytes are as unique as the key: no second source of randomness is needed for its name.
  private static func name(_ type: CoinbaseKeyType, publicKey: [UInt8]) -> String {
    let key = uuid(publicKey.suffix(16))
    guard type == .es256 else { return key }
    return "organizations/\(uuid(publicKey.dropLast(16).suffix(16)))/apiKeys/\(key)"
  }

  /// 16 bytes in the shape of a random UUID.
  private static func uuid(_ bytes: ArraySlice<UInt8>) -> String {
    var digits = Array(Hex.encode(bytes))
    digits[12] = "4"
    digits[16] = "8"
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }

  private static func generate(_ type: CoinbaseKeyType) -> OpaquePointer? {
    let kind = type == .es256 ? EVP_PKEY_EC : EVP_PKEY_ED25519
    guard let context = EVP_PKEY_CTX_new_id(kind, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_keygen_init(context) == 1 else { return nil }
    if type == .es256 {
      guard EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1 else { return nil }
    }
    var key: OpaquePointer?
    return EVP_PKEY_generate(context, &key) == 1 ? key : nil
  }

  private static func secret(of key: OpaquePointer, _ type: CoinbaseKeyType) -> String? {
    switch type {
    case .es256: LibCrypto.text { PEM_write_bio_PrivateKey_traditional($0, key, nil, nil, 0, nil, nil) == 1 }
    case .edDSA: rawSecret(of: key)
    }
  }

  private static func rawSecret(of key: OpaquePointer) -> String? {
    var seed = [UInt8](repeating: 0, count: 32)
    var point = [UInt8](repeating: 0, count: 32)
    var seedLength = 32
    var pointLength = 32
    guard EVP_PKEY_get_raw_private_key(key, &seed, &seedLength) == 1,
      EVP_PKEY_get_raw_public_key(key, &point, &pointLength) == 1
    else { return nil }
    return Base64.encoded(seed + point)
  }
}

/// The two ways in which libcrypto returns what it encodes.
private enum LibCrypto {
  /// What an `i2d_…` function writes.
  static func encoded(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8]? {
    let length = write(nil)
    guard length > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(length))
    let written = bytes.withUnsafeMutableBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return write(&cursor)
    }
    return written == length ? bytes : nil
  }

  /// What a `PEM_write_bio_…` function writes.
  static func text(_ write: (OpaquePointer) -> Bool) -> String? {
    guard let bio = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(bio) }
    guard write(bio) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let length = BIO_read(bio, &bytes, Int32(bytes.count))
    return length > 0 ? String(decoding: bytes.prefix(Int(length)), as: UTF8.self) : nil
  }
}
