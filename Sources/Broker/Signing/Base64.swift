/// Base64 (RFC 4648), strict: no spaces, no line ends, no bits that decoding would drop.
public enum Base64 {
  /// With `+`, `/` and padding (§4).
  public static func encode(_ bytes: [UInt8]) -> String { encode(bytes, with: standard, padded: true) }

  /// With `-`, `_` and no padding (§5): what a JWT wants.
  public static func encodeURLSafe(_ bytes: [UInt8]) -> String { encode(bytes, with: urlSafe, padded: false) }

  /// The bytes of standard base64 with its padding; `nil` for anything else.
  public static func decode(_ text: String) -> [UInt8]? {
    var characters = Array(text.utf8)
    defer { characters.wipe() }
    guard characters.count.isMultiple(of: 4) else { return nil }
    let padding = characters.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    return decode(characters.dropLast(padding), last: (UInt8(ascii: "+"), UInt8(ascii: "/")))
  }

  /// The bytes of URL-safe base64 without padding; `nil` for anything else.
  public static func decodeURLSafe(_ text: String) -> [UInt8]? {
    decode(Array(text.utf8)[...], last: (UInt8(ascii: "-"), UInt8(ascii: "_")))
  }

  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlSafe = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  private static func encode(_ bytes: [UInt8], with alphabet: [UInt8], padded: Bool) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var bits = UInt32(bytes[start]) << 16
      if count > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
      if count > 2 { bits |= UInt32(bytes[start + 2]) }
      for place in 0...count { text.append(alphabet[Int(bits >> UInt32(18 - 6 * place)) & 63]) }
      if padded { for _ in count..<3 { text.append(UInt8(ascii: "=")) } }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func decode(_ characters: ArraySlice<UInt8>, last: (UInt8, UInt8)) -> [UInt8]? {
    guard characters.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count * 3 / 4)
    var bits: UInt32 = 0
    var held = 0
    for character in characters {
      guard let value = value(of: character, last: last) else { return nil }
      bits = bits << 6 | value
      held += 6
      guard held >= 8 else { continue }
      held -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
    }
    // What is left over must be zeros: one sequence of bytes has one text.
    return bits & ((1 << UInt32(held)) - 1) == 0 ? bytes : nil
  }

  private static func value(of character: UInt8, last: (UInt8, UInt8)) -> UInt32? {
    switch character {
    case 65...90: UInt32(character - 65)
    case 97...122: UInt32(character - 71)
    case 48...57: UInt32(character + 4)
    case last.0: 62
    case last.1: 63
    default: nil
    }
  }
}
