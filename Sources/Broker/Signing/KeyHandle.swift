internal import CCrypto
import Synchronization

/// One of libcrypto's keys, freed with the last reference. Never changed after it was made, so threads may share it.
@safe final class KeyHandle: Sendable {
  private nonisolated(unsafe) let key: OpaquePointer
  /// What signs digests, made with the first: making it costs as much as the signature. Used under the lock alone.
  private nonisolated(unsafe) var signing: OpaquePointer?
  private let lock = Mutex(())

  /// Takes over `key`.
  private init(_ key: OpaquePointer) { unsafe self.key = key }

  deinit {
    unsafe EVP_PKEY_CTX_free(signing)
    unsafe EVP_PKEY_free(key)
  }

  /// The first private key of a PEM text; an encrypted one is refused, nothing is asked for on a terminal.
  convenience init(privatePEM pem: String, expected: String) throws(SigningError) {
    try unsafe self.init(pem: pem, expected: expected) { bio in
      unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
    }
  }

  /// The first public key of a PEM text (SubjectPublicKeyInfo).
  convenience init(publicPEM pem: String, expected: String) throws(SigningError) {
    try unsafe self.init(pem: pem, expected: expected) { bio in
      unsafe PEM_read_bio_PUBKEY(bio, nil, { _, _, _, _ in -1 }, nil)
    }
  }

  private convenience init(
    pem: String, expected: String, read: (OpaquePointer) -> OpaquePointer?
  ) throws(SigningError) {
    var bytes = Array(pem.utf8)
    defer { bytes.wipe() }
    let key = unsafe bytes.withUnsafeBytes { text -> OpaquePointer? in
      guard let length = Int32(exactly: text.count), let bio = unsafe BIO_new_mem_buf(text.baseAddress, length) else {
        return nil
      }
      defer { unsafe BIO_free(bio) }
      return unsafe read(bio)
    }
    guard let key = unsafe key else { throw .quiet(.notAKey(expected: expected)) }
    unsafe self.init(key)
  }

  /// An Ed25519 private key from its 32-byte seed.
  convenience init(ed25519Seed seed: [UInt8]) throws(SigningError) {
    guard let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
      throw .quiet(.notAKey(expected: "an Ed25519 seed of 32 bytes"))
    }
    unsafe self.init(key)
  }

  /// An Ed25519 public key from its 32 bytes.
  convenience init(ed25519Public bytes: [UInt8]) throws(SigningError) {
    guard let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
      throw .quiet(.notAKey(expected: "an Ed25519 public key of 32 bytes"))
    }
    unsafe self.init(key)
  }

  /// Whether the key is of this type, `EC` or `ED25519`.
  func isA(_ type: String) -> Bool { unsafe EVP_PKEY_is_a(key, type) == 1 }

  /// The name of the curve; `nil` for keys without.
  var curve: String? {
    var name = [CChar](repeating: 0, count: 64)
    guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, nil) == 1 else {
      ERR_clear_error()
      return nil
    }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The public half of an Ed25519 key: 32 bytes.
  func rawPublicKey() throws(SigningError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var length = bytes.count
    guard unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &length) == 1, length == bytes.count else {
      throw .library("read a public key")
    }
    return bytes
  }

  /// Signs all of `message`; `digest` is `nil` where the scheme has its own.
  func sign(_ message: [UInt8], digest: String?, maximumLength: Int) throws(SigningError) -> [UInt8] {
    guard let context = unsafe EVP_MD_CTX_new() else { throw .library("make a signing state") }
    defer { unsafe EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: maximumLength)
    var length = signature.count
    guard unsafe EVP_DigestSignInit_ex(context, nil, digest, nil, nil, key, nil) == 1,
      unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1
    else { throw .library("sign") }
    return Array(signature.prefix(length))
  }

  /// Signs a digest.
  func sign(digest: [UInt8], maximumLength: Int) throws(SigningError) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: maximumLength)
    var length = signature.count
    let isSigned = lock.withLock { _ in
      if unsafe signing == nil, let made = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) {
        if unsafe EVP_PKEY_sign_init(made) == 1 { unsafe signing = made } else { unsafe EVP_PKEY_CTX_free(made) }
      }
      guard let state = unsafe signing else { return false }
      return unsafe EVP_PKEY_sign(state, &signature, &length, digest, digest.count) == 1
    }
    guard isSigned else { throw .library("sign") }
    return Array(signature.prefix(length))
  }

  /// Whether `signature` is this key's for `message`.
  func verify(_ signature: [UInt8], of message: [UInt8], digest: String?) -> Bool {
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer {
      unsafe EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    return unsafe EVP_DigestVerifyInit_ex(context, nil, digest, nil, nil, key, nil) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
