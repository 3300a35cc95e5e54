/// What an account holds of one instrument, built from fills alone: average cost with fees.
public struct Position: Hashable, Sendable {
  /// The market.
  public let symbol: Symbol
  /// Held now, in base units.
  public private(set) var quantity: Quantity = .zero
  /// What the held quantity cost in the quote currency, fees included.
  public private(set) var cost: Notional = .zero
  /// Sold for more (or less) than it cost, fees taken off.
  public private(set) var realised: Notional = .zero
  /// Fees paid in the quote currency.
  public private(set) var fees: Notional = .zero
  /// When the position was last opened from nothing (venue's time of the fill); `nil` when nothing is held.
  public private(set) var openedAt: Timestamp?
  /// Price of the first fill since it was opened from nothing; `nil` when nothing is held.
  public private(set) var entryPrice: Price?

  /// Digits behind the point to which a proportional cost is rounded when part of a position is sold.
  private static let costPlaces = 12

  /// Nothing held yet.
  public init(symbol: Symbol) { self.symbol = symbol }

  /// Whether anything is held.
  public var isOpen: Bool { quantity.value.isPositive }

  /// Cost per unit held, rounded up to 12 places; `nil` when nothing is held.
  public func averageCost() throws(DecimalError) -> Price? {
    guard isOpen else { return nil }
    return Price(try cost.value.divided(by: quantity.value, places: Self.costPlaces, .up))
  }

  /// Takes in one fill. Fills must come in the order the venue executed them, each once.
  /// - Throws: ``PositionError`` when more is sold than was ever bought, or the fee is in a third currency.
  public mutating func apply(_ fill: Fill) throws(PositionError) {
    var next = self
    do {
      switch fill.side {
      case .buy: try next.buy(fill)
      case .sell: try next.sell(fill)
      }
    } catch let error as PositionError {
      throw error
    } catch {
      throw .arithmetic
    }
    self = next
  }

  private mutating func buy(_ fill: Fill) throws {
    let paid = try fill.price * fill.quantity
    if !isOpen {
      openedAt = fill.time
      entryPrice = fill.price
    }
    quantity = try quantity + fill.quantity
    cost = try cost + paid
    try takeFee(fill, onBuy: true)
  }

  private mutating func sell(_ fill: Fill) throws {
    guard fill.quantity <= quantity else { throw PositionError.soldMoreThanHeld }
    let got = try fill.price * fill.quantity
    let share =
      fill.quantity == quantity
      ? cost
      : Notional(
        try (try cost.value * fill.quantity.value).divided(by: quantity.value, places: Self.costPlaces, .nearest))
    quantity = try quantity - fill.quantity
    cost = try cost - share
    realised = try realised + (try got - share)
    try takeFee(fill, onBuy: false)
    if !isOpen {
      openedAt = nil
      entryPrice = nil
    }
  }

  private mutating func takeFee(_ fill: Fill, onBuy: Bool) throws {
    guard !fill.fee.isZero else { return }
    if fill.feeCurrency == symbol.quote {
      fees = try fees + Notional(fill.fee)
      if onBuy { cost = try cost + Notional(fill.fee) } else { realised = try realised - Notional(fill.fee) }
    } else if fill.feeCurrency == symbol.base {
      // A fee in coins leaves fewer coins for the same money.
      guard fill.fee <= quantity.value else { throw PositionError.soldMoreThanHeld }
      quantity = try quantity - Quantity(fill.fee)
      fees = try fees + (try fill.price * Quantity(fill.fee))
    } else {
      throw PositionError.feeInThirdCurrency(fill.feeCurrency)
    }
  }
}

/// Why a fill does not fit a position.
public enum PositionError: Error, Hashable, Sendable {
  /// The fills sell more than they bought: some are missing, or the coins came from elsewhere.
  case soldMoreThanHeld
  /// A fee in a currency that is neither base nor quote.
  case feeInThirdCurrency(String)
  /// Numbers beyond what can be held exactly.
  case arithmetic
}
