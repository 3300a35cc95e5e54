package import Core

/// An execution as the journal holds it.
package struct FillRecord: Hashable, Sendable {
  /// The execution, as the venue reported it.
  package let fill: Fill
  /// The order of ours that it belongs to; `nil` for a foreign one.
  package let clientOrderID: ClientOrderID?
  /// When it was written.
  package let recordedAt: Timestamp

  /// Whether it belongs to an order that is not ours. It then counts for no position.
  package var isForeign: Bool { clientOrderID == nil }
}

/// What the account's own fills add up to.
package struct Holdings: Hashable, Sendable {
  /// One position per market with fills, closed ones too, in the order of their names.
  package var positions: [Position] = []
  /// Markets whose fills do not add up, each with the first fill that does not fit.
  package var misfits: [Misfit] = []

  /// A market whose fills do not add up: its position is unknown, not zero.
  package struct Misfit: Hashable, Sendable {
    /// The market.
    package let symbol: Symbol
    /// The first fill that no position can take in.
    package let fillID: String
    /// Why not.
    package let error: PositionError
  }
}
