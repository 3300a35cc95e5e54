/// A decimal number held exactly: `coefficient × 10^-scale`.
///
/// Every price, quantity, fee and balance is one of these from wire to journal to wire. Arithmetic is exact or throws
/// ``DecimalError``; nothing rounds unless the call says in which direction. Two values are equal when they are the same
/// number (`1.0 == 1.00`), since the form is normalised on construction.
public struct ExactDecimal: Hashable, Sendable {
  /// The digits, without a decimal point; never ends in a zero digit while `scale > 0`.
  public let coefficient: Int128
  /// Digits behind the decimal point, 0…``maximumScale``.
  public let scale: UInt8

  /// The most digits behind the point that a value may have.
  public static let maximumScale: UInt8 = 30
  /// Nothing.
  public static let zero = ExactDecimal(integer: 0)
  /// One.
  public static let one = ExactDecimal(integer: 1)

  /// A whole number.
  public init(integer: Int) {
    self.coefficient = Int128(integer)
    self.scale = 0
  }

  /// `coefficient × 10^-scale`, normalised.
  /// - Throws: ``DecimalError/tooPrecise`` when more than ``maximumScale`` digits stand behind the point.
  public init(coefficient: Int128, scale: Int) throws(DecimalError) {
    var digits = coefficient
    var places = scale
    while places > 0 {
      let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
      guard remainder == 0 else { break }
      digits = quotient
      places -= 1
    }
    while places < 0 {
      digits = try digits.times(10)
      places += 1
    }
    guard places <= Int(Self.maximumScale) else { throw .tooPrecise }
    self.coefficient = digits
    self.scale = UInt8(places)
  }

  init(normal coefficient: Int128, _ scale: UInt8) {
    self.coefficient = coefficient
    self.scale = scale
  }

  /// −1, 0 or 1.
  public var signum: Int { Int(coefficient.signum()) }
  /// Whether this is nothing at all.
  public var isZero: Bool { coefficient == 0 }
  /// Whether this is above zero.
  public var isPositive: Bool { coefficient > 0 }
  /// Whether this is below zero.
  public var isNegative: Bool { coefficient < 0 }
  /// The nearest binary number: for indicators and displays, never for money.
  public var approximation: Double {
    var divisor = 1.0
    for _ in 0..<scale { divisor *= 10 }
    return Double(coefficient) / divisor
  }
}

/// Why a decimal could not be made or computed.
public enum DecimalError: Error, Hashable, Sendable {
  /// The text is not a decimal number.
  case notANumber
  /// More digits than 128 bits hold.
  case overflow
  /// More than ``ExactDecimal/maximumScale`` digits behind the point.
  case tooPrecise
  /// A division by nothing.
  case divisionByZero
}

/// In which direction a result that has to be shortened goes.
public enum Rounding: Hashable, Sendable {
  /// Towards zero.
  case down
  /// Away from zero.
  case up
  /// To the nearest, halves away from zero.
  case nearest
}

extension Int128 {
  func times(_ other: Int128) throws(DecimalError) -> Int128 {
    let (result, overflow) = multipliedReportingOverflow(by: other)
    guard !overflow else { throw .overflow }
    return result
  }

  func plus(_ other: Int128) throws(DecimalError) -> Int128 {
    let (result, overflow) = addingReportingOverflow(other)
    guard !overflow else { throw .overflow }
    return result
  }

  static func powerOfTen(_ exponent: Int) throws(DecimalError) -> Int128 {
    var result: Int128 = 1
    for _ in 0..<Swift.max(0, exponent) { result = try result.times(10) }
    return result
  }
}

// MARK: Arithmetic

extension ExactDecimal {
  /// Both coefficients on the larger scale of the two.
  private static func aligned(
    _ a: ExactDecimal, _ b: ExactDecimal
  ) throws(DecimalError) -> (Int128, Int128, Int) {
    let scale = Int(Swift.max(a.scale, b.scale))
    return (
      try a.coefficient.times(try .powerOfTen(scale - Int(a.scale))),
      try b.coefficient.times(try .powerOfTen(scale - Int(b.scale))),
      scale
    )
  }

  /// The exact sum.
  public static func + (a: ExactDecimal, b: ExactDecimal) throws(DecimalError) -> ExactDecimal {
    let (x, y, scale) = try aligned(a, b)
    return try ExactDecimal(coefficient: try x.plus(y), scale: scale)
  }

  /// The exact difference.
  public static func - (a: ExactDecimal, b: ExactDecimal) throws(DecimalError) -> ExactDecimal {
    try a + (try -b)
  }

  /// The exact negative.
  public static prefix func - (a: ExactDecimal) throws(DecimalError) -> ExactDecimal {
    ExactDecimal(normal: try a.coefficient.times(-1), a.scale)
  }

  /// The exact product.
  public static func * (a: ExactDecimal, b: ExactDecimal) throws(DecimalError) -> ExactDecimal {
    try ExactDecimal(coefficient: try a.coefficient.times(b.coefficient), scale: Int(a.scale) + Int(b.scale))
  }

  /// The quotient with `places` digits behind the point, rounded as told.
  public func divided(
    by divisor: ExactDecimal, places: Int, _ rounding: Rounding
  ) throws(DecimalError) -> ExactDecimal {
    guard !divisor.isZero else { throw .divisionByZero }
    let shift = places + Int(divisor.scale) - Int(scale)
    let numerator = shift >= 0 ? try coefficient.times(try .powerOfTen(shift)) : coefficient
    let denominator =
      shift >= 0 ? divisor.coefficient : try divisor.coefficient.times(try .powerOfTen(-shift))
    return try ExactDecimal(
      coefficient: try Self.quotient(numerator, denominator, rounding), scale: places)
  }

  private static func quotient(
    _ numerator: Int128, _ denominator: Int128, _ rounding: Rounding
  ) throws(DecimalError) -> Int128 {
    let (whole, overflow) = numerator.dividedReportingOverflow(by: denominator)
    guard !overflow else { throw .overflow }
    let rest = numerator - whole * denominator
    guard rest != 0 else { return whole }
    let away = (numerator < 0) == (denominator < 0) ? Int128(1) : -1
    switch rounding {
    case .down: return whole
    case .up: return try whole.plus(away)
    case .nearest:
      let isAtLeastHalf = rest.magnitude >= denominator.magnitude - rest.magnitude
      return isAtLeastHalf ? try whole.plus(away) : whole
    }
  }

  /// Shortened to `places` digits behind the point.
  public func rounded(places: Int, _ rounding: Rounding) throws(DecimalError) -> ExactDecimal {
    guard Int(scale) > places else { return self }
    return try divided(by: .one, places: places, rounding)
  }

  /// The multiple of `step` next to this value in the given direction; `step` must be above zero.
  public func rounded(toMultipleOf step: ExactDecimal, _ rounding: Rounding) throws(DecimalError) -> ExactDecimal {
    guard step.isPositive else { throw .divisionByZero }
    return try (try divided(by: step, places: 0, rounding)) * step
  }

  /// Whether this is a whole multiple of `step`.
  public func isMultiple(of step: ExactDecimal) throws(DecimalError) -> Bool {
    try rounded(toMultipleOf: step, .down) == self
  }

  /// The number without its sign.
  public func magnitude() throws(DecimalError) -> ExactDecimal {
    isNegative ? try -self : self
  }
}

extension ExactDecimal: Comparable {
  /// Compares as numbers, whatever the scales; never overflows.
  public static func < (a: ExactDecimal, b: ExactDecimal) -> Bool {
    if let (x, y, _) = try? aligned(a, b) { return x < y }
    return compareWide(a, b)
  }

  /// For numbers so far apart in scale that they do not fit on one: first by whole part, then by the rest.
  private static func compareWide(_ a: ExactDecimal, _ b: ExactDecimal) -> Bool {
    let (wholeA, restA) = a.parts, (wholeB, restB) = b.parts
    guard wholeA == wholeB else { return wholeA < wholeB }
    return restA < restB
  }

  /// The whole part, and what is behind the point on the maximum scale (which always fits).
  private var parts: (whole: Int128, rest: Int128) {
    var divisor: Int128 = 1
    for _ in 0..<scale { divisor *= 10 }
    var (whole, rest) = coefficient.quotientAndRemainder(dividingBy: divisor)
    for _ in scale..<Self.maximumScale { rest *= 10 }
    if rest < 0 {
      whole -= 1
      var unit: Int128 = 1
      for _ in 0..<Self.maximumScale { unit *= 10 }
      rest += unit
    }
    return (whole, rest)
  }
}
