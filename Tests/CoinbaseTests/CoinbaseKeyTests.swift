import Broker
import Core
import Foundation
import Testing

@testable import Coinbase

@Suite struct CoinbaseKeyTests {
  /// Ways in which one PEM text arrives.
  static func forms(of pem: String) -> [String: String] {
    let lines = pem.split(separator: "\n").map(String.init)
    return [
      "as it is": pem,
      "no line end at the end": lines.joined(separator: "\n"),
      "CR LF": lines.joined(separator: "\r\n") + "\r\n",
      "\\n written out": lines.joined(separator: "\\n") + "\\n",
      "\\r\\n written out": lines.joined(separator: "\\r\\n"),
      "in double quotes": "\"\(pem)\"",
      "in single quotes, \\n written out": "'\(lines.joined(separator: "\\n"))'",
      "one line with spaces": lines.joined(separator: " "),
      "one line with nothing": lines.joined(),
      "indented, with blank lines": "\n  " + lines.joined(separator: "\n\n  ") + "\n\n",
      "behind a block of parameters": "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        + pem,
      "in base64": Base64.encode(Array(pem.utf8)),
      "in base64 in quotes": "\"\(Base64.encode(Array(pem.utf8)))\"",
    ]
  }

  static let message = Array("a message".utf8)

  @Test(arguments: ["private_key_sec1_pem", "private_key_pkcs8_pem", "private_key_sec1_pem_one_line"])
  func `an ECDSA key is read in every form people paste`(field: String) throws {
    guard let keys = try Shared.vectors("coinbase-jwt.json")?.object("keys").object("ec-1") else { return }
    let publicKey = try ES256PublicKey(pem: keys.string("public_key_pem"))
    for (form, text) in Self.forms(of: try keys.string(field).replacingOccurrences(of: "\\n", with: "\n")) {
      let key = try CoinbaseKey(parsing: Array(text.utf8))
      #expect(key.algorithm == "ES256", "\(form)")
      #expect(publicKey.isValid(try key.signature(for: Self.message), for: Self.message), "\(form)")
    }
  }

  @Test func `an Ed25519 key is read as 64 bytes, as 32 and as PEM in every form`() throws {
    guard let keys = try Shared.vectors("coinbase-jwt.json")?.object("keys").object("ed-1") else { return }
    let publicKey = try Ed25519PublicKey(rawBytes: #require(Hex.decode(keys.string("public_key_hex"))))
    var forms = Self.forms(of: try keys.string("private_key_pkcs8_pem"))
    forms["64 bytes"] = try keys.string("private_key_base64_64")
    forms["32 bytes"] = try keys.string("private_key_base64_32")
    forms["64 bytes in quotes"] = try "\"\(keys.string("private_key_base64_64"))\"\n"
    for (form, text) in forms {
      let key = try CoinbaseKey(parsing: Array(text.utf8))
      #expect(key.algorithm == "EdDSA", "\(form)")
      #expect(publicKey.isValid(try key.signature(for: Self.message), for: Self.message), "\(form)")
    }
  }

  static let frame = (begin: "-----BEGIN " + "PRIVATE KEY-----\n", end: "\n-----END " + "PRIVATE KEY-----\n")

  @Test(arguments: [
    "nonsense", "bm90IGEga2V5", Base64.encode([UInt8](repeating: 7, count: 33)),
    frame.begin + "AAAA" + frame.end, frame.begin + "not base64!" + frame.end, "-----BEGIN " + "EC PRIVATE KEY-----",
    "0123456789abcdef0123456789abcdef",
  ])
  func `a secret that is no key names its slot and none of its value`(secret: String) throws {
    let error = #expect(throws: BrokerError.self) {
      try makeCoinbase(ScriptedTransport(), credentials: ["api_key": "name", "api_secret": secret])
    }
    let problem = try #require(error)
    #expect(problem.code == .misconfigured)
    #expect(problem.scope == .account)
    #expect(problem.recovery == .never)
    #expect(problem.message.contains("api_secret"))
    let lines = secret.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
    for line in lines { #expect(!problem.description.contains(line)) }
  }

  @Test func `64 bytes whose halves disagree are refused`() throws {
    var bytes = try ThrowAway.seed() + Ed25519PrivateKey(rawBytes: ThrowAway.seed()).publicKey()
    _ = try CoinbaseKey(parsing: Array(Base64.encode(bytes).utf8))
    bytes[63] ^= 1
    #expect(throws: SigningError.halvesDisagree) {
      try CoinbaseKey(parsing: Array(Base64.encode(bytes).utf8))
    }
  }

  @Test(arguments: [("api_key", "api_secret"), ("api_secret", "api_key")])
  func `half a set of credentials names the missing slot`(given: String, missing: String) throws {
    let problem = #expect(throws: BrokerError.self) {
      try makeCoinbase(ScriptedTransport(), credentials: [given: "something"])
    }
    #expect(problem?.code == .misconfigured)
    #expect(problem?.message.contains("\(missing) cannot be used") == true)
  }

  @Test func `a legacy key is told that its time is over`() throws {
    let problem = #expect(throws: BrokerError.self) {
      try makeCoinbase(
        ScriptedTransport(),
        credentials: ["api_key": "nijaFakeKey00001", "api_secret": "nijaFakeSecret000000000000000001"])
    }
    #expect(problem?.message.contains("February 2025") == true)
  }
}
