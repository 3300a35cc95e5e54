import Broker
import Testing

@Suite struct SigningBase64Tests {
  // RFC 4648 §10.
  static let examples = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]

  @Test(arguments: examples) func `base64 gives the examples of RFC 4648`(plain: String, text: String) {
    #expect(Base64.encode(Array(plain.utf8)) == text)
    #expect(Base64.decode(text) == Array(plain.utf8))
    let unpadded = text.filter { $0 != "=" }
    #expect(Base64.encodeURLSafe(Array(plain.utf8)) == unpadded)
    #expect(Base64.decodeURLSafe(unpadded) == Array(plain.utf8))
  }

  @Test func `the two alphabets differ in their last two characters`() {
    let bytes: [UInt8] = [0xfb, 0xff, 0xfe]
    #expect(Base64.encode(bytes) == "+//+")
    #expect(Base64.encodeURLSafe(bytes) == "-__-")
    #expect(Base64.decode("-__-") == nil)
    #expect(Base64.decodeURLSafe("+//+") == nil)
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9*", "Zg==Zg==", "Zh==", "Zm9=", "Zm9vé",
  ])
  func `what is not base64 to the letter is refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(arguments: ["Zg==", "Z", "Zm9vY", "Zh", "Zm9", "Zm 9v"])
  func `what is not unpadded URL-safe base64 to the letter is refused`(text: String) {
    #expect(Base64.decodeURLSafe(text) == nil)
  }

  @Test(arguments: [1, 20_260_116] as [UInt64]) func `whatever was encoded is decoded`(seed: UInt64) {
    var state = seed
    for length in 0..<200 {
      let bytes = (0..<length).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes, "seed \(seed), length \(length)")
      #expect(Base64.decodeURLSafe(Base64.encodeURLSafe(bytes)) == bytes, "seed \(seed), length \(length)")
    }
  }
}
