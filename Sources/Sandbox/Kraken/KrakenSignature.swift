/// Kraken's `API-Sign`: base64(HMAC-SHA-512(secret, path + SHA-256(nonce + body))), over the bytes as they came.
enum KrakenSignature {
  /// What a request must be signed with.
  static func expected(secret: [UInt8], path: String, nonce: String, body: [UInt8]) -> [UInt8] {
    Digest.hmacSHA512(key: secret, Array(path.utf8) + Digest.sha256(Array(nonce.utf8) + body))
  }

  /// Whether `sign`, in base64, is that.
  static func isRight(_ sign: String, secret: [UInt8], path: String, nonce: String, body: [UInt8]) -> Bool {
    guard let given = Base64.decoded(sign) else { return false }
    return Digest.isEqual(given, expected(secret: secret, path: path, nonce: nonce, body: body))
  }
}
