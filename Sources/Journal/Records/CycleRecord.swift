package import Core

/// One pass of an account's cycle.
package struct CycleRecord: Hashable, Sendable {
  /// Counted from 1 over the journal's life.
  package var number: Int
  /// When it began (protocol clock).
  package var startedAt: Timestamp
  /// When it ended (protocol clock).
  package var finishedAt: Timestamp
  /// What the market clock showed at its beginning.
  package var marketTime: Timestamp
  /// Markets scanned.
  package var markets: Int
  /// Candidates that passed the strategy.
  package var signals: Int
  /// Orders placed.
  package var orders: Int
  /// How many markets each reason turned away, as a JSON object.
  package var rejected: String
  /// Cash and positions in the quote currency; `nil` when not known.
  package var equity: ExactDecimal?
  /// Why it failed; `nil` when it did not.
  package var failure: String?

  /// A cycle with everything named.
  package init(
    number: Int, startedAt: Timestamp, finishedAt: Timestamp, marketTime: Timestamp, markets: Int, signals: Int,
    orders: Int, rejected: String, equity: ExactDecimal?, failure: String?
  ) {
    self.number = number
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.marketTime = marketTime
    self.markets = markets
    self.signals = signals
    self.orders = orders
    self.rejected = rejected
    self.equity = equity
    self.failure = failure
  }
}

/// A value and when it was written.
package struct Noted: Hashable, Sendable {
  /// The value.
  package let value: String
  /// When it was written; an equal value written again leaves this.
  package let time: Timestamp
}
