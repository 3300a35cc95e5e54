internal import Broker
internal import Core

/// The functions of one argument.
enum SigningFunctions {
  static func apply(_ function: Expression.Function, _ bytes: [UInt8]) throws(EvaluationError) -> [UInt8] {
    switch function {
    case .unbase64:
      guard let decoded = Base64.decode(String(decoding: bytes, as: UTF8.self)) else { throw .notDecodable("unbase64") }
      return decoded
    case .unhex:
      guard let decoded = Hex.decode(String(decoding: bytes, as: UTF8.self)) else { throw .notDecodable("unhex") }
      return decoded
    case .hex: return Array(Hex.encode(bytes).utf8)
    case .base64: return Array(Base64.encode(bytes).utf8)
    case .base64url: return Array(Base64.encodeURLSafe(bytes).utf8)
    case .sha256: return try signing { () throws(SigningError) in try SHA256.digest(bytes) }
    case .sha384: return try signing { () throws(SigningError) in try SHA384.digest(bytes) }
    case .sha512: return try signing { () throws(SigningError) in try SHA512.digest(bytes) }
    case .upper: return Array(String(decoding: bytes, as: UTF8.self).uppercased().utf8)
    case .lower: return Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
    case .percent: return PercentEncoding.encoded(bytes)
    case .utf8: return bytes
    case .text, .hmacSHA256, .hmacSHA384, .hmacSHA512, .es256, .ed25519: throw .wrongType(function.rawValue)
    }
  }

  /// libcrypto's failures as ours.
  static func signing<Result>(_ body: () throws(SigningError) -> Result) throws(EvaluationError) -> Result {
    do throws(SigningError) {
      return try body()
    } catch {
      throw .signing(error)
    }
  }
}

/// Credentials as they are meant: whatever shell and file left round them taken off.
enum CredentialForm {
  /// As text; of a downloaded key file what names the key.
  static func text(of secret: Secret) -> [UInt8] {
    let text = secret.withExposedBytes { CredentialText.normalised(String(decoding: $0, as: UTF8.self)) }
    guard let file = file(text), let name = (try? file.string("name")) ?? (try? file.string("id")) else {
      return Array(text.utf8)
    }
    return Array(name.utf8)
  }

  /// What a private key is read from; of a key file the key inside.
  static func privateKey(of secret: Secret) -> [UInt8] {
    let text = secret.withExposedBytes { CredentialText.normalised(String(decoding: $0, as: UTF8.self)) }
    guard let file = file(text), let key = try? file.string("privateKey") else { return Array(text.utf8) }
    return Array(key.utf8)
  }

  /// The file that a venue lets one download; one whose quotes were escaped on the way is read all the same.
  private static func file(_ text: String) -> JSON? {
    guard text.hasPrefix("{") else { return nil }
    if let file = try? JSON(parsing: text) { return file }
    guard let list = try? JSON(parsing: "[\"\(text)\"]"), let inner = list.elements?.first?.text else { return nil }
    return try? JSON(parsing: inner)
  }
}
