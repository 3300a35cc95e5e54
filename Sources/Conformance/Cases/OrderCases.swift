internal import Broker
internal import Core

/// Placing, finding and cancelling.
enum OrderCases {
  static let all = [
    found, foundByClientID, foundWhenOver, neverSeen, cancel, cancelUnknown, cancelTwice, cancelFilled, replace,
    openOrders, foreign, closedOrders, closedPages,
  ]

  /// Ends the case unless the report is of this request.
  static func check(_ order: Order, is request: OrderRequest, _ trial: Trial) throws(Mismatch) {
    try expect("our name", order.clientOrderID, is: request.clientOrderID)
    try expect("the market", order.symbol, is: request.symbol)
    try expect("the side", order.side, is: request.side)
    if let quantity = request.quantity { try expect("the quantity", order.quantity, is: quantity) }
    // A description need not read a limit, and has no words for an order's kind.
    if order.limit != nil || !trial.venue.isDerived { try expect("the limit", order.limit, is: request.limit) }
    if order.kind != nil || !trial.venue.isDerived { try expect("the kind", order.kind, is: request.kind) }
    if let told = order.timeInForce { try expect("how long it may wait", told, is: request.timeInForce) }
    if let told = order.isPostOnly { try expect("post-only", told, is: request.isPostOnly) }
  }

  private static let found = ConformanceCase("a resting order is found by the venue's name, as it was sent") { trial in
    let account = try await trial.account()
    for side in [Side.buy, .sell] {
      let request = try account.resting(side)
      let id = try await account.place(request)
      let order = try await account.only(.venue(id))
      try expect("its name", order.venueOrderID, is: id)
      try check(order, is: request, trial)
      try expect("its status", order.status, is: .open)
      try expect("filled", order.filledQuantity, is: .zero)
    }
  }

  private static let foundByClientID = ConformanceCase("a resting order is found by our name", .orderByClientID) {
    trial in
    let account = try await trial.account()
    let (wanted, other) = (try account.resting(), try account.resting())
    let id = try await account.place(wanted)
    _ = try await account.place(other)
    let order = try await account.only(.client(wanted.clientOrderID, since: account.began))
    try expect("its name", order.venueOrderID, is: id)
    try check(order, is: wanted, trial)
  }

  private static let foundWhenOver = ConformanceCase("an order that is over is found by our name", .orderByClientID) {
    trial in
    let account = try await trial.account()
    let filled = try account.taking()
    let cancelled = try account.resting()
    _ = try await account.place(filled)
    let id = try await account.place(cancelled)
    _ = try await account.plugin.cancel(id)
    _ = try await account.final(id)
    let first = try await account.only(.client(filled.clientOrderID, since: account.began))
    try expect("the filled one's end", first.status.isFinal, is: true)
    try expect(first.filledQuantity > .zero, "something filled", seen: "\(first.filledQuantity)")
    let second = try await account.only(.client(cancelled.clientOrderID, since: account.began))
    try expect("the cancelled one's status", second.status, is: .cancelled)
  }

  private static let neverSeen = ConformanceCase("an order that never was is not found, and that is no error") {
    trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    let unknown = unknown(like: id)
    try expect("orders of that name", try await account.plugin.fetchOrders(.venue(unknown)).count, is: 0)
    guard trial.spec.capabilities.contains(.orderByClientID) else { return }
    let found = try await account.plugin.fetchOrders(.client(account.newID(), since: account.began))
    try expect("orders of our next name", found.count, is: 0)
  }

  /// A name of the same form that no order has.
  static func unknown(like id: VenueOrderID) -> VenueOrderID {
    let replaced = id.rawValue.dropFirst().map { character -> Character in
      switch character {
      case "0"..."9": character == "9" ? "1" : "9"
      case "a"..."f": character == "a" ? "b" : "a"
      case "A"..."Z": character == "Q" ? "W" : "Q"
      default: character
      }
    }
    return VenueOrderID(String(id.rawValue.prefix(1)) + String(replaced))
  }

  private static let cancel = ConformanceCase("a cancelled order is over and holds nothing") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(id)
    let order = try await account.final(id)
    try expect("its status", order.status, is: .cancelled)
    try expect("filled", order.filledQuantity, is: .zero)
    try expect("open orders at the venue", try await account.facts().open.count, is: 0)
    try expect("open orders told", try await account.plugin.fetchOpenOrders().count, is: 0)
  }

  private static func expectUnknown(_ id: VenueOrderID, _ account: TrialAccount, _ what: String) async throws {
    let error = try await failure(what) { () async throws(BrokerError) in try await account.plugin.cancel(id) }
    try error.expect(.unknownOrder, from: what)
    try error.expectNotExecuted(what)
  }

  private static let cancelUnknown = ConformanceCase("cancelling an order that never was says so") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    try await expectUnknown(unknown(like: id), account, "a cancel of an order that never was")
    try expect("open orders at the venue", try await account.facts().open.map(\.id), is: [id])
  }

  private static let cancelTwice = ConformanceCase("cancelling twice says that the order is gone") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(id)
    _ = try await account.final(id)
    try await expectUnknown(id, account, "a second cancel")
  }

  private static let cancelFilled = ConformanceCase("cancelling a filled order says that it is gone") { trial in
    let account = try await trial.account()
    let id = try await account.place(try account.taking())
    _ = try await account.final(id)
    try await expectUnknown(id, account, "a cancel of a filled order")
  }

  private static let replace = ConformanceCase("an order is replaced by a cancel and a new one") { trial in
    let account = try await trial.account()
    let first = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(first)
    let request = try account.limit(percent: -25)
    let second = try await account.place(request)
    try expect("the first one's status", try await account.final(first).status, is: .cancelled)
    try expect("open orders", try await account.plugin.fetchOpenOrders().map(\.venueOrderID), is: [second])
    try check(try await account.only(.venue(second)), is: request, trial)
  }

  private static let openOrders = ConformanceCase("open orders are those that can still fill, and no others") { trial in
    let account = try await trial.account()
    try expect("open orders of a new account", try await account.plugin.fetchOpenOrders().count, is: 0)
    let resting = [
      try await account.place(try account.resting()), try await account.place(try account.resting(.sell)),
    ]
    let gone = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(gone)
    _ = try await account.final(gone)
    _ = try await account.place(try account.taking())
    let open = try await account.plugin.fetchOpenOrders()
    try expect("open orders", Set(open.map(\.venueOrderID)), is: Set(resting))
    try expect("their status", Set(open.map(\.status)), is: [.open])
  }

  private static let foreign = ConformanceCase("orders and fills of another program are shown") { trial in
    let ours = try await trial.account()
    let theirs = try await ours.anotherKey()
    let resting = try await theirs.place(try theirs.resting())
    let filled = try await theirs.place(try theirs.taking())
    let open = try await ours.plugin.fetchOpenOrders()
    try expect("open orders", open.map(\.venueOrderID), is: [resting])
    let fills = try await ours.plugin.fetchFills(since: ours.began)
    try expect("orders that filled", Set(fills.map(\.venueOrderID)), is: [filled])
    guard let closed = try await ours.closedOrders() else { return }
    try expect(closed.contains { $0.venueOrderID == filled }, "the filled order among the closed", seen: "\(closed)")
  }

  private static let closedOrders = ConformanceCase("closed orders are those that ended, newest first") { trial in
    let account = try await trial.account()
    let filled = try await account.place(try account.taking())
    let cancelled = try await account.place(try account.resting())
    _ = try await account.plugin.cancel(cancelled)
    _ = try await account.final(cancelled)
    let open = try await account.place(try account.resting())
    guard let closed = try await account.closedOrders() else { return }
    try expect("closed orders", closed.map(\.venueOrderID), is: [cancelled, filled])
    try expect(!closed.contains { $0.venueOrderID == open }, "no open ones", seen: "\(closed)")
    let none = try await account.plugin.fetchClosedOrders(since: trial.now + .seconds(3_600))
    try expect("closed orders of the next hour", none.count, is: 0)
  }

  private static let closedPages = ConformanceCase("closed orders are read to the last page", bound: .seconds(90)) {
    trial in
    let account = try await trial.account()
    guard try await account.closedOrders() != nil else { return }
    var placed: [VenueOrderID] = []
    for _ in 0..<105 {
      placed.append(try await account.place(try account.limit(percent: -30, .immediateOrCancel)))
    }
    let closed = try await account.plugin.fetchClosedOrders(since: account.began)
    try expect("closed orders", closed.count, is: placed.count)
    try expect("closed orders by name", Set(closed.map(\.venueOrderID)), is: Set(placed))
  }
}
