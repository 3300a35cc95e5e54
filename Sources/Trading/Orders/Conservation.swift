package import Core

/// Money is neither made nor lost: what a balance has changed by is what was traded, plus what the venue's own ledger
/// moved otherwise. What remains has no explanation, and is said with its amount.
package struct Conservation: Hashable, Sendable {
  /// What one execution does to two balances.
  ///
  /// `quote = ∓ price × quantity − fee`, `base = ± quantity`, a fee in coins taken from the coins.
  package static func effects(of fill: Fill) throws(DecimalError) -> [String: ExactDecimal] {
    let notional = (try fill.price * fill.quantity).value
    let zero = ExactDecimal.zero
    var effects: [String: ExactDecimal] = [:]
    let isBuy = fill.side == .buy
    effects[fill.symbol.base] = isBuy ? fill.quantity.value : try zero - fill.quantity.value
    effects[fill.symbol.quote] = isBuy ? try zero - notional : notional
    effects[fill.feeCurrency] = try (effects[fill.feeCurrency] ?? zero) - fill.fee
    return effects
  }

  /// A venue keeps a currency in so many digits and cuts what a fill is worth to them: one unit of the last a fill.
  private static let roundingPlaces = 4

  /// What each currency's total has changed by beyond what executions and other movements explain; the explained ones are
  /// left out.
  /// - Parameters:
  ///   - before: totals at an instant when nothing was under way.
  ///   - after: totals now.
  ///   - fills: every execution in between, foreign ones too.
  ///   - movements: what the venue's ledger moved otherwise.
  package static func unexplained(
    before: [String: ExactDecimal], after: [String: ExactDecimal], fills: [Fill], movements: [String: ExactDecimal]
  ) throws(DecimalError) -> [String: ExactDecimal] {
    var expected = movements
    for fill in fills {
      for (currency, change) in try effects(of: fill) {
        expected[currency] = try (expected[currency] ?? .zero) + change
      }
    }
    let tolerance = try ExactDecimal(coefficient: Int128(fills.count), scale: roundingPlaces)
    var left: [String: ExactDecimal] = [:]
    for currency in Set(before.keys).union(after.keys).union(expected.keys) {
      let change = try (after[currency] ?? .zero) - (before[currency] ?? .zero)
      let rest = try change - (expected[currency] ?? .zero)
      if try rest.magnitude() > tolerance { left[currency] = rest }
    }
    return left
  }
}
