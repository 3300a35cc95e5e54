import Core

extension ExactDecimal {
  /// A number written in our own source.
  static func literal(_ text: StaticString) -> ExactDecimal { literal(text.description) }

  /// A number written in our own tables.
  static func literal(_ text: String) -> ExactDecimal {
    guard let number = try? ExactDecimal(parsing: text) else {
      preconditionFailure("a table holds \(text), which is no number")
    }
    return number
  }

  /// One step in the last of so many digits.
  static func unit(places: Int) -> ExactDecimal {
    guard let unit = try? ExactDecimal(coefficient: 1, scale: places) else {
      preconditionFailure("no decimal has \(places) digits")
    }
    return unit
  }
}
