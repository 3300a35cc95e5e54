public import Core
import Glibc

/// How the feed is.
public struct FeedStatus: Hashable, Sendable {
  /// When it last said that it lives (protocol clock); `nil` before the first time.
  public let lastBeat: Timestamp?
  /// What last went wrong at the venue, while it does.
  public let fault: String?
}

/// A worker's end of the book: mapped read-only, looked up in place, so that a book costs a worker no memory of its own.
///
/// Nothing read is believed before it is checked: a damaged book gives ``FeedBookError``, never a wrong value, a trap
/// or a read outside the book. `nil` means that the feed has published no such thing.
public final class FeedBookReader: Sendable {
  /// What the book has room for.
  public let layout: FeedBookLayout
  private let map: MappedWords

  /// Maps the file behind `descriptor` (open for reading; it may be closed afterwards).
  /// - Throws: ``FeedBookError/notReady`` until the feed has begun the book.
  public init(descriptor: Int32) throws(FeedBookError) {
    let header = try Self.header(descriptor)
    guard header[HeaderWord.magic] != 0 else { throw .notReady }
    guard header[HeaderWord.magic] == HeaderWord.magicValue else { throw .notABook("the file is no feed book") }
    guard header[HeaderWord.version] == HeaderWord.versionValue else {
      throw .notABook("the book is of another version (\(header[HeaderWord.version]))")
    }
    guard let layout = FeedBookLayout(fingerprint: header[HeaderWord.layout]) else {
      throw .damaged("the header")
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", errno: errno) }
    guard Int(status.st_size) >= layout.requiredBytes else { throw .damaged("the header") }
    self.layout = layout
    self.map = try MappedWords(descriptor: descriptor, count: layout.words, isWritable: false)
  }

  /// The first three words; zeros where the file has none yet.
  private static func header(_ descriptor: Int32) throws(FeedBookError) -> [UInt64] {
    var words: [UInt64] = [0, 0, 0]
    let size = words.count * 8
    let got = unsafe words.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, size, 0) }
    guard got >= 0 else { throw .system(call: "pread", errno: errno) }
    guard got == 0 || got == size else { throw .damaged("the header") }
    return words
  }

  /// A feed that began the book anew with another layout has moved everything.
  private func checkLayout() throws(FeedBookError) {
    guard map.loadAcquiring(HeaderWord.layout) == layout.fingerprint else {
      throw .notABook("the book has another layout now")
    }
  }
}

// MARK: Instruments

extension FeedBookReader {
  /// Another number than before when the list of instruments has changed: a worker reads the list only then.
  public var instrumentsGeneration: UInt64 { map.loadAcquiring(HeaderWord.generation) }

  /// The instruments in the order of their symbols.
  /// - Parameter isWanted: which to take; the others cost no memory.
  public func instruments(
    where isWanted: (Symbol) -> Bool = { _ in true }
  ) throws(FeedBookError) -> [Instrument] {
    try checkLayout()
    let layout = layout
    let all = try map.consistently(lock: HeaderWord.generation) { map throws(FeedBookError) in
      var found: [Instrument] = []
      for slot in 0..<layout.maxInstruments {
        let start = layout.entry(slot)
        let instrument = try map.consistently(lock: start) { map throws(FeedBookError) -> Instrument? in
          guard map.load(start + EntryWord.state) == EntryWord.occupied else { return nil }
          let symbol = try SymbolKey(words: map.loadEight(start + EntryWord.symbol)).symbol()
          return isWanted(symbol) ? try Self.instrument(map, start, symbol) : nil
        }
        if let instrument { found.append(instrument) }
      }
      return found
    }
    return all.sorted { $0.symbol < $1.symbol }
  }

  /// One instrument.
  public func instrument(_ symbol: Symbol) throws(FeedBookError) -> Instrument? {
    try inEntry(of: symbol) { map, start throws(FeedBookError) in try Self.instrument(map, start, symbol) }
  }

  private static func instrument(
    _ map: borrowing MappedWords, _ start: Int, _ symbol: Symbol
  ) throws(FeedBookError) -> Instrument {
    var decoder = WordDecoder(map, at: start + EntryWord.status, count: EntryWord.ticker - EntryWord.status)
    return try Instrument(symbol: symbol, decoding: &decoder)
  }
}

// MARK: Prices, candles, status

extension FeedBookReader {
  /// The newest ticker row of an instrument.
  public func ticker(_ symbol: Symbol) throws(FeedBookError) -> Ticker? {
    let found = try inEntry(of: symbol) { map, start throws(FeedBookError) in
      var decoder = WordDecoder(map, at: start + EntryWord.ticker, count: Ticker.words)
      return try Ticker.decoded(symbol, &decoder)
    }
    return found ?? nil
  }

  /// The newest bid and ask of an instrument.
  public func quote(_ symbol: Symbol) throws(FeedBookError) -> Quote? {
    let found = try inEntry(of: symbol) { map, start throws(FeedBookError) in
      var decoder = WordDecoder(map, at: start + EntryWord.quote, count: Quote.words)
      return try Quote.decoded(symbol, &decoder)
    }
    return found ?? nil
  }

  /// The candles of an instrument, oldest first, and when they were asked for (protocol clock); `nil` when the book
  /// has none of this interval.
  /// - Parameter limit: take only so many, the newest.
  public func candles(
    _ symbol: Symbol, interval: Duration, limit: Int = .max
  ) throws(FeedBookError) -> (candles: [Candle], asOf: Timestamp)? {
    let found = try inEntry(of: symbol) { _, start throws(FeedBookError) in start }
    guard let entry = found, let key = SymbolKey(symbol) else { return nil }
    let slot = (entry - FeedBookLayout.headerWords) / FeedBookLayout.entryWords
    let block = layout.block(slot)
    let (capacity, wanted) = (layout.candlesPerInstrument, max(0, limit))
    return try map.consistently(lock: block) { map throws(FeedBookError) -> (candles: [Candle], asOf: Timestamp)? in
      let count = map.load(block + BlockWord.count)
      guard count > 0, map.loadEight(block + BlockWord.symbol) == key.words,
        map.load(block + BlockWord.interval) == UInt64(bitPattern: interval.wholeNanoseconds)
      else { return nil }
      guard count <= UInt64(capacity) else { throw .damaged("the candles of \(symbol)") }
      let candles = try Self.candles(map, block + FeedBookLayout.blockHeaderWords, Int(count), newest: wanted)
      return (candles, Timestamp(nanoseconds: Int64(bitPattern: map.load(block + BlockWord.asOf))))
    }
  }

  private static func candles(
    _ map: borrowing MappedWords, _ start: Int, _ count: Int, newest wanted: Int
  ) throws(FeedBookError) -> [Candle] {
    var candles: [Candle] = []
    candles.reserveCapacity(min(count, wanted))
    for index in (count - min(count, wanted))..<count {
      let candle = try Candle(decoding: map.loadEight(start + index * FeedBookLayout.candleWords))
      guard candles.last.map({ $0.start < candle.start }) ?? true else { throw .damaged("a candle") }
      candles.append(candle)
    }
    return candles
  }

  /// How the feed is.
  public func status() throws(FeedBookError) -> FeedStatus {
    try checkLayout()
    let beat = map.loadAcquiring(HeaderWord.beat)
    let fault = try map.consistently(lock: HeaderWord.faultLock) { map throws(FeedBookError) -> String? in
      let length = map.load(HeaderWord.faultLength)
      guard length > 0 else { return nil }
      guard length <= UInt64(HeaderWord.faultTextWords * 8) + 1 else { throw .damaged("the feed's fault") }
      let words = (0..<HeaderWord.faultTextWords).map { map.load(HeaderWord.faultText + $0) }
      return try WordDecoder.text(words.flatMap(WordDecoder.bytes(of:)).prefix(Int(length) - 1))
    }
    let lastBeat = beat == HeaderWord.never ? nil : Timestamp(nanoseconds: Int64(bitPattern: beat))
    return FeedStatus(lastBeat: lastBeat, fault: fault)
  }

  /// Runs `body` on the entry of an instrument, under its lock; `nil` when the book has none.
  private func inEntry<Value>(
    of symbol: Symbol, _ body: (borrowing MappedWords, Int) throws(FeedBookError) -> Value
  ) throws(FeedBookError) -> Value? {
    try checkLayout()
    guard let key = SymbolKey(symbol) else { return nil }
    let home = key.home(of: layout.maxInstruments)
    for offset in 0..<layout.maxInstruments {
      let start = layout.entry((home + offset) % layout.maxInstruments)
      let probe = try map.consistently(lock: start) { map throws(FeedBookError) -> Probe<Value> in
        let state = map.load(start + EntryWord.state)
        guard state != EntryWord.free else { return .absent }
        guard state == EntryWord.occupied, map.loadEight(start + EntryWord.symbol) == key.words else { return .other }
        return .found(try body(map, start))
      }
      switch probe {
      case .absent: return nil
      case .other: continue
      case .found(let value): return value
      }
    }
    return nil
  }

  private enum Probe<Value> {
    case absent
    case other
    case found(Value)
  }
}
