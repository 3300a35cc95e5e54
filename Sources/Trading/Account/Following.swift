import Broker
import Core
import Journal

/// The markets that the account has to do with: a venue that lists by market is asked about these.
extension Trader {
  /// The most markets that are named besides those that must be: each is a call for every list.
  private static let mostMarkets = 64

  /// Tells the plugin where the account has orders that can still change, open positions or coins; where there is room,
  /// also where it ever had positions, whose last fills may still come.
  func followMarkets() throws(TraderError) {
    var markets = Set(try unfinished().map(\.request.symbol)).union(misfits.keys)
    markets.formUnion(positions.values.filter(\.isOpen).map(\.symbol))
    for symbol in instruments.keys where symbol.quote == settings.quoteCurrency {
      if let balance = balances[symbol.base], balance.total.isPositive { markets.insert(symbol) }
    }
    for symbol in positions.keys.sorted() where markets.count < Self.mostMarkets { markets.insert(symbol) }
    // A market that the feed has not listed has no name to ask by.
    broker.follow(markets.filter { instruments[$0] != nil })
  }
}
