internal import Core

/// Fields in the ways the venue writes them.
extension JSON {
  /// A decimal, or `nil` where the venue writes nothing: absent, `null` or `""`.
  func filledDecimal(_ key: String) throws(JSONError) -> ExactDecimal? {
    guard let value = self[key], !value.isNull, value.text != "" else { return nil }
    return try decimal(key)
  }

  /// An instant written as RFC 3339.
  func instant(_ key: String) throws(JSONError) -> Timestamp {
    guard let instant = Timestamp(rfc3339: try string(key)) else { throw .wrongType(key, expected: "a time") }
    return instant
  }

  /// The same, or `nil` where the venue writes nothing: absent, `null`, `""` or the year one.
  func filledInstant(_ key: String) throws(JSONError) -> Timestamp? {
    guard let text = try optionalString(key), !text.isEmpty, !text.hasPrefix("0001-01-01") else { return nil }
    return try instant(key)
  }
}
