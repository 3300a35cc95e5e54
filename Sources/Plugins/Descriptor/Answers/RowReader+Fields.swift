internal import Core

/// Typed access to the fields that a call reads.
struct FieldValues {
  private let fields: [String: Reading]
  private let reader: RowReader

  init(_ fields: [String: Reading], _ reader: RowReader) {
    self.fields = fields
    self.reader = reader
  }

  /// What a field is; `nil` when it is not read here or absent.
  func optional(_ name: String) throws(JSONError) -> ReadValue? {
    guard let reading = fields[name] else { return nil }
    return try reader.value(reading)
  }

  /// Whether the descriptor reads it at all.
  func reads(_ name: String) -> Bool { fields[name] != nil }

  func required(_ name: String) throws(JSONError) -> ReadValue {
    guard let value = try optional(name) else { throw .missing(name) }
    return value
  }

  // MARK: Text

  /// Text that is not empty; numbers by their digits.
  func text(_ name: String) throws(JSONError) -> String {
    guard let text = try required(name).text, !text.isEmpty else { throw .wrongType(name, expected: "text") }
    return text
  }

  func optionalText(_ name: String) throws(JSONError) -> String? {
    guard let value = try optional(name) else { return nil }
    guard let text = value.text else { throw .wrongType(name, expected: "text") }
    return text.isEmpty ? nil : text
  }

  // MARK: Numbers

  func decimal(_ name: String) throws(JSONError) -> ExactDecimal {
    guard let number = try required(name).decimal else { throw .wrongType(name, expected: "a decimal") }
    return number
  }

  /// Not below zero.
  func amount(_ name: String) throws(JSONError) -> ExactDecimal {
    let number = try decimal(name)
    guard !number.isNegative else { throw .wrongType(name, expected: "an amount of zero or more") }
    return number
  }

  /// Above zero.
  func positive(_ name: String) throws(JSONError) -> ExactDecimal {
    let number = try decimal(name)
    guard number.isPositive else { throw .wrongType(name, expected: "an amount above zero") }
    return number
  }

  func optionalDecimal(_ name: String) throws(JSONError) -> ExactDecimal? {
    guard let value = try optional(name) else { return nil }
    guard let number = value.decimal else { throw .wrongType(name, expected: "a decimal") }
    return number
  }

  /// Above zero; zero is none.
  func optionalPositive(_ name: String) throws(JSONError) -> ExactDecimal? {
    guard let number = try optionalDecimal(name) else { return nil }
    guard !number.isNegative else { throw .wrongType(name, expected: "an amount of zero or more") }
    return number.isZero ? nil : number
  }

  // MARK: Times and truths

  func time(_ name: String) throws(JSONError) -> Timestamp {
    guard case .time(let time) = try required(name) else { throw .wrongType(name, expected: "a time") }
    return time
  }

  func optionalTime(_ name: String) throws(JSONError) -> Timestamp? {
    guard let value = try optional(name) else { return nil }
    guard case .time(let time) = value else { throw .wrongType(name, expected: "a time") }
    return time
  }

  func optionalBoolean(_ name: String) throws(JSONError) -> Bool? {
    switch try optional(name)?.text {
    case nil: return nil
    case "true": return true
    case "false": return false
    default: throw .wrongType(name, expected: "true or false")
    }
  }

  func optionalInteger(_ name: String) throws(JSONError) -> Int? {
    guard let text = try optionalText(name) else { return nil }
    guard let number = Int(text) else { throw .wrongType(name, expected: "a whole number") }
    return number
  }
}
