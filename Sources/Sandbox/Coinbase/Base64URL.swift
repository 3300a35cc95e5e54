/// Base64 with the URL alphabet and without padding, as RFC 7515 §2 wants it in tokens.
///
/// Strict: padding, the standard alphabet's `+` and `/`, white space, an impossible length and left-over bits that are
/// not zero are all refused, since a venue that took them would let a broken client pass.
enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// The bytes; `nil` when the text is not strictly this encoding.
  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count * 3 / 4)
    var pending: UInt32 = 0
    var pendingBits = 0
    for character in characters {
      guard let value = value(character) else { return nil }
      pending = pending << 6 | UInt32(value)
      pendingBits += 6
      guard pendingBits >= 8 else { continue }
      pendingBits -= 8
      bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
      pending &= (1 << UInt32(pendingBits)) - 1
    }
    return pending == 0 ? bytes : nil
  }

  /// The text of these bytes.
  static func encode(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 / 3 + 2)
    var pending: UInt32 = 0
    var pendingBits = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      pendingBits += 8
      while pendingBits >= 6 {
        pendingBits -= 6
        text.append(alphabet[Int(pending >> UInt32(pendingBits)) & 63])
      }
      pending &= (1 << UInt32(pendingBits)) - 1
    }
    if pendingBits > 0 { text.append(alphabet[Int(pending << UInt32(6 - pendingBits)) & 63]) }
    return String(decoding: text, as: UTF8.self)
  }

  private static func value(_ character: UInt8) -> UInt8? {
    switch character {
    case 65...90: character - 65
    case 97...122: character - 71
    case 48...57: character + 4
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
