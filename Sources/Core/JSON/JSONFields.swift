/// Why JSON was not what the reader needs.
public enum JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not JSON at all, with the parser's word for it.
  case malformed(String)
  /// A member that must be there is not (or is there twice).
  case missing(String)
  /// A member has another type than it must have.
  case wrongType(String, expected: String)

  /// One line for a log.
  public var description: String {
    switch self {
    case .malformed(let word): "malformed JSON: \(word)"
    case .missing(let key): "\(key) is missing"
    case .wrongType(let key, let expected): "\(key) is not \(expected)"
    }
  }
}

/// Typed access to an object's members: there and right, or an error that names the member. An `optional…` accessor
/// answers `nil` for an absent or `null` member, and still refuses a wrong type.
extension JSON {
  /// The member that must be there.
  public func member(_ key: String) throws(JSONError) -> JSON {
    guard let value = self[key] else { throw .missing(key) }
    return value
  }

  private func optionalMember(_ key: String) -> JSON? {
    guard let value = self[key], !value.isNull else { return nil }
    return value
  }

  /// A string member.
  public func string(_ key: String) throws(JSONError) -> String {
    let value = try member(key)
    guard value.kind == .string, let text = value.text else { throw .wrongType(key, expected: "a string") }
    return text
  }

  /// A string member that may be absent or `null`.
  public func optionalString(_ key: String) throws(JSONError) -> String? {
    optionalMember(key) == nil ? nil : try string(key)
  }

  /// An exact decimal, written as a number or as a string.
  public func decimal(_ key: String) throws(JSONError) -> ExactDecimal {
    guard let number = try member(key).decimal else {
      throw .wrongType(key, expected: "a decimal")
    }
    return number
  }

  /// An exact decimal that may be absent or `null`.
  public func optionalDecimal(_ key: String) throws(JSONError) -> ExactDecimal? {
    optionalMember(key) == nil ? nil : try decimal(key)
  }

  /// A whole number, written as a number or as a string.
  public func integer(_ key: String) throws(JSONError) -> Int {
    guard let text = try member(key).text, let number = Int(text) else {
      throw .wrongType(key, expected: "a whole number")
    }
    return number
  }

  /// A whole number that may be absent or `null`.
  public func optionalInteger(_ key: String) throws(JSONError) -> Int? {
    optionalMember(key) == nil ? nil : try integer(key)
  }

  /// A truth value.
  public func boolean(_ key: String) throws(JSONError) -> Bool {
    guard let truth = try member(key).boolean else { throw .wrongType(key, expected: "true or false") }
    return truth
  }

  /// An array's elements.
  public func array(_ key: String) throws(JSONError) -> [JSON] {
    guard let elements = try member(key).elements else { throw .wrongType(key, expected: "an array") }
    return elements
  }

  /// A member that is an object.
  public func object(_ key: String) throws(JSONError) -> JSON {
    let value = try member(key)
    guard value.kind == .object else { throw .wrongType(key, expected: "an object") }
    return value
  }
}

extension JSON {
  /// A member that is an RFC 3339 time.
  public func timestamp(_ key: String) throws(JSONError) -> Timestamp {
    guard let timestamp = Timestamp(rfc3339: try string(key)) else { throw .wrongType(key, expected: "a time") }
    return timestamp
  }

  /// A time that may be absent or `null`.
  public func optionalTimestamp(_ key: String) throws(JSONError) -> Timestamp? {
    try optionalString(key) == nil ? nil : try timestamp(key)
  }
}
