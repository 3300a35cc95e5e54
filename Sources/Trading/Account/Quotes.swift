import Broker
import Core
import Market

/// Prices: from the feed's book while they are fresh, else from a call of our own.
extension Trader {
  /// A price older than this on the market clock is asked for anew before it moves money.
  static let freshQuote = Duration.seconds(10)
  /// A feed that has not stirred for this long (wall) is stale: nothing is entered on its word.
  static let staleFeed = Duration.seconds(20)

  /// The book's newest bid and ask, however old: a quote of its own, or the all-markets ticker where that has them.
  func bookQuote(_ symbol: Symbol) throws(TraderError) -> Quote? {
    do {
      let known = [try book.quote(symbol), try book.ticker(symbol)?.quote].compactMap { $0 }
      return known.max { $0.asOf < $1.asOf }
    } catch { throw .book(error) }
  }

  /// A quote fresh enough to trade on.
  func currentQuote(_ symbol: Symbol) async throws(TraderError) -> Quote {
    if let quote = try bookQuote(symbol), marketClock.marketDuration(of: clock.now - quote.asOf) <= Self.freshQuote {
      return quote
    }
    do { return try await broker.fetchQuote(symbol) } catch { throw .broker(error) }
  }

  /// Why the feed's word is not to be relied on; `nil` when it is.
  func feedFault() -> String? {
    do throws(FeedBookError) {
      let status = try book.status()
      guard let beat = status.lastBeat else { return "the feed has not begun" }
      let age = clock.now - beat
      guard age > Self.staleFeed else { return nil }
      return "the feed's last word is \(age.components.seconds) s old" + (status.fault.map { ": \($0)" } ?? "")
    } catch { return "the feed's book cannot be read: \(error)" }
  }

  /// The account's own fee rates, asked for once an hour and instrument.
  func feeRates(_ symbol: Symbol) async throws(TraderError) -> FeeRates {
    if let known = fees[symbol], clock.now - known.asOf < .seconds(3_600) { return known.rates }
    let rates = try await ask { broker throws(BrokerError) in try await broker.fetchFees(symbol) }
    fees[symbol] = (rates, clock.now)
    return rates
  }
}
