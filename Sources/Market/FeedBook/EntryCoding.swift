import Core

/// A symbol as the book has it: two lengths, then both names, in 64 bytes.
struct SymbolKey: Hashable {
  let words: SIMD8<UInt64>

  /// `nil` when the names are empty or longer than 62 bytes together.
  init?(_ symbol: Symbol) {
    let (base, quote) = (Array(symbol.base.utf8), Array(symbol.quote.utf8))
    guard !base.isEmpty, !quote.isEmpty, base.count + quote.count <= 62 else { return nil }
    let packed = WordEncoder.packed([UInt8(base.count), UInt8(quote.count)] + base + quote, words: 8)
    self.words = SIMD8(packed)
  }

  init(words: SIMD8<UInt64>) { self.words = words }

  func symbol() throws(FeedBookError) -> Symbol {
    let bytes = (0..<8).flatMap { WordDecoder.bytes(of: words[$0]) }
    let (base, quote) = (Int(bytes[0]), Int(bytes[1]))
    guard base > 0, quote > 0, base + quote <= 62 else { throw .damaged("a symbol") }
    let names = bytes.dropFirst(2)
    return Symbol(
      base: try WordDecoder.text(names.prefix(base)), quote: try WordDecoder.text(names.dropFirst(base).prefix(quote)))
  }

  /// The slot where a search begins (FNV-1a over the words; the same in every process).
  func home(of slots: Int) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<8 { hash = (hash ^ words[index]) &* 0x100_0000_01b3 }
    return Int((hash ^ (hash >> 32)) % UInt64(slots))
  }
}

extension Instrument {
  private static let statuses: [Status] = [.online, .cancelOnly, .postOnly, .limitOnly, .reduceOnly, .offline]

  /// The words from ``EntryWord/status`` up to the ticker; `nil` when its names do not fit.
  func encoded() -> [UInt64]? {
    var encoder = WordEncoder()
    encoder.put(UInt64(Self.statuses.firstIndex(of: status) ?? Self.statuses.count))
    for number in [
      tickSize, lotStep, minimumQuantity?.value, maximumQuantity?.value, minimumNotional?.value, maximumNotional?.value,
    ] {
      encoder.put(number)
    }
    let texts = [venueID, venueBase, venueQuote] + venueAliases
    return encoder.put(texts: texts, size: EntryWord.textWords) ? encoder.words : nil
  }

  init(symbol: Symbol, decoding decoder: inout WordDecoder) throws(FeedBookError) {
    let code = try decoder.word()
    guard code < UInt64(Self.statuses.count) else { throw .damaged("an instrument") }
    let tickSize = try decoder.decimal()
    let lotStep = try decoder.decimal()
    let minimumQuantity = try decoder.optionalDecimal().map(Quantity.init)
    let maximumQuantity = try decoder.optionalDecimal().map(Quantity.init)
    let minimumNotional = try decoder.optionalDecimal().map(Notional.init)
    let maximumNotional = try decoder.optionalDecimal().map(Notional.init)
    let texts = try decoder.texts(size: EntryWord.textWords)
    guard texts.count >= 3 else { throw .damaged("an instrument") }
    self.init(
      symbol: symbol, venueID: texts[0], venueAliases: Array(texts.dropFirst(3)), venueBase: texts[1],
      venueQuote: texts[2], status: Self.statuses[Int(code)], tickSize: tickSize, lotStep: lotStep,
      minimumQuantity: minimumQuantity, maximumQuantity: maximumQuantity, minimumNotional: minimumNotional,
      maximumNotional: maximumNotional)
  }
}

extension Ticker {
  static let words = EntryWord.quote - EntryWord.ticker

  func encoded() -> [UInt64] {
    var encoder = WordEncoder()
    encoder.put(last.value)
    encoder.put(bid?.value)
    encoder.put(ask?.value)
    encoder.put(volume24h.value)
    encoder.put(asOf)
    return encoder.words
  }

  /// `nil` where none was published.
  static func decoded(_ symbol: Symbol, _ decoder: inout WordDecoder) throws(FeedBookError) -> Ticker? {
    guard let last = try decoder.optionalDecimal() else { return nil }
    let bid = try decoder.optionalDecimal()
    let ask = try decoder.optionalDecimal()
    let volume = try decoder.decimal()
    return Ticker(
      symbol: symbol, bid: bid.map(Price.init), ask: ask.map(Price.init), last: Price(last),
      volume24h: Quantity(volume), asOf: try decoder.time())
  }
}

extension Quote {
  static let words = FeedBookLayout.entryWords - EntryWord.quote

  func encoded() -> [UInt64] {
    var encoder = WordEncoder()
    encoder.put(bid.value)
    encoder.put(ask.value)
    encoder.put(asOf)
    return encoder.words
  }

  /// `nil` where none was published.
  static func decoded(_ symbol: Symbol, _ decoder: inout WordDecoder) throws(FeedBookError) -> Quote? {
    guard let bid = try decoder.optionalDecimal() else { return nil }
    let ask = try decoder.decimal()
    return Quote(symbol: symbol, bid: Price(bid), ask: Price(ask), asOf: try decoder.time())
  }
}

extension Candle {
  /// Eight words: start, four prices on one scale, the volume's two halves, both scales; `nil` when a price is too
  /// wide for 64 bits on that scale.
  func encoded() -> [UInt64]? {
    let prices = [open.value, high.value, low.value, close.value]
    let scale = prices.map(\.scale).max() ?? 0
    var words = [UInt64(bitPattern: start.nanoseconds)]
    for price in prices {
      guard let word = Self.coefficient(of: price, scale: scale) else { return nil }
      words.append(UInt64(bitPattern: word))
    }
    words.append(UInt64(truncatingIfNeeded: volume.value.coefficient))
    words.append(UInt64(truncatingIfNeeded: volume.value.coefficient >> 64))
    words.append(UInt64(scale) | UInt64(volume.value.scale) << 8)
    return words
  }

  private static func coefficient(of price: ExactDecimal, scale: UInt8) -> Int64? {
    var number = price.coefficient
    for _ in price.scale..<scale {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      number = product
    }
    return Int64(exactly: number)
  }

  init(decoding words: SIMD8<UInt64>) throws(FeedBookError) {
    let scales = words[7]
    guard scales <= 0xffff else { throw .damaged("a candle") }
    func price(_ index: Int) throws(FeedBookError) -> Price {
      Price(try WordDecoder.decimal(Int128(Int64(bitPattern: words[index])), scale: scales & 0xff))
    }
    let volume = Int128(Int64(bitPattern: words[6])) << 64 | Int128(words[5])
    self.init(
      start: Timestamp(nanoseconds: Int64(bitPattern: words[0])), open: try price(1), high: try price(2),
      low: try price(3), close: try price(4),
      volume: Quantity(try WordDecoder.decimal(volume, scale: scales >> 8)))
  }
}
