/// Bytes as hexadecimal digits, and back.
public enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two lower-case digits a byte.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The last `count` digits of a number, lower-case.
  public static func encode(_ number: UInt64, digits count: Int) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(count)
    for place in stride(from: count - 1, through: 0, by: -1) {
      text.append(place > 15 ? digits[0] : digits[Int(number >> UInt64(4 * place) & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes; `nil` when the text is not pairs of hexadecimal digits.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 2)
    for index in stride(from: 0, to: characters.count, by: 2) {
      guard let high = value(characters[index]), let low = value(characters[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 97...102: digit - 87
    case 65...70: digit - 55
    default: nil
    }
  }
}
