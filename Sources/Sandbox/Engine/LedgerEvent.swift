import Core

/// Something that happened for good. The state is what these add up to, and nothing else changes it.
enum LedgerEvent: Hashable, Sendable {
  /// The exchange was started: from here the market is that of `seed`, and the market clock runs so.
  case started(seed: UInt64, clock: MarketClock)
  case accountOpened(name: String, venue: String, identity: String, funds: [String: ExactDecimal])
  case orderAccepted(VenueOrder)
  case filled(VenueFill)
  /// A resting order goes on at other prices and another size; `detail` is what its venue remembers from now on.
  case amended(order: Int, OrderAmendment, detail: [String: String])
  /// The price that an order waited for came.
  case triggered(order: Int)
  /// Money or coins came in or, below zero, went out.
  case moved(account: String, currency: String, amount: ExactDecimal)
  case ended(order: Int, VenueOrder.Status, reason: String)
}

/// What happened at one instant, kept or lost as a whole: one line of the file.
struct LedgerEntry: Hashable, Sendable {
  /// Protocol clock.
  let time: Timestamp
  /// Market clock.
  let marketTime: Timestamp
  let events: [LedgerEvent]
}
