internal import Broker
internal import Core
internal import Synchronization

/// In which markets the account has something, and in which market each order is.
///
/// Each market is a call for every list: of those that nobody named and that have no order of ours that may still
/// change, only the ones used last are kept.
final class MarketMemory: Sendable {
  private struct State {
    var told: Set<Symbol>?
    /// When each was used last, in uses.
    var used: [Symbol: Int] = [:]
    var useCount = 0
    var orders: [String: Symbol] = [:]
    /// Orders of ours that may still change, by our names.
    var open: [String: Symbol] = [:]

    mutating func use(_ symbol: Symbol) {
      useCount += 1
      used[symbol] = useCount
      guard used.count > MarketMemory.mostMarkets else { return }
      let last = used.min { $0.value < $1.value }
      if let last { used[last.key] = nil }
    }
  }
  private let state = Mutex(State())
  /// The most markets that are asked about besides those that must be.
  static let mostMarkets = 64
  /// The most orders whose market is remembered; of others it is looked for.
  private static let mostOrders = 20_000

  func follow(_ symbols: Set<Symbol>) { state.withLock { $0.told = symbols } }

  /// An order was seen there.
  func note(_ symbol: Symbol, order: String) {
    state.withLock { state in
      state.use(symbol)
      if state.orders.count >= Self.mostOrders { state.orders = [:] }
      state.orders[order] = symbol
    }
  }

  /// An order of ours is about to be sent there: where it is looked up must be known even when no answer comes.
  func expect(_ symbol: Symbol, order: ClientOrderID) {
    note(symbol, order: order.hex)
    state.withLock { state in
      // So many at once are not ours alone: the host names the markets of those that it waits for.
      if state.open.count >= Self.mostOrders { state.open = [:] }
      state.open[order.hex] = symbol
    }
  }

  /// It was refused for certain, or has ended.
  func forget(_ order: ClientOrderID) { state.withLock { $0.open[order.hex] = nil } }

  func note(_ orders: [Order]) {
    for order in orders {
      if let ours = order.clientOrderID, order.status.isFinal { forget(ours) }
      guard let symbol = order.symbol else { continue }
      note(symbol, order: order.venueOrderID.rawValue)
    }
  }

  /// The market of an order by its name at the venue or ours.
  func market(of order: String) -> Symbol? { state.withLock { $0.orders[order] } }

  /// Those that were named, those with an order of ours, and of the others the ones used last; `nil` when nobody has
  /// said.
  var followed: Set<Symbol>? {
    state.withLock { state in
      if state.told == nil && state.used.isEmpty { return nil }
      var followed = (state.told ?? []).union(state.open.values)
      for (symbol, _) in state.used.sorted(by: { $0.value > $1.value }) where followed.count < Self.mostMarkets {
        followed.insert(symbol)
      }
      return followed
    }
  }
}
