/// A signing expression, typed: what cannot be computed for want of a type was refused when the file was read.
public indirect enum Expression: Hashable, Sendable {
  /// The types.
  public enum Kind: String, Hashable, Sendable {
    case text, bytes, integer
  }
  /// `'…'`
  case text(String)
  /// A whole number.
  case integer(Int)
  /// A variable of this type.
  case variable(String, Kind)
  /// `a + b` of one type: joined, or added.
  case join(Expression, Expression, Kind)
  /// A function; its arguments have the types that it takes.
  case call(Function, [Expression])
  /// `jwt(secret, header, claims)`; the slot's name and two objects of texts and integers.
  case jwt(secret: String, header: [Member], claims: [Member])

  /// A member of an object.
  public struct Member: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its value, a text or an integer.
    public var value: Expression
  }

  /// The functions with plain arguments.
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case utf8, unbase64, unhex
    case hex, base64, base64url
    case sha256, sha384, sha512
    case hmacSHA256 = "hmac_sha256"
    case hmacSHA384 = "hmac_sha384"
    case hmacSHA512 = "hmac_sha512"
    case text, upper, lower, percent
    /// The first argument is a credential slot by name.
    case es256, ed25519
  }

  /// The type of what it gives.
  public var kind: Kind {
    switch self {
    case .text, .jwt: .text
    case .integer: .integer
    case .variable(_, let kind), .join(_, _, let kind): kind
    case .call(let function, _):
      switch function {
      case .hex, .base64, .base64url, .text, .upper, .lower, .percent: .text
      default: .bytes
      }
    }
  }
}
