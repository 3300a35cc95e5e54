import Core

/// Orders and fills of one account, newest first, page by page.
///
/// A cursor names the last row of its page, not a count of rows: what happens between two pages shifts nothing.
struct CoinbaseHistory {
  let exchange: Exchange
  let account: VenueAccount
  let text: CoinbaseOrderText

  /// Rows of a page, where not asked otherwise and at most.
  static let pageSize = (usual: 100, maximum: 1_000)

  /// `GET /orders/historical/{id}`.
  func order(_ id: String) throws(CoinbaseError) -> JSONValue {
    guard let order = exchange.order(id, account: account.name) else {
      throw .notFound("order with this orderID was not found")
    }
    let lastFill = exchange.read { state in order.fills.last.map { state.fills[$0].time } }
    return ["order": text.json(order, lastFill: lastFill)]
  }

  /// `GET /orders/historical/batch`.
  func orders(_ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    let filter = try OrderFilter(query)
    let page = try Page(query)
    let name = account.name
    let text = text
    let rows = exchange.read { state in
      Self.page(state.accounts[name]?.orders ?? [], page) { number -> (VenueOrder, Timestamp?)? in
        let order = state.orders[number]
        guard filter.admits(order, text) else { return nil }
        return (order, order.fills.last.map { state.fills[$0].time })
      }
    }
    let shown = rows.shown.map { text.json($0.0, lastFill: $0.1) }
    return [
      "orders": .array(shown), "sequence": "0", "has_next": .boolean(rows.hasMore),
      "cursor": .string(rows.hasMore ? rows.shown.last.map { "\($0.0.number)" } ?? "" : ""),
    ]
  }

  /// `GET /orders/historical/fills`; the cursor is empty at the end.
  func fills(_ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    let filter = try FillFilter(query)
    let page = try Page(query)
    let name = account.name
    let rows = exchange.read { state in
      Self.page(state.accounts[name]?.fills ?? [], page) { number -> (VenueFill, VenueOrder)? in
        let fill = state.fills[number]
        let order = state.orders[fill.order]
        return filter.admits(fill, order: order.id) ? (fill, order) : nil
      }
    }
    return [
      "fills": .array(rows.shown.map { shown($0.0, order: $0.1) }),
      "cursor": .string(rows.hasMore ? rows.shown.last.map { "\($0.0.number)" } ?? "" : ""),
    ]
  }

  /// The size is in money where the order was.
  private func shown(_ fill: VenueFill, order: VenueOrder) -> JSONValue {
    let isInQuote = order.ticket.isSizedInQuote
    return [
      "entry_id": .string(fill.id), "trade_id": .string(fill.id), "order_id": .string(order.id),
      "trade_time": CoinbaseText.time(fill.time), "trade_type": "FILL", "price": .string("\(fill.price)"),
      "size": .string("\(isInQuote ? fill.cost : fill.quantity)"), "commission": .string("\(fill.fee)"),
      "product_id": .string(CoinbaseText.productID(fill.symbol)), "sequence_timestamp": CoinbaseText.time(fill.time),
      "liquidity_indicator": fill.isMaker ? "MAKER" : "TAKER", "size_in_quote": .boolean(isInQuote),
      "user_id": .string(account.identity), "side": .string(CoinbaseText.side(fill.side)),
      "retail_portfolio_id": .string(account.identity), "fillSource": "FILL_SOURCE_CLOB",
    ]
  }

  /// Which page.
  private struct Page: Sendable {
    let limit: Int
    /// The number of the last row that was shown.
    let after: Int?

    init(_ query: CoinbaseQuery) throws(CoinbaseError) {
      let asked = try query.count("limit") ?? 0
      limit = asked == 0 ? CoinbaseHistory.pageSize.usual : min(asked, CoinbaseHistory.pageSize.maximum)
      after = try query.count("cursor")
    }
  }

  private static func page<Row>(
    _ numbers: [Int], _ page: Page, _ row: (Int) -> Row?
  ) -> (shown: [Row], hasMore: Bool) {
    var shown: [Row] = []
    for number in numbers.reversed() where number < page.after ?? .max {
      guard let row = row(number) else { continue }
      if shown.count == page.limit { return (shown, true) }
      shown.append(row)
    }
    return (shown, false)
  }
}
