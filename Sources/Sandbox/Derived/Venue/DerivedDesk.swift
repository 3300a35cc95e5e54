import Broker
import Core
import Descriptor

/// Takes and cancels the orders of one account at a derived venue.
struct DerivedDesk {
  let exchange: Exchange
  let market: DerivedMarket
  let account: VenueAccount
  let conditions: VenueConditions
  let deadMan: DeadManSwitches
  private var descriptor: Descriptor { market.descriptor }
  private var venue: String { market.rules.name }

  /// Does what is asked and writes what is told of it.
  func perform(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    switch route.name {
    case .place: try place(route, variables, draft)
    case .cancel:
      let order = variables["order_id"].flatMap { exchange.order($0, account: account.name) }
      try cancel(order, route, draft)
    case .cancelByClientID:
      let order = variables["client_id"].flatMap { exchange.order(clientOrderID: $0, account: account.name) }
      try cancel(order, route, draft)
    case .cancelAll: try cancelAll(route, variables, draft)
    case .deadManSwitch: try arm(route, variables, draft)
    default: throw DerivedRefusal(.noRoute, "no such call")
    }
  }

  // MARK: Placing

  private func place(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    guard let key = route.kind, let listing = market.listing(variables) else {
      throw DerivedRefusal(.instrument, "no such market")
    }
    guard let side = key.side ?? side(variables),
      var ticket = OrderTerms.ticket(key.kind, side, listing.symbol, variables)
    else { throw DerivedRefusal(.invalidRequest, "no side, price or amount that can be read") }
    ticket.feeInBase = side == .buy && descriptor.reckonsFees
    let order = try submit(ticket, OrderTerms.instant("deadline", variables))
    let row = DerivedText(descriptor: descriptor, rules: market.rules).order(order, route.call.fields)
    try DerivedList(route.call, draft, variables).write([row])
  }

  private func side(_ variables: [String: String]) -> Side? {
    guard let word = variables["side"]?.lowercased() else { return nil }
    let words = descriptor.words.sides
    return [Side.buy, .sell].first { (words[$0] ?? $0.rawValue).lowercased() == word }
  }

  /// The new order, or the one that has its name already where the venue answers with that.
  private func submit(_ ticket: OrderTicket, _ deadline: Timestamp?) throws(DerivedRefusal) -> VenueOrder {
    if descriptor.clientIDs.uniqueness == .returnsExisting, let name = ticket.clientOrderID,
      let existing = exchange.order(clientOrderID: name, account: account.name)
    {
      guard !conditions.refusesDuplicates else { throw DerivedRefusal(.duplicate, "an order of that name exists") }
      return existing
    }
    switch conditions.mode {
    case .cancelOnly: throw DerivedRefusal(.instrument, "the market takes cancels only")
    case .postOnly where !ticket.postOnly: throw DerivedRefusal(.instrument, "the market takes post-only orders only")
    case .online, .postOnly, .maintenance: break
    }
    if let lag = conditions.settlement, !exchange.isSettled(ticket, account: account.name, after: lag) {
      throw DerivedRefusal(.insufficientFunds, "what was bought is not settled")
    }
    do throws(OrderRefusal) {
      if conditions.failsOrders { return try exchange.fail(ticket, account: account.name, reason: "rejected") }
      return try exchange.place(ticket, account: account.name, deadline: deadline)
    } catch {
      throw DerivedRefusal(error)
    }
  }

  // MARK: Cancelling

  private func cancel(_ order: VenueOrder?, _ route: DerivedRoute, _ draft: AnswerDraft) throws(DerivedRefusal) {
    guard let order, order.status == .open else { throw DerivedRefusal(.unknownOrder, "no such open order") }
    do throws(CancelRefusal) {
      if conditions.losesCancelRaces {
        _ = try exchange.fill(order.id, account: account.name)
      } else {
        _ = try exchange.cancel(order.id, account: account.name, reason: "Cancelled by the account")
      }
    } catch {
      throw DerivedRefusal(.unavailable, "\(error)")
    }
    guard let now = exchange.order(order.id, account: account.name) else { return }
    var row = DerivedText(descriptor: descriptor, rules: market.rules).order(now, route.call.fields)
    row.fields["outcome"] = .text(conditions.losesCancelRaces ? "pending" : "cancelled")
    // A brokerage that tells only one of the two outcomes says that one.
    let said = route.call.fields["outcome"].map { outcome in
      DerivedList.canSay(row, route.call) ? row.fields : row.fields.merging(["outcome": Self.only(outcome)]) { $1 }
    }
    if let said { row.fields = said }
    try DerivedList(route.call, draft).write([row])
  }

  private static func only(_ reading: Reading) -> AnswerValue {
    if case .literal(let text) = reading { return .text(text) }
    return .text("cancelled")
  }

  private func cancelAll(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    let wanted = market.listing(variables)?.symbol
    let open = exchange.openOrders(account.name).filter { wanted == nil || $0.ticket.symbol == wanted }
    if route.part == .list {
      let names = open.map(\.ticket.symbol).compactMap { market.rules.listing($0)?.instrument.venueID }
      return try market.names(Set(names).sorted(), route.call, DerivedList(route.call, draft))
    }
    for order in open {
      // One that has filled by now is no longer to be cancelled.
      _ = try? exchange.cancel(order.id, account: account.name, reason: "Cancelled by the account")
    }
    try market.single(["count": .text(String(open.count))], route.call, draft)
  }

  // MARK: Dead-man switch

  private func arm(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    let seconds = variables["timeout_s"].flatMap { Int64($0) }.map { Duration.seconds($0) }
    guard let timeout = seconds ?? variables["timeout_ms"].flatMap({ Int64($0) }).map({ Duration.milliseconds($0) }),
      timeout >= .zero, timeout <= .seconds(86_400)
    else { throw DerivedRefusal(.invalidRequest, "no time-out that can be read") }
    let now = exchange.now(at: venue)
    deadMan.set(account.name, timeout == .zero ? nil : now + timeout)
    try market.single(["time": .time(now + timeout)], route.call, draft)
  }
}
