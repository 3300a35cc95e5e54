import Core
import Testing

@testable import Sandbox

@Suite struct KrakenSignTests {
  @Test func `one changed bit of body, path or nonce breaks a signature`() throws {
    let secret = KrakenBench.secret
    let body = Array("nonce=1&a=b".utf8)
    let sign = Base64.encoded(KrakenSignature.expected(secret: secret, path: "/0/private/X", nonce: "1", body: body))
    func isRight(path: String = "/0/private/X", nonce: String = "1", body: [UInt8]) -> Bool {
      KrakenSignature.isRight(sign, secret: secret, path: path, nonce: nonce, body: body)
    }
    #expect(isRight(body: body))
    for index in body.indices {
      var other = body
      other[index] ^= 1
      #expect(!isRight(body: other))
    }
    #expect(!isRight(path: "/0/private/Y", body: body))
    #expect(!isRight(nonce: "2", body: body))
  }
}
