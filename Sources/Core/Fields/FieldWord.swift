/// Text of a known form. Each has a phrase for messages and a pattern for the JSON Schema, which say the same.
public enum FieldWord: String, Hashable, Sendable, CaseIterable {
  /// The name of a broker, a user, a plugin: safe in file names, log lines and URLs.
  case identifier
  /// An asset or currency: `USD`, `BTC`.
  case asset
  /// A market: `BTC/USD`.
  case symbol
  /// A market, or several by `*`: `BTC/USD`, `*/EUR`, `*`.
  case symbolPattern = "symbol pattern"
  /// The name of an environment variable, in capitals.
  case variable
  /// A file, relative to the file that names it unless it begins with `/`.
  case path
  /// The address of a venue: `https://HOST[:PORT][/PATH]`; plain `http` only to loopback.
  case endpoint
  /// Where to listen: `127.0.0.1:8080`, `[::1]:8080`.
  case address
  /// A SHA-256 digest in hexadecimal.
  case digest

  /// The most characters that any of them has.
  public static let maximumLength = 512

  /// What to write, as a message puts it.
  public var phrase: String {
    switch self {
    case .identifier: "a name of lower-case letters, digits, _ and -, beginning with a letter or digit, up to 64"
    case .asset: "an asset in capitals, such as USD"
    case .symbol: "a market as BASE/QUOTE in capitals, such as BTC/USD"
    case .symbolPattern: "a market as BASE/QUOTE in capitals, each side of which may have *, or \"*\" for all"
    case .variable: "the name of an environment variable: capitals, digits and _, such as KRAKEN_API_KEY"
    case .path: "the path of a file"
    case .endpoint: "an address such as https://api.example.com; plain http only to loopback"
    case .address: "an address with its port, such as 127.0.0.1:8080"
    case .digest: "a SHA-256 digest: 64 hexadecimal digits"
    }
  }

  /// The form as an ECMA 262 expression, for the JSON Schema.
  public var pattern: String {
    switch self {
    case .identifier: "^[a-z0-9][a-z0-9_-]{0,63}$"
    case .asset: "^[A-Z0-9.]{1,20}$"
    case .symbol: "^[A-Z0-9.]{1,20}/[A-Z0-9.]{1,20}$"
    case .symbolPattern: "^(\\*|[A-Z0-9.*]{1,20}/[A-Z0-9.*]{1,20})$"
    case .variable: "^[A-Z_][A-Z0-9_]{0,99}$"
    case .path: "^[^\\x00-\\x1f]+$"
    case .endpoint: "^https?://"
    case .address: "^(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"
    case .digest: "^[0-9a-f]{64}$"
    }
  }

  /// Whether `text` has this form.
  public func accepts(_ text: String) -> Bool {
    let bytes = text.utf8
    guard !bytes.isEmpty, bytes.count <= Self.maximumLength else { return false }
    switch self {
    case .identifier:
      return bytes.count <= 64 && bytes.allSatisfy(\.isIdentifier) && bytes.first?.isAlphanumeric == true
    case .asset: return bytes.count <= 20 && bytes.allSatisfy { $0.isUpperOrDigit || $0 == UInt8(ascii: ".") }
    case .symbol: return Self.isPair(text) { $0.isUpperOrDigit || $0 == UInt8(ascii: ".") }
    case .symbolPattern:
      return text == "*"
        || Self.isPair(text) { $0.isUpperOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "*") }
    case .variable: return SecretReference.isVariable(text)
    case .path: return !bytes.contains { $0 < 32 || $0 == 127 }
    case .endpoint: return Endpoint(text) != nil
    case .address: return ListenAddress(text) != nil
    case .digest: return bytes.count == 64 && bytes.allSatisfy(\.isLowerHex)
    }
  }

  private static func isPair(_ text: String, _ isAllowed: (UInt8) -> Bool) -> Bool {
    let sides = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return sides.count == 2 && sides.allSatisfy { (1...20).contains($0.count) && $0.allSatisfy(isAllowed) }
  }
}

extension UInt8 {
  var isDigit: Bool { self >= 48 && self <= 57 }
  var isUpper: Bool { self >= 65 && self <= 90 }
  var isLower: Bool { self >= 97 && self <= 122 }
  var isAlphanumeric: Bool { isDigit || isUpper || isLower }
  var isUpperOrDigit: Bool { isUpper || isDigit }
  var isLowerHex: Bool { isDigit || (self >= 97 && self <= 102) }
  var isHex: Bool { isLowerHex || (self >= 65 && self <= 70) }
  var isIdentifier: Bool { isLower || isDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }
}
