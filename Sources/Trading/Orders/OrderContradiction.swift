package import Core

/// Evidence about an order that cannot be true together with what is known of it. Never resolved by a guess: the account
/// stops entering and says so.
package enum OrderContradiction: Error, Hashable, Sendable, CustomStringConvertible {
  /// An execution would make it filled by more than was ordered.
  case overfill(id: String, ordered: Quantity, filled: Quantity)
  /// One execution was told with two quantities.
  case changedFill(id: String)
  /// Two orders of the venue bear our one id.
  case twoVenueOrders(VenueOrderID, VenueOrderID)
  /// The venue has an order that we refused ourselves and never sent.
  case neverSent(VenueOrderID?)
  /// The venue has alive what it was proven not to have.
  case cameBack(VenueOrderID)
  /// What the venue reports of it is no trade: one taken back, corrected, or told in money only.
  case notATrade(id: String, Fill.Kind)
  /// An order sized in money: nothing bounds what it may fill in base units.
  case sizedInMoney

  /// The cause, one line.
  package var description: String {
    switch self {
    case .overfill(let id, let ordered, let filled):
      "fill \(id) would make the order filled by more than \(ordered) (it has \(filled))"
    case .changedFill(let id): "fill \(id) was told with two quantities"
    case .twoVenueOrders(let first, let second): "the venue has two orders with our id: \(first) and \(second)"
    case .neverSent(let id): "the venue has the order\(id.map { " as \($0)" } ?? ""), but it was never sent"
    case .cameBack(let id): "the venue has order \(id), which was proven to have never arrived"
    case .notATrade(let id, let kind): "fill \(id) is no trade but a \(kind.rawValue)"
    case .sizedInMoney: "the order is sized in money"
    }
  }
}
