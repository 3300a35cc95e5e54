internal import Broker
internal import Core

/// A CDP key's secret.
typealias CoinbaseKey = SigningKey

/// Makes the token that one request carries (reference §1.1). Every request gets a fresh one.
struct CoinbaseJWT: Sendable {
  /// How long a token lives: the venue refuses more.
  static let lifetime = 120

  let keyName: String
  let key: CoinbaseKey
  /// Makes the text that tells one token from another.
  let nonce: @Sendable () throws(SigningError) -> String

  init(
    keyName: String, key: CoinbaseKey,
    nonce: @escaping @Sendable () throws(SigningError) -> String = { () throws(SigningError) in
      Hex.encode(try SecureRandom.bytes(16))
    }
  ) {
    self.keyName = keyName
    self.key = key
    self.nonce = nonce
  }

  /// A token for `METHOD authority/path` (no scheme, no query), good from `notBefore` (unix seconds) for 120 s.
  func token(method: String, authority: String, path: String, notBefore: Int) throws(SigningError) -> String {
    let header = header(nonce: try nonce()), claims = claims(uri: "\(method) \(authority)\(path)", notBefore)
    return try sign(header: header, claims: claims)
  }

  func header(nonce: String) -> String {
    JSONValue.object([
      ("alg", .string(key.algorithm)), ("kid", .string(keyName)), ("nonce", .string(nonce)), ("typ", "JWT"),
    ]).encoded
  }

  func claims(uri: String, _ notBefore: Int) -> String {
    JSONValue.object([
      ("sub", .string(keyName)), ("iss", "cdp"), ("nbf", .integer(notBefore)),
      ("exp", .integer(notBefore + Self.lifetime)), ("uri", .string(uri)),
    ]).encoded
  }

  func sign(header: String, claims: String) throws(SigningError) -> String {
    let input = Base64.encodeURLSafe(Array(header.utf8)) + "." + Base64.encodeURLSafe(Array(claims.utf8))
    return input + "." + Base64.encodeURLSafe(try key.signature(for: Array(input.utf8)))
  }
}
