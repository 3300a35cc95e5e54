import Core

/// The markets of a case and how the venues call them, from what is known of the two venues and independently of the
/// plugins.
struct Names: Sendable {
  let venue: Venue
  let symbols: [Symbol]
  /// The market that the case is about, where it names one: the first.
  let primary: Symbol

  /// All markets that stand as `BASE/QUOTE` (or, at Coinbase, `BASE-QUOTE`) in `content`.
  init(_ venue: Venue, in content: JSONValue) {
    self.venue = venue
    var found: Set<Symbol> = []
    for text in content.leaves + Self.keys(content) {
      if let symbol = Self.symbol(text, venue) { found.insert(symbol) }
    }
    if venue == .kraken { found.formUnion(Self.pairs(in: content)) }
    let bitcoin = Symbol(base: "BTC", quote: "USD")
    primary = found.min() ?? bitcoin
    // What balances name is known from some market.
    found.formUnion(Self.currencies(in: content).subtracting(["USD"]).map { Symbol(base: $0, quote: "USD") })
    found.insert(bitcoin)
    symbols = found.sorted()
  }

  private static func keys(_ content: JSONValue) -> [String] {
    if let members = content.members { return members.flatMap { [$0.key] + keys($0.value) } }
    return (content.list ?? []).flatMap(keys)
  }

  /// Reads a market's name: letters and digits on both sides, nothing else.
  static func symbol(_ text: String, _ venue: Venue) -> Symbol? {
    let separator: Character = text.contains("/") || venue == .kraken ? "/" : "-"
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == 2, let base = parts.first, let quote = parts.last, (2...10).contains(base.count),
      (3...5).contains(quote.count),
      (base + quote).allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber) }), quote.contains(where: \.isLetter),
      base.contains(where: \.isLetter)
    else { return nil }
    guard venue == .kraken else { return Symbol(base: String(base), quote: String(quote)) }
    return Symbol(base: usual(String(base)), quote: usual(String(quote)))
  }

  /// Kraken's REST names of the two currencies that it alone calls otherwise.
  private static func usual(_ altname: String) -> String {
    switch altname {
    case "XBT": "BTC"
    case "XDG": "DOGE"
    default: altname
    }
  }

  // MARK: Kraken

  /// The assets of Kraken's first years, whose ids have a letter for their class in front.
  private static let classed: [String: String] = [
    "BTC": "XXBT", "ETH": "XETH", "LTC": "XLTC", "XRP": "XXRP", "DOGE": "XXDG", "XMR": "XXMR", "ZEC": "XZEC",
    "ETC": "XETC", "XLM": "XXLM", "REP": "XREP", "MLN": "XMLN", "USD": "ZUSD", "EUR": "ZEUR", "GBP": "ZGBP",
    "JPY": "ZJPY", "CAD": "ZCAD", "AUD": "ZAUD",
  ]

  static func altname(_ currency: String) -> String {
    switch currency {
    case "BTC": "XBT"
    case "DOGE": "XDG"
    default: currency
    }
  }

  static func assetID(_ currency: String) -> String { classed[currency] ?? altname(currency) }

  /// All of Kraken's asset ids with their altnames, for the currencies of `symbols` and the classed ones.
  static func assets(_ symbols: [Symbol]) -> [(id: String, altname: String)] {
    let currencies = Set(symbols.flatMap { [$0.base, $0.quote] }).union(classed.keys)
    return currencies.sorted().map { (assetID($0), altname($0)) }
  }

  /// The names that Kraken takes for a market: id, altname, wsname, and the usual one.
  static func krakenNames(_ symbol: Symbol) -> [String] {
    let base = altname(symbol.base), quote = altname(symbol.quote)
    return [
      assetID(symbol.base) + assetID(symbol.quote), base + quote, base + assetID(symbol.quote), "\(base)/\(quote)",
      symbol.description,
    ]
  }

  /// The id of a pair: with class letters where both currencies have one, else the altname.
  private static func krakenID(_ symbol: Symbol) -> String {
    let names = krakenNames(symbol)
    if symbol == Symbol(base: "USDT", quote: "USD") { return "USDTZUSD" }
    guard symbol.base != "DOGE", classed[symbol.base] != nil, classed[symbol.quote] != nil else { return names[1] }
    return names[0]
  }

  /// Markets that stand in an answer under Kraken's own names alone: as keys of the result, or as `pair`.
  private static func pairs(in content: JSONValue) -> Set<Symbol> {
    var found: Set<Symbol> = []
    for (key, value) in content.members ?? [] {
      if key == "pair", let text = value.text, let symbol = pair(text) { found.insert(symbol) }
      if value.members != nil || value.list != nil, let symbol = pair(key) { found.insert(symbol) }
      found.formUnion(pairs(in: value))
    }
    for element in content.list ?? [] { found.formUnion(pairs(in: element)) }
    return found
  }

  private static let quotes = ["USDT", "USDC", "USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "XBT", "ETH", "DAI"]

  /// Reads `XXBTZUSD` and `XBTUSDT`.
  static func pair(_ name: String) -> Symbol? {
    guard (5...12).contains(name.count), name.allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber) }) else {
      return nil
    }
    let classes = Dictionary(uniqueKeysWithValues: classed.map { ($0.value, $0.key) })
    if name.count == 8, let base = classes[String(name.prefix(4))], let quote = classes[String(name.suffix(4))] {
      return Symbol(base: base, quote: quote)
    }
    guard let quote = quotes.first(where: name.hasSuffix) else { return nil }
    let base = String(name.dropLast(quote.count))
    guard base.count >= 2 else { return nil }
    return Symbol(base: classes[base] ?? usual(base), quote: usual(quote))
  }

  /// The classed currencies that stand as keys: what an answer about balances names.
  private static func currencies(in content: JSONValue) -> Set<String> {
    let usual = Dictionary(uniqueKeysWithValues: classed.map { ($0.value, $0.key) })
    var found: Set<String> = []
    for (key, value) in content.members ?? [] {
      if let currency = usual[key] { found.insert(currency) }
      found.formUnion(currencies(in: value))
    }
    return found
  }

  // MARK: Instruments

  /// The market that a venue's name stands for.
  func symbol(_ name: String) -> Symbol? {
    switch venue {
    case .kraken: symbols.first { Self.krakenNames($0).contains(name) }
    case .coinbase: symbols.first { "\($0.base)-\($0.quote)" == name }
    }
  }

  /// The usual name of a currency.
  func currency(_ id: String) -> String {
    guard venue == .kraken else { return id }
    if let usual = Self.classed.first(where: { $0.value == id })?.key { return usual }
    guard let dot = id.lastIndex(of: ".") else { return Self.usual(id) }
    return currency(String(id[..<dot])) + id[dot...]
  }

  /// - Parameter preferred: what the case itself calls a market, where that is one of the names the venue takes.
  func instruments(preferred: [String] = []) -> [Instrument] {
    symbols.map { symbol in
      switch venue {
      case .kraken:
        let names = Self.krakenNames(symbol)
        let id = preferred.first { names.contains($0) } ?? Self.krakenID(symbol)
        return Self.instrument(
          symbol, id, names.filter { $0 != id }, Self.assetID(symbol.base), Self.assetID(symbol.quote))
      case .coinbase:
        return Self.instrument(symbol, "\(symbol.base)-\(symbol.quote)", [], symbol.base, symbol.quote)
      }
    }
  }

  private static func instrument(
    _ symbol: Symbol, _ id: String, _ aliases: [String], _ base: String, _ quote: String
  ) -> Instrument {
    let step = (try? ExactDecimal(coefficient: 1, scale: 12)) ?? .one
    return Instrument(
      symbol: symbol, venueID: id, venueAliases: aliases, venueBase: base, venueQuote: quote, status: .online,
      tickSize: step, lotStep: step)
  }
}
