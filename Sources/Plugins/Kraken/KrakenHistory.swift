public import Broker
public import Core

extension Kraken {
  /// `ClosedOrders`, to its last page.
  public func fetchClosedOrders(since: Timestamp) async throws(BrokerError) -> [Order] {
    let names = names
    let call = KrakenCall("fetchClosedOrders", "ClosedOrders", KrakenForm([Self.start(since)]))
    return try await pages(call, "closed") { (id, row) throws(JSONError) in try KrakenOrders.order(id, row, names) }
  }

  // MARK: Fills

  /// `TradesHistory`, to its last page.
  public func fetchFills(since: Timestamp) async throws(BrokerError) -> [Fill] {
    try await fills(KrakenCall("fetchFills", "TradesHistory", KrakenForm([Self.start(since)])))
      .filter { $0.time >= since }
  }

  /// `TradesHistory` from the order's birth on. An order that Kraken does not know, or that has no fills, costs no look
  /// into the history.
  public func fetchFills(of order: VenueOrderID) async throws(BrokerError) -> [Fill] {
    guard let found = try await fetchOrders([order]).first, found.filledQuantity > .zero else { return [] }
    let start = Self.start(found.createdAt ?? Timestamp(nanoseconds: 0))
    var call = KrakenCall("fetchFills", "TradesHistory", KrakenForm([start]))
    call.isUrgent = true
    return try await fills(call).filter { $0.venueOrderID == order }
  }

  private func fills(_ call: KrakenCall) async throws(BrokerError) -> [Fill] {
    let names = names
    var call = call
    call.cost = 4
    let fills = try await pages(call, "trades") { (id, row) throws(JSONError) in
      try KrakenOrders.fill(id, row, names)
    }
    return fills.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
  }

  // MARK: Pages

  /// Exclusive and in whole seconds: the second before, so that nothing of the first second is missed.
  static func start(_ since: Timestamp) -> (name: String, value: String) {
    ("start", String(max(0, since.seconds - 1)))
  }

  private static var mostPages: Int { 1_000 }
  /// How often a list is begun anew because rows left it meanwhile.
  private static var mostReadings: Int { 3 }

  /// All rows of a list that comes in pages, newest first. Rows that arrive meanwhile push others to the next page:
  /// those come twice and are taken once, and none is missed. Rows that leave pull others over to pages that were read:
  /// then the list is read from its beginning again.
  func pages<Row>(
    _ call: KrakenCall, _ key: String, _ read: (String, JSON) throws(JSONError) -> Row
  ) async throws(BrokerError) -> [Row] {
    for _ in 0..<Self.mostReadings {
      if let rows = try await steadyPages(call, key, read) { return rows }
    }
    throw BrokerError(
      .malformedAnswer, scope: .account, recovery: .retry(after: .seconds(10)), operation: call.operation,
      message: "\(key) lost rows each of the \(Self.mostReadings) times it was read")
  }

  /// - Returns: `nil` when the list became shorter while it was read.
  private func steadyPages<Row>(
    _ call: KrakenCall, _ key: String, _ read: (String, JSON) throws(JSONError) -> Row
  ) async throws(BrokerError) -> [Row]? {
    var rows: [Row] = []
    var seen: Set<String> = []
    var offset = 0
    var most = 0
    for _ in 0..<Self.mostPages {
      var page = call
      if offset > 0 { page.form.add("ofs", String(offset)) }
      let (entries, count) = try await client.post(page) { (result) throws(JSONError) in
        let entries = try (try result.object(key)).entries(key)
        let count = try result.integer("count")
        guard offset + entries.count >= count || !entries.isEmpty else { throw .missing("rows of \(key)") }
        for (id, row) in entries where seen.insert(id).inserted { rows.append(try read(id, row)) }
        return (entries.count, count)
      }
      guard count >= most else { return nil }
      most = count
      offset += entries
      if offset >= count { return rows }
    }
    throw BrokerError(
      .unsupported, scope: .account, recovery: .never, operation: call.operation,
      message: "more than \(Self.mostPages) pages of \(key)", nextStep: "ask from a later time on")
  }
}
