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

  /// A position as it was written down earlier, all of it.
  package init(
    symbol: Symbol, quantity: Quantity, cost: Notional, realised: Notional, fees: Notional, openedAt: Timestamp?,
    entryPrice: Price?
  ) {
    self.symbol = symbol
    self.quantity = quantity
    self.cost = cost
    self.realised = realised
    self.fees = fees
    self.openedAt = openedAt
    self.entryPrice = entryPrice
  }

  /// Whether anything is held.
  public var isOpen: Bool { quantity.value.isPositive }

  /// Cost per unit held, rounded up to 12 places; `nil` when nothing is held.
  public func averageCost() throws(DecimalError) -> Price? {
    guard isOpen else { return nil }
    return Price(try cost.value.divided(by: quantity.value, places: Self.costPlaces, .up))
  }

  /// Takes in one fill. Fills must come in the order the venue executed them, each once.
  /// - Throws: ``PositionError`` when it is no trade, more is sold than was ever bought, or the fee is in a third currency.
  public mutating func apply(_ fill: Fill) throws(PositionError) {
    guard fill.kind == .trade else { throw .notATrade(fill.kind) }
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
    let fee = try Fee(fill, in: symbol)
    guard fee.coins <= fill.quantity else { throw PositionError.soldMoreThanHeld }
    if !isOpen {
      openedAt = fill.time
      entryPrice = fill.price
    }
    // A fee in coins leaves fewer coins for the same money.
    quantity = try quantity + (try fill.quantity - fee.coins)
    cost = try cost + (try fill.price * fill.quantity) + fee.money
    fees = try fees + (try fee.worth(at: fill.price))
    try closeIfEmpty()
  }

  private mutating func sell(_ fill: Fill) throws {
    let fee = try Fee(fill, in: symbol)
    // A fee in coins is taken from what is held: those coins' cost goes with those that were sold.
    let gone = try fill.quantity + fee.coins
    guard gone <= quantity else { throw PositionError.soldMoreThanHeld }
    let got = try (try fill.price * fill.quantity) - fee.money
    let share = try cost(of: gone)
    quantity = try quantity - gone
    cost = try cost - share
    realised = try realised + (try got - share)
    fees = try fees + (try fee.worth(at: fill.price))
    try closeIfEmpty()
  }

  /// The part of the cost that belongs to `part` of what is held; exactly all of it for all.
  private func cost(of part: Quantity) throws -> Notional {
    guard part != quantity else { return cost }
    return Notional(try cost.value.share(part.value, of: quantity.value, places: Self.costPlaces))
  }

  /// Nothing held has no cost: what is left of one (a fee took all coins) is realised.
  private mutating func closeIfEmpty() throws {
    guard !isOpen else { return }
    realised = try realised - cost
    cost = .zero
    openedAt = nil
    entryPrice = nil
  }
}

/// What the venue took for a fill, in the one or the other of a market's two currencies.
private struct Fee {
  var coins = Quantity.zero
  var money = Notional.zero

  init(_ fill: Fill, in symbol: Symbol) throws(PositionError) {
    switch fill.feeCurrency {
    case symbol.quote: money = Notional(fill.fee)
    case symbol.base: coins = Quantity(fill.fee)
    default: guard fill.fee.isZero else { throw .feeInThirdCurrency(fill.feeCurrency) }
    }
  }

  func worth(at price: Price) throws(DecimalError) -> Notional { try money + (try price * coins) }
}

/// Why a fill does not fit a position.
public enum PositionError: Error, Hashable, Sendable {
  /// Not a trade of a stated quantity: the venue took one back, corrected one, or told it in money only.
  case notATrade(Fill.Kind)
  /// The fills sell more than they bought: some are missing, or the coins came from elsewhere.
  case soldMoreThanHeld
  /// A fee in a currency that is neither base nor quote.
  case feeInThirdCurrency(String)
  /// Numbers beyond what can be held exactly.
  case arithmetic
}
