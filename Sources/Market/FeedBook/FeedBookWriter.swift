public import Core
import Glibc

/// The feed's end of the book: one process writes, that brokerage's workers read.
///
/// Not safe for two writers at once; the host starts a feed only when the one before it has ended.
public final class FeedBookWriter {
  /// What the book has room for.
  public let layout: FeedBookLayout
  private let map: MappedWords
  /// Where each instrument stands.
  private var slots: [Symbol: Int] = [:]

  /// Maps the file behind `descriptor` (open for reading and writing; it may be closed afterwards), makes it large
  /// enough and writes the header. A book of the same layout is taken over as its last writer left it, less what that
  /// one was in the middle of; of another layout or version it is begun anew.
  ///
  /// A memfd made with `MFD_ALLOW_SEALING` is sealed against shrinking, which would kill the readers.
  /// - Throws: ``FeedBookError``; a file that holds something else is refused, not overwritten.
  public init(descriptor: Int32, layout: FeedBookLayout = FeedBookLayout()) throws(FeedBookError) {
    self.layout = layout
    try Self.grow(descriptor, to: layout.requiredBytes)
    self.map = try MappedWords(descriptor: descriptor, count: layout.words, isWritable: true)
    let magic = map.load(HeaderWord.magic)
    guard magic == 0 || magic == HeaderWord.magicValue else {
      throw .notABook("the file holds something else and is left as it is")
    }
    let isSame =
      magic != 0 && map.load(HeaderWord.version) == HeaderWord.versionValue
      && map.load(HeaderWord.layout) == layout.fingerprint
    if isSame { recover() } else { begin() }
  }

  /// Never makes it smaller: a reader that has it mapped would be killed.
  private static func grow(_ descriptor: Int32, to size: Int) throws(FeedBookError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", errno: errno) }
    if Int(status.st_size) < size {
      guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system(call: "ftruncate", errno: errno) }
    }
    // F_ADD_SEALS with F_SEAL_SHRINK; only a memfd that allows sealing takes it, any other file is none the worse.
    _ = fcntl(descriptor, 1_033, Int32(2))
  }

  private func begin() {
    map.clear()
    map.store(HeaderWord.versionValue, at: HeaderWord.version)
    map.store(layout.fingerprint, at: HeaderWord.layout)
    map.store(HeaderWord.never, at: HeaderWord.beat)
    map.storeReleasing(HeaderWord.magicValue, at: HeaderWord.magic)
  }
}

// MARK: After a crash

extension FeedBookWriter {
  /// Takes the instruments over and clears what the last writer left half written.
  private func recover() {
    let wasChanging = map.load(HeaderWord.generation) & 1 == 1
    var hasCleared = false
    // The block of a slot that was never used is not even looked at: that would give it memory.
    for slot in 0..<layout.maxInstruments where isUsed(slot) {
      if let symbol = intactSymbol(slot) {
        slots[symbol] = slot
        if isTorn(layout.block(slot)) { clearCandles(slot) }
      } else {
        vacate(slot)
        hasCleared = true
      }
    }
    if wasChanging || hasCleared { advanceGeneration() }
    if isTorn(HeaderWord.faultLock) { publish(fault: nil) }
  }

  private func isUsed(_ slot: Int) -> Bool {
    isTorn(layout.entry(slot)) || map.load(layout.entry(slot) + EntryWord.state) != EntryWord.free
  }

  private func isTorn(_ lock: Int) -> Bool { map.load(lock) & 1 == 1 }

  private func intactSymbol(_ slot: Int) -> Symbol? {
    let entry = layout.entry(slot)
    guard !isTorn(entry), map.load(entry + EntryWord.state) == EntryWord.occupied,
      let symbol = try? SymbolKey(words: map.loadEight(entry + EntryWord.symbol)).symbol(), slots[symbol] == nil
    else { return nil }
    var decoder = WordDecoder(map, at: entry + EntryWord.status, count: EntryWord.ticker - EntryWord.status)
    return (try? Instrument(symbol: symbol, decoding: &decoder)) == nil ? nil : symbol
  }

  private func advanceGeneration() {
    map.storeReleasing((map.load(HeaderWord.generation) | 1) &+ 1, at: HeaderWord.generation)
  }
}

// MARK: Instruments

extension FeedBookWriter {
  /// Makes this the list of instruments. An instrument that stays keeps its ticker, quote and candles; the generation
  /// advances only when something changed.
  /// - Returns: what did not fit; the rest is published.
  public func publish(instruments: [Instrument]) -> [FeedBookOmission] {
    var omitted: [FeedBookOmission] = []
    var wanted: [(instrument: Instrument, key: SymbolKey, words: [UInt64])] = []
    var seen: Set<Symbol> = []
    for instrument in instruments {
      guard seen.insert(instrument.symbol).inserted else {
        omitted.append(FeedBookOmission(symbol: instrument.symbol, reason: .listedTwice))
        continue
      }
      guard let key = SymbolKey(instrument.symbol), let words = instrument.encoded() else {
        omitted.append(FeedBookOmission(symbol: instrument.symbol, reason: .namesTooLong))
        continue
      }
      wanted.append((instrument, key, words))
    }
    let kept = Set(wanted.map(\.instrument.symbol))
    let gone = slots.filter { !kept.contains($0.key) }
    let changed = wanted.filter { !isPublished($0.instrument.symbol, $0.words) }
    guard !gone.isEmpty || !changed.isEmpty else { return omitted }
    map.exclusively(lock: HeaderWord.generation) { _ in
      for (symbol, slot) in gone {
        vacate(slot)
        slots[symbol] = nil
      }
      for (instrument, key, words) in changed where !place(instrument.symbol, key, words) {
        omitted.append(FeedBookOmission(symbol: instrument.symbol, reason: .bookFull))
      }
    }
    return omitted
  }

  private func isPublished(_ symbol: Symbol, _ words: [UInt64]) -> Bool {
    guard let slot = slots[symbol] else { return false }
    let start = layout.entry(slot) + EntryWord.status
    return words.enumerated().allSatisfy { map.load(start + $0.offset) == $0.element }
  }

  private func place(_ symbol: Symbol, _ key: SymbolKey, _ words: [UInt64]) -> Bool {
    if let slot = slots[symbol] {
      let entry = layout.entry(slot)
      map.exclusively(lock: entry) { $0.store(words, at: entry + EntryWord.status) }
      return true
    }
    guard let slot = unusedSlot(for: key) else { return false }
    let entry = layout.entry(slot)
    if isUsed(slot) { clearCandles(slot) }
    map.exclusively(lock: entry) { map in
      map.store((0..<8).map { key.words[$0] }, at: entry + EntryWord.symbol)
      map.store(words, at: entry + EntryWord.status)
      map.store(repeatElement(0, count: Ticker.words + Quote.words), at: entry + EntryWord.ticker)
      map.store(EntryWord.occupied, at: entry + EntryWord.state)
    }
    slots[symbol] = slot
    return true
  }

  private func unusedSlot(for key: SymbolKey) -> Int? {
    let home = key.home(of: layout.maxInstruments)
    return (0..<layout.maxInstruments).lazy.map { (home + $0) % self.layout.maxInstruments }
      .first { self.map.load(self.layout.entry($0) + EntryWord.state) != EntryWord.occupied }
  }

  private func vacate(_ slot: Int) {
    let entry = layout.entry(slot)
    map.exclusively(lock: entry) { $0.store(EntryWord.vacated, at: entry + EntryWord.state) }
    clearCandles(slot)
  }

  private func clearCandles(_ slot: Int) {
    let block = layout.block(slot)
    map.exclusively(lock: block) { $0.store(0, at: block + BlockWord.count) }
  }
}

// MARK: Prices, candles, status

extension FeedBookWriter {
  /// Publishes ticker rows.
  /// - Returns: those of which the book has no instrument; the rest is published.
  public func publish(tickers: [Ticker]) -> [FeedBookOmission] {
    var omitted: [FeedBookOmission] = []
    for ticker in tickers {
      guard let slot = slots[ticker.symbol] else {
        omitted.append(FeedBookOmission(symbol: ticker.symbol, reason: .notListed))
        continue
      }
      let entry = layout.entry(slot)
      map.exclusively(lock: entry) { $0.store(ticker.encoded(), at: entry + EntryWord.ticker) }
    }
    return omitted
  }

  /// Publishes the best bid and ask of one instrument.
  /// - Throws: when the book has no such instrument.
  public func publish(quote: Quote) throws(FeedBookOmission) {
    guard let slot = slots[quote.symbol] else { throw FeedBookOmission(symbol: quote.symbol, reason: .notListed) }
    let entry = layout.entry(slot)
    map.exclusively(lock: entry) { $0.store(quote.encoded(), at: entry + EntryWord.quote) }
  }

  /// Publishes the candles of one instrument in place of those before; of more than the book keeps, the newest.
  ///
  /// The book has one interval an instrument.
  /// - Parameter asOf: when they were asked for (protocol clock), taken before the call: up to here an absent candle
  ///   means that nothing traded, and one that closed during the call may be absent for another reason.
  /// - Throws: when they cannot be held exactly; the ones before then stay.
  public func publish(
    candles: [Candle], symbol: Symbol, interval: Duration, asOf: Timestamp
  ) throws(FeedBookOmission) {
    guard let slot = slots[symbol], let key = SymbolKey(symbol) else {
      throw FeedBookOmission(symbol: symbol, reason: .notListed)
    }
    let newest = candles.suffix(layout.candlesPerInstrument)
    guard zip(newest, newest.dropFirst()).allSatisfy({ $0.start < $1.start }) else {
      throw FeedBookOmission(symbol: symbol, reason: .notOldestFirst)
    }
    var words: [UInt64] = []
    words.reserveCapacity(newest.count * FeedBookLayout.candleWords)
    for candle in newest {
      guard let encoded = candle.encoded() else { throw FeedBookOmission(symbol: symbol, reason: .numberTooWide) }
      words.append(contentsOf: encoded)
    }
    let block = layout.block(slot)
    map.exclusively(lock: block) { map in
      map.store((0..<8).map { key.words[$0] }, at: block + BlockWord.symbol)
      map.store(UInt64(bitPattern: interval.wholeNanoseconds), at: block + BlockWord.interval)
      map.store(UInt64(bitPattern: asOf.nanoseconds), at: block + BlockWord.asOf)
      map.store(UInt64(newest.count), at: block + BlockWord.count)
      map.store(words, at: block + FeedBookLayout.blockHeaderWords)
    }
  }

  /// Publishes what last went wrong at the venue, or `nil` when nothing does any more; cut at 512 bytes.
  public func publish(fault: String?) {
    var bytes = Array((fault ?? "").utf8.prefix(HeaderWord.faultTextWords * 8))
    // A cut may have split a character: take its rest off too.
    while !bytes.isEmpty, String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
    let packed = WordEncoder.packed(bytes, words: HeaderWord.faultTextWords)
    map.exclusively(lock: HeaderWord.faultLock) { map in
      map.store(fault == nil ? 0 : UInt64(bytes.count) + 1, at: HeaderWord.faultLength)
      map.store(packed, at: HeaderWord.faultText)
    }
  }

  /// Says that the feed lives.
  /// - Parameter time: now, on the protocol clock.
  public func beat(at time: Timestamp) {
    map.storeReleasing(UInt64(bitPattern: time.nanoseconds), at: HeaderWord.beat)
  }
}
