package import Core

/// How much one entry buys for.
package enum OrderSize: Hashable, Sendable {
  /// A share of the account's equity: `0.05`.
  case share(ExactDecimal)
  /// An amount of the quote currency.
  case amount(Notional)
}

/// An account's ceilings, already the narrowest of host, master and user.
package struct SizingLimits: Hashable, Sendable {
  /// How much one entry buys for.
  package var orderSize: OrderSize
  /// The most that one order may be worth; `nil` for no such ceiling.
  package var maximumOrder: Notional?
  /// The most positions open at once; `nil` for no such ceiling.
  package var maximumPositions: Int?
  /// The largest share of the equity in positions; `nil` for no such ceiling.
  package var maximumExposure: ExactDecimal?
  /// How far beyond the touch a limit may lie, as a share: `0.003`.
  package var maximumSlippage: ExactDecimal

  /// Ceilings.
  package init(
    orderSize: OrderSize, maximumOrder: Notional? = nil, maximumPositions: Int? = nil,
    maximumExposure: ExactDecimal? = nil, maximumSlippage: ExactDecimal
  ) {
    self.orderSize = orderSize
    self.maximumOrder = maximumOrder
    self.maximumPositions = maximumPositions
    self.maximumExposure = maximumExposure
    self.maximumSlippage = maximumSlippage
  }
}

/// What of an account bears on the size of an entry.
package struct SizingAccount: Hashable, Sendable {
  /// Cash + positions at bid, in the quote currency; `nil` where a price is unknown.
  package var equity: Notional?
  /// Quote currency that can be spent.
  package var freeCash: Notional
  /// Positions at bid, and what open entries may still buy; `nil` where a price is unknown.
  package var exposure: Notional?
  /// Positions open and entries under way.
  package var openPositions: Int

  /// An account.
  package init(equity: Notional?, freeCash: Notional, exposure: Notional?, openPositions: Int) {
    self.equity = equity
    self.freeCash = freeCash
    self.exposure = exposure
    self.openPositions = openPositions
  }
}

/// An order's size, or why there is none.
package enum SizingDecision: Hashable, Sendable {
  /// An order that the instrument's rules take.
  case order(SizedOrder)
  /// None.
  case skip(SizingSkip)
}

/// Quantity and limit, rounded to step and tick.
package struct SizedOrder: Hashable, Sendable {
  /// In base units, a whole number of steps.
  package let quantity: Quantity
  /// The worst price taken, a whole number of ticks.
  package let limit: Price
  /// What the quantity is worth at the limit, without fees.
  package let notional: Notional
}

/// Why no order is placed.
package struct SizingSkip: Hashable, Sendable, CustomStringConvertible {
  /// Why; the raw value is the stable name that a cycle tallies.
  package enum Reason: String, Hashable, Sendable {
    /// The instrument takes no such orders now.
    case instrumentClosed = "instrument_closed"
    /// A price, a tick or a step is not above zero.
    case unusableInstrument = "unusable_instrument"
    /// The equity or the exposure is not known.
    case equityUnknown = "equity_unknown"
    /// As many positions are open as may be.
    case maximumPositions = "max_positions"
    /// `order_size` is below the instrument's minimum.
    case orderSize = "order_size_below_minimum"
    /// `max_order` is below the instrument's minimum.
    case maximumOrder = "max_order_below_minimum"
    /// What `max_exposure` leaves is below the instrument's minimum.
    case maximumExposure = "max_exposure"
    /// The cash that is free is below the instrument's minimum.
    case freeCash = "insufficient_cash"
    /// The instrument's greatest order is below its least.
    case instrumentMaximum = "instrument_maximum"
    /// What is to be sold is below the instrument's minimum.
    case belowMinimum = "below_minimum"
    /// Numbers beyond what can be held exactly.
    case numbersOutOfRange = "numbers_out_of_range"
  }

  /// Why.
  package let reason: Reason
  /// What the reason's limit would have to be for the least order; of ``Reason/freeCash``, fees included.
  package let needed: Notional?
  /// What it is.
  package let available: Notional?

  init(_ reason: Reason, needed: Notional? = nil, available: Notional? = nil) {
    self.reason = reason
    self.needed = needed
    self.available = available
  }

  /// The stable name, and the amounts where there are some: `insufficient_cash: 5.02 needed, 3 there`.
  package var description: String {
    guard let needed else { return reason.rawValue }
    return "\(reason.rawValue): \(needed) needed" + (available.map { ", \($0) there" } ?? "")
  }
}
