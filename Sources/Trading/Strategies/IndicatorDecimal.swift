import Core

extension ExactDecimal {
  /// An indicator's binary number as a decimal with `places` digits behind the point, the nearest one.
  ///
  /// The one way from `Double` to a price. What comes out is an estimate and says so by being rounded on the
  /// instrument's tick afterwards; it is never what a venue told us.
  /// - Throws: ``DecimalError/notANumber`` for NaN and infinities, ``DecimalError/overflow`` from 10³⁰ units of the last
  ///   place on.
  init(indicator: Double, places: Int) throws(DecimalError) {
    guard indicator.isFinite else { throw .notANumber }
    // Up to 10^22 powers of ten are exact in binary.
    let places = max(0, min(places, 22))
    var unit = 1.0
    for _ in 0..<places { unit *= 10 }
    let scaled = (indicator * unit).rounded()
    guard scaled.magnitude < 1e30 else { throw .overflow }
    try self.init(coefficient: Int128(scaled), scale: places)
  }
}
