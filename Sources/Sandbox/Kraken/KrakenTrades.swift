import Core

/// `Trades`: a trade every second of the market's clock.
extension KrakenPublic {
  /// Rows of a page, where not asked otherwise and at most.
  private static let mostTrades = 1_000

  /// From `since` (exclusive, nanoseconds), or the last ones where nothing is said, oldest first.
  func trades(_ parameters: KrakenParameters) throws(KrakenError) -> JSONValue {
    let listing = try single(parameters)
    guard let count = Int(parameters["count"] ?? "\(Self.mostTrades)"), (1...Self.mostTrades).contains(count) else {
      throw .invalidArgument("count")
    }
    let now = exchange.marketNow.seconds
    var first = now - count + 1
    if let text = parameters["since"], text != "0" {
      guard let since = Int64(text), since >= 0 else { throw .invalidArgument("since") }
      // Whole seconds are ids of trades that were seen.
      first = max(Timestamp(nanoseconds: since).seconds + 1, exchange.market.listedSince)
    }
    var rows: [JSONValue] = []
    var last = max(0, first - 1)
    for second in stride(from: first, through: min(now, first + count - 1), by: 1) {
      guard let row = trade(listing, second) else { throw .unavailable }
      rows.append(row)
      last = second
    }
    return .object([
      (listing.instrument.venueID, .array(rows)), ("last", .string("\(last)000000000")),
    ])
  }

  private func trade(_ listing: Listing, _ second: Int) -> JSONValue? {
    guard let time = Timestamp(seconds: second), let book = exchange.market.book(listing, depth: 1, now: time),
      let size = book.bids.first?.quantity
    else { return nil }
    return [
      .string(KrakenText.price(book.last, listing)), KrakenText.volume(size), KrakenText.time(time),
      second.isMultiple(of: 2) ? "b" : "s", "m", "", .integer(second),
    ]
  }
}
