package import Core
import SQLite

extension JournalReader {
  /// Columns that the file may be too old for read as `NULL`.
  private var select: String {
    """
    SELECT i.client_id, i.symbol, i.side, i.quantity, i.limit_price, i.time_in_force, i.expires, i.deadline, i.purpose,
      i.plan, i.cause, i.market_time, i.time, e.state, e.time,
      (SELECT venue_order_id FROM order_events WHERE client_id = i.client_id AND venue_order_id IS NOT NULL
        ORDER BY seq DESC LIMIT 1),
      (SELECT filled_quantity FROM order_events WHERE client_id = i.client_id AND filled_quantity IS NOT NULL
        ORDER BY seq DESC LIMIT 1),
      (SELECT reason FROM order_events WHERE client_id = i.client_id AND reason IS NOT NULL ORDER BY seq DESC LIMIT 1),
      \(version >= 2 ? "i.kind, i.trigger_price, i.post_only" : "NULL, NULL, NULL"), i.seq
    FROM intents i
    LEFT JOIN order_events e ON e.seq = (SELECT max(seq) FROM order_events WHERE client_id = i.client_id)
    """
  }

  /// Our orders, the newest first.
  package func orders(limit: Int) throws(JournalError) -> [OrderRecord] {
    var records = try orders("ORDER BY i.seq DESC LIMIT ?", [.integer(Int64(limit))])
    var oldest = first
    guard listsSealed else { return records }
    var seen = Set(records.map(\.request.clientOrderID))
    _ = try sealed { reader throws(JournalError) -> Bool? in
      // What a later segment has of an order is all of it.
      guard records.count(where: { $0.sequence >= oldest }) < limit else { return true }
      for record in try reader.orders(limit: limit) where seen.insert(record.request.clientOrderID).inserted {
        records.append(record)
      }
      oldest = reader.first
      return nil
    }
    return Array(records.sorted { $0.sequence > $1.sequence }.prefix(limit))
  }

  /// Our orders to which something can still happen, the oldest first: intended, sent, alive or of unknown outcome.
  package func openOrUnknownOrders() throws(JournalError) -> [OrderRecord] {
    try orders(
      """
      WHERE i.seq >= ? AND (e.state IS NULL OR e.state NOT IN (\(OrderState.finalWords))) ORDER BY i.seq
      """, [.integer(try settledBefore())])
  }

  /// One order of ours; `nil` when the journal has no intent of that id.
  package func order(_ id: ClientOrderID) throws(JournalError) -> OrderRecord? {
    if let own = try ownOrder(id) { return own }
    return try sealedOnly("order \(id)") { reader throws(JournalError) in try reader.ownOrder(id) }
  }

  /// The newest entry in a market that was filled at least in part; `nil` when this segment has none: what a position still
  /// needs of older segments is carried into it.
  package func filledEntry(of symbol: Symbol) throws(JournalError) -> OrderRecord? {
    try orders(
      """
      WHERE i.symbol = ? AND i.purpose = ? AND EXISTS (
        SELECT 1 FROM order_events o JOIN fills f ON f.venue_order_id = o.venue_order_id WHERE o.client_id = i.client_id)
      ORDER BY i.seq DESC LIMIT 1
      """, [.text(symbol.description), .text(OrderPurpose.entry.rawValue)]
    ).first
  }

  func ownOrder(_ id: ClientOrderID) throws(JournalError) -> OrderRecord? {
    try orders("WHERE i.client_id = ?", [.text(id.hex)]).first
  }

  /// Our name of a venue's order; `nil` when it is foreign, or ours but not yet told.
  package func clientOrderID(of id: VenueOrderID) throws(JournalError) -> ClientOrderID? {
    if let own = try ownClientOrderID(of: id) { return own }
    return try sealedClientOrderID(of: id)
  }

  func ownClientOrderID(of id: VenueOrderID) throws(JournalError) -> ClientOrderID? {
    var rows = try database.rows(
      "SELECT client_id FROM order_events WHERE venue_order_id = ? LIMIT 1", [.text(id.rawValue)])
    guard try rows.advance() else { return nil }
    return try rows.needed(0, "order_events.client_id", ClientOrderID.init(parsing:))
  }

  /// How many orders were handed to the venue: all that were intended but those we refused ourselves.
  package func placedCount() throws(JournalError) -> Int {
    placedBefore
      + Int(
        try database.number(
          """
          SELECT count(*) FROM intents
          WHERE client_id NOT IN (SELECT client_id FROM order_events WHERE state = 'denied')
          """))
  }

  /// When the latest intent was written; `nil` when there is none.
  package func lastOrderAt() throws(JournalError) -> Timestamp? {
    var rows = try database.rows("SELECT time FROM intents ORDER BY seq DESC LIMIT 1")
    return try rows.advance() ? try rows.neededTime(0, "intents.time") : nil
  }

  private func orders(_ rest: String, _ values: [SQLiteValue]) throws(JournalError) -> [OrderRecord] {
    var rows = try database.rows(select + "\n" + rest, values)
    var records: [OrderRecord] = []
    while try rows.advance() { records.append(try record(rows)) }
    return records
  }

  private func record(_ rows: borrowing Rows) throws(JournalError) -> OrderRecord {
    let request = try Self.request(rows)
    let intendedAt = try rows.neededTime(12, "intents.time")
    let isNew = rows.value(13) == .null
    return OrderRecord(
      request: request,
      purpose: try rows.needed(8, "intents.purpose", OrderPurpose.init(rawValue:)),
      plan: rows.text(9),
      cause: try rows.needed(10, "intents.cause"),
      marketTime: rows.integer(11).map(Timestamp.init(nanoseconds:)),
      intendedAt: intendedAt,
      state: isNew ? .intended : try rows.needed(13, "order_events.state", OrderState.init(rawValue:)),
      changedAt: isNew ? intendedAt : try rows.neededTime(14, "order_events.time"),
      venueOrderID: rows.text(15).map(VenueOrderID.init),
      reportedFilled: try rows.optionalDecimal(16, "order_events.filled_quantity").map(Quantity.init),
      filled: try filledQuantity(of: request.clientOrderID),
      reason: rows.text(17),
      sequence: try rows.neededInteger(21, "intents.seq"))
  }

  private static func request(_ rows: borrowing Rows) throws(JournalError) -> OrderRequest {
    let expires = rows.integer(6)
    return OrderRequest(
      clientOrderID: try rows.needed(0, "intents.client_id", ClientOrderID.init(parsing:)),
      symbol: try rows.needed(1, "intents.symbol", Symbol.init(parsing:)),
      side: try rows.needed(2, "intents.side", Side.init(rawValue:)),
      amount: .base(Quantity(try rows.neededDecimal(3, "intents.quantity"))),
      kind: try kind(rows),
      timeInForce: try rows.needed(5, "intents.time_in_force") { TimeInForce(word: $0, expires: expires) },
      isPostOnly: rows.integer(20) == 1,
      deadline: try rows.neededTime(7, "intents.deadline"))
  }

  private static func kind(_ rows: borrowing Rows) throws(JournalError) -> OrderKind {
    let limit = rows.text(4) == "" ? nil : Price(try rows.neededDecimal(4, "intents.limit_price"))
    let trigger = try rows.optionalDecimal(19, "intents.trigger_price").map(Price.init)
    guard let kind = OrderKind(word: rows.text(18), limit: limit, trigger: trigger) else {
      throw .damaged(place: "intents.kind", detail: "\(rows.text(18) ?? "NULL") with these prices is no kind of order")
    }
    return kind
  }
}

extension OrderKind {
  /// How the kind stands in the journal; `nil` for a limit order.
  var word: String? {
    switch self {
    case .limit: nil
    case .market: "market"
    case .stopLoss: "stop_loss"
    case .takeProfit: "take_profit"
    case .bracket: "bracket"
    }
  }

  init?(word: String?, limit: Price?, trigger: Price?) {
    switch (word, limit, trigger) {
    case (nil, let limit?, nil): self = .limit(limit)
    case ("market", nil, nil): self = .market
    case ("stop_loss", _, let trigger?): self = .stopLoss(trigger: trigger, limit: limit)
    case ("take_profit", _, let trigger?): self = .takeProfit(trigger: trigger, limit: limit)
    case ("bracket", let limit?, let stop?): self = .bracket(limit: limit, stop: stop)
    default: return nil
    }
  }
}
