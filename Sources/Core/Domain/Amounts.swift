/// A price: quote currency per unit of base.
public struct Price: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  public let value: ExactDecimal
  /// A price of `value`.
  public init(_ value: ExactDecimal) { self.value = value }
  /// Compares the numbers.
  public static func < (a: Price, b: Price) -> Bool { a.value < b.value }
  /// The number as text.
  public var description: String { value.description }
}

/// An amount of the base asset: coins.
public struct Quantity: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  public let value: ExactDecimal
  /// A quantity of `value`.
  public init(_ value: ExactDecimal) { self.value = value }
  /// No coins.
  public static let zero = Quantity(.zero)
  /// Compares the numbers.
  public static func < (a: Quantity, b: Quantity) -> Bool { a.value < b.value }
  /// The number as text.
  public var description: String { value.description }
  /// The exact sum.
  public static func + (a: Quantity, b: Quantity) throws(DecimalError) -> Quantity { Quantity(try a.value + b.value) }
  /// The exact difference.
  public static func - (a: Quantity, b: Quantity) throws(DecimalError) -> Quantity { Quantity(try a.value - b.value) }
}

/// An amount of the quote currency: money.
public struct Notional: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  public let value: ExactDecimal
  /// An amount of `value`.
  public init(_ value: ExactDecimal) { self.value = value }
  /// No money.
  public static let zero = Notional(.zero)
  /// Compares the numbers.
  public static func < (a: Notional, b: Notional) -> Bool { a.value < b.value }
  /// The number as text.
  public var description: String { value.description }
  /// The exact sum.
  public static func + (a: Notional, b: Notional) throws(DecimalError) -> Notional { Notional(try a.value + b.value) }
  /// The exact difference.
  public static func - (a: Notional, b: Notional) throws(DecimalError) -> Notional { Notional(try a.value - b.value) }
}

/// What `quantity` costs at `price`: the only way from coins to money.
public func * (price: Price, quantity: Quantity) throws(DecimalError) -> Notional {
  Notional(try price.value * quantity.value)
}
