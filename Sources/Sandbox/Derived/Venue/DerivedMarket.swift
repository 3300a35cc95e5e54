import Core
import Descriptor

/// What a derived venue tells of its markets.
struct DerivedMarket {
  let exchange: Exchange
  let rules: VenueRules
  let descriptor: Descriptor
  private var text: DerivedText { DerivedText(descriptor: descriptor, rules: rules) }

  /// Candles where nobody says how many.
  private static let usualCandles = 300

  /// Writes what an operation tells; `false` for one that is about an account.
  func write(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) -> Bool {
    switch route.name {
    case .serverTime:
      let now = AnswerValue.time(exchange.now(at: rules.name))
      try single(["time": now], route.call, draft)
    case .instruments: try instruments(route, variables, draft)
    case .tickers: try tickers(route, variables, draft)
    case .ticker:
      guard let listing = listing(variables) else { throw DerivedRefusal(.instrument, "no such market") }
      try DerivedList(route.call, draft, variables).write([try ticker(listing)])
    case .orderBook: try book(route, variables, draft)
    case .candles: try candles(route, variables, draft)
    default: return false
    }
    return true
  }

  /// Writes the fields of an answer that is one thing.
  func single(
    _ fields: [String: AnswerValue], _ call: Call, _ draft: AnswerDraft, _ variables: [String: String] = [:]
  ) throws(DerivedRefusal) {
    try DerivedList(call, draft, variables).write([DerivedRow(fields: fields)])
  }

  // MARK: Markets

  /// The market that a request is about.
  func listing(_ variables: [String: String]) -> Listing? {
    if let name = variables["symbol"] ?? variables["each"] { return listing(named: name) }
    guard let base = variables["base"], let quote = variables["quote"] else { return nil }
    return rules.listings.first { listing in
      listing.instrument.venueBase.lowercased() == base.lowercased()
        && listing.instrument.venueQuote.lowercased() == quote.lowercased()
    }
  }

  /// The variables, with every name of the market that is asked about.
  func completed(_ variables: [String: String]) -> [String: String] {
    guard let instrument = listing(variables)?.instrument else { return variables }
    return variables.merging([
      "symbol": instrument.venueID, "base": instrument.venueBase, "quote": instrument.venueQuote,
    ]) { $1 }
  }

  private func listing(named name: String) -> Listing? {
    rules.listings.first { Self.names($0, descriptor).contains(name.lowercased()) }
  }

  /// Every name that a request may have for a market, in lower case.
  static func names(_ listing: Listing, _ descriptor: Descriptor) -> Set<String> {
    let instrument = listing.instrument
    let parts = ["base": instrument.venueBase, "quote": instrument.venueQuote]
    let templates = [descriptor.naming.symbol].compactMap { $0 } + descriptor.naming.aliases
    return Set(([instrument.venueID] + templates.compactMap { $0.text(parts) }).map { $0.lowercased() })
  }

  private func instruments(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    let list = DerivedList(route.call, draft, variables)
    if route.part == .list { return try names(rules.listings.map(\.instrument.venueID), route.call, list) }
    let wanted = variables["each"].map { name in listing(named: name).map { [$0] } ?? [] } ?? rules.listings
    try list.write(DerivedAssignment.rows(wanted.map { text.instrument($0, route.call.fields) }, of: route))
  }

  /// Rows that are names, one by one asked about afterwards.
  func names(_ names: [String], _ call: Call, _ list: DerivedList) throws(DerivedRefusal) {
    guard call.fields.isEmpty else {
      let key = call.fields.keys.sorted().first ?? "each"
      return try list.write(names.map { DerivedRow(fields: [key: .text($0)]) })
    }
    try list.write([])
    for name in names { list.spot(DerivedRow(fields: ["id": .text(name)]), list.draft)?.row.put(.string(name)) }
  }

  // MARK: Prices

  private func ticker(_ listing: Listing) throws(DerivedRefusal) -> DerivedRow {
    guard let book = exchange.book(listing, venue: rules.name, depth: 1), let day = exchange.day(listing) else {
      throw DerivedRefusal(.unavailable, "the market has no book")
    }
    return text.ticker(listing, book, day)
  }

  private func tickers(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    let list = DerivedList(route.call, draft, variables)
    if route.part == .list { return try names(rules.listings.map(\.instrument.venueID), route.call, list) }
    var rows: [DerivedRow] = []
    for listing in listing(variables).map({ [$0] }) ?? rules.listings { rows.append(try ticker(listing)) }
    try list.write(DerivedAssignment.rows(rows, of: route))
  }

  private func book(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    let depth = variables["depth"].flatMap { Int($0) }.map { min(500, max(1, $0)) } ?? 50
    guard let listing = listing(variables), let book = exchange.book(listing, venue: rules.name, depth: depth) else {
      throw DerivedRefusal(.instrument, "no such market")
    }
    for (path, levels) in [(route.call.bids, book.bids), (route.call.asks, book.asks)] {
      try DerivedList(path, route.call.levelFields, draft, variables).write(levels.map(text.level))
    }
  }

  private func candles(
    _ route: DerivedRoute, _ variables: [String: String], _ draft: AnswerDraft
  ) throws(DerivedRefusal) {
    guard let listing = listing(variables) else { throw DerivedRefusal(.instrument, "no such market") }
    let word = variables["interval"]
    let length = descriptor.words.intervals.first { $0.value == word }?.key ?? descriptor.words.intervals.first?.key
    guard let length, let seconds = Int(exactly: length.components.seconds), seconds > 0 else {
      throw DerivedRefusal(.invalidRequest, "no such interval")
    }
    let now = exchange.marketNow.seconds
    let limit = variables["limit"].flatMap { Int($0) }.map { min(1_000, max(1, $0)) }
    let until = min(now, OrderTerms.instant("until", variables)?.seconds ?? now)
    let newest = until - ((limit ?? Self.usualCandles) - 1) * seconds
    let from = OrderTerms.instant("since", variables).map { max($0.seconds, until - 1_000 * seconds) } ?? newest
    let bars = exchange.candles(listing, interval: seconds, from: min(from, until), to: until)
    let rows = bars.map(text.candle).map { row in
      DerivedRow(fields: row.fields, listing: listing)
    }
    try DerivedList(route.call, draft, variables).write(route.call.isNewestFirst ? rows.reversed() : rows)
  }
}

/// Which of an operation's calls tells which rows.
enum DerivedAssignment {
  /// Those that the call is the first to have words for; all of them where there is one call only.
  static func rows(_ rows: [DerivedRow], of route: DerivedRoute) -> [DerivedRow] {
    let calls = [route.operation.call] + route.operation.also
    guard calls.count > 1 else { return rows }
    let place: Int
    switch route.part {
    case .main, .list: place = 0
    case .also(let index): place = index + 1
    }
    return rows.enumerated().filter { index, row in
      // An answer that is one thing says the first row only.
      let first = calls.firstIndex { (index == 0 || $0.rows != nil) && DerivedList.canSay(row, $0) }
      return (first ?? 0) == place
    }
    .map(\.element)
  }
}
