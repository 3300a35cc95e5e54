import Broker
import Core
import Foundation
import Kraken
import Testing

@Suite struct KrakenSignTests {
  private static func secret(_ text: String) -> Secret { Secret(Array(text.utf8)) }

  private static func sign(_ vector: JSON) throws -> String {
    let signer = try KrakenSigner(key: secret("key"), secret: secret(vector.string("secret")))
    return try signer.signature(
      path: vector.string("path"), nonce: vector.string("nonce"), body: Array(vector.string("body").utf8))
  }

  @Test func `every published and generated vector is signed byte for byte`() throws {
    guard let folder = Shared.folder("vectors", variable: "NIJA_VECTORS") else { return }
    let file = try Shared.json("kraken-api-sign.json", in: folder)
    let vectors = try file.array("vectors")
    #expect(vectors.count >= 31)
    for vector in vectors {
      let id = try vector.string("id")
      #expect(try Self.sign(vector) == vector.string("api_sign"), "\(id)")
    }
    let byID = try Dictionary(uniqueKeysWithValues: vectors.map { (try $0.string("id"), $0) })
    let negatives = try file.array("negative")
    #expect(negatives.count >= 5)
    for negative in negatives {
      let like = try #require(byID[try negative.string("like")])
      let id = try negative.string("id")
      #expect(try Self.sign(like) != negative.string("wrong_api_sign"), "\(id)")
    }
  }

  @Test(arguments: [("key", "no base64!"), ("key", ""), ("", Kraken.testSecret), ("a key", Kraken.testSecret)])
  func `credentials that cannot be used are named, their values are not`(_ key: String, _ secret: String) throws {
    let error = try #require(throws: BrokerError.self) {
      _ = try KrakenSigner(key: Self.secret(key), secret: Self.secret(secret))
    }
    #expect(error.code == .misconfigured && error.scope == .account)
    #expect(!error.message.contains("no base64!") && !error.message.contains(Kraken.testSecret))
  }
}
