import Core

/// What the venue lists, and its books.
struct CoinbaseProductPages {
  let exchange: Exchange
  let rules: VenueRules
  /// What the whole venue takes.
  var mode = VenueConditions.Mode.online

  /// Prices a side of a book, where not asked otherwise and at most.
  static let bookDepth = (usual: 50, maximum: 100)

  func listing(_ id: String?) throws(CoinbaseError) -> Listing {
    guard let id, let listing = rules.listing(named: id) else { throw .unknownProduct }
    return listing
  }

  /// `GET /products`.
  func products(_ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    let wanted = query.all("product_ids")
    let isSpot = (query.first("product_type") ?? "SPOT") == "SPOT"
    let all = isSpot ? rules.listings.filter { wanted.isEmpty || wanted.contains($0.instrument.venueID) } : []
    let limit = try query.count("limit") ?? 0
    let offset = max(try query.count("cursor") ?? 0, try query.count("offset") ?? 0)
    let page = all.dropFirst(offset).prefix(limit == 0 ? all.count : limit)
    var shown: [JSONValue] = []
    for listing in page { shown.append(try product(listing)) }
    let hasNext = page.endIndex < all.endIndex
    return [
      "products": .array(shown), "num_products": .integer(shown.count),
      "pagination": [
        "prev_cursor": "", "next_cursor": .string(hasNext ? "\(page.endIndex)" : ""), "has_next": .boolean(hasNext),
        "has_prev": .boolean(page.startIndex > 0),
      ],
    ]
  }

  /// `GET /products/{id}`.
  func product(_ listing: Listing) throws(CoinbaseError) -> JSONValue {
    .object(names(listing) + (try prices(listing)) + rules(of: listing.instrument) + flags(listing.instrument.status))
  }

  private func names(_ listing: Listing) -> [(key: String, value: JSONValue)] {
    let (base, quote) = (listing.symbol.base, listing.symbol.quote)
    // A market in USDC is the same book as its twin in dollars; the wallets are not.
    let twin = Symbol(base: base, quote: quote == "USDC" ? "USD" : "USDC")
    let twinID = rules.listing(twin).map(\.instrument.venueID)
    return [
      ("product_id", .string(listing.instrument.venueID)), ("display_name", .string(listing.instrument.venueID)),
      ("base_currency_id", .string(base)), ("quote_currency_id", .string(quote)), ("base_name", .string(base)),
      ("quote_name", .string(quote)), ("base_display_symbol", .string(base)), ("quote_display_symbol", .string(quote)),
      ("product_type", "SPOT"), ("product_venue", "CBE"),
      ("alias", .string(quote == "USDC" ? twinID ?? "" : "")),
      ("alias_to", .array(quote == "USDC" ? [] : twinID.map { [.string($0)] } ?? [])),
    ]
  }

  private func prices(_ listing: Listing) throws(CoinbaseError) -> [(key: String, value: JSONValue)] {
    let (book, day) = (try book(listing, depth: 1), exchange.day(listing))
    let value = day.flatMap { try? $0.volume * book.last }.flatMap { try? $0.rounded(places: 2, .down) }
    return [
      ("price", .string("\(book.last)")), ("price_percentage_change_24h", .string(change(day, book.last))),
      ("volume_24h", .string(day?.volume.description ?? "")), ("volume_percentage_change_24h", ""),
      ("approximate_quote_24h_volume", .string(value?.description ?? "")), ("mid_market_price", ""),
      ("best_bid_price", ""), ("best_ask_price", ""),
    ]
  }

  private func change(_ day: DayStatistics?, _ last: ExactDecimal) -> String {
    guard let day, let difference = try? last - day.open,
      let share = try? (try difference * ExactDecimal(integer: 100)).divided(by: day.open, places: 14, .nearest)
    else { return "" }
    return share.description
  }

  private func rules(of instrument: Instrument) -> [(key: String, value: JSONValue)] {
    func text(_ number: ExactDecimal?, _ otherwise: String) -> JSONValue { .string(number?.description ?? otherwise) }
    return [
      ("base_increment", .string("\(instrument.lotStep)")), ("quote_increment", .string("\(instrument.tickSize)")),
      ("price_increment", .string("\(instrument.tickSize)")),
      ("base_min_size", text(instrument.minimumQuantity?.value, "\(instrument.lotStep)")),
      ("base_max_size", text(instrument.maximumQuantity?.value, "100000000")),
      ("quote_min_size", text(instrument.minimumNotional?.value, "1")),
      ("quote_max_size", text(instrument.maximumNotional?.value, "150000000")),
    ]
  }

  private func flags(_ status: Instrument.Status) -> [(key: String, value: JSONValue)] {
    [
      ("status", status == .offline ? "delisted" : "online"), ("trading_disabled", .boolean(status == .offline)),
      ("is_disabled", .boolean(status == .offline)),
      ("cancel_only", .boolean(status == .cancelOnly || mode == .cancelOnly)),
      ("limit_only", .boolean(status == .limitOnly)),
      ("post_only", .boolean(status == .postOnly || mode == .postOnly)),
      ("auction_mode", .boolean(false)), ("view_only", .boolean(status == .reduceOnly)), ("new", .boolean(false)),
      ("watched", .boolean(false)), ("fcm_trading_session_details", .null), ("icon_url", ""),
    ]
  }

  func book(_ listing: Listing, depth: Int) throws(CoinbaseError) -> MadeBook {
    guard let book = exchange.book(listing, venue: rules.name, depth: depth) else {
      throw .broken("\(listing.instrument.venueID) has no book")
    }
    return book
  }

  /// `GET /best_bid_ask`.
  func bestBidAsk(_ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    let wanted = query.all("product_ids")
    var books: [JSONValue] = []
    for id in wanted.isEmpty ? rules.listings.map(\.instrument.venueID) : wanted {
      let listing = try listing(id)
      books.append(shown(try book(listing, depth: 1), listing))
    }
    return ["pricebooks": .array(books)]
  }

  /// `GET /product_book`.
  func productBook(_ query: CoinbaseQuery) throws(CoinbaseError) -> JSONValue {
    let listing = try listing(query.first("product_id"))
    let asked = try query.count("limit") ?? 0
    let depth = asked == 0 ? Self.bookDepth.usual : min(asked, Self.bookDepth.maximum)
    let book = try book(listing, depth: depth)
    var members: [(key: String, value: JSONValue)] = [
      ("pricebook", shown(book, listing)), ("last", .string("\(book.last)")),
    ]
    members += spread(book)
    return .object(members)
  }

  private func spread(_ book: MadeBook) -> [(key: String, value: JSONValue)] {
    let empty: [(key: String, value: JSONValue)] = [("mid_market", ""), ("spread_bps", ""), ("spread_absolute", "")]
    guard let bid = book.bids.first?.price, let ask = book.asks.first?.price, let spread = try? ask - bid,
      let middle = try? (try ask + bid).divided(by: ExactDecimal(integer: 2), places: 16, .nearest),
      let points = try? (try spread * ExactDecimal(integer: 10_000)).divided(by: middle, places: 12, .nearest)
    else { return empty }
    return [
      ("mid_market", .string("\(middle)")), ("spread_bps", .string("\(points)")),
      ("spread_absolute", .string("\(spread)")),
    ]
  }

  private func shown(_ book: MadeBook, _ listing: Listing) -> JSONValue {
    func side(_ levels: [BookLevel]) -> JSONValue {
      .array(levels.map { ["price": .string("\($0.price)"), "size": .string("\($0.quantity)")] })
    }
    return [
      "product_id": .string(listing.instrument.venueID), "bids": side(book.bids), "asks": side(book.asks),
      "time": CoinbaseText.time(book.time),
    ]
  }
}
