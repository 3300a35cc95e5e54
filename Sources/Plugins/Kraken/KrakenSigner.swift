package import Broker
package import Core

/// Signs private calls:
/// `API-Sign = base64(HMAC-SHA512(base64decode(secret), path + SHA256(nonce + body)))`.
/// https://docs.kraken.com/api/docs/guides/spot-rest-auth
package struct KrakenSigner: Sendable {
  /// What the header `API-Key` carries.
  package let key: String
  private let code: HMAC

  /// - Throws: ``BrokerError/Code/misconfigured`` when key or secret are not of Kraken's form; never with their value.
  package init(key: Secret, secret: Secret) throws(BrokerError) {
    self.key = key.withExposedBytes { String(decoding: $0, as: UTF8.self) }
    guard !self.key.isEmpty, self.key.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw Self.misconfigured("api_key is empty or has spaces")
    }
    let bytes = secret.withExposedBytes { Base64.decode(String(decoding: $0, as: UTF8.self)) }
    guard let bytes, !bytes.isEmpty else { throw Self.misconfigured("api_secret is not base64") }
    do throws(SigningError) {
      self.code = try HMAC(.sha512, key: bytes)
    } catch {
      throw Self.misconfigured("api_secret cannot be used: \(error.description)")
    }
  }

  private static func misconfigured(_ message: String) -> BrokerError {
    BrokerError(.misconfigured, scope: .account, recovery: .never, message: message)
  }

  /// The header `API-Sign`.
  /// - Parameters:
  ///   - path: from `/0/private/` on, without host and query.
  ///   - nonce: as it stands in the body.
  ///   - body: the exact bytes sent.
  package func signature(path: String, nonce: String, body: [UInt8]) throws(BrokerError) -> String {
    do throws(SigningError) {
      let digest = try SHA256.digest(Array(nonce.utf8) + body)
      return Base64.encode(try code.code(for: Array(path.utf8) + digest))
    } catch {
      throw BrokerError(.notSent, scope: .account, recovery: .never, message: error.description)
    }
  }
}
