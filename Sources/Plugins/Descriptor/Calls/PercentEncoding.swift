/// Percent-encoding (RFC 3986).
enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// All but unreserved characters escaped, a plus and a comma among them.
  static func encoded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    for byte in bytes { append(byte, to: &out, keeping: isUnreserved) }
    return out
  }

  /// Text as a parameter's name or value.
  static func append(_ text: String, to out: inout [UInt8]) {
    for byte in text.utf8 { append(byte, to: &out, keeping: isUnreserved) }
  }

  /// Text as part of one segment of a path.
  static func segment(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 { append(byte, to: &out) { isUnreserved($0) || segmentCharacters.contains($0) } }
    return String(decoding: out, as: UTF8.self)
  }

  /// Text as a parameter's name or value.
  static func encoded(_ text: String) -> String { String(decoding: encoded(text.utf8), as: UTF8.self) }

  /// Text that goes as it is, but for what no address may hold.
  static func raw(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 { append(byte, to: &out) { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") } }
    return String(decoding: out, as: UTF8.self)
  }

  private static let segmentCharacters = Array("!$&'()*+,;=:@".utf8)

  private static func append(_ byte: UInt8, to out: inout [UInt8], keeping isKept: (UInt8) -> Bool) {
    if isKept(byte) {
      out.append(byte)
    } else {
      out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"): true
    default: false
    }
  }
}
