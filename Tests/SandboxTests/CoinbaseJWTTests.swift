import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseJWTTests {
  private func refusal(
    _ token: CoinbaseVectors.Token, _ vectors: CoinbaseVectors, _ use: JWTVerifier.Use,
    _ verifier: JWTVerifier = JWTVerifier()
  ) -> JWTRefusal? {
    do throws(JWTRefusal) {
      _ = try verifier.verify(token.token, for: use, at: token.now) { vectors.keys[$0] }
      return nil
    } catch {
      return error
    }
  }

  private func use(_ request: CoinbaseVectors.Request) -> JWTVerifier.Use {
    .rest(method: request.method, host: request.host, path: request.path)
  }

  @Test func `tokens of the official client pass for their own request and for no other`() throws {
    guard let vectors = try CoinbaseVectors.load(for: #function) else { return }
    let tokens = vectors.tokens.filter { $0.kind == "rest" && !$0.hasURIArray }
    #expect(tokens.count == 36)
    for token in tokens {
      let request = try #require(token.request)
      #expect(refusal(token, vectors, use(request)) == nil, "\(token.id)")
      let otherMethod = request.method == "GET" ? "POST" : "GET"
      let others: [JWTVerifier.Use] = [
        .rest(method: otherMethod, host: request.host, path: request.path),
        .rest(method: request.method, host: request.host, path: request.path + "/x"),
        .rest(method: request.method, host: request.host, path: "/api/v3/brokerage/time"),
        .rest(method: request.method, host: "127.0.0.1:8443", path: request.path),
        .webSocket,
      ]
      for other in others { #expect(refusal(token, vectors, other) == .uri, "\(token.id)") }
    }
  }

  @Test func `tokens with an array of addresses are refused unless the switch is on`() throws {
    guard let vectors = try CoinbaseVectors.load(for: #function) else { return }
    let tokens = vectors.tokens.filter { $0.kind == "rest" && $0.hasURIArray }
    #expect(tokens.count == 4)
    for token in tokens {
      let request = try #require(token.request)
      #expect(refusal(token, vectors, use(request)) == .uri, "\(token.id)")
      #expect(refusal(token, vectors, use(request), JWTVerifier(acceptsURIArray: true)) == nil, "\(token.id)")
      let other = JWTVerifier.Use.rest(method: request.method, host: request.host, path: "/other")
      #expect(refusal(token, vectors, other, JWTVerifier(acceptsURIArray: true)) == .uri, "\(token.id)")
    }
  }

  @Test func `WebSocket tokens pass there and are refused on REST`() throws {
    guard let vectors = try CoinbaseVectors.load(for: #function) else { return }
    let tokens = vectors.tokens.filter { $0.kind == "websocket" }
    #expect(tokens.count == 5)
    for token in tokens {
      #expect(refusal(token, vectors, .webSocket) == nil, "\(token.id)")
      let rest = JWTVerifier.Use.rest(
        method: "GET", host: "api.coinbase.com", path: "/api/v3/brokerage/accounts")
      #expect(refusal(token, vectors, rest) == .uri, "\(token.id)")
      #expect(refusal(token, vectors, rest, JWTVerifier(acceptsURIArray: true)) == .uri, "\(token.id)")
    }
  }

  @Test func `every token that must be refused is refused for its own reason`() throws {
    guard let vectors = try CoinbaseVectors.load(for: #function) else { return }
    let expected: [String: JWTRefusal] = [
      "expired": .expired, "not-yet-valid": .notYetValid, "lifetime-too-long": .lifetime, "wrong-method": .uri,
      "wrong-path": .uri, "wrong-host": .uri, "https-in-uri": .uri, "query-in-uri": .uri, "no-uri": .uri,
      "wrong-issuer": .issuer, "sub-not-kid": .subject, "no-kid": .unknownKey, "unknown-kid": .unknownKey,
      "other-key": .signature, "alg-none": .algorithm, "der-signature": .signature,
      "padded-base64": .malformed("signature"), "std-base64-sig": .malformed("signature"),
      "hs256-with-pem": .algorithm, "truncated": .malformed("signature"), "tampered-claims": .signature,
    ]
    #expect(vectors.rejects.count == 21)
    for token in vectors.rejects {
      let found = refusal(token, vectors, use(try #require(token.request)))
      #expect(found != nil, "\(token.id)")
      let wanted = try #require(expected[String(token.id.dropFirst("reject-".count))])
      #expect(found == wanted, "\(token.id)")
    }
  }

  @Test(arguments: [CoinbaseKeyType.es256, .edDSA])
  func `a key that the venue makes signs what the venue takes`(_ type: CoinbaseKeyType) throws {
    let pair = try #require(CoinbaseKeyPair(type))
    let uuid = #"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"#
    let form = try Regex(type == .es256 ? "organizations/\(uuid)/apiKeys/\(uuid)" : uuid)
    #expect(pair.name.wholeMatch(of: form) != nil, "\(pair.name)")
    #expect(pair.publicKey.type == type)
    let now = try #require(Timestamp(seconds: 1_767_225_600))
    let maker = CoinbaseTokenMaker(name: pair.name, secret: pair.secret)
    let token = try maker.token("GET", "127.0.0.1:9", "/x", at: now)
    let use = JWTVerifier.Use.rest(method: "GET", host: "127.0.0.1:9", path: "/x")
    let copy = try #require(CoinbasePublicKey(encoded: pair.publicKey.encoded))
    #expect(try JWTVerifier().verify(token, for: use, at: now) { $0 == pair.name ? copy : nil } == pair.name)
    let other = try #require(CoinbaseKeyPair(type))
    #expect(throws: JWTRefusal.signature) {
      try JWTVerifier().verify(token, for: use, at: now) { _ in other.publicKey }
    }
  }

  @Test func `a token lives from its first second to before its last`() throws {
    let pair = try #require(CoinbaseKeyPair(.edDSA))
    let maker = CoinbaseTokenMaker(name: pair.name, secret: pair.secret)
    let begin = 1_767_225_600
    let token = try maker.token("GET", "h", "/x", at: try #require(Timestamp(seconds: begin)))
    func outcome(_ offset: Int, leeway: Int = 0) throws -> JWTRefusal? {
      let now = try #require(Timestamp(seconds: begin + offset))
      do throws(JWTRefusal) {
        _ = try JWTVerifier(leeway: leeway).verify(token, for: .rest(method: "GET", host: "h", path: "/x"), at: now) {
          _ in pair.publicKey
        }
        return nil
      } catch {
        return error
      }
    }
    #expect(try outcome(-1) == .notYetValid)
    #expect(try outcome(0) == nil)
    #expect(try outcome(119) == nil)
    #expect(try outcome(120) == .expired)
    #expect(try outcome(-5, leeway: 5) == nil)
    #expect(try outcome(124, leeway: 5) == nil)
  }

  @Test func `claims of the wrong shape are refused`() throws {
    let pair = try #require(CoinbaseKeyPair(.es256))
    let maker = CoinbaseTokenMaker(name: pair.name, secret: pair.secret)
    let now = 1_767_225_600
    func outcome(_ nbf: JSONValue, _ exp: JSONValue, sub: String? = nil) throws -> JWTRefusal? {
      let token = try maker.token(claims: [
        "sub": .string(sub ?? pair.name), "iss": "cdp", "nbf": nbf, "exp": exp, "uri": "GET h/x",
      ])
      do throws(JWTRefusal) {
        let at = Timestamp(nanoseconds: Int64(now) * 1_000_000_000)
        _ = try JWTVerifier().verify(token, for: .rest(method: "GET", host: "h", path: "/x"), at: at) { _ in
          pair.publicKey
        }
        return nil
      } catch {
        return error
      }
    }
    #expect(try outcome(.integer(now), .integer(now + 120)) == nil)
    #expect(try outcome(.integer(now), .integer(now + 121)) == .lifetime)
    #expect(try outcome(.integer(now), .integer(now)) == .lifetime)
    #expect(try outcome(.string("\(now)"), .integer(now + 120)) == .malformed("nbf"))
    #expect(try outcome(.integer(now), .number("9223372036854775807")) == .malformed("exp"))
    #expect(try outcome(.integer(now), .integer(now + 120), sub: "other") == .subject)
  }

  @Test func `base64url comes back as it went and takes nothing else`() {
    for length in 0..<70 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
    for text in ["A", "AA=", "AA==", "A+A", "A/A", "AB", "AAB", "A A", "AA\n"] {
      #expect(Base64URL.decode(text) == nil, "\(text)")
    }
  }
}
