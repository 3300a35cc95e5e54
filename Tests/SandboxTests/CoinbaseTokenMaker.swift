import CCrypto
import Core
import Foundation
import Testing

@testable import Sandbox

/// Signs CDP tokens from the secrets that the venue hands out, as a client would: with libcrypto, sharing nothing with
/// the verifier but the base64 alphabet.
struct CoinbaseTokenMaker {
  let name: String
  let secret: String

  private var isECDSA: Bool { secret.hasPrefix("-----BEGIN EC PRIVATE KEY-----") }

  /// A token for one request, valid from `now` for two minutes.
  func token(_ method: String, _ host: String, _ path: String, at now: Timestamp) throws -> String {
    try token(claims: [
      "sub": .string(name), "iss": "cdp", "nbf": .integer(now.seconds), "exp": .integer(now.seconds + 120),
      "uri": .string("\(method) \(host)\(path)"),
    ])
  }

  /// A token with these claims.
  func token(claims: JSONValue, header: JSONValue? = nil) throws -> String {
    let header =
      header ?? ["alg": isECDSA ? "ES256" : "EdDSA", "typ": "JWT", "kid": .string(name), "nonce": "0123456789abcdef"]
    let signed = [header, claims].map { Base64URL.encode(Array($0.encoded.utf8)) }.joined(separator: ".")
    return signed + "." + Base64URL.encode(try signature(Array(signed.utf8)))
  }

  private func signature(_ message: [UInt8]) throws -> [UInt8] {
    let key = try privateKey()
    defer { EVP_PKEY_free(key) }
    let context = try #require(EVP_MD_CTX_new())
    defer { EVP_MD_CTX_free(context) }
    var length = 128
    var signature = [UInt8](repeating: 0, count: length)
    try #require(EVP_DigestSignInit(context, nil, isECDSA ? EVP_sha256() : nil, nil, key) == 1)
    try #require(EVP_DigestSign(context, &signature, &length, message, message.count) == 1)
    signature = Array(signature.prefix(length))
    return isECDSA ? try raw(signature) : signature
  }

  private func privateKey() throws -> OpaquePointer {
    if isECDSA {
      let bio = try #require(BIO_new_mem_buf(secret, -1))
      defer { BIO_free(bio) }
      return try #require(PEM_read_bio_PrivateKey(bio, nil, nil, nil))
    }
    let bytes = Array(try #require(Data(base64Encoded: secret)))
    try #require(bytes.count == 64)
    return try #require(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, 32))
  }

  /// `SEQUENCE { INTEGER r, INTEGER s }` as `r‖s` of 32 bytes each.
  private func raw(_ sequence: [UInt8]) throws -> [UInt8] {
    var rest = sequence.dropFirst(2)
    var numbers: [UInt8] = []
    for _ in 0..<2 {
      let length = Int(try #require(rest.dropFirst().first))
      let digits = rest.dropFirst(2).prefix(length).drop { $0 == 0 }
      numbers += [UInt8](repeating: 0, count: 32 - digits.count) + digits
      rest = rest.dropFirst(2 + length)
    }
    return numbers
  }
}
