import Core
import Testing

@testable import Sandbox

@Suite struct KrakenSignTests {
  private struct Vector {
    let id: String, path: String, nonce: String, body: String, type: String, secret: [UInt8]
    let sign: String

    init(_ json: JSON) throws {
      id = try json.string("id")
      path = try json.string("path")
      nonce = try json.string("nonce")
      body = try json.string("body")
      type = try json.string("content_type")
      secret = try #require(Base64.decoded(try json.string("secret")))
      sign = try json.string("api_sign")
    }

    /// What the venue says to this request under this signature.
    func answer(sign: String) throws -> String {
      let bench = try KrakenBench()
      bench.venue.add(
        KrakenKey(text: "vector", secret: secret, account: KrakenBench.account, createdAt: bench.clock.now))
      let request = VenueRequest(
        method: "POST", target: path,
        headers: [("API-Key", "vector"), ("API-Sign", sign), ("Content-Type", type)], body: Array(body.utf8),
        remote: "127.0.0.1", receivedAt: bench.clock.now)
      return try KrakenBench.error(try bench.send(request))
    }
  }

  @Test func `every published and generated signature is right`() throws {
    guard let file = try SharedVectors.read("kraken-api-sign.json", for: "Kraken's signatures") else { return }
    let vectors = try file.array("vectors").map { try Vector($0) }
    #expect(vectors.count == 31)
    for vector in vectors {
      let isRight = KrakenSignature.isRight(
        vector.sign, secret: vector.secret, path: vector.path, nonce: vector.nonce, body: Array(vector.body.utf8))
      #expect(isRight, "\(vector.id)")
      let error = try vector.answer(sign: vector.sign)
      #expect(!error.hasPrefix("EAPI:"), "\(vector.id): \(error)")
    }
  }

  @Test func `a signature over anything else is refused`() throws {
    guard let file = try SharedVectors.read("kraken-api-sign.json", for: "Kraken's wrong signatures") else { return }
    let vectors = try file.array("vectors").map { try Vector($0) }
    let negatives = try file.array("negative")
    #expect(negatives.count == 5)
    for negative in negatives {
      let like = try negative.string("like")
      let vector = try #require(vectors.first { $0.id == like })
      let error = try vector.answer(sign: try negative.string("wrong_api_sign"))
      let id = try negative.string("id")
      #expect(error == "EAPI:Invalid signature", "\(id)")
    }
  }

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
