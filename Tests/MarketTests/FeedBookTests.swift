import Core
import Foundation
import Testing

@testable import Market

@Suite struct FeedBookTests {
  private let layout = FeedBookLayout(maxInstruments: 16, candlesPerInstrument: 30)
  private let bitcoin = Symbol(base: "BTC", quote: "USD")

  @Test func `what is published is read back to the last digit`() throws {
    let file = try BookFile()
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    let reader = try file.reader()
    var ether = instrument("ETH")
    ether.status = .cancelOnly
    ether.maximumNotional = Notional(decimal("123456789012345678901234.000000000000001"))
    let listed = [ether, instrument("BTC", aliases: ["XBTUSD", "XBT/USD"], tick: "1e-18")]
    #expect(writer.publish(instruments: listed) == [])
    #expect(try reader.instruments() == listed.sorted { $0.symbol < $1.symbol })
    #expect(try reader.instrument(ether.symbol) == ether)

    let ticker = Ticker(
      symbol: bitcoin, bid: price("59999.9"), ask: nil, last: price("60000.00000001"),
      volume24h: quantity("123456789012.123456789012"), asOf: time(7))
    #expect(writer.publish(tickers: [ticker]) == [])
    #expect(try reader.ticker(bitcoin) == ticker)
    #expect(try reader.ticker(ether.symbol) == nil)

    let quote = Quote(symbol: bitcoin, bid: price("0.00000001"), ask: price("0.00000002"), asOf: time(8))
    try writer.publish(quote: quote)
    #expect(try reader.quote(bitcoin) == quote)

    let candles = [
      Candle(
        start: time(0), open: price("0.000012345"), high: price("1"), low: price("0.00001"), close: price("0.5"),
        volume: quantity("99999999999999999999.12345678")),
      candle(5, start: 300),
    ]
    try writer.publish(candles: candles, symbol: bitcoin, interval: .seconds(300), asOf: time(650))
    let found = try #require(try reader.candles(bitcoin, interval: .seconds(300)))
    #expect(found.candles == candles)
    #expect(found.asOf == time(650))
    #expect(try reader.candles(bitcoin, interval: .seconds(300), limit: 1)?.candles == [candle(5, start: 300)])
    #expect(try reader.candles(bitcoin, interval: .seconds(60)) == nil)
    #expect(try reader.candles(ether.symbol, interval: .seconds(300)) == nil)
  }

  @Test func `the generation advances only when the list changes, and what stays keeps its prices`() throws {
    let file = try BookFile()
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    let reader = try file.reader()
    #expect(writer.publish(instruments: [instrument("BTC"), instrument("ETH")]) == [])
    let quote = Quote(symbol: bitcoin, bid: price("1"), ask: price("2"), asOf: time(1))
    try writer.publish(quote: quote)
    try writer.publish(candles: [candle(1, start: 0)], symbol: bitcoin, interval: .seconds(60), asOf: time(60))
    let first = reader.instrumentsGeneration
    #expect(writer.publish(instruments: [instrument("ETH"), instrument("BTC")]) == [])
    #expect(reader.instrumentsGeneration == first)

    var changed = instrument("BTC")
    changed.status = .postOnly
    #expect(writer.publish(instruments: [changed, instrument("SOL")]) == [])
    #expect(reader.instrumentsGeneration != first)
    #expect(try reader.instruments() == [changed, instrument("SOL")])
    #expect(try reader.quote(bitcoin) == quote)
    #expect(try reader.candles(bitcoin, interval: .seconds(60))?.candles.count == 1)
    #expect(try reader.instrument(Symbol(base: "ETH", quote: "USD")) == nil)
  }

  @Test func `an instrument that comes where another was has none of its prices or candles`() throws {
    let file = try BookFile()
    let small = FeedBookLayout(maxInstruments: 1, candlesPerInstrument: 5)
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: small)
    let reader = try file.reader()
    #expect(writer.publish(instruments: [instrument("BTC")]) == [])
    try writer.publish(quote: Quote(symbol: bitcoin, bid: price("1"), ask: price("2"), asOf: time(1)))
    try writer.publish(candles: [candle(1, start: 0)], symbol: bitcoin, interval: .seconds(60), asOf: time(60))
    #expect(writer.publish(instruments: [instrument("ETH")]) == [])
    let ether = Symbol(base: "ETH", quote: "USD")
    #expect(try reader.quote(ether) == nil)
    #expect(try reader.candles(ether, interval: .seconds(60)) == nil)
    #expect(try reader.quote(bitcoin) == nil)
  }

  @Test func `what does not fit is named and the rest is published`() throws {
    let file = try BookFile()
    let small = FeedBookLayout(maxInstruments: 2, candlesPerInstrument: 3)
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: small)
    let reader = try file.reader()
    let verbose = instrument("LONG", aliases: (0..<10).map { "\($0)" + String(repeating: "x", count: 40) })
    let listed = [verbose, instrument("A"), instrument("A"), instrument("B"), instrument("C")]
    let omitted = writer.publish(instruments: listed)
    #expect(
      Set(omitted) == [
        FeedBookOmission(symbol: verbose.symbol, reason: .namesTooLong),
        FeedBookOmission(symbol: Symbol(base: "A", quote: "USD"), reason: .listedTwice),
        FeedBookOmission(symbol: Symbol(base: "C", quote: "USD"), reason: .bookFull),
      ])
    #expect(try reader.instruments() == [instrument("A"), instrument("B")])

    #expect(throws: FeedBookOmission(symbol: bitcoin, reason: .notListed)) {
      try writer.publish(quote: Quote(symbol: bitcoin, bid: price("1"), ask: price("2"), asOf: time(1)))
    }
    let a = Symbol(base: "A", quote: "USD")
    let kept = (0..<5).map { candle($0 + 1, start: $0 * 60) }
    try writer.publish(candles: kept, symbol: a, interval: .seconds(60), asOf: time(300))
    #expect(try reader.candles(a, interval: .seconds(60))?.candles == Array(kept.suffix(3)))
    #expect(throws: FeedBookOmission(symbol: a, reason: .notOldestFirst)) {
      try writer.publish(candles: kept.reversed(), symbol: a, interval: .seconds(60), asOf: time(300))
    }
    var wide = candle(1, start: 0)
    wide.high = price("12345678901.12345678901")
    #expect(throws: FeedBookOmission(symbol: a, reason: .numberTooWide)) {
      try writer.publish(candles: [wide], symbol: a, interval: .seconds(60), asOf: time(300))
    }
    #expect(try reader.candles(a, interval: .seconds(60))?.candles == Array(kept.suffix(3)))
  }

  @Test func `a beat and a fault are read, and a long fault is cut between two characters`() throws {
    let file = try BookFile()
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    let reader = try file.reader()
    #expect(try reader.status() == FeedStatus(lastBeat: nil, fault: nil))
    writer.beat(at: time(5))
    writer.publish(fault: "EService:Unavailable")
    #expect(try reader.status() == FeedStatus(lastBeat: time(5), fault: "EService:Unavailable"))
    writer.publish(fault: "x" + String(repeating: "€", count: 300))
    #expect(try reader.status().fault == "x" + String(repeating: "€", count: 170))
    writer.publish(fault: nil)
    #expect(try reader.status().fault == nil)
  }

  @Test func `a worker that comes before the feed is told that the book is not ready`() throws {
    let file = try BookFile()
    #expect(throws: FeedBookError.notReady) { try file.reader() }
    ftruncate(file.descriptor, off_t(layout.requiredBytes))
    #expect(throws: FeedBookError.notReady) { try file.reader() }
    _ = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    _ = try file.reader()
  }

  @Test func `the read-only descriptor of a worker maps no writer`() throws {
    let file = try BookFile()
    _ = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    let readOnly = open(file.path, O_RDONLY)
    defer { close(readOnly) }
    #expect(throws: FeedBookError.system(call: "mmap", errno: EACCES)) {
      _ = try FeedBookWriter(descriptor: readOnly, layout: self.layout)
    }
  }

  @Test func `room that is not used takes no memory`() throws {
    let file = try BookFile()
    let large = FeedBookLayout(maxInstruments: 2_000, candlesPerInstrument: 720)
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: large)
    #expect(writer.publish(instruments: [instrument("BTC")]) == [])
    try writer.publish(candles: [candle(1, start: 0)], symbol: bitcoin, interval: .seconds(60), asOf: time(60))
    #expect(try file.reader().candles(bitcoin, interval: .seconds(60))?.candles.count == 1)
    _ = try FeedBookWriter(descriptor: file.descriptor, layout: large)
    var status = stat()
    fstat(file.descriptor, &status)
    #expect(Int(status.st_size) == large.requiredBytes)
    #expect(status.st_blocks * 512 < 2_000_000)
  }
}
