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

  /// The market and quantity step behind a product that was traded, which need not be listed any more: then its name says
  /// what it is. A spot product is `BASE-QUOTE`; others (`BTC-PERP-INTX`) are named by what stands before the last hyphen.
  func traded(_ product: String) -> (symbol: Symbol, lotStep: ExactDecimal?, isSpot: Bool) {
    if let instrument = names.withLock({ $0.byProduct[product] }) {
      return (instrument.symbol, instrument.lotStep, true)
    }
    let parts = product.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    let base = parts.dropLast().joined(separator: "-")
    guard let quote = parts.last, !quote.isEmpty, !base.isEmpty else {
      return (Symbol(base: product.isEmpty ? "?" : product, quote: "?"), nil, false)
    }
    return (Symbol(base: base, quote: quote), nil, parts.count == 2)
  }
}
