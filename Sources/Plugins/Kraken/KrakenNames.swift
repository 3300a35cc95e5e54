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
  func instrument(_ symbol: Symbol, _ operation: String) throws(BrokerError) -> Instrument {
    guard let instrument = instruments[symbol] else {
      throw BrokerError(
        .notSent, scope: .instrument, recovery: .never, operation: operation,
        message: "Kraken's name of \(symbol) is not known")
    }
    return instrument
  }

  /// The instrument that an answer names by id, altname or wsname.
  func symbol(_ name: String) -> Symbol? { symbols[name] }

  /// A currency as a balance or a ledger names it.
  struct Currency: Hashable, Sendable {
    /// The usual name; Kraken's own where no listed market has it.
    var name: String
    /// Whether an order can spend it.
    var isSpendable: Bool
  }

  /// What stands behind the dot of amounts that are put away.
  private static let locked: Set<Substring> = ["S", "M", "B", "P"]

  /// The currency behind a name, its suffix taken for what it says:
  /// * `.F` earns by itself and is spent by spending the plain asset, so it is the plain asset.
  /// * `.S .M .B .P` are staked, opted in, bonded, or bound in a parachain: a currency of their own, never spendable,
  ///   whatever markets are listed.
  /// * `.T` and every suffix that this version does not know: spendable only where a listed market names exactly it.
  ///
  /// https://docs.kraken.com/api/docs/rest-api/get-extended-balance
  func currency(_ asset: String) -> Currency {
    guard let dot = asset.lastIndex(of: ".") else { return Currency(name: plain(asset), isSpendable: true) }
    let suffix = asset[asset.index(after: dot)...]
    let base = plain(String(asset[..<dot]))
    if suffix == "F" { return Currency(name: base, isSpendable: true) }
    if !Self.locked.contains(suffix), let listed = currencies[asset] {
      return Currency(name: listed, isSpendable: true)
    }
    return Currency(name: base + asset[dot...], isSpendable: false)
  }

  private func plain(_ asset: String) -> String { currencies[asset] ?? Self.usualName(altName: asset) }
}
