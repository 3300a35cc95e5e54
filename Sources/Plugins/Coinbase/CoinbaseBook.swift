internal import Broker
internal import Core
internal import Synchronization

/// The instruments the plugin has learnt, by their two names. Shared by copies of the plugin, replaced as a whole.
final class CoinbaseBook: Sendable {
  private struct Names {
    var bySymbol: [Symbol: Instrument] = [:]
    var byProduct: [String: Instrument] = [:]
  }

  private let names = Mutex(Names())

  func learn(_ instruments: [Instrument]) {
    var learnt = Names()
    for instrument in instruments {
      learnt.bySymbol[instrument.symbol] = instrument
      learnt.byProduct[instrument.venueID] = instrument
    }
    names.withLock { [learnt] in $0 = learnt }
  }

  /// What the venue calls a market.
  func instrument(_ symbol: Symbol, _ operation: CoinbaseOperation) throws(BrokerError) -> Instrument {
    guard let instrument = names.withLock({ $0.bySymbol[symbol] }) else {
      throw operation.failure(
        CoinbaseReason(.notSent, .instrument, "no instrument \(symbol) has been learnt"), text: nil)
    }
    return instrument
  }

  /// The market behind a product's name; `nil` when it has not been learnt.
  func symbol(ofProduct product: String) -> Symbol? { names.withLock { $0.byProduct[product]?.symbol } }

  /// The same, and for products that are no longer listed what their name says: a spot product is `BASE-QUOTE`.
  func symbol(ofTradedProduct product: String) throws(JSONError) -> Symbol {
    if let symbol = symbol(ofProduct: product) { return symbol }
    let parts = product.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let base = parts.first, let quote = parts.last, !base.isEmpty, !quote.isEmpty else {
      throw .wrongType("product_id", expected: "a spot product's name")
    }
    return Symbol(base: base, quote: quote)
  }
}
