import Core
import Foundation
import Testing

@testable import Sandbox

/// `coinbase-jwt.json` of the shared vectors: tokens of other people's programs, read independently of our JSON.
struct CoinbaseVectors {
  struct Request {
    let method: String
    let host: String
    let path: String
  }

  struct Token {
    let id: String
    let program: String
    let kind: String
    let token: String
    let now: Timestamp
    let request: Request?
    let hasURIArray: Bool
  }

  let tokens: [Token]
  let rejects: [Token]
  let keys: [String: CoinbasePublicKey]

  /// The tokens; `nil` (said aloud) where the shared material is not there, an error in CI.
  static func load(for test: String) throws -> CoinbaseVectors? {
    guard
      let text = try CoinbaseMaterial.read("coinbase-jwt.json", variable: "NIJA_VECTORS", folder: "vectors", for: test)
    else { return nil }
    let root = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    let stored = try #require(root["keys"] as? [String: [String: Any]])
    var keys: [String: CoinbasePublicKey] = [:]
    for key in stored.values {
      let name = try #require(key["key_name"] as? String)
      keys[name] = try publicKey(key)
    }
    let vectors = try #require(root["vectors"] as? [[String: Any]])
    let rejects = try #require(root["reject"] as? [[String: Any]])
    return CoinbaseVectors(tokens: try vectors.map(token), rejects: try rejects.map(token), keys: keys)
  }

  private static func publicKey(_ key: [String: Any]) throws -> CoinbasePublicKey {
    if let pem = key["public_key_pem"] as? String {
      let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
      let bytes = try #require(Data(base64Encoded: lines.joined()))
      return try #require(CoinbasePublicKey(encoded: Array(bytes)))
    }
    let digits = try #require(key["public_key_hex"] as? String)
    let encoded = try #require(Hex.decode("302a300506032b6570032100" + digits))
    return try #require(CoinbasePublicKey(encoded: encoded))
  }

  private static func token(_ object: [String: Any]) throws -> Token {
    let seconds = try #require(object["now"] as? Int)
    return Token(
      id: try #require(object["id"] as? String), program: object["program"] as? String ?? "",
      kind: object["kind"] as? String ?? "rest", token: try #require(object["token"] as? String),
      now: try #require(Timestamp(seconds: seconds)), request: try request(object["request"]),
      hasURIArray: (object["claims"] as? [String: Any])?["uris"] != nil)
  }

  private static func request(_ value: Any?) throws -> Request? {
    guard let object = value as? [String: String] else { return nil }
    return Request(
      method: try #require(object["method"]), host: try #require(object["host"]), path: try #require(object["path"]))
  }
}
