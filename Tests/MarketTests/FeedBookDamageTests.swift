import Core
import Foundation
import Testing

@testable import Market

@Suite struct FeedBookDamageTests {
  private let layout = FeedBookLayout(maxInstruments: 4, candlesPerInstrument: 8)
  private let bitcoin = Symbol(base: "BTC", quote: "USD")

  private func filled(_ file: BookFile) throws {
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    #expect(writer.publish(instruments: [instrument("BTC", aliases: ["XBT"]), instrument("ETH")]) == [])
    try writer.publish(quote: Quote(symbol: bitcoin, bid: price("1"), ask: price("2"), asOf: time(1)))
    let candles = (0..<8).map { candle($0 + 1, start: $0 * 60) }
    try writer.publish(candles: candles, symbol: bitcoin, interval: .seconds(60), asOf: time(480))
    writer.publish(fault: "EService:Busy")
  }

  private func slot(_ symbol: Symbol, _ file: BookFile) throws -> Int {
    let key = try #require(SymbolKey(symbol))
    return try #require(
      (0..<layout.maxInstruments).first { slot in
        (0..<8).allSatisfy { file.peek(word: layout.entry(slot) + EntryWord.symbol + $0) == key.words[$0] }
      })
  }

  @Test func `a header that is not ours is refused by reader and writer, and left as it is`() throws {
    let file = try BookFile()
    try filled(file)
    file.poke(0x1234, word: HeaderWord.magic)
    #expect(throws: FeedBookError.notABook("the file is no feed book")) { try file.reader() }
    #expect(throws: FeedBookError.self) { _ = try FeedBookWriter(descriptor: file.descriptor, layout: self.layout) }
    #expect(file.peek(word: HeaderWord.magic) == 0x1234)
  }

  @Test func `another version is refused by the reader and begun anew by the writer`() throws {
    let file = try BookFile()
    try filled(file)
    file.poke(99, word: HeaderWord.version)
    #expect(throws: FeedBookError.notABook("the book is of another version (99)")) { try file.reader() }
    _ = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    #expect(try file.reader().instruments() == [])
  }

  @Test(arguments: [0, UInt64.max, 1 << 32, 65_536 << 32 | 4_096] as [UInt64])
  func `a layout that cannot be, or is larger than the file, is refused`(fingerprint: UInt64) throws {
    let file = try BookFile()
    try filled(file)
    file.poke(fingerprint, word: HeaderWord.layout)
    #expect(throws: FeedBookError.damaged("the header")) { try file.reader() }
  }

  @Test func `a reader notices that the book was begun anew with another layout`() throws {
    let file = try BookFile()
    try filled(file)
    let reader = try file.reader()
    let other = FeedBookLayout(maxInstruments: 2, candlesPerInstrument: 3)
    _ = try FeedBookWriter(descriptor: file.descriptor, layout: other)
    #expect(throws: FeedBookError.notABook("the book has another layout now")) { try reader.quote(self.bitcoin) }
    #expect(try file.reader().instruments() == [])
  }

  @Test func `after a death in the middle of a write readers are told, and the next writer puts it right`() throws {
    let file = try BookFile()
    try filled(file)
    let reader = try file.reader()
    let (torn, whole) = (try slot(bitcoin, file), try slot(Symbol(base: "ETH", quote: "USD"), file))
    for lock in [layout.entry(torn), layout.block(whole), HeaderWord.generation, HeaderWord.faultLock] {
      file.poke(file.peek(word: lock) | 1, word: lock)
    }
    #expect(throws: FeedBookError.torn) { try reader.quote(self.bitcoin) }
    #expect(throws: FeedBookError.torn) { try reader.instruments() }
    let before = reader.instrumentsGeneration

    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    #expect(reader.instrumentsGeneration != before)
    #expect(try reader.instruments() == [instrument("ETH")])
    #expect(try reader.quote(bitcoin) == nil)
    #expect(try reader.candles(Symbol(base: "ETH", quote: "USD"), interval: .seconds(60)) == nil)
    #expect(writer.publish(instruments: [instrument("BTC"), instrument("ETH")]) == [])
    #expect(try reader.instruments() == [instrument("BTC"), instrument("ETH")])
  }

  @Test func `a writer that takes over a whole book keeps all of it`() throws {
    let file = try BookFile()
    try filled(file)
    let reader = try file.reader()
    let generation = reader.instrumentsGeneration
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    #expect(reader.instrumentsGeneration == generation)
    #expect(try reader.candles(bitcoin, interval: .seconds(60))?.candles.count == 8)
    try writer.publish(quote: Quote(symbol: bitcoin, bid: price("3"), ask: price("4"), asOf: time(2)))
    #expect(try reader.quote(bitcoin)?.bid == price("3"))
  }

  @Test func `a count of candles beyond the block is damage, not a read behind it`() throws {
    let file = try BookFile()
    try filled(file)
    file.poke(9, word: layout.block(try slot(bitcoin, file)) + BlockWord.count)
    let reader = try file.reader()
    #expect(throws: FeedBookError.damaged("the candles of BTC/USD")) {
      _ = try reader.candles(self.bitcoin, interval: .seconds(60))
    }
  }

  @Test func `no damage anywhere traps a reader or the next writer`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("feed book damage: seed \(seed)")
    var random = SeededRandom(seed: seed)
    let file = try BookFile()
    for _ in 0..<400 {
      try filled(file)
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        // Locks stay even: waiting for a writer that never comes is another test.
        let word = Int.random(in: 3..<layout.words, using: &random)
        let bits = UInt64(1) << UInt64.random(in: 0..<64, using: &random)
        file.poke((Bool.random(using: &random) ? random.next() : file.peek(word: word) ^ bits) & ~1, word: word)
      }
      let reader = try file.reader()
      for symbol in [bitcoin, Symbol(base: "ETH", quote: "USD"), Symbol(base: "SOL", quote: "EUR")] {
        _ = try? reader.ticker(symbol)
        _ = try? reader.quote(symbol)
        _ = try? reader.instrument(symbol)
        if let found = try? reader.candles(symbol, interval: .seconds(60)) { #expect(found.candles.count <= 8) }
      }
      _ = try? reader.instruments()
      _ = try? reader.status()
    }
    try filled(file)
    #expect(try file.reader().instruments() == [instrument("BTC", aliases: ["XBT"]), instrument("ETH")])
  }
}
