import Core
import Descriptor

/// The engine's things as fields, in the venue's words where it has words of its own.
struct DerivedText {
  let descriptor: Descriptor
  let rules: VenueRules
  private var words: Words { descriptor.words }

  // MARK: Words

  /// The venue's word for a side, or ours where it is read by cases.
  func side(_ side: Side, _ reading: Reading?) -> AnswerValue {
    if case .cases = reading { return .text(side.rawValue) }
    return .text(words.sides[side] ?? side.rawValue)
  }

  private func status(_ order: VenueOrder, _ reading: Reading?) -> AnswerValue {
    let wanted: [Order.Status] =
      switch order.status {
      case .open: [.open]
      case .filled: [.filled]
      case .cancelled: [.cancelled, .expired, .rejected]
      case .expired: [.expired, .cancelled]
      case .failed: [.rejected, .cancelled]
      }
    if case .literal(let text) = reading { return .text(text) }
    if case .cases(let cases) = reading {
      let word = wanted.first { status in cases.contains { $0.then == status.rawValue } }
      return .text((word ?? wanted[0]).rawValue)
    }
    let isPartial = order.status == .open && order.filled.isPositive
    for status in wanted {
      let found = words.orderStatuses.filter { $0.ours == status }
      let fitting = found.first { $0.theirs.lowercased().contains("part") == isPartial } ?? found.first
      if let fitting { return .text(fitting.theirs) }
    }
    return .text(order.status.rawValue)
  }

  /// What the venue calls a currency.
  func currency(_ name: String) -> String { rules.asset(name)?.venueName ?? name }

  // MARK: Rows

  /// An order.
  func order(_ order: VenueOrder, _ readings: [String: Reading]) -> DerivedRow {
    let listing = rules.listing(order.ticket.symbol)
    var fields: [String: AnswerValue] = [
      "id": .text(order.id), "order_id": .text(order.id), "side": side(order.ticket.side, readings["side"]),
      "status": status(order, readings["status"]), "filled": .text(order.filled.description),
      "created": .time(order.createdAt), "filled_notional": .text(order.cost.description),
      "fees": .text(order.fees.description),
    ]
    if let id = order.ticket.clientOrderID { fields["client_id"] = .text(id) }
    if let listing { fields["symbol"] = .text(listing.instrument.venueID) }
    switch order.ticket.size {
    case .base: fields["quantity"] = .text(order.quantity.description)
    case .quote(let amount, _): fields["notional"] = .text(amount.description)
    }
    if let limit = order.ticket.limit { fields["limit"] = .text(limit.description) }
    if let average = order.averagePrice(places: 12) { fields["average"] = .text(average.description) }
    if let reason = order.reason, !reason.isEmpty { fields["reason"] = .text(reason) }
    return DerivedRow(fields: fields, listing: listing)
  }

  /// An execution.
  func fill(_ fill: VenueFill, orderID: String, _ readings: [String: Reading]) -> DerivedRow {
    let listing = rules.listing(fill.symbol)
    var fields: [String: AnswerValue] = [
      "id": .text(fill.id), "order_id": .text(orderID), "side": side(fill.side, readings["side"]),
      "price": .text(fill.price.description), "quantity": .text(fill.quantity.description),
      "fee": .text(fill.fee.description), "fee_currency": .text(currency(fill.feeCurrency)), "time": .time(fill.time),
      "maker": .text(fill.isMaker ? "true" : "false"),
    ]
    if let listing { fields["symbol"] = .text(listing.instrument.venueID) }
    return DerivedRow(fields: fields, listing: listing)
  }

  /// What an account has of a currency.
  func balance(_ balance: Balance) -> DerivedRow {
    DerivedRow(fields: [
      "currency": .text(currency(balance.currency)), "total": .text(balance.total.description),
      "available": .text(balance.available.description), "held": .text(balance.held.description),
    ])
  }

  /// A market.
  func instrument(_ listing: Listing, _ readings: [String: Reading]) -> DerivedRow {
    let instrument = listing.instrument
    var fields: [String: AnswerValue] = [
      "id": .text(instrument.venueID), "alias": .text("\(instrument.venueBase)/\(instrument.venueQuote)"),
      "base": .text(instrument.venueBase), "quote": .text(instrument.venueQuote),
      "tick": .text(instrument.tickSize.description), "step": .text(instrument.lotStep.description),
    ]
    if let word = DerivedListings.word(instrument.status, readings["status"], words) { fields["status"] = .text(word) }
    if let least = instrument.minimumQuantity { fields["minimum_quantity"] = .text(least.description) }
    if let most = instrument.maximumQuantity { fields["maximum_quantity"] = .text(most.description) }
    if let least = instrument.minimumNotional { fields["minimum_notional"] = .text(least.description) }
    if let most = instrument.maximumNotional { fields["maximum_notional"] = .text(most.description) }
    return DerivedRow(fields: fields, listing: listing)
  }

  /// A candle.
  func candle(_ bar: MarketBar) -> DerivedRow {
    DerivedRow(fields: [
      "start": .time(Timestamp(seconds: bar.start) ?? Timestamp(nanoseconds: 0)), "open": .text(bar.open.description),
      "high": .text(bar.high.description), "low": .text(bar.low.description), "close": .text(bar.close.description),
      "volume": .text(bar.volume.description),
    ])
  }

  /// A market's prices.
  func ticker(_ listing: Listing, _ book: MadeBook, _ day: DayStatistics) -> DerivedRow {
    var fields: [String: AnswerValue] = [
      "symbol": .text(listing.instrument.venueID), "last": .text(book.last.description),
      "volume": .text(day.volume.description),
    ]
    if let bid = book.bids.first { fields["bid"] = .text(bid.price.description) }
    if let ask = book.asks.first { fields["ask"] = .text(ask.price.description) }
    return DerivedRow(fields: fields, listing: listing)
  }

  /// A price of a book.
  func level(_ level: BookLevel) -> DerivedRow {
    DerivedRow(fields: ["price": .text(level.price.description), "quantity": .text(level.quantity.description)])
  }
}
