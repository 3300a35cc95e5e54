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
  /// What every header and every set of claims begins with, written once.
  private let headerStart: String
  private let claimsStart: String

  init(
    keyName: String, key: CoinbaseKey,
    nonce: @escaping @Sendable () throws(SigningError) -> String = { () throws(SigningError) in
      Hex.encode(try SecureRandom.bytes(16))
    }
  ) {
    self.keyName = keyName
    self.key = key
    self.nonce = nonce
    let name = JSONValue.string(keyName).encoded
    headerStart = #"{"alg":"\#(key.algorithm)","kid":\#(name),"nonce":"#
    claimsStart = #"{"sub":\#(name),"iss":"cdp","nbf":"#
  }

  /// A token for `METHOD authority/path` (no scheme, no query), good from `notBefore` (unix seconds) for 120 s.
  func token(method: String, authority: String, path: String, notBefore: Int) throws(SigningError) -> String {
    let header = header(nonce: try nonce()), claims = claims(uri: "\(method) \(authority)\(path)", notBefore)
    return try sign(header: header, claims: claims)
  }

  func header(nonce: String) -> String { headerStart + JSONValue.string(nonce).encoded + #","typ":"JWT"}"# }

  func claims(uri: String, _ notBefore: Int) -> String {
    claimsStart + "\(notBefore),\"exp\":\(notBefore + Self.lifetime),\"uri\":" + JSONValue.string(uri).encoded + "}"
  }

  func sign(header: String, claims: String) throws(SigningError) -> String {
    let input = Base64.encodeURLSafe(Array(header.utf8)) + "." + Base64.encodeURLSafe(Array(claims.utf8))
    return input + "." + Base64.encodeURLSafe(try key.signature(for: Array(input.utf8)))
  }
}
