import Broker
import Core
import Testing

@testable import Coinbase

@Suite struct CoinbaseJWTTests {
  @Test func `two tokens for one request are two tokens`() throws {
    let key = try CoinbaseKey(parsing: Array(Base64.encode(ThrowAway.seed()).utf8))
    let signer = CoinbaseJWT(keyName: ThrowAway.keyName, key: key)
    let tokens = try (0..<20).map { _ in
      try signer.token(method: "GET", authority: "api.coinbase.com", path: "/x", notBefore: 1)
    }
    #expect(Set(tokens).count == tokens.count)
  }
}
