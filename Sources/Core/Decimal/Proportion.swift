extension ExactDecimal {
  /// `self × part ÷ whole` with `places` digits behind the point, to the nearest, for a part of a whole above zero.
  ///
  /// The product is held in 256 bits: the cost of a coin traded in billions, times a part of those billions, has more
  /// digits than 128 bits hold although the result has fewer.
  func share(_ part: ExactDecimal, of whole: ExactDecimal, places: Int) throws(DecimalError) -> ExactDecimal {
    guard whole.isPositive, !part.isNegative, part <= whole else { throw .divisionByZero }
    let scale = Swift.max(part.scale, whole.scale)
    let shift = places - Int(self.scale)
    let amount = try coefficient.times(try .powerOfTen(shift))
    let numerator = try part.coefficient.times(try .powerOfTen(Int(scale - part.scale)))
    let denominator = try whole.coefficient.times(try .powerOfTen(Int(scale - whole.scale)))
      .times(try .powerOfTen(-shift))
    let product = amount.magnitude.multipliedFullWidth(by: numerator.magnitude)
    // No larger than the amount, so that it fits.
    let (quotient, rest) = denominator.magnitude.dividingFullWidth(product)
    let isAtLeastHalf = rest >= denominator.magnitude - rest
    guard let rounded = Int128(exactly: isAtLeastHalf ? quotient + 1 : quotient) else { throw .overflow }
    return try ExactDecimal(coefficient: amount < 0 ? -rounded : rounded, scale: places)
  }
}
