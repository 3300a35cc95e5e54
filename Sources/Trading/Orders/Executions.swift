package import Core

/// The unique executions of one order: more than was ordered cannot be held.
package struct Executions: Hashable, Sendable {
  /// What was ordered, in base units.
  package let ordered: Quantity
  /// The sum of all unique executions.
  package private(set) var filled = Quantity.zero
  private var byID: [String: Quantity] = [:]

  /// None yet.
  package init(ordered: Quantity) { self.ordered = ordered }

  /// Whether all of it is filled.
  package var isComplete: Bool { filled == ordered }

  /// Takes one execution in, once however often it is told.
  /// - Returns: whether it was new.
  /// - Throws: ``OrderContradiction/overfill(id:ordered:filled:)``, ``OrderContradiction/changedFill(id:)``; nothing is
  ///   taken in then.
  package mutating func add(_ id: String, _ quantity: Quantity) throws(OrderContradiction) -> Bool {
    if let known = byID[id] {
      guard known == quantity else { throw .changedFill(id: id) }
      return false
    }
    guard quantity.value.isPositive, let sum = try? filled + quantity, sum <= ordered else {
      throw .overfill(id: id, ordered: ordered, filled: filled)
    }
    byID[id] = quantity
    filled = sum
    return true
  }
}
