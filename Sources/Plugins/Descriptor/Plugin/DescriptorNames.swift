internal import Broker
internal import Core

/// Which of the venue's names is which market and which currency.
struct DescriptorNames: Sendable {
  private let naming: Naming
  private var instruments: [Symbol: Instrument] = [:]
  private var symbols: [String: Symbol] = [:]
  private var currencies: [String: String] = [:]

  init(_ naming: Naming, _ learnt: [Instrument] = []) {
    self.naming = naming
    for instrument in learnt {
      instruments[instrument.symbol] = instrument
      for name in [instrument.venueID] + instrument.venueAliases { symbols[name] = instrument.symbol }
      currencies[instrument.venueBase] = instrument.symbol.base
      currencies[instrument.venueQuote] = instrument.symbol.quote
    }
  }

  /// All that were learnt, in the order of their names.
  var all: [Instrument] { instruments.values.sorted { $0.symbol < $1.symbol } }

  /// - Throws: ``BrokerError/Code/notSent`` for a market that was not learnt.
  func instrument(_ symbol: Symbol, _ operation: OperationName) throws(BrokerError) -> Instrument {
    guard let instrument = instruments[symbol] else {
      throw BrokerError(
        .notSent, scope: .instrument, recovery: .never, operation: operation.rawValue,
        message: "the venue's name of \(symbol) is not known")
    }
    return instrument
  }

  /// The market that an answer names.
  func symbol(_ name: String) -> Symbol? { symbols[name] }

  /// The usual name of a currency: as the descriptor says, as a learnt market shows it, or in capitals.
  func currency(_ theirs: String) -> String {
    naming.currencies[theirs] ?? currencies[theirs] ?? theirs.uppercased()
  }

  /// What the venue calls a market and its currencies.
  static func variables(_ instrument: Instrument) -> CallVariables {
    var variables = CallVariables()
    variables["symbol"] = .string(instrument.venueID)
    variables["base"] = .string(instrument.venueBase)
    variables["quote"] = .string(instrument.venueQuote)
    return variables
  }

  /// What requests call a market of these two, and what answers call it besides.
  func names(base: String, quote: String) throws(RequestError) -> (id: String?, aliases: [String]) {
    var variables = CallVariables()
    variables["base"] = .string(base)
    variables["quote"] = .string(quote)
    var aliases: [String] = []
    for template in naming.aliases { if let alias = try variables.text(template) { aliases.append(alias) } }
    guard let template = naming.symbol else { return (nil, aliases) }
    return (try variables.text(template), aliases)
  }
}
