import Broker
import Core
import Descriptor

/// What a derived venue tells of an account.
struct DerivedAccount {
  let exchange: Exchange
  let market: DerivedMarket
  let account: VenueAccount
  let rights: Set<String>
  let conditions: VenueConditions
  private var rules: VenueRules { market.rules }
  private var descriptor: Descriptor { market.descriptor }
  private var text: DerivedText { DerivedText(descriptor: descriptor, rules: rules) }

  /// Writes what an operation tells; `false` for one that changes something.
  func write(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) -> Bool {
    let call = route.call
    switch route.name {
    case .balances:
      var rows = exchange.balances(account.name).map(text.balance)
      if route.operation.call.rows == nil, rows.first?.fields["currency"] != .text(text.currency("USD")) {
        rows.insert(text.balance(Balance(currency: "USD", total: .zero, held: .zero, available: .zero)), at: 0)
      }
      try list(rows, route, variables, draft)
    case .fees:
      try market.single(
        ["maker": .text(rules.fees.maker.description), "taker": .text(rules.fees.taker.description)], call, draft,
        variables)
    case .permissions:
      let told = DerivedKey.rights.map { ($0, AnswerValue.text(rights.contains($0) ? "true" : "false")) }
      let fields = Dictionary(uniqueKeysWithValues: told + [("identity", AnswerValue.text(account.identity))])
      try market.single(fields, call, draft)
    case .openOrders: try orders(orders(variables).filter { $0.status == .open }, route, variables, draft)
    case .closedOrders: try orders(orders(variables).filter { $0.status != .open }, route, variables, draft)
    case .order: try one(variables["order_id"].flatMap(order), route, variables, draft)
    case .orderByClientID: try one(named(variables, route), route, variables, draft)
    case .fills, .fillsOfOrder: try fills(route, variables, draft)
    default: return false
    }
    return true
  }

  private func list(
    _ rows: [DerivedRow], _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    try DerivedList(route.call, draft, variables).write(DerivedAssignment.rows(rows, of: route))
  }

  // MARK: Orders

  /// Those that lists show, newest first.
  private func orders(_ variables: [String: String]) -> [VenueOrder] {
    let since = OrderTerms.instant("since", variables)
    let until = OrderTerms.instant("until", variables)
    let symbol = market.listing(variables)?.symbol
    let now = exchange.now(at: rules.name)
    let all = exchange.read { state in (state.accounts[account.name]?.orders ?? []).map { state.orders[$0] } }
    return all.reversed().filter { order in
      if let symbol, order.ticket.symbol != symbol { return false }
      if let since, max(order.createdAt, order.endedAt ?? order.createdAt) < since { return false }
      if let until, order.createdAt > until { return false }
      if let hidden = conditions.visibility, order.createdAt + hidden > now { return false }
      if let wanted = variables["client_id"], order.ticket.clientOrderID != wanted { return false }
      return true
    }
  }

  private func orders(
    _ orders: [VenueOrder], _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    if route.part == .list { return try market.names(orders.map(\.id), route.call, DerivedList(route.call, draft)) }
    try list(orders.map { text.order($0, route.call.fields) }, route, variables, draft)
  }

  private func order(_ id: String) -> VenueOrder? { exchange.order(id, account: account.name) }

  /// The latest of that name; where the file says that lists are searched besides, only an open one.
  private func named(_ variables: [String: String], _ route: DerivedRoute) -> VenueOrder? {
    guard let name = variables["client_id"], let order = exchange.order(clientOrderID: name, account: account.name)
    else { return nil }
    return route.operation.then.isEmpty || order.status == .open ? order : nil
  }

  private func one(
    _ order: VenueOrder?, _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    let list = DerivedList(route.call, draft, variables)
    if route.call.rows != nil, !route.operation.also.isEmpty {
      // What is open in one list, what has ended in the other.
      let found = order.map { [$0] } ?? []
      let here = found.filter { ($0.status == .open) == (route.part == .main) }
      return try list.write(here.map { text.order($0, route.call.fields) })
    }
    guard let order else {
      if route.call.rows != nil, !DerivedFailures(table: descriptor.failures).knows(.unknownOrder) {
        return try list.write([])
      }
      throw DerivedRefusal(.unknownOrder, "no such order")
    }
    try list.write([text.order(order, route.call.fields)])
  }

  // MARK: Fills

  private func fills(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    let wanted = variables["order_id"] ?? (route.name == .fillsOfOrder ? variables["each"] : nil)
    if let wanted, order(wanted) == nil { throw DerivedRefusal(.unknownOrder, "no such order") }
    if route.part == .list {
      let ids = orders([:]).filter { $0.filled.isPositive }.map(\.id)
      return try market.names(ids, route.call, DerivedList(route.call, draft))
    }
    let since = OrderTerms.instant("since", variables)
    let until = OrderTerms.instant("until", variables)
    let symbol = variables["symbol"] == nil && variables["base"] == nil ? nil : market.listing(variables)?.symbol
    let each = route.operation.isFannedOut ? variables["each"] : nil
    let (text, name) = (text, account.name)
    let readings = route.call.fields
    let rows = exchange.read { state -> [DerivedRow] in
      (state.accounts[name]?.fills ?? []).reversed().compactMap { number in
        let fill = state.fills[number]
        let id = state.orders[fill.order].id
        if let wanted, id != wanted { return nil }
        if let each, id != each { return nil }
        if let since, fill.time < since { return nil }
        if let until, fill.time > until { return nil }
        if let symbol, fill.symbol != symbol { return nil }
        return text.fill(fill, orderID: id, readings)
      }
    }
    try list(rows, route, variables, draft)
  }
}

extension Operation {
  /// Whether one call is made for each row of another.
  var isFannedOut: Bool { if case .rows = each { true } else { false } }
}
