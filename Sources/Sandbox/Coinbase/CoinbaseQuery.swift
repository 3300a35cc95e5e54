import Core

/// The query of a request: `a=1&b=2&b=3`. Lists repeat their key.
struct CoinbaseQuery: Sendable {
  private let pairs: [(name: String, value: String)]

  /// Reads what follows the question mark.
  init(_ text: String) throws(CoinbaseError) {
    var pairs: [(name: String, value: String)] = []
    for part in text.split(separator: "&", maxSplits: 1_000) {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(halves.first ?? ""), let value = Self.decoded(halves.dropFirst().first ?? "") else {
        throw .invalidArgument("malformed query")
      }
      pairs.append((name, value))
    }
    self.pairs = pairs
  }

  /// Every value of `name`, empty ones left out.
  func all(_ name: String) -> [String] { pairs.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

  /// The first value of `name` that is not empty.
  func first(_ name: String) -> String? { all(name).first }

  /// A whole number that is not negative.
  func count(_ name: String) throws(CoinbaseError) -> Int? {
    guard let text = first(name) else { return nil }
    guard let number = Int(text), number >= 0 else { throw .unreadable(name) }
    return number
  }

  /// An instant in RFC 3339.
  func instant(_ name: String) throws(CoinbaseError) -> Timestamp? {
    guard let text = first(name) else { return nil }
    guard let instant = Timestamp(rfc3339: text) else { throw .unreadable(name) }
    return instant
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(32)
      case UInt8(ascii: "%"):
        let digits = rest.prefix(2)
        guard digits.count == 2, let value = Hex.decode(String(Substring(digits))) else { return nil }
        bytes += value
        rest = rest.dropFirst(2)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
