import Core

/// Which orders `GET /orders/historical/batch` is to show.
struct OrderFilter: Sendable {
  private let statuses: [String]
  private let products: [String]
  private let ids: [String]
  private let side: String?
  private let period: Period

  init(_ query: CoinbaseQuery) throws(CoinbaseError) {
    statuses = query.all("order_status")
    products = query.all("product_ids") + query.all("product_id")
    ids = query.all("order_ids")
    side = query.first("order_side")
    period = Period(from: try query.instant("start_date"), to: try query.instant("end_date"))
    guard !statuses.contains("OPEN") || Set(statuses).count == 1 else {
      throw .invalidArgument("cannot use OPEN with other order statuses")
    }
  }

  func admits(_ order: VenueOrder, _ text: CoinbaseOrderText) -> Bool {
    text.isVisible(order) && period.contains(order.createdAt)
      && (statuses.isEmpty || statuses.contains(text.status(order)))
      && (products.isEmpty || products.contains(CoinbaseText.productID(order.ticket.symbol)))
      && (ids.isEmpty || ids.contains(order.id))
      && (side ?? CoinbaseText.side(order.ticket.side)) == CoinbaseText.side(order.ticket.side)
  }
}

/// Which fills `GET /orders/historical/fills` is to show.
struct FillFilter: Sendable {
  private let orders: [String]
  private let products: [String]
  private let trades: [String]
  private let period: Period

  init(_ query: CoinbaseQuery) throws(CoinbaseError) {
    orders = query.all("order_ids") + query.all("order_id")
    products = query.all("product_ids") + query.all("product_id")
    trades = query.all("trade_ids")
    period = Period(
      from: try query.instant("start_sequence_timestamp"), to: try query.instant("end_sequence_timestamp"))
  }

  func admits(_ fill: VenueFill, order: String) -> Bool {
    period.contains(fill.time) && (orders.isEmpty || orders.contains(order))
      && (products.isEmpty || products.contains(CoinbaseText.productID(fill.symbol)))
      && (trades.isEmpty || trades.contains(fill.id))
  }
}

/// From an instant to an instant, both included, both optional.
private struct Period: Sendable {
  let from: Timestamp?
  let to: Timestamp?

  func contains(_ time: Timestamp) -> Bool { (from.map { time >= $0 } ?? true) && (to.map { time <= $0 } ?? true) }
}
