import Broker
import Core
import Testing

@Suite struct SigningTests {
  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  // FIPS 180-4, examples of NIST's CAVP.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `SHA-256 gives the published digests`(message: String, digest: String) throws {
    #expect(Hex.encode(try SHA256.digest(Self.bytes(message))) == digest)
  }

  @Test(arguments: [
    (
      "",
      "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
    ),
    (
      "abc",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    ),
  ])
  func `SHA-512 gives the published digests`(message: String, digest: String) throws {
    #expect(Hex.encode(try SHA512.digest(Self.bytes(message))) == digest)
  }

  // RFC 4231, test cases 1, 2, 3 and 6 (a key longer than a block).
  static let codes: [(key: [UInt8], message: [UInt8], sha256: String, sha512: String)] = [
    (
      [UInt8](repeating: 0x0b, count: 20), bytes("Hi There"),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
    ),
    (
      bytes("Jefe"), bytes("what do ya want for nothing?"),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    ),
    (
      [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
      "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131), bytes("Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
    ),
  ]

  @Test(arguments: codes.indices) func `HMAC gives the codes of RFC 4231`(index: Int) throws {
    let example = Self.codes[index]
    #expect(Hex.encode(try HMAC(.sha256, key: example.key).code(for: example.message)) == example.sha256)
    #expect(Hex.encode(try HMAC(.sha512, key: example.key).code(for: example.message)) == example.sha512)
  }

  @Test func `an HMAC signs many messages under its one key, from several threads too`() async throws {
    let mac = try HMAC(.sha512, key: Self.bytes("Jefe"))
    let messages = (0..<200).map { Self.bytes("message \($0)") }
    let fresh = try messages.map { try HMAC(.sha512, key: Self.bytes("Jefe")).code(for: $0) }
    let shared = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
      for (index, message) in messages.enumerated() {
        group.addTask { (index, try mac.code(for: message)) }
      }
      return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
    }
    for index in messages.indices { #expect(shared[index] == fresh[index]) }
  }

  // hmac.new(b"", b"", hashlib.sha256): the key of no bytes is a key.
  @Test func `an HMAC takes an empty key and an empty message`() throws {
    #expect(
      Hex.encode(try HMAC(.sha256, key: []).code(for: []))
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func `random bytes come in the number asked for and differ`() throws {
    #expect(try SecureRandom.bytes(0).isEmpty)
    let (a, b) = (try SecureRandom.bytes(32), try SecureRandom.bytes(32))
    #expect(a.count == 32 && b.count == 32 && a != b)
  }
}
