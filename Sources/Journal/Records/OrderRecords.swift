package import Core

/// What an order is for.
package enum OrderPurpose: String, Hashable, Sendable {
  /// Opens or adds to a position.
  case entry
  /// Reduces or closes a position.
  case exit
  /// A stop that rests at the venue.
  case protectiveStop = "protective_stop"
  /// Sells what is held because an operator said so.
  case flatten
}

/// Where an order of ours stands, as far as the journal knows.
package enum OrderState: String, Hashable, Sendable, CaseIterable {
  /// Durable, not yet known to have been sent.
  case intended
  /// Handed to the connection.
  case submitted
  /// The venue has it.
  case accepted
  /// Some of it filled, the rest still alive.
  case partiallyFilled = "partially_filled"
  /// All of it filled.
  case filled
  /// Ended before all was filled; some may have been.
  case cancelled
  /// Ended by its date.
  case expired
  /// Refused by the venue.
  case rejected
  /// Refused by us: never sent.
  case denied
  /// Nobody knows whether the venue has it.
  case outcomeUnknown = "outcome_unknown"

  /// Whether nothing more can happen to the order.
  package var isFinal: Bool {
    switch self {
    case .filled, .cancelled, .expired, .rejected, .denied: true
    case .intended, .submitted, .accepted, .partiallyFilled, .outcomeUnknown: false
    }
  }

  /// The final states as SQL.
  static let finalWords = allCases.filter(\.isFinal).map { "'\($0.rawValue)'" }.joined(separator: ", ")
}

/// Something that happened to an order of ours.
package struct OrderEvent: Hashable, Sendable {
  /// Our name of the order.
  package var clientOrderID: ClientOrderID
  /// Where it stands now.
  package var state: OrderState
  /// The venue's name of it, where this event tells it.
  package var venueOrderID: VenueOrderID?
  /// Filled so far as the venue counts it, where this event tells it.
  package var filledQuantity: Quantity?
  /// The venue's own text, or ours.
  package var reason: String?

  /// An event; what it does not tell stays `nil`.
  package init(
    _ clientOrderID: ClientOrderID, _ state: OrderState, venueOrderID: VenueOrderID? = nil,
    filledQuantity: Quantity? = nil, reason: String? = nil
  ) {
    self.clientOrderID = clientOrderID
    self.state = state
    self.venueOrderID = venueOrderID
    self.filledQuantity = filledQuantity
    self.reason = reason
  }
}

/// An order of ours: its intent, and what is known of it since.
package struct OrderRecord: Hashable, Sendable {
  /// What was to be sent.
  package let request: OrderRequest
  /// What it is for.
  package let purpose: OrderPurpose
  /// What is to happen to the position it opens, as JSON.
  package let plan: String?
  /// Why it was decided.
  package let cause: String
  /// What the market clock showed when it was decided.
  package let marketTime: Timestamp?
  /// When the intent was written.
  package let intendedAt: Timestamp
  /// The latest event's state; ``OrderState/intended`` before the first.
  package let state: OrderState
  /// When that event was written.
  package let changedAt: Timestamp
  /// The venue's name of it, once told.
  package let venueOrderID: VenueOrderID?
  /// Filled as the venue last counted it.
  package let reportedFilled: Quantity?
  /// The sum of its unique fills in this journal.
  package let filled: Quantity
  /// The latest reason told.
  package let reason: String?
  /// The running number of its intent's row; 0 for one that was not read from a journal.
  package internal(set) var sequence: Int64 = 0
}
