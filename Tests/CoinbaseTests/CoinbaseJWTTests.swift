import Broker
import Core
import Testing

@testable import Coinbase

@Suite struct CoinbaseJWTTests {
  /// One token of the vectors.
  struct Vector {
    let id: String, key: String, now: Int, nonce: String, header: String, claims: String, token: String
    let method: String?, host: String?, path: String?

    init(_ json: JSON) throws {
      id = try json.string("id")
      key = try json.string("key")
      now = try json.integer("now")
      nonce = try json.string("nonce")
      header = try json.string("header_json")
      claims = try json.string("claims_json")
      token = try json.string("token")
      let request = try json.member("request")
      method = try request.isNull ? nil : request.string("method")
      host = try request.isNull ? nil : request.string("host")
      path = try request.isNull ? nil : request.string("path")
    }

    var parts: [String] { token.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }
    var signingInput: String { parts.dropLast().joined(separator: ".") }
  }

  static func load() throws -> (vectors: [Vector], keys: JSON)? {
    guard let file = try Shared.vectors("coinbase-jwt.json") else { return nil }
    return (try file.array("vectors").map { try Vector($0) }, try file.object("keys"))
  }

  static func signer(_ vector: Vector, _ keys: JSON) throws -> CoinbaseJWT {
    let key = try keys.object(vector.key)
    let secret = try key.optionalString("private_key_sec1_pem") ?? key.string("private_key_base64_64")
    let nonce = vector.nonce
    return CoinbaseJWT(
      keyName: try key.string("key_name"), key: try CoinbaseKey(parsing: Array(secret.utf8)), nonce: { nonce })
  }

  static func isValid(_ token: String, key: JSON) throws -> Bool {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let signature = Base64.decodeURLSafe(parts[2]) else { return false }
    let input = Array((parts[0] + "." + parts[1]).utf8)
    if let pem = try key.optionalString("public_key_pem") {
      return try ES256PublicKey(pem: pem).isValid(signature, for: input)
    }
    let raw = try #require(Hex.decode(try key.string("public_key_hex")))
    return try Ed25519PublicKey(rawBytes: raw).isValid(signature, for: input)
  }

  static func decoded(_ part: String) throws -> String {
    String(decoding: try #require(Base64.decodeURLSafe(part)), as: UTF8.self)
  }

  @Test func `every stored token verifies with its public key and no other`() throws {
    guard let (vectors, keys) = try Self.load() else { return }
    #expect(vectors.count >= 45)
    for vector in vectors {
      for (name, key) in try #require(keys.members) {
        #expect(try Self.isValid(vector.token, key: key) == (name == vector.key), "\(vector.id) with \(name)")
      }
    }
  }

  @Test func `the same header and claims give the same EdDSA token, byte for byte`() throws {
    guard let (vectors, keys) = try Self.load() else { return }
    var count = 0
    for vector in vectors where vector.header.contains("EdDSA") {
      let made = try Self.signer(vector, keys).sign(header: vector.header, claims: vector.claims)
      #expect(made == vector.token, "\(vector.id)")
      count += 1
    }
    #expect(count >= 23)
  }

  @Test func `the same header and claims give an ES256 token that verifies and differs only in its signature`() throws {
    guard let (vectors, keys) = try Self.load() else { return }
    for vector in vectors where vector.header.contains("ES256") {
      let made = try Self.signer(vector, keys).sign(header: vector.header, claims: vector.claims)
      #expect(made.hasPrefix(vector.signingInput + "."), "\(vector.id)")
      #expect(try Self.isValid(made, key: keys.object(vector.key)), "\(vector.id)")
    }
  }

  @Test func `the header and claims we build are those of Coinbase's own SDK, letter for letter`() throws {
    guard let (vectors, keys) = try Self.load() else { return }
    var count = 0
    for vector in vectors where vector.id.hasPrefix("adv-") {
      guard let method = vector.method, let host = vector.host, let path = vector.path else { continue }
      let token = try Self.signer(vector, keys).token(
        method: method, authority: host, path: path, notBefore: vector.now)
      let parts = token.split(separator: ".").map(String.init)
      #expect(try Self.decoded(parts[0]) == vector.header, "\(vector.id)")
      #expect(try Self.decoded(parts[1]) == vector.claims, "\(vector.id)")
      #expect(try Self.isValid(token, key: keys.object(vector.key)), "\(vector.id)")
      count += 1
    }
    #expect(count >= 36)
  }

  @Test func `two tokens for one request are two tokens`() throws {
    let key = try CoinbaseKey(parsing: Array(Base64.encode(ThrowAway.seed()).utf8))
    let signer = CoinbaseJWT(keyName: ThrowAway.keyName, key: key)
    let tokens = try (0..<20).map { _ in
      try signer.token(method: "GET", authority: "api.coinbase.com", path: "/x", notBefore: 1)
    }
    #expect(Set(tokens).count == tokens.count)
  }
}
