import Core
import Foundation
import Synchronization
import Testing

@testable import Market

@Suite struct FeedBookRaceTests {
  private final class End: Sendable {
    let isReached = Atomic(false)
  }

  private let bitcoin = Symbol(base: "BTC", quote: "USD")

  /// One thread writes through one mapping, others read through theirs; every number of what is published is the same,
  /// so a torn read shows two.
  @Test(.timeLimit(.minutes(1))) func `no read is ever torn`() async throws {
    let file = try BookFile()
    let layout = FeedBookLayout(maxInstruments: 2, candlesPerInstrument: 64)
    let writer = try FeedBookWriter(descriptor: file.descriptor, layout: layout)
    #expect(writer.publish(instruments: [instrument("BTC")]) == [])
    try publish(1, writer)
    let readers = [try file.reader(), try file.reader()]
    let end = End()
    let watchers = readers.map { reader in Task.detached { try Self.watch(reader, until: end) } }
    for round in 2..<3_000 { try publish(round, writer) }
    end.isReached.store(true, ordering: .releasing)
    for watcher in watchers { #expect(try await watcher.value > 0) }
  }

  private func publish(_ round: Int, _ writer: FeedBookWriter) throws {
    let value = Price(ExactDecimal(integer: round))
    #expect(
      writer.publish(tickers: [
        Ticker(
          symbol: bitcoin, bid: value, ask: value, last: value, volume24h: Quantity(value.value), asOf: time(round))
      ]) == [])
    try writer.publish(quote: Quote(symbol: bitcoin, bid: value, ask: value, asOf: time(round)))
    let candles = (0..<(1 + round % 64)).map { candle(round, start: $0 * 60) }
    try writer.publish(candles: candles, symbol: bitcoin, interval: .seconds(60), asOf: time(round))
  }

  /// Reads until told to stop; how many different publications it saw. A read that gave up is allowed, a mixed one not.
  private static func watch(_ reader: FeedBookReader, until end: End) throws -> Int {
    let symbol = Symbol(base: "BTC", quote: "USD")
    var rounds: Set<Int> = []
    repeat {
      do {
        let ticker = try #require(try reader.ticker(symbol))
        #expect(ticker.bid == ticker.last && ticker.ask == ticker.last && ticker.volume24h.value == ticker.last.value)
        #expect(ExactDecimal(integer: ticker.asOf.seconds) == ticker.last.value)
        let quote = try #require(try reader.quote(symbol))
        #expect(quote.bid == quote.ask && ExactDecimal(integer: quote.asOf.seconds) == quote.bid.value)
        let (candles, asOf) = try #require(try reader.candles(symbol, interval: .seconds(60)))
        #expect(candles.count == 1 + asOf.seconds % 64)
        #expect(candles == candles.indices.map { candle(asOf.seconds, start: $0 * 60) })
        rounds.insert(asOf.seconds)
      } catch FeedBookError.torn {
        continue
      }
    } while !end.isReached.load(ordering: .acquiring)
    return rounds.count
  }
}
