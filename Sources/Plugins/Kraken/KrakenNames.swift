internal import Broker
internal import Core

/// Which of Kraken's names is which instrument and which currency: from what Kraken lists, never by cutting letters off.
struct KrakenNames: Sendable {
  private var instruments: [Symbol: Instrument] = [:]
  private var symbols: [String: Symbol] = [:]
  private var currencies: [String: String] = [:]

  init(_ learnt: [Instrument] = []) {
    for instrument in learnt {
      instruments[instrument.symbol] = instrument
      for name in [instrument.venueID] + instrument.venueAliases { symbols[name] = instrument.symbol }
      currencies[instrument.venueBase] = instrument.symbol.base
      currencies[instrument.venueQuote] = instrument.symbol.quote
    }
  }

  /// The two that Kraken's REST interface alone calls otherwise; its WebSocket calls them BTC and DOGE too.
  static func usualName(altName: String) -> String {
    switch altName {
    case "XBT": "BTC"
    case "XDG": "DOGE"
    default: altName
    }
  }

  /// What requests call an instrument.
  /// - Throws: ``BrokerError/Code/notSent`` for one that was not learnt.
  func instrument(_ symbol: Symbol) throws(BrokerError) -> Instrument {
    guard let instrument = instruments[symbol] else {
      throw BrokerError(
        .notSent, scope: .instrument, recovery: .never, message: "Kraken's name of \(symbol) is not known")
    }
    return instrument
  }

  /// The instrument that an answer names by id, altname or wsname.
  func symbol(_ name: String) -> Symbol? { symbols[name] }

  /// The usual name of a currency; Kraken's own where no listed market has it. What is staked, bonded or earning
  /// (`XBT.F`, `DOT.S`) stays a currency of its own: it cannot be spent as the plain one.
  func currency(_ asset: String) -> String {
    if let name = currencies[asset] { return name }
    guard let dot = asset.lastIndex(of: ".") else { return Self.usualName(altName: asset) }
    return currency(String(asset[..<dot])) + asset[dot...]
  }
}
