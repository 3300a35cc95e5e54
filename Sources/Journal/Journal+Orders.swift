package import Core
import SQLite

/// Running numbers for client order ids, reserved durably in blocks: a crash skips what is left of a block and never
/// gives a number twice.
struct IdentifierBlock {
  static let size: Int64 = 64
  var next: Int64 = 0
  var end: Int64 = 0

  /// What a journal that is opened at an instant gives no number below. A journal put back from an older copy knows
  /// neither the orders since nor their numbers; but it gave them before now, and fewer than this in each second.
  static func floor(at time: Timestamp) -> Int64 {
    let seconds = max(0, time.nanoseconds / 1_000_000_000)
    // Twelve hexadecimal digits hold this until the year 2106; later the counter alone decides.
    return seconds < 1 << 32 ? seconds << 16 : 1
  }
}

extension Journal {
  /// A client order id that no call gave before, in this process or one before it. Not within a transaction, which
  /// might take the reservation back.
  package func nextClientOrderID() throws(JournalError) -> ClientOrderID {
    precondition(!isInTransaction, "a rollback would give the id again")
    if identifiers.next >= identifiers.end { try reserveIdentifiers() }
    defer { identifiers.next += 1 }
    return ClientOrderID(journal: name, sequence: UInt64(identifiers.next))
  }

  func reserveIdentifiers(from floor: Int64 = 1) throws(JournalError) {
    let stored = try database.number("SELECT coalesce(max(value), 1) FROM counters WHERE name = 'client_ids'")
    let start = max(stored, floor)
    // The running number has twelve hexadecimal digits.
    guard (1..<(1 << 48) - IdentifierBlock.size).contains(start) else {
      throw .damaged(place: "counters.client_ids", detail: "out of range")
    }
    let end = start + IdentifierBlock.size
    try transaction { () throws(JournalError) in
      try execute("INSERT OR REPLACE INTO counters (name, value) VALUES ('client_ids', ?)", [.integer(end)])
    }
    // Only now, since the commit may fail.
    identifiers = IdentifierBlock(next: start, end: end)
  }

  /// Writes down an order that is about to be sent. When this returns the intent survives a power cut; only then may a
  /// byte of the order leave.
  /// - Parameters:
  ///   - request: the order, with an id of ``nextClientOrderID()``.
  ///   - purpose: what it is for.
  ///   - plan: what is to happen to the position it opens, as JSON.
  ///   - cause: why it was decided, in a few words.
  ///   - marketTime: what the market clock showed when it was decided.
  package func recordIntent(
    _ request: OrderRequest, purpose: OrderPurpose, plan: String? = nil, cause: String, marketTime: Timestamp? = nil
  ) throws(JournalError) {
    precondition(!isInTransaction, "an intent that waits for a commit is not durable when the order leaves")
    try checkFiles()
    try transaction(canWait: purpose == .entry) { () throws(JournalError) in
      if try isIntended(request.clientOrderID) { throw .alreadyIntended(request.clientOrderID) }
      try append(
        "intents", cause: cause,
        try Self.columns(request) + [
          ("purpose", .text(purpose.rawValue)), ("plan", .optional(plan)),
          ("market_time", .optional(marketTime?.nanoseconds)),
        ])
    }
  }

  private func isIntended(_ id: ClientOrderID) throws(JournalError) -> Bool {
    // The usual case costs no look: an id that was given after all that have an intent.
    if id.journal == name, id.sequence >= identifiersIntended {
      identifiersIntended = Int64(id.sequence) + 1
      return false
    }
    let isHere = try database.number("SELECT count(*) FROM intents WHERE client_id = ?", [.text(id.hex)]) > 0
    if isHere { return true }
    return try isSealed(id)
  }

  /// Whether a sealed segment has that id: none of a number that was given after the last rotation.
  private func isSealed(_ id: ClientOrderID) throws(JournalError) -> Bool {
    guard segment > 1 else { return false }
    if id.journal == name, id.sequence >= identifiersSealed { return false }
    return try sealedOnly("order \(id)") { reader throws(JournalError) in try reader.ownOrder(id) } != nil
  }

  private static func columns(
    _ request: OrderRequest
  ) throws(JournalError) -> [(name: String, value: SQLiteValue)] {
    guard let quantity = request.quantity else {
      throw .contradiction(
        subject: "order \(request.clientOrderID)", detail: "it is sized in money: what it may fill has no bound")
    }
    return [
      ("client_id", .text(request.clientOrderID.hex)), ("symbol", .text(request.symbol.description)),
      ("side", .text(request.side.rawValue)), ("quantity", .text(quantity.description)),
      ("limit_price", .text(request.limit?.description ?? "")), ("time_in_force", .text(request.timeInForce.word)),
      ("expires", .optional(request.timeInForce.expires?.nanoseconds)),
      ("deadline", .integer(request.deadline.nanoseconds)), ("kind", .optional(request.kind.word)),
      ("trigger_price", .optional(request.kind.trigger?.description)),
      ("post_only", request.isPostOnly ? .integer(1) : .null),
    ]
  }

  /// Writes down what happened to an order of ours. Which moves are legal is the order state machine's business; here
  /// the latest event holds.
  /// - Throws: ``JournalError/withoutIntent(_:)``; ``JournalError/contradiction(subject:detail:)`` when the venue's id
  ///   is another order's, or fills already here under it are of another market or side; ``JournalError/overfill``.
  package func recordEvent(_ event: OrderEvent, cause: String) throws(JournalError) {
    try transaction { () throws(JournalError) in
      guard let order = try order(event.clientOrderID) else { throw .withoutIntent(event.clientOrderID) }
      let isLink = try isNewLink(event)
      try append(
        "order_events", cause: cause,
        [
          ("client_id", .text(event.clientOrderID.hex)), ("state", .text(event.state.rawValue)),
          ("venue_order_id", .optional(event.venueOrderID?.rawValue)),
          ("filled_quantity", .optional(event.filledQuantity?.description)), ("reason", .optional(event.reason)),
        ])
      if !event.state.isFinal { try reopen(order) }
      guard isLink else { return }
      holdingCache[order.request.symbol] = nil
      try checkFills(of: order.request)
      try recordHolding(of: order.request.symbol, cause: cause)
    }
  }

  /// Makes sure that the search for open orders begins no later than with this one.
  private func reopen(_ order: OrderRecord) throws(JournalError) {
    guard try order.sequence < settledBefore() else { return }
    try saveSettled(order.sequence)
  }

  private func saveSettled(_ sequence: Int64) throws(JournalError) {
    try execute(
      "INSERT OR REPLACE INTO counters (name, value) VALUES ('settled_before', ?)", [.integer(sequence)])
    settledCache = sequence
  }

  /// Moves the beginning of the search for open orders up, so that it stays short.
  func settle() throws(JournalError) {
    let next = try openOrUnknownOrders().first?.sequence ?? lastSequence + 1
    guard try next > settledBefore() else { return }
    try transaction(canWait: true) { () throws(JournalError) in try saveSettled(next) }
  }

  /// Whether the event tells a venue's id for the first time; refuses one that is another order's.
  private func isNewLink(_ event: OrderEvent) throws(JournalError) -> Bool {
    guard let venueOrderID = event.venueOrderID else { return false }
    guard let owner = try clientOrderID(of: venueOrderID) else { return true }
    guard owner == event.clientOrderID else {
      throw .contradiction(subject: "venue order \(venueOrderID)", detail: "it is order \(owner)'s already")
    }
    return false
  }
}
