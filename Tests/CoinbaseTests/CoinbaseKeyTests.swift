import Broker
import Core
import Foundation
import Testing

@testable import Coinbase

@Suite struct CoinbaseKeyTests {
  /// Ways in which one PEM text arrives.
  static func forms(of pem: String) -> [String: String] {
    let lines = pem.split(separator: "\n").map(String.init)
    let base64 = Base64.encode(Array(pem.utf8))
    let inside = lines.dropFirst().dropLast()
    var forms: [String: String] = [
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
      "behind a block of parameters": parameters + pem,
      "in base64": base64,
      "in base64 in quotes": "\"\(base64)\"",
      "in base64 on several lines": Self.lines(of: base64).joined(separator: "\n") + "\n",
      "the DER in base64": inside.joined(),
      "the DER in base64 on several lines": inside.joined(separator: "\r\n"),
    ]
    for (form, text) in files(with: pem) { forms[form] = text }
    return forms
  }

  static let parameters =
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"

  /// What `base64` of the shell prints.
  static func lines(of base64: String) -> [String] {
    stride(from: 0, to: base64.count, by: 76).map { String(base64.dropFirst($0).prefix(76)) }
  }

  /// Ways in which a whole key file arrives.
  static func files(with secret: String) -> [String: String] {
    let named = JSONValue.object([("name", .string(name)), ("privateKey", .string(secret))])
    let identified = JSONValue.object([("id", .string(String(name.suffix(36)))), ("privateKey", .string(secret))])
    return [
      "key file": named.encoded, "key file, laid out": named.prettyEncoded + "\n", "key file by id": identified.encoded,
      "key file in single quotes": "'\(named.encoded)'",
      "key file in double quotes": JSONValue.string(named.encoded).encoded,
      "key file without a name": JSONValue.object([("privateKey", .string(secret))]).encoded,
    ]
  }

  static let message = Array("a message".utf8), name = ThrowAway.keyName

  /// The key that the manifest's slot takes in this form; read as pasted, and in the normal form that a worker gets.
  static func keys(_ text: String, _ form: String) throws -> [CoinbaseKey] {
    let slot = try #require(Coinbase.spec.declaration.credentials.last)
    #expect(slot.problem(with: text) == nil, "\(form)")
    return try [text, CredentialText.normalised(text)].map { text in
      let given = ["api_key": Secret(Array(name.utf8)), "api_secret": Secret(Array(text.utf8))]
      let signer = try #require(try CoinbaseCredentials.signer(given))
      #expect(signer.keyName == name)
      return signer.key
    }
  }

  @Test(arguments: ["private_key_sec1_pem", "private_key_pkcs8_pem", "private_key_sec1_pem_one_line"])
  func `an ECDSA key is read in every form people paste`(field: String) throws {
    guard let keys = try Shared.vectors("coinbase-jwt.json")?.object("keys").object("ec-1") else { return }
    let publicKey = try ES256PublicKey(pem: keys.string("public_key_pem"))
    for (form, text) in Self.forms(of: try keys.string(field).replacingOccurrences(of: "\\n", with: "\n")) {
      for key in try Self.keys(text, form) {
        #expect(key.algorithm == "ES256", "\(form)")
        #expect(publicKey.isValid(try key.signature(for: Self.message), for: Self.message), "\(form)")
      }
    }
  }

  @Test func `an Ed25519 key is read as 64 bytes, as 32 and as PEM in every form`() throws {
    guard let keys = try Shared.vectors("coinbase-jwt.json")?.object("keys").object("ed-1") else { return }
    let publicKey = try Ed25519PublicKey(rawBytes: #require(Hex.decode(keys.string("public_key_hex"))))
    var forms = Self.forms(of: try keys.string("private_key_pkcs8_pem"))
    forms["64 bytes"] = try keys.string("private_key_base64_64")
    forms["32 bytes"] = try keys.string("private_key_base64_32")
    forms["64 bytes in quotes"] = try "\"\(keys.string("private_key_base64_64"))\"\n"
    for (form, text) in Self.files(with: try keys.string("private_key_base64_64")) { forms["64 bytes, " + form] = text }
    for (form, text) in forms {
      for key in try Self.keys(text, form) {
        #expect(key.algorithm == "EdDSA", "\(form)")
        #expect(publicKey.isValid(try key.signature(for: Self.message), for: Self.message), "\(form)")
      }
    }
  }

  @Test func `a key file in both slots is one key, one of another key is none`() throws {
    let seed = Base64.encode(try ThrowAway.seed())
    func file(_ name: String) -> Secret {
      Secret(Array(JSONValue.object([("name", .string(name)), ("privateKey", .string(seed))]).encoded.utf8))
    }
    let signer = try CoinbaseCredentials.signer(["api_key": file(Self.name), "api_secret": file(Self.name)])
    #expect(signer?.keyName == Self.name)
    let problem = #expect(throws: BrokerError.self) {
      try CoinbaseCredentials.signer(["api_key": Secret(Array(Self.name.utf8)), "api_secret": file("organizations/x")])
    }
    #expect(problem?.message.contains("api_secret") == true && problem?.nextStep != nil)
  }

  static let frame = (begin: "-----BEGIN " + "PRIVATE KEY-----\n", end: "\n-----END " + "PRIVATE KEY-----\n")

  @Test(arguments: [
    "nonsense", "bm90IGEga2V5", Base64.encode([UInt8](repeating: 7, count: 33)),
    frame.begin + "AAAA" + frame.end, frame.begin + "not base64!" + frame.end, "-----BEGIN " + "EC PRIVATE KEY-----",
    "0123456789abcdef0123456789abcdef", #"{"name":"x","privateKey":"bm90IGEga2V5"}"#, #"{"name":"x"}"#,
    Base64.encode([0x30, 0x77] + [UInt8](repeating: 7, count: 119)),
  ])
  func `a secret that is no key names its slot and none of its value`(secret: String) throws {
    let error = #expect(throws: BrokerError.self) {
      try makeCoinbase(ScriptedTransport(), credentials: ["api_key": "x", "api_secret": secret])
    }
    let problem = try #require(error)
    #expect(problem.code == .misconfigured)
    #expect(problem.scope == .account)
    #expect(problem.recovery == .never)
    #expect(problem.message.contains("api_secret") && problem.nextStep != nil)
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

  @Test(arguments: ["nijaFakeSecret000000000000000001", try Base64.encode(ThrowAway.seed())])
  func `a legacy key is told that its time is over, whatever its secret`(secret: String) throws {
    let problem = #expect(throws: BrokerError.self) {
      try makeCoinbase(ScriptedTransport(), credentials: ["api_key": "nijaFakeKey00001", "api_secret": secret])
    }
    #expect(problem?.code == .misconfigured && problem?.nextStep == "create a CDP API key")
    #expect(problem?.message.contains("api_key") == true && problem?.message.contains("February 2025") == true)
    #expect(problem?.description.contains("nijaFake") == false)
  }
}
