import Broker
import Core
import Testing

@Suite struct RedactorTests {
  private static let secret = Array("s3cr3t/of+a?venue==".utf8)

  static let spellings: [(name: String, text: String)] = [
    ("as it is", String(decoding: secret, as: UTF8.self)), ("Base64", Base64.encode(secret)),
    ("Base64 for addresses", Base64.encodeURLSafe(secret)), ("hexadecimal", Hex.encode(secret)),
    ("hexadecimal in capitals", Hex.encode(secret).uppercased()), ("in an address", "s3cr3t%2Fof%2Ba%3Fvenue%3D%3D"),
    ("in an address, small", "s3cr3t%2fof%2ba%3fvenue%3d%3d"), ("in JSON", "s3cr3t\\/of+a?venue=="),
  ]

  @Test(arguments: spellings.indices) func `a secret is taken out however it is spelt`(_ index: Int) {
    let redactor = Redactor(["key": Secret(Self.secret)])
    let text = redactor.clean("<\(Self.spellings[index].text)>")
    #expect(text.hasPrefix("<••••") && text.hasSuffix(">") && text.count <= 8, "\(Self.spellings[index].name): \(text)")
  }

  @Test func `each line of a key is taken out, and what is too short to be one is not`() {
    let key = "-----BEGIN KEY-----\nMHcCAQEEIE/line1\nAoGCCqGSM49line2\n-----END KEY-----"
    let redactor = Redactor(["key": Secret(Array(key.utf8)), "pin": Secret(Array("1234".utf8))])
    #expect(redactor.clean("at AoGCCqGSM49line2, 1234") == "at ••••, 1234")
    #expect(redactor.clean(key.replacing("\n", with: "\\n")) == "-----BEGIN KEY-----\\n••••\\n••••\\n-----END KEY-----")
    #expect(redactor.clean("signed 0123456789abcdef", ["0123456789abcdef"]) == "signed ••••")
  }
}
