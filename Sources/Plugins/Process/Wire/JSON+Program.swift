internal import Core

/// Reading what a program wrote: nothing is converted, so that a number that was never text cannot pass for a decimal.
extension JSON {
  /// A decimal written as text.
  func exact(_ key: String) throws(JSONError) -> ExactDecimal {
    let value = try member(key)
    guard value.kind == .string, let number = value.decimal else {
      throw .wrongType(key, expected: "a decimal as a string")
    }
    return number
  }

  /// A decimal as text that may be absent or `null`.
  func optionalExact(_ key: String) throws(JSONError) -> ExactDecimal? { has(key) ? try exact(key) : nil }

  /// A decimal above zero.
  func positive(_ key: String) throws(JSONError) -> ExactDecimal {
    let number = try exact(key)
    guard number.isPositive else { throw .wrongType(key, expected: "above zero") }
    return number
  }

  /// A decimal above zero that may be absent or `null`.
  func optionalPositive(_ key: String) throws(JSONError) -> ExactDecimal? { has(key) ? try positive(key) : nil }

  /// A decimal that is not below zero.
  func amount(_ key: String) throws(JSONError) -> ExactDecimal {
    let number = try exact(key)
    guard !number.isNegative else { throw .wrongType(key, expected: "zero or more") }
    return number
  }

  /// A decimal not below zero that may be absent or `null`.
  func optionalAmount(_ key: String) throws(JSONError) -> ExactDecimal? { has(key) ? try amount(key) : nil }

  /// A truth that may be absent or `null`.
  func optionalBoolean(_ key: String) throws(JSONError) -> Bool? { has(key) ? try boolean(key) : nil }

  /// Whether a member is there and not `null`.
  func has(_ key: String) -> Bool { self[key].map { !$0.isNull } ?? false }

  /// Texts.
  func texts(_ key: String) throws(JSONError) -> [String] {
    var texts: [String] = []
    for element in try array(key) {
      guard element.kind == .string, let text = element.text else { throw .wrongType(key, expected: "texts") }
      texts.append(text)
    }
    return texts
  }

  /// An array that may be absent or `null`.
  func optionalArray(_ key: String) throws(JSONError) -> [JSON] { has(key) ? try array(key) : [] }

  /// A whole number within bounds, written as a number.
  func bounded(_ key: String, _ bounds: ClosedRange<Int>) throws(JSONError) -> Int {
    guard try member(key).kind == .number, let number = try? integer(key), bounds.contains(number) else {
      throw .wrongType(key, expected: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  /// Whole numbers within bounds.
  func integers(_ key: String, _ bounds: ClosedRange<Int>) throws(JSONError) -> [Int] {
    var numbers: [Int] = []
    for element in try array(key) {
      guard element.kind == .number, let number = element.text.flatMap({ Int($0) }), bounds.contains(number) else {
        throw .wrongType(key, expected: "whole numbers from \(bounds.lowerBound) to \(bounds.upperBound)")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// A word of a closed set.
  func word<Word: RawRepresentable>(_ key: String, _ type: Word.Type) throws(JSONError) -> Word
  where Word.RawValue == String {
    guard let word = Word(rawValue: try string(key)) else { throw .wrongType(key, expected: "a word that is known") }
    return word
  }

  /// Every element of an array, read.
  func rows<Row>(_ key: String, _ read: (JSON) throws(JSONError) -> Row) throws(JSONError) -> [Row] {
    var rows: [Row] = []
    for element in try array(key) { rows.append(try read(element)) }
    return rows
  }

  /// The same value in one form.
  var normalForm: JSONValue {
    switch kind {
    case .null: .null
    case .boolean: .boolean(boolean ?? false)
    case .number: .number(text ?? "0")
    case .string: .string(text ?? "")
    case .array: .array((elements ?? []).map(\.normalForm))
    case .object:
      .object((members ?? []).sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.normalForm) })
    }
  }
}
