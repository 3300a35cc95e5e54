package import Core
import SQLite

extension Journal {
  /// Writes down an execution, once however often it is reported. Whose it is follows from the venue's order id: an
  /// execution that comes before its order's id is known is foreign until an event tells the id.
  /// - Parameters:
  ///   - fill: as the venue reported it.
  ///   - clientOrderID: the order of ours it belongs to, where the caller knows; `nil` leaves it to the venue's order id.
  /// - Returns: whether it was new.
  /// - Throws: ``JournalError/contradiction(subject:detail:)`` when the journal has other terms under the same id, or
  ///   the order is of another market or side; ``JournalError/overfill``; nothing is written then.
  @discardableResult
  package func recordFill(
    _ fill: Fill, clientOrderID: ClientOrderID? = nil, cause: String
  ) throws(JournalError) -> Bool {
    guard fill.quantity > .zero, !fill.price.value.isNegative else {
      throw .contradiction(subject: "fill \(fill.id)", detail: "\(fill.quantity) at \(fill.price) is no execution")
    }
    guard fill.kind == .trade else {
      throw .contradiction(
        subject: "fill \(fill.id)", detail: "the venue reports no trade but a \(fill.kind.rawValue) of \(fill.symbol)")
    }
    return try transaction { () throws(JournalError) in
      let isNew = try isNew(fill)
      let owner = isNew ? try self.clientOrderID(of: fill.venueOrderID) : nil
      if let owner, try ownClientOrderID(of: fill.venueOrderID) == nil {
        try relink(owner, fill.venueOrderID, cause: cause)
      }
      if isNew { try append("fills", cause: cause, Self.columns(fill)) }
      if let clientOrderID { try link(fill, to: clientOrderID, cause: cause) }
      // One that was linked just now is checked and counted already.
      guard let owner else { return isNew }
      guard let order = try order(owner) else { throw .withoutIntent(owner) }
      try checkFills(of: order.request)
      addToHolding(fill)
      try recordHolding(of: fill.symbol, cause: cause)
      return isNew
    }
  }

  /// A fill later than all others of its market is added to what is known; any other one makes it be added up anew.
  private func addToHolding(_ fill: Fill) {
    guard var known = holdingCache[fill.symbol], known.precedes(fill) else {
      holdingCache[fill.symbol] = nil
      return
    }
    known.add(fill, of: fill.symbol)
    holdingCache[fill.symbol] = known
  }

  private static func columns(_ fill: Fill) -> [(name: String, value: SQLiteValue)] {
    [
      ("fill_id", .text(fill.id)), ("venue_order_id", .text(fill.venueOrderID.rawValue)),
      ("symbol", .text(fill.symbol.description)), ("side", .text(fill.side.rawValue)),
      ("price", .text(fill.price.description)), ("quantity", .text(fill.quantity.description)),
      ("fee", .text(fill.fee.description)), ("fee_currency", .text(fill.feeCurrency)),
      ("executed_at", .integer(fill.time.nanoseconds)),
    ]
  }

  /// Whether the journal lacks this execution; refuses one that it has in other terms. The time may differ: venues
  /// cut it differently in different answers, and the first one stays. Who rested first is not kept.
  private func isNew(_ fill: Fill) throws(JournalError) -> Bool {
    guard var known = try known(fill)?.fill else { return true }
    known.time = fill.time
    known.isMaker = fill.isMaker
    guard known == fill else {
      throw .contradiction(subject: "fill \(fill.id)", detail: "recorded as \(known), now reported as \(fill)")
    }
    return false
  }

  /// Says once more in this segment whose a venue's order is, where only sealed ones do.
  private func relink(_ id: ClientOrderID, _ venueOrderID: VenueOrderID, cause: String) throws(JournalError) {
    guard let order = try order(id) else { throw .withoutIntent(id) }
    try append(
      "order_events", cause: cause,
      [
        ("client_id", .text(id.hex)), ("state", .text(order.state.rawValue)),
        ("venue_order_id", .text(venueOrderID.rawValue)), ("filled_quantity", .null),
        ("reason", .text("a fill came after its segment was sealed")),
      ])
  }

  /// All executions of an order, those in sealed segments too when its intent is there.
  private func allFills(of id: ClientOrderID) throws(JournalError) -> [FillRecord] {
    var records = try fills(of: id)
    guard segment > 1, try ownOrder(id) == nil else { return records }
    var seen = Set(records.map(\.fill.id))
    _ = try sealedOnly("order \(id)") { reader throws(JournalError) -> Never? in
      for record in try reader.fills(of: id) where seen.insert(record.fill.id).inserted { records.append(record) }
      return nil
    }
    return records
  }

  /// What the journal has under the fill's id. All that were executed of late are in this segment; an older one may be
  /// in a sealed one.
  private func known(_ fill: Fill) throws(JournalError) -> FillRecord? {
    if let own = try ownFill(id: fill.id) { return own }
    guard let from = opening?.fillsFrom, fill.time < from else { return nil }
    return try sealedOnly("fill \(fill.id)") { reader throws(JournalError) in try reader.ownFill(id: fill.id) }
  }

  /// Ties the fill's venue order to an order of ours, where no event did yet: a fill proves that the venue has it.
  private func link(_ fill: Fill, to id: ClientOrderID, cause: String) throws(JournalError) {
    guard let owner = try clientOrderID(of: fill.venueOrderID) else {
      guard let order = try order(id) else { throw .withoutIntent(id) }
      let state = order.state == .intended ? OrderState.submitted : order.state
      return try recordEvent(OrderEvent(id, state, venueOrderID: fill.venueOrderID), cause: cause)
    }
    guard owner == id else {
      throw .contradiction(subject: "fill \(fill.id)", detail: "its venue order is order \(owner)'s, not \(id)'s")
    }
  }

  /// Refuses fills that are not of the order's market and side, or add up to more than was ordered.
  func checkFills(of request: OrderRequest) throws(JournalError) {
    var sum = Quantity.zero
    for record in try allFills(of: request.clientOrderID) {
      let fill = record.fill
      guard fill.symbol == request.symbol, fill.side == request.side else {
        throw .contradiction(
          subject: "fill \(fill.id)",
          detail: "\(fill.side) \(fill.symbol) under an order to \(request.side) \(request.symbol)")
      }
      let ordered = request.quantity ?? .zero
      guard let next = try? sum + fill.quantity, next <= ordered else {
        throw .overfill(
          request.clientOrderID, ordered: ordered, filled: (try? sum + fill.quantity) ?? sum, fillID: fill.id)
      }
      sum = next
    }
  }
}
