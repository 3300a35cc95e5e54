internal import Broker
internal import Core

/// Which of the venue's names is which market and which currency: from the instruments that were learnt.
struct Names: Sendable {
  private var instruments: [Symbol: Instrument] = [:]
  private var symbols: [String: Symbol] = [:]
  private var currencies: [String: String] = [:]
  private let usual: @Sendable (String) -> String

  /// - Parameter usual: the usual name of a currency that no market has; by itself the venue's own.
  init(_ learnt: [Instrument] = [], usual: @escaping @Sendable (String) -> String = { $0 }) {
    self.usual = usual
    for instrument in learnt {
      instruments[instrument.symbol] = instrument
      for name in [instrument.venueID, instrument.symbol.description] + instrument.venueAliases {
        symbols[name] = instrument.symbol
      }
      currencies[instrument.venueBase] = instrument.symbol.base
      currencies[instrument.venueQuote] = instrument.symbol.quote
    }
  }

  /// A learnt instrument.
  /// - Throws: ``BrokerError/Code/notSent`` for one that was not.
  func instrument(_ symbol: Symbol, _ operation: String) throws(BrokerError) -> Instrument {
    guard let instrument = instruments[symbol] else {
      throw BrokerError(
        .notSent, scope: .instrument, recovery: .never, operation: operation,
        message: "the venue's name of \(symbol) is not known")
    }
    return instrument
  }

  /// What requests call a market; `nil` for one that was not learnt.
  func venueID(of symbol: Symbol) -> String? { instruments[symbol]?.venueID }

  /// The market that an answer names.
  func symbol(_ name: String) -> Symbol? { symbols[name] }

  /// The usual name of a currency.
  func currency(_ name: String) -> String { currencies[name] ?? usual(name) }
}
