import Broker
import Core
import Foundation
import Kraken
import Testing

@Suite struct KrakenSignTests {
  private static func secret(_ text: String) -> Secret { Secret(Array(text.utf8)) }

  @Test(arguments: [("key", "no base64!"), ("key", ""), ("", Kraken.testSecret), ("a key", Kraken.testSecret)])
  func `credentials that cannot be used are named, their values are not`(_ key: String, _ secret: String) throws {
    let error = try #require(throws: BrokerError.self) {
      _ = try KrakenSigner(key: Self.secret(key), secret: Self.secret(secret))
    }
    #expect(error.code == .misconfigured && error.scope == .account)
    #expect(!error.message.contains("no base64!") && !error.message.contains(Kraken.testSecret))
  }
}
