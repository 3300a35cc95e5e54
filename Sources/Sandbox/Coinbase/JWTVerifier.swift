import Core

/// Why a token was refused. The venue's answer is the same `Unauthorized` for all of them; its request log says which.
enum JWTRefusal: Error, Hashable, Sendable {
  /// Not three strictly encoded parts, or header or claims are not the JSON they must be.
  case malformed(String)
  /// `alg` is not ES256 or EdDSA, or not the key's.
  case algorithm
  /// `typ` is there and not `JWT`.
  case type
  /// `kid` names no key of this venue.
  case unknownKey
  /// `sub` is not `kid`.
  case subject
  /// `iss` is not `cdp`.
  case issuer
  /// `exp − nbf` is not 1…120 seconds.
  case lifetime
  /// `nbf` is ahead of the venue's clock.
  case notYetValid
  /// `exp` has passed.
  case expired
  /// `uri` is missing, or does not name this request.
  case uri
  /// The signature is not raw 64 bytes, or not of this key over this text.
  case signature
}

/// Checks a CDP token as the venue does (simulator reference B1.2; `jwt_generator.py` of coinbase-advanced-py).
struct JWTVerifier: Sendable {
  /// What a token is shown for.
  enum Use: Hashable, Sendable {
    /// A REST request: `uri` must be `METHOD host/path`, without scheme and query.
    case rest(method: String, host: String, path: String)
    /// A WebSocket message: no `uri`.
    case webSocket
  }

  /// Seconds by which the client's clock may differ.
  var leeway = 0
  /// Whether the newer SDK's array `uris` counts as `uri`; what the venue itself does is not known.
  var acceptsURIArray = false

  /// The longest life of a token, in seconds.
  static let maximumLifetime = 120
  /// Longer than any token a client needs; bounds what an unauthenticated caller can make us parse.
  static let maximumLength = 8_192

  /// The name of the key that signed `token` for this use at `now` (protocol clock).
  func verify(
    _ token: String, for use: Use, at now: Timestamp, key: (String) -> CoinbasePublicKey?
  ) throws(JWTRefusal) -> String {
    let parts = try Self.parts(of: token)
    let name = try checkHeader(parts.header)
    guard let publicKey = key(name.kid) else { throw .unknownKey }
    guard publicKey.type == name.algorithm else { throw .algorithm }
    guard publicKey.verifies(signature: parts.signature, of: parts.signed) else { throw .signature }
    try checkClaims(parts.claims, of: name.kid, at: now.seconds)
    try checkUse(parts.claims, use)
    return name.kid
  }

  /// The key that a token claims to be of, unchecked: for logs and faults, never for access.
  static func claimedKey(of token: String) -> String? {
    guard let parts = try? parts(of: token) else { return nil }
    return try? parts.header.string("kid")
  }

  private struct Parts {
    let header: JSON
    let claims: JSON
    let signature: [UInt8]
    let signed: [UInt8]
  }

  private static func parts(of token: String) throws(JWTRefusal) -> Parts {
    guard token.utf8.count <= maximumLength else { throw .malformed("too long") }
    let texts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard texts.count == 3 else { throw .malformed("not three parts") }
    guard let signature = Base64URL.decode(texts[2]) else { throw .malformed("signature") }
    return Parts(
      header: try object(texts[0], "header"), claims: try object(texts[1], "claims"), signature: signature,
      signed: Array("\(texts[0]).\(texts[1])".utf8))
  }

  private static func object(_ text: Substring, _ part: String) throws(JWTRefusal) -> JSON {
    guard let bytes = Base64URL.decode(text), let json = try? JSON(parsing: bytes, maximumDepth: 4),
      json.kind == .object
    else { throw .malformed(part) }
    return json
  }

  private func checkHeader(_ header: JSON) throws(JWTRefusal) -> (kid: String, algorithm: CoinbaseKeyType) {
    guard let text = try? header.string("alg"), let algorithm = CoinbaseKeyType(rawValue: text) else {
      throw .algorithm
    }
    if let type = header["typ"] {
      guard type.kind == .string, type.text == "JWT" else { throw .type }
    }
    guard let kid = try? header.string("kid"), !kid.isEmpty else { throw .unknownKey }
    return (kid, algorithm)
  }

  private func checkClaims(_ claims: JSON, of kid: String, at now: Int) throws(JWTRefusal) {
    guard (try? claims.string("sub")) == kid else { throw .subject }
    guard (try? claims.string("iss")) == "cdp" else { throw .issuer }
    let (begin, end) = (try Self.instant(claims, "nbf"), try Self.instant(claims, "exp"))
    guard begin < end, end - begin <= Self.maximumLifetime else { throw .lifetime }
    guard begin - leeway <= now else { throw .notYetValid }
    guard now < end + leeway else { throw .expired }
  }

  /// Whole seconds of this era only, so that no sum above can overflow.
  private static func instant(_ claims: JSON, _ name: String) throws(JWTRefusal) -> Int {
    guard let value = claims[name], value.kind == .number, let seconds = value.text.flatMap({ Int($0) }),
      (0...Int(Int32.max)).contains(seconds)
    else { throw .malformed(name) }
    return seconds
  }

  private func checkUse(_ claims: JSON, _ use: Use) throws(JWTRefusal) {
    switch use {
    case .webSocket:
      guard claims["uri"] == nil, claims["uris"] == nil else { throw .uri }
    case .rest(let method, let host, let path):
      let expected = "\(method) \(host)\(path)"
      if let uri = try? claims.string("uri") {
        guard uri == expected else { throw .uri }
      } else {
        guard acceptsURIArray, claims["uri"] == nil, let uris = claims["uris"]?.elements,
          uris.contains(where: { $0.kind == .string && $0.text == expected })
        else { throw .uri }
      }
    }
  }
}
