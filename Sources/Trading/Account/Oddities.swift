import Core
import Journal

/// What a venue reports of our orders that is no trade: an execution taken back or corrected, or told in money only.
///
/// What it does to a position nobody can compute, so nothing is guessed: it is shown with its reason, durably, and nothing
/// is entered in that market any more; exits and the other markets go on.
extension Trader {
  private static let marker = "not_trades"

  /// Takes note of one.
  func notTrade(_ fill: Fill) throws(TraderError) {
    guard try isNew(fill) else { return }
    let text = "the venue reports fill \(fill.id) of \(fill.venueOrderID) as a \(fill.kind.rawValue), not a trade"
    tell(
      .warning, "fill_is_no_trade", "\(fill.symbol): \(text): nothing is entered there until the account was compared",
      ["fill_id": fill.id, "venue_order_id": fill.venueOrderID.rawValue, "kind": fill.kind.rawValue])
    oddities[fill.symbol] = text
    try keepOddities()
  }

  /// One of somebody else's order: it is said once.
  func foreignNotTrade(_ fill: Fill) {
    guard oddFills.insert(fill.id).inserted else { return }
    tell(.info, "foreign_fill", "\(fill.symbol): fill \(fill.id), not ours, is a \(fill.kind.rawValue) and not a trade")
  }

  private func isNew(_ fill: Fill) throws(TraderError) -> Bool {
    try readOddities()
    return oddFills.insert(fill.id).inserted && oddities[fill.symbol] == nil
  }

  private func keepOddities() throws(TraderError) {
    let members = oddities.sorted { $0.key < $1.key }.map {
      (key: $0.key.description, value: JSONValue.string($0.value))
    }
    try journalledIfRoom { () throws(JournalError) in
      try journal.setMarker(Self.marker, JSONValue.object(members).encoded, cause: "reconcile")
    }
  }

  /// What an earlier process noted.
  func readOddities() throws(TraderError) {
    guard !hasReadOddities else { return }
    let noted = try journalled { () throws(JournalError) in try journal.marker(Self.marker) }
    if let noted, let json = try? JSON(parsing: Array(noted.value.utf8)) {
      for (name, text) in json.members ?? [] {
        let parts = name.split(separator: "/")
        guard let base = parts.first, let quote = parts.dropFirst().first else { continue }
        oddities[Symbol(base: String(base), quote: String(quote))] = text.text
      }
    }
    hasReadOddities = true
  }
}
