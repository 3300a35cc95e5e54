package import Core

/// When "the venue does not have it" proves that an order never arrives.
///
/// The venue refuses an order after its deadline by its own clock, so that clock decides: asked before the lists were
/// read, it must be past the deadline by what its servers may differ and by what its lists may lag behind its engine.
package struct Absence: Hashable, Sendable {
  /// What the clocks of a venue's servers may differ.
  package static let clockMargin = Duration.seconds(5)

  /// The deadline that was sent.
  package let deadline: Timestamp
  /// How soon an order is sure to show in the venue's lists.
  package let visibilityBound: Duration

  /// The proof that an order with this deadline would need.
  package init(deadline: Timestamp, visibilityBound: Duration) {
    self.deadline = deadline
    self.visibilityBound = visibilityBound
  }

  /// The venue's time from which on an absence is proof.
  package var certainFrom: Timestamp { deadline + Self.clockMargin + visibilityBound }

  /// Whether lists that were read after the venue's clock showed `venueTime` prove it.
  package func isProven(venueTime: Timestamp) -> Bool { venueTime > certainFrom }
}
