import CCrypto
import Core
import Descriptor

/// What an expression of signing is.
enum SigningValue: Hashable {
  case text(String)
  case bytes([UInt8])
  case integer(Int)

  /// As it stands in a header or parameter.
  var written: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .bytes: nil
    }
  }
}

/// The functions of signing, by the sandbox's own means: one mistake in the plugin's does not cancel out here.
enum SigningFunctions {
  /// What a function gives; `nil` where it cannot be applied, or only by whoever has a private key.
  static func apply(_ function: Expression.Function, _ arguments: [SigningValue]) -> SigningValue? {
    switch (function, arguments.first) {
    case (.utf8, .text(let text)): return .bytes(Array(text.utf8))
    case (.unbase64, .text(let text)): return Base64.decoded(text).map(SigningValue.bytes)
    case (.unhex, .text(let text)): return Hex.decode(text).map(SigningValue.bytes)
    case (.hex, .bytes(let bytes)): return .text(Hex.encode(bytes))
    case (.base64, .bytes(let bytes)): return .text(Base64.encoded(bytes))
    case (.base64url, .bytes(let bytes)): return .text(Base64URL.encode(bytes))
    case (.sha256, .bytes(let bytes)): return .bytes(digest(bytes, EVP_sha256(), 32))
    case (.sha384, .bytes(let bytes)): return .bytes(digest(bytes, EVP_sha384(), 48))
    case (.sha512, .bytes(let bytes)): return .bytes(digest(bytes, EVP_sha512(), 64))
    case (.hmacSHA256, .bytes(let key)): return mac(key, arguments, EVP_sha256(), 32)
    case (.hmacSHA384, .bytes(let key)): return mac(key, arguments, EVP_sha384(), 48)
    case (.hmacSHA512, .bytes(let key)): return mac(key, arguments, EVP_sha512(), 64)
    case (.text, .integer(let number)): return .text(String(number))
    case (.upper, .text(let text)): return .text(text.uppercased())
    case (.lower, .text(let text)): return .text(text.lowercased())
    case (.percent, .text(let text)): return .text(Percent.encoded(text))
    default: return nil
    }
  }

  private static func digest(_ bytes: [UInt8], _ kind: OpaquePointer?, _ length: Int) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: length)
    let done = EVP_Digest(bytes, bytes.count, &digest, nil, kind, nil)
    precondition(done == 1, "libcrypto has no such digest")
    return digest
  }

  private static func mac(
    _ key: [UInt8], _ arguments: [SigningValue], _ kind: OpaquePointer?, _ length: Int
  ) -> SigningValue? {
    guard arguments.count == 2, case .bytes(let message) = arguments[1] else { return nil }
    var code = [UInt8](repeating: 0, count: length)
    var written = UInt32(length)
    // An empty key still needs an address.
    let address = key.isEmpty ? [0] : key
    let done = HMAC(kind, address, Int32(key.count), message, message.count, &code, &written)
    return done != nil && Int(written) == length ? .bytes(code) : nil
  }
}
