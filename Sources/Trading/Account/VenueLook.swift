package import Broker
package import Core
package import Market

/// An account whose journal cannot be opened, as its venue has it: shown, since it is not shown otherwise.
///
/// No order is sent, and stops stay. What rests beside them with an id of our form is taken out of the books: nobody follows
/// it, and a cancel needs no intent.
package struct VenueLook {
  private let broker: any BrokerPlugin
  private let quoteCurrency: String
  private let book: FeedBookReader
  private let clock: any ProtocolClock
  private let onEvent: @Sendable (LogEvent) -> Void
  private var failure: String?

  /// Looks by `broker`; markets are named as the feed's book does.
  package init(
    broker: any BrokerPlugin, quoteCurrency: String, book: FeedBookReader, clock: any ProtocolClock,
    onEvent: @escaping @Sendable (LogEvent) -> Void
  ) {
    self.broker = broker
    self.quoteCurrency = quoteCurrency
    self.book = book
    self.clock = clock
    self.onEvent = onEvent
  }

  /// Puts what the venue says now into a report; what it does not say stays as it was, with its time.
  package mutating func refresh(_ report: inout AccountReport) async {
    if let list = try? book.instruments(), !list.isEmpty { broker.learn(list) }
    do throws(BrokerError) {
      let listed = try await broker.fetchOpenOrders()
      report.openOrders = listed.count { $0.clientOrderID != nil }
      report.foreignOrders = listed.count { $0.clientOrderID == nil }
      for order in listed where order.clientOrderID != nil { try await cancelUnlessStop(order) }
      let balances = try await broker.fetchBalances()
      let none = Balance(currency: quoteCurrency, total: .zero, held: .zero, available: .zero)
      let cash = balances.first { $0.currency == quoteCurrency } ?? none
      report.balance = BalanceReport(balance: cash, asOf: clock.now)
      report.lastPrivateCallAt = clock.now
      failure = nil
    } catch {
      // Said once, not at every look.
      guard failure != error.description else { return }
      failure = error.description
      onEvent(LogEvent(.warning, "look_failed", "the venue cannot be looked at: \(error)", fields: [:]))
    }
  }

  private func cancelUnlessStop(_ order: Order) async throws(BrokerError) {
    guard let kind = order.kind, kind.trigger == nil else { return }
    do throws(BrokerError) {
      _ = try await broker.cancel(order.venueOrderID)
      onEvent(
        LogEvent(
          .warning, "cancelled_without_journal",
          "order \(order.venueOrderID) is cancelled: there is no journal to follow it by",
          fields: ["venue_order_id": order.venueOrderID.rawValue]))
    } catch {
      // One that has ended meanwhile is as good as cancelled.
      guard error.code != .unknownOrder else { return }
      throw error
    }
  }
}
