internal import Core

/// Numbers and times as Kraken writes them: decimals as strings or numbers, times as seconds with a fraction.
extension JSON {
  /// This value itself as an exact decimal.
  func exact(_ name: String) throws(JSONError) -> ExactDecimal {
    guard let number = decimal else {
      throw .wrongType(name, expected: "a decimal")
    }
    return number
  }

  /// A decimal that is not below zero.
  func amount(_ key: String) throws(JSONError) -> ExactDecimal {
    let number = try decimal(key)
    guard !number.isNegative else { throw .wrongType(key, expected: "an amount of zero or more") }
    return number
  }

  /// A decimal that is not below zero, and may be absent or `null`.
  func optionalAmount(_ key: String) throws(JSONError) -> ExactDecimal? {
    try optionalDecimal(key) == nil ? nil : try amount(key)
  }

  /// A truth value that may be absent or `null`.
  func optionalBoolean(_ key: String) throws(JSONError) -> Bool? {
    guard let value = self[key], !value.isNull else { return nil }
    return try boolean(key)
  }

  /// A decimal above zero.
  func positive(_ key: String) throws(JSONError) -> ExactDecimal {
    let number = try decimal(key)
    guard number.isPositive else { throw .wrongType(key, expected: "an amount above zero") }
    return number
  }

  /// Seconds since the epoch.
  func time(_ key: String) throws(JSONError) -> Timestamp {
    guard let time = Timestamp(seconds: try decimal(key)) else { throw .wrongType(key, expected: "a time") }
    return time
  }

  /// Buy or sell.
  func side(_ key: String) throws(JSONError) -> Side {
    guard let side = Side(rawValue: try string(key)) else { throw .wrongType(key, expected: "buy or sell") }
    return side
  }

  /// The members of this value, which must be an object.
  func entries(_ name: String) throws(JSONError) -> [(key: String, value: JSON)] {
    guard let members else { throw .wrongType(name, expected: "an object") }
    return members
  }

  /// Element `index` of an array member.
  func element(_ key: String, _ index: Int) throws(JSONError) -> ExactDecimal {
    let elements = try array(key)
    guard elements.indices.contains(index) else { throw .missing("\(key)[\(index)]") }
    return try elements[index].exact("\(key)[\(index)]")
  }

  /// The one member of an answer that is keyed by a name we cannot foresee, `last` aside.
  func onlyEntry(_ name: String) throws(JSONError) -> JSON {
    let entries = try entries(name).filter { $0.key != "last" }
    guard let entry = entries.first, entries.count == 1 else { throw .missing("the one entry of \(name)") }
    return entry.value
  }
}

/// Sums and differences of an answer's numbers; one that cannot be held is the answer's fault.
func kraken<Result>(
  _ name: String, _ compute: () throws(DecimalError) -> Result
) throws(JSONError) -> Result {
  do throws(DecimalError) {
    return try compute()
  } catch {
    throw .wrongType(name, expected: "an amount that can be held")
  }
}
