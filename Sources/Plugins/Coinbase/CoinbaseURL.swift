/// Paths and queries, percent-encoded.
enum CoinbaseURL {
  /// What stands before every path.
  static let prefix = "/api/v3/brokerage"

  /// One part of a path or query: all but RFC 3986's unreserved characters as `%XX`.
  static func encode(_ text: String) -> String {
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        encoded.append(byte)
      default:
        encoded.append(UInt8(ascii: "%"))
        encoded.append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 55 + $0 })
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// `?a=1&b=2`, or nothing.
  static func query(_ parameters: [(name: String, value: String)]) -> String {
    guard !parameters.isEmpty else { return "" }
    return "?" + parameters.map { "\($0.name)=\(encode($0.value))" }.joined(separator: "&")
  }
}
