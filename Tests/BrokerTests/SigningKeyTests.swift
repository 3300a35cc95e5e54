import Broker
import Core
import Testing

@Suite struct SigningKeyTests {
  /// A PEM text. The frame is put together here, so that nothing in this file looks like a key worth stealing.
  static func pem(_ label: String, _ base64: String) -> String {
    "-----BEGIN \(label)-----\n\(base64)\n-----END \(label)-----\n"
  }

  static let p256 =
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgo+3i0aPb9rr/fboYbrc0VL6Sbjfz1QJAXKfIBSIJXnWhRANCAAQy"
    + "IgGkbmo0VkkgkHwWs6VIJGUv24JHf9Od1+4/uEMToiLQ6S0jbWQoC3Pl+7zm4J2M/f/2mh9AtFJvPvWkT9NP"
  static let p256Public =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMiIBpG5qNFZJIJB8FrOlSCRlL9uCR3/TndfuP7hDE6Ii0OktI21kKAtz5fu85uCd"
    + "jP3/9pofQLRSbz71pE/TTw=="
  static let p384 =
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDC/Aef1U7fPgCb78J1a1U2XV2Z3y6cbLPBdekN1xyYMDGW73QtdzF8c"
    + "I5Sr/E3YaM6hZANiAATW4fHJphFjj3tf7R94ydVFiTOO2REeM0IND5Y6a5JCeDY8LJoeIK0rGfDEiJ39gFemiDc0ja+on4jQ7jmL"
    + "rvJGZvE/oEaCAZgD6Gw2PQkja48DSqt368eppwNQhgljdX8="
  static let rsa =
    "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAJd/V7ONq6EwXEK++25OLzWcH4d32fXbwwgn8Py+M1bK9bKwlWef"
    + "REcOc7rf229QWAHT3YAMG3R4CU6I0bM5QW3sC93ffVOzMgjg5yCo4cwRawsgvP/QlIXottGe6aLkAXx8sxG+77ZRyJ9pge406RO9"
    + "agqXy2CgKNq2aC8DoE5FAgMBAAECgYASk4bJeYGmDiwB8zEZYXTgefhTwBp1zzCm+17NXvUkm1ZtRsHLJvhUTi1aqMBbcdqYvsXW"
    + "QaXMLjvV6WjtNQQUqiLtEyQ4svcHDn55jzDJDmTHmSXcjUh4IQNGP9K65mCMPru30OsN7A6mqMx8EY7iZMU0dLBAKmmu9+u8dGAO"
    + "MQJBAMi3BRbdg9MoByCLax+7bhJ513rWWodzhiKF7v/iNgTtNz3ANF9PJ2MoF6L7YTIBk32PTxBEqCoj/rtOBIBGjrMCQQDBOduF"
    + "bd2pw5pcJvPr9UzRxlKtwUFpFJgAcaQ1/5DFOqt3BH7uIEbWRTTWm82t0RNPimorwbEc446U8oZBtasnAkAZVkk1LrdiY24q5I6c"
    + "TdvCR1E1N3PsH2AyYXffI14wVwWfLPEvit1s/fWl5FfLqTlGI14WrqQP1cVlPZ8B1mZTAkEAk4nTBZG7NFoHrh+MFnpJ+s886DFs"
    + "+Yhg+83J/fUzHHXM4ObM6JQ6ondbfhafOP4wiYZ9xQVzcESM5Uw9mUTW9wJAQwLK4UG8Vrjssygcis9rec1HcAce2UApHmeXV6UQ"
    + "derjKyqOIze5anZiRmkWsPVTo5ifp9Hpf95ulNu64qHBrA=="
  static let encrypted =
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgFPnFpyTbLEgICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoE"
    + "ECRMHnXWRXRYIfk7ewS7EAoEgZBPkQQeD7pQKbftf7XootAiPglHK5xxsZi0Mg0L5zJe/IwQXuR9JroC24v4su7GhMZ0N1Eg81wG"
    + "+wsMZZuLIqXujfI8Lo+t4WMeR3Inr4qZB2ODQDY5SoZHHIrycdvaNFWjFkvVpa29m1jm4uMEeA2+mH9gq96S8HjLRLmFu2LxhW7w"
    + "qyiDMyxlZtqx3J64J38="

  // RFC 8032 §7.1, tests 1 to 3.
  static let ed25519 = [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    ),
  ]

  @Test(arguments: ed25519.indices) func `Ed25519 gives the signatures of RFC 8032`(index: Int) throws {
    let (seed, publicKey, message, signature) = Self.ed25519[index]
    func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
    let key = try Ed25519PrivateKey(rawBytes: bytes(seed))
    #expect(Hex.encode(try key.publicKey()) == publicKey)
    #expect(Hex.encode(try key.signature(for: bytes(message))) == signature)
    let both = try Ed25519PrivateKey(rawBytes: bytes(seed + publicKey))
    #expect(Hex.encode(try both.signature(for: bytes(message))) == signature)
    let verifier = try Ed25519PublicKey(rawBytes: bytes(publicKey))
    #expect(verifier.isValid(try bytes(signature), for: try bytes(message)))
    #expect(!verifier.isValid(try bytes(signature), for: try bytes(message + "00")))
  }

  @Test func `an ES256 signature is 64 bytes, verifies, and covers every byte of the message`() throws {
    let key = try ES256PrivateKey(pem: Self.pem("PRIVATE KEY", Self.p256))
    let verifier = try ES256PublicKey(pem: Self.pem("PUBLIC KEY", Self.p256Public))
    for length in 0..<200 {
      var message = [UInt8](repeating: UInt8(length), count: length)
      let signature = try key.signature(for: message)
      #expect(signature.count == 64)
      #expect(verifier.isValid(signature, for: message))
      message.append(0)
      #expect(!verifier.isValid(signature, for: message))
      #expect(!verifier.isValid(Array(signature.dropLast()), for: Array(message.dropLast())))
    }
  }

  @Test func `one key signs for several threads at once`() async throws {
    let key = try ES256PrivateKey(pem: Self.pem("PRIVATE KEY", Self.p256))
    let verifier = try ES256PublicKey(pem: Self.pem("PUBLIC KEY", Self.p256Public))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<100 {
        group.addTask {
          let message = Array("message \(number)".utf8)
          return verifier.isValid(try key.signature(for: message), for: message)
        }
      }
      for try await isValid in group { #expect(isValid) }
    }
  }

  @Test func `keys of another kind and encrypted keys are refused by kind`() throws {
    #expect(throws: SigningError.self) { try ES256PrivateKey(pem: Self.pem("PRIVATE KEY", Self.p384)) }
    for other in [Self.p384, Self.rsa] {
      let error = #expect(throws: SigningError.self) { try ES256PrivateKey(pem: Self.pem("PRIVATE KEY", other)) }
      guard case .wrongKind = error else {
        Issue.record("expected another kind, got \(String(describing: error))")
        continue
      }
    }
    for label in ["ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"] {
      let error = #expect(throws: SigningError.self) { try ES256PrivateKey(pem: Self.pem(label, Self.encrypted)) }
      guard case .notAKey = error else {
        Issue.record("expected no key, got \(String(describing: error))")
        continue
      }
    }
    #expect(throws: SigningError.self) { try Ed25519PrivateKey(pem: Self.pem("PRIVATE KEY", Self.p256)) }
    #expect(throws: SigningError.self) { try Ed25519PrivateKey(rawBytes: [1, 2, 3]) }
    #expect(throws: SigningError.self) { try Ed25519PublicKey(rawBytes: [1, 2, 3]) }
  }

  @Test func `an error holds nothing of the key`() throws {
    let body = "bm90IGEga2V5IGJ1dCBzZWNyZXQ="
    for text in [Self.pem("PRIVATE KEY", body), body, ""] {
      let error = #expect(throws: SigningError.self) { try ES256PrivateKey(pem: text) }
      #expect(error?.description.contains("bm90") == false)
    }
  }
}
