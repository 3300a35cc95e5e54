/// How ids look on the wire. Each form is a bijection of its 64 bits, so that two numbers never give one id.
enum IDText {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  /// `OXXXXX-XXXXX-XXXXXX`: Kraken's.
  static func kraken(_ letter: Character, _ bits: UInt64) -> String {
    let text = Array(base32(bits, count: 13) + base32(Noise.mixed(bits ^ 0x6b72_616b), count: 3))
    return "\(letter)" + String(text[0..<5]) + "-" + String(text[5..<10]) + "-" + String(text[10..<16])
  }

  private static func base32(_ bits: UInt64, count: Int) -> String {
    let digits = (0..<count).map { alphabet[Int((bits >> UInt64($0 * 5)) & 31)] }
    return String(decoding: digits, as: UTF8.self)
  }

  /// A UUID; ids of different `salt` differ too.
  static func uuid(_ bits: UInt64, salt: UInt64) -> String {
    let digits = Array(hex(bits) + hex(Noise.mixed(bits ^ (salt << 32))))
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
    return groups.map { String(digits[$0]) }.joined(separator: "-")
  }

  /// Sixteen hexadecimal digits.
  static func hex(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
