import Core

/// The public calls.
struct KrakenPublic: Sendable {
  let exchange: Exchange
  /// How many more markets are listed, which nobody trades.
  let inertPairs: Int
  private var rules: VenueRules { KrakenVenue.rules }

  init(exchange: Exchange, inertPairs: Int) {
    self.exchange = exchange
    self.inertPairs = inertPairs
  }

  func result(
    of name: String, _ parameters: KrakenParameters, _ mode: VenueConditions.Mode
  ) throws(KrakenError) -> JSONValue {
    let now = exchange.now(at: rules.name)
    switch name {
    case "Time": return ["unixtime": .integer(now.seconds), "rfc1123": .string(KrakenDate.text(now))]
    case "SystemStatus":
      return ["status": .string(mode.rawValue), "timestamp": .string(now.text(fractionDigits: 0))]
    case "Assets": return try assets(parameters)
    case "AssetPairs": return try pairs(parameters)
    case "Ticker": return try tickers(parameters)
    case "OHLC": return try candles(parameters)
    case "Depth": return try depth(parameters)
    case "Trades": return try trades(parameters)
    default: throw .unknownMethod
    }
  }

  private func assets(_ parameters: KrakenParameters) throws(KrakenError) -> JSONValue {
    var wanted = rules.assets
    if let names = parameters["asset"]?.split(separator: ",").map(String.init) {
      wanted = []
      for name in names {
        guard let asset = rules.assets.first(where: { [$0.venueName, $0.altName, $0.name].contains(name) }) else {
          throw KrakenError("EQuery:Unknown asset")
        }
        wanted.append(asset)
      }
    }
    return .object(
      wanted.map { asset in
        let value: JSONValue = [
          "aclass": "currency", "altname": .string(asset.altName), "decimals": .integer(asset.decimals),
          "display_decimals": .integer(min(5, asset.decimals)), "status": "enabled",
        ]
        return (asset.venueName, value)
      })
  }

  /// The markets a list names, or all.
  private func listings(_ text: String?) throws(KrakenError) -> [Listing] {
    guard let text else { return rules.listings }
    var found: [Listing] = []
    for name in text.split(separator: ",") {
      guard let listing = rules.listing(named: String(name)) else { throw .unknownPair }
      found.append(listing)
    }
    return found
  }

  private func pairs(_ parameters: KrakenParameters) throws(KrakenError) -> JSONValue {
    let listed = try listings(parameters["pair"]).map { (key: $0.instrument.venueID, value: pair($0)) }
    guard parameters["pair"] == nil else { return .object(listed) }
    return .object(listed + KrakenListings.inert(inertPairs).map { ($0.instrument.venueID, pair($0)) })
  }

  private func pair(_ listing: Listing) -> JSONValue {
    let instrument = listing.instrument
    let fees = rules.fees
    func percent(_ rate: ExactDecimal) -> JSONValue {
      let share = (try? rate * .literal("100")) ?? rate
      return [[.integer(0), .number(share.description)]]
    }
    return [
      "altname": .string(KrakenText.altName(listing)),
      "wsname": .string(instrument.venueAliases.dropFirst().first ?? ""),
      "aclass_base": "currency", "base": .string(instrument.venueBase), "aclass_quote": "currency",
      "quote": .string(instrument.venueQuote), "lot": "unit", "cost_decimals": .integer(5),
      "pair_decimals": .integer(listing.priceDecimals), "lot_decimals": .integer(listing.quantityDecimals),
      "lot_multiplier": .integer(1), "leverage_buy": [], "leverage_sell": [], "fees": percent(fees.taker),
      "fees_maker": percent(fees.maker), "fee_volume_currency": "ZUSD", "margin_call": .integer(80),
      "margin_stop": .integer(40), "ordermin": .optional(instrument.minimumQuantity?.value),
      "costmin": .optional(instrument.minimumNotional?.value), "tick_size": .optional(instrument.tickSize),
      "status": .string(instrument.status.rawValue), "execution_venue": "international",
    ]
  }

  private func tickers(_ parameters: KrakenParameters) throws(KrakenError) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    for listing in try listings(parameters["pair"]) {
      guard let ticker = ticker(listing) else { throw .unavailable }
      members.append((listing.instrument.venueID, ticker))
    }
    return .object(members)
  }

  private func ticker(_ listing: Listing) -> JSONValue? {
    let now = exchange.marketNow
    let today = exchange.market.candles(
      listing, interval: 86_400, from: now.seconds.floored(to: 86_400), to: now.seconds, now: now)
    guard let book = exchange.book(listing, venue: rules.name, depth: 1), let day = exchange.day(listing),
      let last = today.last
    else { return nil }
    func price(_ price: ExactDecimal) -> JSONValue { .string(KrakenText.price(price, listing)) }
    func level(_ level: BookLevel?) -> JSONValue {
      guard let level else { return ["0", "0", "0"] }
      let whole = (try? level.quantity.rounded(places: 0, .down)) ?? level.quantity
      return [price(level.price), .string(whole.description), .string(level.quantity.text(minimumPlaces: 3))]
    }
    return [
      "a": level(book.asks.first), "b": level(book.bids.first), "c": [price(book.last), "0.01000000"],
      "v": [KrakenText.volume(last.volume), KrakenText.volume(day.volume)],
      "p": [price(last.averagePrice), price(day.averagePrice)], "t": [.integer(last.trades), .integer(day.trades)],
      "l": [price(last.low), price(day.low)], "h": [price(last.high), price(day.high)], "o": price(last.open),
    ]
  }

  func single(_ parameters: KrakenParameters) throws(KrakenError) -> Listing {
    guard let name = parameters["pair"] else { throw .invalidArguments }
    guard let listing = rules.listing(named: name) else { throw .unknownPair }
    return listing
  }

  private static let intervals = [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600]
  private static let rows = 720

  private func candles(_ parameters: KrakenParameters) throws(KrakenError) -> JSONValue {
    let listing = try single(parameters)
    guard let minutes = Int(parameters["interval"] ?? "1"), Self.intervals.contains(minutes) else {
      throw .invalidArgument("interval")
    }
    guard let since = Int(parameters["since"] ?? "0"), since >= 0 else { throw .invalidArgument("since") }
    let now = exchange.marketNow.seconds
    let interval = minutes * 60
    let oldest = now.floored(to: interval) - (Self.rows - 1) * interval
    // `since` is exclusive.
    let from = max(oldest, min(since, now) + 1)
    let bars = exchange.candles(listing, interval: interval, from: from, to: now)
    let finished = bars.last { $0.start + interval <= now }
    return .object([
      (listing.instrument.venueID, .array(bars.map { row($0, listing) })),
      ("last", .integer(finished?.start ?? now.floored(to: interval) - interval)),
    ])
  }

  private func row(_ bar: MarketBar, _ listing: Listing) -> JSONValue {
    func price(_ price: ExactDecimal) -> JSONValue { .string(KrakenText.price(price, listing)) }
    return [
      .integer(bar.start), price(bar.open), price(bar.high), price(bar.low), price(bar.close), price(bar.averagePrice),
      KrakenText.volume(bar.volume), .integer(bar.trades),
    ]
  }

  private func depth(_ parameters: KrakenParameters) throws(KrakenError) -> JSONValue {
    let listing = try single(parameters)
    guard let count = Int(parameters["count"] ?? "100"), (1...500).contains(count) else {
      throw .invalidArgument("count")
    }
    guard let book = exchange.book(listing, venue: rules.name, depth: count) else { throw .unavailable }
    func rows(_ levels: [BookLevel]) -> JSONValue {
      .array(
        levels.map { level in
          [
            .string(KrakenText.price(level.price, listing)), .string(level.quantity.text(minimumPlaces: 3)),
            .integer(book.time.seconds),
          ]
        })
    }
    let sides: JSONValue = ["asks": rows(book.asks), "bids": rows(book.bids)]
    return .object([(listing.instrument.venueID, sides)])
  }
}

/// The date as Kraken's Time writes it: RFC 1123 but for a year of two digits.
enum KrakenDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Tue, 11 Nov 25 00:17:04 +0000`
  static func text(_ time: Timestamp) -> String {
    let iso = Array(time.text(fractionDigits: 0))
    let weekday = days[(time.seconds.floored(to: 86_400) / 86_400 % 7 + 7) % 7]
    let month = months[(Int(String(iso[5...6])) ?? 1) - 1]
    return "\(weekday), \(String(iso[8...9])) \(month) \(String(iso[2...3])) \(String(iso[11...18])) +0000"
  }
}
