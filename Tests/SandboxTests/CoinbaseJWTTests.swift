import Core
import Testing

@testable import Sandbox

@Suite struct CoinbaseJWTTests {
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
