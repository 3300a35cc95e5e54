import Broker
import Core

@testable import Sandbox

/// What shows who we are: checked by the sandbox's own code, since its place in the material is taken by dead keys and
/// other people's nonces.
enum Credentials {
  static func differences(_ request: HTTPRequest, _ venue: Venue, at now: Timestamp) throws -> [String] {
    switch venue {
    case .kraken: try kraken(request)
    case .coinbase: try coinbase(request, now)
    }
  }

  private static func header(_ name: String, _ request: HTTPRequest) -> String? {
    request.headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  private static func kraken(_ request: HTTPRequest) throws -> [String] {
    let sign = header("API-Sign", request)
    guard request.path.hasPrefix("/0/private/") else {
      return sign == nil ? [] : ["API-Sign: expected none on a public call, seen one"]
    }
    let body = String(decoding: request.body, as: UTF8.self)
    let wire = try WireRequest(method: request.method, url: request.url, body: body)
    guard let sign, let secret = Sandbox.Base64.decoded(Bench.krakenSecret),
      KrakenSignature.isRight(
        sign, secret: secret, path: request.path, nonce: WireRequest.words(wire.parameters["nonce"]),
        body: request.body)
    else { return ["API-Sign: expected one that the sandbox takes, seen \(sign ?? "none")"] }
    return []
  }

  private static func coinbase(_ request: HTTPRequest, _ now: Timestamp) throws -> [String] {
    let authorization = header("Authorization", request)
    guard !request.path.contains("/brokerage/market/"), !request.path.hasSuffix("/brokerage/time") else {
      return authorization == nil ? [] : ["Authorization: expected none on a public call, seen one"]
    }
    let seed = try SHA256.digest(Array("a throw-away key of the replay".utf8))
    let half = try Ed25519PrivateKey(rawBytes: seed).publicKey()
    let key = Hex.decode("302a300506032b6570032100" + Hex.encode(half)).flatMap { CoinbasePublicKey(encoded: $0) }
    guard let authorization, authorization.hasPrefix("Bearer ") else {
      return ["Authorization: expected a token, seen \(authorization ?? "none")"]
    }
    let host = String(request.url.dropFirst("https://".count).prefix { $0 != "/" })
    let use = JWTVerifier.Use.rest(method: request.method, host: host, path: request.path)
    do throws(JWTRefusal) {
      _ = try JWTVerifier().verify(
        String(authorization.dropFirst("Bearer ".count)), for: use, at: now
      ) { $0 == Bench.coinbaseKey ? key : nil }
      return []
    } catch {
      return ["Authorization: expected a token that the sandbox takes, seen one it refuses (\(error))"]
    }
  }
}
